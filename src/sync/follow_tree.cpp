#include "nmgr/sync/follow_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace nmgr::sync {
namespace {

// Those that all of its images have: the key is the version of each.
std::vector<std::string> TagsOfAll(const Following& following, const FollowMeans& means) {
  std::vector<std::string> tags;
  if (!means.tags) return tags;
  for (std::size_t i = 0; i < following.uses.size(); ++i) {
    const std::vector<std::string> own = means.tags(*following.uses[i]);
    if (i == 0) {
      tags = own;
      continue;
    }
    std::erase_if(tags, [&](const std::string& tag) {
      return std::find(own.begin(), own.end(), tag) == own.end();
    });
  }
  return tags;
}

// Puts the row's value in, or git's. What cannot be set is not followed.
void PutIn(Tree& tree, const Following& following, FollowRow& row, std::string& news) {
  std::vector<MetaChange> changes;
  if (!row.tag.empty()) changes.push_back({following.meta, row.tag});
  const auto fault = PutMeta(tree, following.job, changes);
  if (!fault) return;
  news = fmt::format("{} {} is not followed: {}", row.key, row.tag, *fault);
  row.tag.clear();
  PutMeta(tree, following.job, {});
}

// Of a job whose spec cannot be read nothing is known.
void DropOthers(Tree& tree, const std::vector<ImageUse>& uses, const std::set<JobKey>& following,
                LedgerJobs& rows) {
  for (auto& [key, row] : rows) {
    if (row.follow.empty() || following.contains(key)) continue;
    const bool is_read = std::any_of(uses.begin(), uses.end(),
                                     [&job = key](const ImageUse& use) { return use.job == job; });
    if (!is_read) continue;
    row.follow = {};
    if (tree.of_git.contains(key)) PutMeta(tree, key, {});
  }
}

}  // namespace

std::vector<Following> FollowingOf(const std::vector<ImageUse>& uses,
                                   std::vector<std::string>* problems) {
  std::vector<Following> all;
  for (const ImageUse& use : uses) {
    if (!use.problem.empty() && problems != nullptr) {
      problems->push_back(use.name + ": " + use.problem);
    }
    if (use.follow.empty() || !use.meta || !use.reference) continue;
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const Following& one) { return one.job == use.job; });
    if (known == all.end()) {
      all.push_back({use.job, use.name, use.follow, *use.meta, {&use}});
    } else if (known->meta.path == use.meta->path) {
      known->uses.push_back(&use);
    } else if (problems != nullptr) {
      problems->push_back(fmt::format("{}: {} is not followed: {} of the same job is", use.name,
                                      use.meta->path, known->meta.path));
    }
  }
  return all;
}

std::vector<FollowNews> FollowTags(Tree& tree, const std::vector<ImageUse>& uses, LedgerJobs& rows,
                                   const FollowMeans& means) {
  std::vector<FollowNews> news;
  std::set<JobKey> following;
  for (const Following& one : FollowingOf(uses)) {
    following.insert(one.job);
    const auto pattern = TagPattern::Parse(one.pattern);
    FollowCase follow;
    const auto row = rows.find(one.job);
    if (row != rows.end()) follow.row = row->second.follow;
    follow.key = one.meta.key;
    follow.git = one.meta.value;
    follow.pattern = pattern ? &*pattern : nullptr;
    follow.tags = TagsOfAll(one, means);
    follow.unfollow = means.steering && means.steering(one.job).unfollowed;
    FollowDecision decision = DecideFollow(follow);
    PutIn(tree, one, decision.row, decision.news);
    const bool changed = decision.row != follow.row;
    if (changed) rows[one.job].follow = decision.row;
    if (changed && !decision.news.empty()) news.push_back({one.job, one.name, decision.news});
  }
  DropOthers(tree, uses, following, rows);
  return news;
}

std::vector<FollowNews> AfterFollowing(const Source& source, const std::vector<ImageUse>& uses,
                                       LedgerJobs& rows, std::vector<JobStatus>& jobs) {
  std::vector<FollowNews> news;
  for (const Following& one : FollowingOf(uses)) {
    const auto row = rows.find(one.job);
    const auto job = std::find_if(jobs.begin(), jobs.end(), [&](const JobStatus& status) {
      return status.name_space == one.job.name_space && status.id == one.job.id;
    });
    if (row == rows.end() || job == jobs.end() || row->second.follow.tag.empty()) continue;
    const auto pattern = TagPattern::Parse(one.pattern);
    const std::string words = FollowWords(row->second.follow, one.meta.value);
    FollowCase follow;
    follow.row = row->second.follow;
    follow.key = one.meta.key;
    follow.git = one.meta.value;
    follow.pattern = pattern ? &*pattern : nullptr;
    follow.failed = job->verdict == Verdict::kKnownBad;
    follow.healthy = job->verdict == Verdict::kInSync && !job->reason.starts_with(kNotWell);
    FollowDecision decision = DecideFollow(follow);
    if (decision.row.tag != row->second.follow.tag) {
      news.push_back({one.job, one.name, decision.news});
    }
    row->second.follow = decision.row;
    job->reason = job->reason.empty() ? words : words + "; " + job->reason;
    if (job->hint.empty())
      job->hint = fmt::format("nmgr sync unfollow {} {}", source.name, one.name);
    row->second.reason = job->reason;
  }
  return news;
}

}  // namespace nmgr::sync
