#include "actions/serve_pushes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "nmgr/base/utc.h"
#include "nmgr/repo/target.h"
#include "nmgr/rollout/rollout.h"

namespace nmgr::actions {
namespace {

using sync::ImageUse;
using sync::JobKey;
using sync::JobStatus;
using sync::PushMove;

constexpr Duration kAllocationsLimit{10'000};

std::string KeyOfPush(const ImageUse& use, const std::string& digest) {
  return sync::EncodeJobKey(use.job) + " " + use.reference->Name() + " " + digest;
}

JobStatus* StatusOf(Followed& followed, const JobKey& job) {
  const auto found =
      std::find_if(followed.jobs.begin(), followed.jobs.end(), [&](const JobStatus& status) {
        return status.name_space == job.name_space && status.id == job.id;
      });
  return found == followed.jobs.end() ? nullptr : &*found;
}

bool AnyFollows(const sync::Source& source, const sync::LedgerJobs& rows) {
  return std::any_of(source.images.begin(), source.images.end(),
                     [](const sync::ImagePolicy& policy) { return !policy.follow.empty(); }) ||
         std::any_of(rows.begin(), rows.end(),
                     [](const auto& row) { return !row.second.follow.empty(); });
}

}  // namespace

SourcePushes::SourcePushes(Env& env, const sync::Source& source, Options options)
    : env_(env), source_(source), options_(std::move(options)) {}

// Once a tree: what is put in later is not what git says.
void SourcePushes::ReadTree(const Followed& followed) {
  const std::string& commit = followed.tree->checkout.commit;
  if (tree_ == followed.tree.get() && commit_ == commit) return;
  tree_ = followed.tree.get();
  commit_ = commit;
  uses_ = sync::ImagesOf(*tree_, source_);
  std::vector<std::string> problems;
  sync::FollowingOf(uses_, &problems);
  for (const std::string& problem : problems) {
    if (told_.insert(problem).second) options_.say(source_.name + ": " + problem);
  }
}

ImageUse SourcePushes::InForce(const ImageUse& use, const sync::LedgerJobs& rows) const {
  ImageUse now = use;
  const auto row = rows.find(use.job);
  if (!use.meta || !use.reference || row == rows.end() || row->second.follow.tag.empty()) {
    return now;
  }
  now.reference->tag = row->second.follow.tag;
  now.image = use.image.substr(0, use.image.size() - use.meta->value.size()) + now.reference->tag;
  return now;
}

void SourcePushes::Before(Followed& followed, sync::LedgerJobs& rows, const SyncMeans& means) {
  if (options_.registries == nullptr && !AnyFollows(source_, rows)) return;
  ReadTree(followed);
  sync::FollowMeans how;
  how.steering = means.steering;
  if (options_.registries != nullptr) {
    how.tags = [this](const ImageUse& use) { return options_.registries->Tags(use); };
  }
  for (const sync::FollowNews& news : sync::FollowTags(*followed.tree, uses_, rows, how)) {
    options_.say(fmt::format("{}: {}: {}", source_.name, news.name, news.text));
  }
  if (options_.registries == nullptr) return;
  std::vector<ServeImages::Wish> wishes;
  for (const ImageUse& use : uses_) {
    ServeImages::Wish wish{InForce(use, rows), {}};
    if (!use.follow.empty() && wish.use.reference) wish.version = wish.use.reference->tag;
    wishes.push_back(std::move(wish));
  }
  options_.registries->Watch(source_, std::move(wishes));
}

void SourcePushes::After(Followed& followed, sync::LedgerJobs& rows, const SyncMeans& means,
                         const rollout::RolloutOptions& run) {
  for (const sync::FollowNews& news : sync::AfterFollowing(source_, uses_, rows, followed.jobs)) {
    options_.say(fmt::format("{}: {}: {}", source_.name, news.name, news.text));
    wishes_sync_ = true;
  }
  if (options_.registries == nullptr) return;
  std::vector<Judged> judged = JudgeAll(followed, rows, means);
  RestartAll(followed, judged, means, run);
  for (const Judged& one : judged) Note(followed, rows, one);
  SayCurrent(judged);
}

// Those whose tag has moved.
std::vector<SourcePushes::Judged> SourcePushes::JudgeAll(const Followed& followed,
                                                         const sync::LedgerJobs& rows,
                                                         const SyncMeans& means) {
  std::vector<Judged> all;
  for (const ImageUse& git : uses_) {
    const ImageUse use = InForce(git, rows);
    const auto record = options_.registries->Seen(use);
    if (!record || !sync::HasMoved(*record) || use.on_push == sync::OnPush::kOff) continue;
    if (means.stop.stop_requested()) break;
    const auto job =
        std::find_if(followed.jobs.begin(), followed.jobs.end(), [&](const JobStatus& status) {
          return status.name_space == use.job.name_space && status.id == use.job.id;
        });
    auto starts = StartsOf(use, means);
    if (!starts || job == followed.jobs.end()) continue;
    sync::PushCase push;
    push.name = use.name;
    push.image = use.image;
    push.record = *record;
    push.on_push = use.on_push;
    push.min_age = use.min_age;
    push.pulls = use.pulls;
    push.starts = *std::move(starts);
    push.restarted = restarted_.contains(KeyOfPush(use, record->digest));
    push.verdict = job->verdict;
    push.held = means.steering && means.steering(use.job).held;
    sync::PushDecision decision = sync::DecidePush(push, means.gates, env_.clock.Wall());
    all.push_back({use, *record, std::move(decision)});
  }
  return all;
}

// Of the tasks that run it; nothing where Nomad does not say.
std::optional<std::vector<WallTime>> SourcePushes::StartsOf(const ImageUse& use,
                                                            const SyncMeans& means) {
  const nomad::Call call{DeadlineAfter(env_.clock.Now(), kAllocationsLimit), means.stop,
                         nomad::Patience::kBrief};
  const auto allocations =
      means.jobs->ListAllocations({use.job.id, use.job.name_space, ""}, {}, call);
  if (!allocations) return std::nullopt;
  std::vector<WallTime> starts;
  for (const nomad::Allocation& allocation : allocations->value) {
    if (allocation.group != use.group || allocation.client_status != "running") continue;
    for (const nomad::TaskState& task : allocation.tasks) {
      if (task.name != use.task || task.state != "running") continue;
      starts.push_back(WallTime(std::chrono::duration_cast<WallTime::duration>(
          std::chrono::nanoseconds(ParseUtcNs(task.started_at)))));
    }
  }
  return starts;
}

// One job after another, each as `nmgr restart` does it: allocation by allocation, to the first
// failure.
void SourcePushes::RestartAll(const Followed& followed, std::vector<Judged>& judged,
                              const SyncMeans& means, const rollout::RolloutOptions& run) {
  std::map<JobKey, std::vector<Judged*>> restarts;
  for (Judged& one : judged) {
    if (one.decision.move != PushMove::kRestart) continue;
    const auto refused = refused_.find(KeyOfPush(one.use, one.record.digest));
    if (refused == refused_.end() || refused->second.until <= env_.clock.Now()) {
      restarts[one.use.job].push_back(&one);
    } else {
      one.decision.move = PushMove::kTell;
      one.decision.reason += refused->second.why;
      one.decision.hint = fmt::format("nmgr restart {}", repo::TypedTarget(one.use.name));
    }
  }
  for (const auto& [key, images] : restarts) {
    if (means.stop.stop_requested() || env_.settings.dry_run) return;
    const auto& jobs = followed.tree->selection.jobs;
    const auto job =
        std::find_if(jobs.begin(), jobs.end(), [&, &own = key](const repo::SelectedJob& one) {
          return sync::KeyOf(*one.spec, followed.tree->repo) == own;
        });
    if (job == jobs.end()) continue;
    rollout::Intent intent{rollout::Verb::kRestart};
    if (images.size() == 1) intent.task = images.front()->use.task;
    rollout::RolloutOptions options = run;
    options.gather.specs = &followed.tree->context;
    options.gather.default_namespace = followed.tree->repo.default_namespace;
    options.gather.known_bad = nullptr;
    options.execute.known_bad = nullptr;
    const std::string reason = images.front()->decision.reason;
    const auto progress = means.progress();
    const rollout::Rollout done =
        rollout::CarryOut(intent, {*job}, *means.jobs, env_.clock, *progress, options);
    const bool asked = done.failures.empty() && done.results.size() == 1;
    const rollout::Outcome outcome =
        asked ? done.results.front().outcome : rollout::Outcome::kNotStarted;
    if (outcome == rollout::Outcome::kDone) {
      options_.say(fmt::format("{}: {}: restarted, since {}", source_.name, job->name, reason));
    }
    for (Judged* const image : images) {
      if (outcome == rollout::Outcome::kDone) {
        restarted_.insert(KeyOfPush(image->use, image->record.digest));
        image->decision = {};
        image->decision.current = true;
      } else if (outcome == rollout::Outcome::kFailed || outcome == rollout::Outcome::kTimedOut) {
        TakeFailure(*image, done.results.front(), job->name);
      }
    }
  }
}

// Where nothing was restarted, the image is not to blame.
void SourcePushes::TakeFailure(Judged& image, const rollout::JobResult& result,
                               const std::string& job) {
  const std::string& digest = image.record.digest;
  std::string why = "; its restart did not go well: " + result.summary;
  if (result.wrote) {
    options_.registries->Failed(image.use, digest);
  } else {
    why = "; it could not be restarted: " + result.summary;
    if (result.error && !result.error->hint.empty()) why += "; " + result.error->hint;
    refused_[KeyOfPush(image.use, digest)] = {
        why, DeadlineAfter(env_.clock.Now(), source_.image_interval)};
  }
  image.decision.move = PushMove::kTell;
  image.decision.reason += why;
  image.decision.hint = fmt::format("nmgr restart {}", repo::TypedTarget(job));
}

void SourcePushes::Note(Followed& followed, sync::LedgerJobs& rows, const Judged& judged) {
  const sync::PushDecision& decision = judged.decision;
  if (decision.move != PushMove::kTell && decision.move != PushMove::kRestart) return;
  JobStatus* const status = StatusOf(followed, judged.use.job);
  if (status == nullptr) return;
  status->reason += (status->reason.empty() ? "" : "; ") + decision.reason;
  if (status->hint.empty()) status->hint = decision.hint;
  if (const auto row = rows.find(judged.use.job); row != rows.end()) {
    row->second.reason = status->reason;
  }
  if (!told_.insert(KeyOfPush(judged.use, judged.record.digest) + decision.reason).second) return;
  options_.tell({judged.use.job, judged.use.name, judged.use.image, judged.record.digest,
                 decision.reason, decision.hint});
}

// Of an image that all of its jobs run as the tag has it, that is what runs from now on.
void SourcePushes::SayCurrent(const std::vector<Judged>& judged) {
  for (const Judged& one : judged) {
    const std::string name = one.use.reference->Name();
    const bool all = std::all_of(judged.begin(), judged.end(), [&](const Judged& other) {
      return other.use.reference->Name() != name || other.decision.current;
    });
    if (all) options_.registries->Started(source_.name, one.use, one.record.digest);
  }
}

}  // namespace nmgr::actions
