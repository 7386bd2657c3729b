// Target words as rules that take or leave a spec. Paths are no rules: they bring their specs with
// them (selection.cpp).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/repo/repo.h"
#include "nmgr/repo/selection.h"

namespace nmgr::repo {

class Rule {
 public:
  virtual ~Rule() = default;

  // May read files beside the spec; what cannot be read is a warning. Called from several threads.
  virtual bool Takes(const SpecFile& spec, std::vector<std::string>& warnings) const = 0;

  // Whether taking nothing is a fair answer. Where it is not (an ID, a glob), the word is unknown.
  virtual bool MayTakeNothing() const { return true; }
};

// "." and "..", words that hold a '/' or end like a spec file.
bool IsPathWord(std::string_view word, const RepoOptions& options);

// The rule for a word that is no path, by the order of cli.md. `repo` must outlive it. Only
// changed:REV can fail here.
Expected<std::unique_ptr<Rule>> MakeRule(const std::string& word, const Repo& repo,
                                         const std::vector<FilterSpec>& filters);

// Every word that names something: for suggestions and completion.
std::vector<std::string> TargetNames(const Repo& repo, const std::vector<FilterSpec>& filters);

}  // namespace nmgr::repo
