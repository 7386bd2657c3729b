#include "nmgr/serve/news.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace nmgr::serve {
namespace {

using sync::Hold;
using sync::JobStatus;
using sync::LedgerJob;
using sync::Verdict;

bool IsUnwell(Verdict verdict) {
  return verdict == Verdict::kFailed || verdict == Verdict::kKnownBad ||
         verdict == Verdict::kFrozen;
}

bool IsChangedByOthers(Hold hold) { return hold == Hold::kDrift || hold == Hold::kRolledBack; }

// What this state of a job is to people; nothing where it is none of their business.
std::optional<Topic> TopicOfJob(const JobStatus& job) {
  switch (job.verdict) {
    case Verdict::kFailed:
      return Topic::kFailed;
    case Verdict::kKnownBad:
      return Topic::kKnownBad;
    case Verdict::kFrozen:
      return Topic::kFrozen;
    case Verdict::kOrphan:
      return Topic::kOrphan;
    default:
      break;
  }
  if (IsChangedByOthers(job.hold) || job.drift_since) return Topic::kDrift;
  return std::nullopt;
}

std::optional<Topic> TopicBefore(const LedgerJob& row) {
  JobStatus job;
  job.verdict = row.verdict;
  job.hold = row.hold;
  job.drift_since = row.drift_since;
  return TopicOfJob(job);
}

News NewsOfJob(Topic topic, const JobStatus& job, const sync::SourceStatus& status) {
  News news;
  news.topic = topic;
  news.source = status.name;
  news.name_space = job.name_space;
  news.job = job.id;
  news.commit = status.commit;
  news.reason = job.reason;
  news.hint = job.hint;
  return news;
}

// "jobs/web.hcl" of "jobs/web.hcl:3: why".
std::string PathIn(const std::string& fault) { return fault.substr(0, fault.find(':')); }

}  // namespace

SourceNews::SourceNews(const sync::SourceStatus* stored) {
  if (stored == nullptr) return;
  in_trouble_ = !stored->error.empty();
  told_commit_ = stored->commit;
}

std::vector<News> SourceNews::OfSync(const sync::SourceStatus& status,
                                     const sync::LedgerJobs& before,
                                     const std::vector<JobStatus>& jobs,
                                     const std::set<sync::JobKey>& written,
                                     const std::vector<std::string>& unclear) {
  std::vector<News> all;
  for (const JobStatus& job : jobs) {
    const sync::JobKey key{job.name_space, job.id};
    const auto row = before.find(key);
    if (row != before.end() && IsUnwell(row->second.verdict)) unwell_.insert(key);
    const std::optional<Topic> topic = TopicOfJob(job);
    // What failed with one commit and fails with another one has failed twice.
    const bool told = row != before.end() && topic == TopicBefore(row->second) &&
                      row->second.commit12 == job.commit;
    // What this sync has registered has failed now; it is what is not registered that is known.
    const bool failed = topic == Topic::kKnownBad && written.contains(key);
    if (topic && !told) all.push_back(NewsOfJob(failed ? Topic::kFailed : *topic, job, status));
    if (IsUnwell(job.verdict)) unwell_.insert(key);
    const bool well = job.verdict == Verdict::kInSync && job.trouble.empty();
    if (!well || unwell_.erase(key) == 0) continue;
    all.push_back(NewsOfJob(Topic::kRecovered, job, status));
    if (job.reason.empty()) all.back().reason = "it is as its spec says again";
  }
  std::set<std::string> now;
  std::set<std::string> frozen;  // files whose job is told already
  for (const JobStatus& job : jobs) {
    if (job.verdict == Verdict::kFrozen) frozen.insert(job.path);
  }
  const bool known = std::exchange(told_commit_, "") == status.commit;
  for (const std::string& fault : unclear) {
    const std::string path = PathIn(fault);
    now.insert(path);
    if (known || unclear_.contains(path) || frozen.contains(path)) continue;
    News news = NewsOfJob(Topic::kFrozen, {}, status);
    news.subject = path;
    news.reason = fault;
    all.push_back(std::move(news));
  }
  unclear_ = std::move(now);
  return all;
}

std::vector<News> SourceNews::OfSource(const sync::SourceStatus& status) {
  const bool trouble = !status.error.empty();
  if (std::exchange(in_trouble_, trouble) == trouble) return {};
  News news;
  news.topic = trouble ? Topic::kFailed : Topic::kRecovered;
  news.source = status.name;
  news.commit = status.commit;
  news.reason = trouble ? status.error : "it answers again";
  news.hint = trouble ? status.hint : "";
  return {std::move(news)};
}

News LeaseNews(const std::string& source, std::string_view holder, std::string_view before) {
  News news;
  news.topic = Topic::kLeaseChanged;
  news.source = source;
  news.subject = holder;
  news.reason = fmt::format("{} leads it now, {} did before", holder, before);
  return news;
}

News DigestNews(const std::string& source, const sync::JobKey& job, std::string_view image,
                std::string_view digest, std::string reason) {
  News news;
  news.topic = Topic::kDigestMoved;
  news.source = source;
  news.name_space = job.name_space;
  news.job = job.id;
  news.subject = fmt::format("{}@{}", image, digest);
  news.reason = std::move(reason);
  return news;
}

}  // namespace nmgr::serve
