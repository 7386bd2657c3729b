// Conditions on a spec that can say why they hold. A content filter is the first that holds of
// three: its text, the config files beside it, and what it comes to once it is evaluated with the
// files that it read.
//
//   Condition
//     AnyOf              the first of several that holds
//     AllOf              each of several
//     NotOf              one does not hold
//     TextCondition      the text of the spec
//     NeighbourCondition config files beside it (`job_configs`)
//     EvaluatedCondition the evaluated spec, and the files that the evaluation read
//     ValueCondition     a value of the evaluated spec (spec_key.h)
//
// An answer may be that nobody knows: of a spec that does not evaluate, its values. It stays that
// whatever it is joined with, unless the rest decides; the opposite of it is no better known.
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
enum class Evidence { kText, kNeighbour, kInput, kEvaluated, kValue, kWords };

// Why a condition holds: where, and of what cannot be a secret the value.
struct Reason {
  Evidence evidence = Evidence::kText;
  Path file = {};
  std::size_t line = 0;    // 1-based; 0 where no line of `file` stands for it
  std::string name = {};   // of an evaluated value: "config.volumes"; kWords: the reason itself
  std::string value = {};  // of kValue, where it may be shown
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

// Whether a condition holds, and why if it does.
struct Answer {
  enum Kind { kNo, kYes, kUnknown } kind = kNo;
  Reason reason = {};

  Answer() = default;
  Answer(Kind made) : kind(made) {}  // NOLINT(google-explicit-constructor)
  Answer(Reason why)                 // NOLINT(google-explicit-constructor)
      : kind(kYes), reason(std::move(why)) {}
};

class Condition {
 public:
  virtual ~Condition() = default;

  // May read files and evaluate; called from several threads.
  virtual Answer Judge(const SpecFile& spec, Observations& seen) const = 0;
  // What costs least is asked first.
  virtual int cost() const = 0;
};

using ConditionPtr = std::unique_ptr<Condition>;

// What is looked for in texts: any of the keywords, or the pattern.
struct Sought {
  std::vector<std::string> keywords;
  std::optional<Pattern> pattern;

  // Where the first of them that `text` holds begins.
  std::optional<std::size_t> Find(std::string_view text) const;
};

// Each takes the cheapest first. Of nothing: AnyOf does not hold, AllOf does.
ConditionPtr AnyOf(std::vector<ConditionPtr> conditions);
ConditionPtr AllOf(std::vector<ConditionPtr> conditions);
ConditionPtr NotOf(ConditionPtr condition);
ConditionPtr TextCondition(Sought sought);
// `repo` must outlive the condition, here and below.
ConditionPtr NeighbourCondition(const Repo& repo, Sought sought);
ConditionPtr EvaluatedCondition(const Repo& repo, Sought sought, bool with_inputs);
ConditionPtr ValueCondition(const Repo& repo, KeyCondition condition);

ConditionPtr ConditionOf(const FilterSpec& filter, const Repo& repo);

}  // namespace nmgr::repo
