// A plan of `up` in a file (`plan --out`), to be carried out later as it was shown (`up --plan`),
// or not at all.
//
// The file holds no document. What is registered is made anew from the spec, and must come to the
// same: of each job the file has the move, the job modify index that it was planned at, and a hash
// of the document with its source. A document holds the values of env and templates, and a plan is
// a thing that is passed on, attached and archived; a hash is enough to refuse what has moved.
//
// Hashes are salted, and each takes a thousand rounds, so that a value of few bits cannot be
// guessed from them at leisure. They are no key of this machine: another one may carry the plan
// out. The file ends with a hash of itself, against accidents; who may write it may also run `up`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/rollout/past_run.h"
#include "nmgr/rollout/plan.h"

namespace nmgr::rollout {

struct KeptJob {
  nomad::JobRef ref;
  std::string name;
  Path path;  // of its spec, absolute
  bool infra = false;
  std::string move;  // MoveName
  std::string reason;
  std::uint64_t index = 0;  // JobModifyIndex; 0: not registered
  std::string hash;         // of the document and its source
  friend bool operator==(const KeptJob&, const KeptJob&) = default;
};

struct KeptPlan {
  RunHead head;  // when, from which commit, for which Nomad; without arguments
  bool reset_counts = false;
  std::string salt;                // hexadecimal
  std::vector<KeptJob> jobs;       // in the order of the selection
  std::vector<std::string> order;  // "web after db": what the config file orders among them, sorted
};

// What is planned for `facts`, all of which were planned by Nomad and have their documents. Of jobs
// for which that does not hold it says which, as an error. `folder`: where paths begin.
Expected<KeptPlan> KeepPlan(RunHead head, const Plan& plan, const std::vector<JobFacts>& facts,
                            const Path& folder);

std::string TextOf(const KeptPlan& plan);

// kInvalid where `text` is none: foreign, cut off, changed, or of a later nmgr.
Expected<KeptPlan> ReadKeptPlan(std::string_view text);

// Whether it looks like the beginning of one, so that it may be replaced by another.
bool LooksKept(std::string_view text);

// What is not as it was when `kept` was made, one error a job, kConflict: its spec or variables,
// the job in Nomad, or what is to be done about it. None: `plan` does exactly what was kept.
std::vector<Error> WhatMoved(const KeptPlan& kept, const Plan& plan,
                             const std::vector<JobFacts>& facts, const Path& folder);

}  // namespace nmgr::rollout
