// Conditions on a spec that can say why they hold. A content filter is the first that holds of
// three: its text, the config files beside it, and what it comes to once it is evaluated with the
// files that it read.
//
//   Condition
//     AnyOf              the first of several that holds
//     TextCondition      the text of the spec
//     NeighbourCondition config files beside it (`job_configs`)
//     EvaluatedCondition the evaluated spec, and the files that the evaluation read
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/repo/filter.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

// What a condition was found in. Only what a person who reads the spec cannot see there has to be
// told.
enum class Evidence { kText, kNeighbour, kInput, kEvaluated };

// Why a condition holds: where, never the value, which may hold a secret.
struct Reason {
  Evidence evidence = Evidence::kText;
  Path file;
  std::size_t line = 0;  // 1-based; 0 where no line of `file` stands for it
  std::string name;      // of an evaluated value: "config.volumes"
};

// "a file it reads: conf/app.conf:2", "its evaluated spec: config.volumes (web.hcl:10)".
std::string ToText(const Reason& reason);

// What a condition came across besides its answer.
struct Observations {
  std::vector<std::string> unreadable;  // files that could not be read: messages
  std::vector<std::string> notices;     // what the judgement cannot be sure of
  // The spec does not evaluate, so its text alone was judged: the place of its first fault, else
  // its path. "" where it was not evaluated or could be.
  std::string unevaluated;
};

class Condition {
 public:
  virtual ~Condition() = default;

  // Nothing if it does not hold. May read files and evaluate; called from several threads.
  virtual std::optional<Reason> Holds(const SpecFile& spec, Observations& seen) const = 0;
};

using ConditionPtr = std::unique_ptr<Condition>;
using Keywords = std::vector<std::string>;

ConditionPtr AnyOf(std::vector<ConditionPtr> conditions);
ConditionPtr TextCondition(Keywords keywords);
// `repo` must outlive the condition, here and below.
ConditionPtr NeighbourCondition(const Repo& repo, Keywords keywords);
ConditionPtr EvaluatedCondition(const Repo& repo, Keywords keywords, bool with_inputs);

// The filter as conditions, the cheapest first.
ConditionPtr ConditionOf(const FilterSpec& filter, const Repo& repo);

}  // namespace nmgr::repo
