// What images mean for the jobs of one source, in its own thread and as a part of its syncs: which
// versions of the registry are in force, which jobs run an image that its tag no longer points at,
// and restarts of those that are to follow a push.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "actions/serve_images.h"
#include "actions/serve_sync.h"
#include "nmgr/sync/follow_tree.h"
#include "nmgr/sync/image_push.h"

namespace nmgr::actions {

// A tag that has moved under a job.
struct DigestNews {
  sync::JobKey job;
  std::string name;
  std::string image;
  std::string digest;
  std::string reason;
  std::string hint;
};

class SourcePushes {
 public:
  struct Options {
    ServeImages* registries = nullptr;  // null: nobody asks any; what is in force stays
    std::function<void(const std::string& text)> say;
    std::function<void(const DigestNews& news)> tell;
  };

  // All must outlive it.
  SourcePushes(Env& env, const sync::Source& source, Options options);

  // Before a sync: the specs of the tree become what is in force.
  void Before(Followed& followed, sync::LedgerJobs& rows, const SyncMeans& means);
  // After it, once its verdicts are known; `run` is a template. What it says stands in the jobs and
  // in `rows`.
  void After(Followed& followed, sync::LedgerJobs& rows, const SyncMeans& means,
             const rollout::RolloutOptions& run);
  // Whether another sync is due at once: a version gave way to another one.
  bool TakeWish() { return std::exchange(wishes_sync_, false); }

 private:
  struct Judged {
    sync::ImageUse use;  // as it is in force
    sync::ImageRecord record;
    sync::PushDecision decision;
  };

  void ReadTree(const Followed& followed);
  sync::ImageUse InForce(const sync::ImageUse& use, const sync::LedgerJobs& rows) const;
  std::vector<Judged> JudgeAll(const Followed& followed, const sync::LedgerJobs& rows,
                               const SyncMeans& means);
  std::optional<std::vector<WallTime>> StartsOf(const sync::ImageUse& use, const SyncMeans& means);
  // Of an image that was to be restarted, where nothing came of it.
  void TakeFailure(Judged& image, const rollout::JobResult& result, const std::string& job);
  void RestartAll(const Followed& followed, std::vector<Judged>& judged, const SyncMeans& means,
                  const rollout::RolloutOptions& run);
  void Note(Followed& followed, sync::LedgerJobs& rows, const Judged& judged);
  void SayCurrent(const std::vector<Judged>& judged);

  Env& env_;
  const sync::Source& source_;
  const Options options_;
  const sync::Tree* tree_ = nullptr;  // whose images these are
  std::string commit_;
  std::vector<sync::ImageUse> uses_;
  std::set<std::string> told_;
  std::set<std::string> restarted_;  // "NS/ID NAME DIGEST"
  // The same of what could not be restarted at all: why, and when to try again.
  struct Refused {
    std::string why;
    TimePoint until{};
  };
  std::map<std::string, Refused> refused_;
  bool wishes_sync_ = false;
};

}  // namespace nmgr::actions
