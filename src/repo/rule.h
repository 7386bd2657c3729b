// Targets as rules that take or leave a spec. Paths are no rules: they bring their specs with them
// (selection.cpp), save the path of a file that is no spec.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/repo/filter/condition.h"
#include "nmgr/repo/live_jobs.h"
#include "nmgr/repo/repo.h"
#include "nmgr/repo/target.h"

namespace nmgr::repo {

// What a rule says of one spec.
struct Verdict {
  bool taken = false;
  bool infra_left_out = false;  // a filter matches it and leaves it out, because it is an infra job
  bool unknown = false;         // nobody knows, for the spec does not evaluate: seen.unevaluated
  Reason reason = {};           // of what took it
  Observations seen = {};
  std::optional<Error> failure = {};  // Nomad could not be asked: of the whole selection
};

class Rule {
 public:
  virtual ~Rule() = default;

  // May read files and evaluate the spec. Called from several threads.
  virtual Verdict Judge(const SpecFile& spec) const = 0;

  // Whether taking nothing is a fair answer. Where it is not (an ID, a glob), the word is unknown.
  virtual bool MayTakeNothing() const { return true; }
  // Whether it may have to evaluate.
  virtual bool IsCostly() const { return false; }
};

struct RuleOptions {
  std::vector<FilterSpec> filters;  // configured ones
  bool include_infra = false;       // filters do not leave infra jobs out
  LiveJobs* live = nullptr;
};

// The rule for a target that is no path. `repo` and `options` must outlive it. kUsage for a wrong
// pattern; what changed:REV cannot be told.
Expected<std::unique_ptr<Rule>> MakeRule(const Target& target, const Repo& repo,
                                         const RuleOptions& options);

// The jobs that read the file: it is an input of their evaluation, or a config file beside their
// spec. Of a spec that does not evaluate, files that hang on nothing broken are known.
std::unique_ptr<Rule> MakeReaderRule(const Path& path, const Repo& repo);

// One spec, or those that were found below a folder.
std::unique_ptr<Rule> MakeSpecRule(SpecPtr spec);
std::unique_ptr<Rule> MakeFolderRule(const Path& path, const FileInfo& folder, FileSystem& files);

// Whether `name` is the spec's ID, or its namespace, a '/' and its ID.
bool IsCalled(const SpecFile& spec, std::string_view name, const RepoOptions& options);

}  // namespace nmgr::repo
