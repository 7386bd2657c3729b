// How one job stands: the repository beside the cluster, as one value. Pure; made from facts that
// were gathered with StandingQuestions().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/images.h"
#include "nmgr/rollout/state.h"

namespace nmgr::rollout {

// The spec as a whole, the job, the evidence, a plan where there can be one, what the job has
// launched. A plan that the token may not ask for leaves the rest as it is.
Questions StandingQuestions();

enum class SpecStanding {
  kFine,
  kInvalid,  // it does not parse or evaluate
  kSeveral,  // several specs are of this job
  kNone,     // no spec describes it: it is in Nomad alone
};

struct Standing {
  SpecStanding spec = SpecStanding::kFine;
  std::string fault_place;  // "web.hcl:3:5": of kInvalid
  // The word of the table of states; nothing where it is not known: a question failed, or no job
  // was found under a header that cannot be trusted.
  std::optional<JobState> state;
  // The same without the plan (JobFacts::JudgeLive): what stands behind `differs`.
  std::optional<Verdict> live;
  std::vector<GroupHealth> groups;
  int healthy = 0;
  int wanted = 0;
  // Registered images that are not those of the spec; nothing where one side is not known.
  std::optional<std::vector<ImageChange>> images;
  // Whether its plan changes a field; nothing without a plan. That a stopped job would be started
  // is no difference of its spec.
  std::optional<bool> differs;
  // What is wrong with what runs, the most telling first; none where nothing is.
  std::vector<std::string> troubles;

  // What a person should look at before the rest comes first; equal ones keep their order.
  int Urgency() const;
  // Whether `up` would have something to do, or does not know.
  bool IsPending() const;
};

Standing StandingOf(const JobFacts& facts);

}  // namespace nmgr::rollout
