// follow.h for a whole tree: before a sync the values that the ledger has are put into the specs,
// after it what became of them is kept.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nmgr/sync/decide.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/status.h"
#include "nmgr/sync/tree_images.h"

namespace nmgr::sync {

// One job that follows: all its images that hang on one key.
struct Following {
  JobKey job;
  std::string name;
  std::string pattern;
  MetaPlace meta;
  std::vector<const ImageUse*> uses;  // into what was given
};
// Of a job with several such keys the first; the others are named in `problems`.
std::vector<Following> FollowingOf(const std::vector<ImageUse>& uses,
                                   std::vector<std::string>* problems = nullptr);

struct FollowNews {
  JobKey job;
  std::string name;
  std::string text;
};

struct FollowMeans {
  std::function<JobSteering(const JobKey& job)> steering;  // null: nobody steers
  // Tags of an image's repository that are old enough; null: nothing new is known.
  std::function<std::vector<std::string>(const ImageUse& use)> tags;
};

// `rows` and `tree` become what is in force. Jobs that follow nothing any more have git's values.
std::vector<FollowNews> FollowTags(Tree& tree, const std::vector<ImageUse>& uses, LedgerJobs& rows,
                                   const FollowMeans& means);

// Says what is followed in the reasons of the jobs, and judges it by their verdicts. What is told
// wants another sync.
std::vector<FollowNews> AfterFollowing(const Source& source, const std::vector<ImageUse>& uses,
                                       LedgerJobs& rows, std::vector<JobStatus>& jobs);

}  // namespace nmgr::sync
