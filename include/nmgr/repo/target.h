// A word of the command line, read once: what kind of target it is and what it names. Which jobs
// that comes to is for selection.h.
//
//   infra services all     db nas jfs crypt and [filter.NAME]     changed:REV
//   ./folder/   some/spec.hcl     job:NAME     JOB-ID   immich*
//   image:*/postgres:*   type:batch   env.KEY:/re/     node:NAME   state:failed
//
// A new kind of target is a row of the table of reserved words or of prefixes, a TargetKind, and a
// rule (src/repo/rule.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/repo/filter.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

enum class TargetKind {
  kAll,       // every job
  kInfra,     // the configured infra jobs
  kServices,  // every other job
  kFilter,    // a content filter, `text` its name
  kJob,       // job:NAME, `text` an ID or namespace/ID
  kChanged,   // changed:REV, `text` the revision
  kPath,      // a file or folder
  kValue,     // KEY:PATTERN of the evaluated spec (filter/spec_key.h)
  kState,     // state:WORD, by what Nomad says
  kNode,      // node:NAME, by where it runs
  kName,      // an ID or a glob of IDs: the repository decides
};

struct Target {
  TargetKind kind = TargetKind::kName;
  std::string text;
  std::string key = {};  // of kValue
};

// The prefixes of targets that take a pattern, ':' included: "image:", "meta.KEY:", "state:".
std::vector<std::string> PatternPrefixes();

// Words that name a target whatever the configuration file says. A filter of such a name is never
// used.
struct ReservedWord {
  std::string_view word;
  TargetKind kind;
};
std::span<const ReservedWord> ReservedWords();
// What a target of the kind is, or begins with: "all", "job:"; "" for those that have no such word.
std::string_view WordOf(TargetKind kind);

// "job:web", what ParseTarget reads as the job "web" whatever else is called so.
std::string JobTarget(std::string_view job);
// The ID of that, or `word` as it is.
std::string_view WithoutJobPrefix(std::string_view word);

// What words mean in this process, for TypedTarget: told once, before anything is shown. Hints are
// made in many places that know nothing of filters.
void SetTypedWords(const std::vector<FilterSpec>& filters, const RepoOptions& options);

// The job of that name (SelectedJob::name) as one types it after `nmgr up`: JobTarget where it
// would be taken for an option, a filter, a pattern or a path, and quoted for a shell.
std::string TypedTarget(std::string_view name);

// Looked up in this order: prefixes, reserved words, filters, paths, names. A path is "." or "..",
// holds a '/', or ends like a spec file.
Target ParseTarget(std::string_view word, const std::vector<FilterSpec>& filters,
                   const RepoOptions& options);

}  // namespace nmgr::repo
