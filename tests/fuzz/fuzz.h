// What the targets share.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fuzz/targets.h"
#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/syntax/tree.h"
#include "nmgr/jobspec/jobspec.h"
#include "support/memory_file_system.h"

namespace nmgr::fuzz {

// A property that does not hold. libFuzzer takes the exception for a crash and keeps the input.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void Require(bool holds, const std::string& property) {
  if (!holds) throw Violation(property);
}

// Requires `fault` to be empty: what TreeCheck and ValueCheck find.
inline void RequireNone(const std::string& fault) { Require(fault.empty(), fault); }

hcl::SourcePtr Source(std::string_view text);

// One line each. Requires that every diagnostic points into its text and says something.
std::string Lines(const hcl::Diagnostics& diagnostics);

// The files that a target finds: spec folder "jobs", home "/home/me".
testing::MemoryFileSystem Files();

// One evaluation in the surroundings of a job: a few variables, the files, a budget that a
// sanitizer build uses up in about a second.
struct Evaluation {
  hcl::Value value;
  hcl::Diagnostics diagnostics;
};
Evaluation Evaluate(const hcl::ParsedExpression& tree);

// The spec "jobs/x.hcl" in the same surroundings; nothing if it has errors.
std::optional<jobspec::JobSpec> ReadSpec(std::string_view text);

// Whether another reader takes `text` for JSON.
bool IsJson(std::string_view text);

// Whether two readings of `text` may differ: it may call a function that draws random bits.
bool IsRandom(std::string_view text);

}  // namespace nmgr::fuzz
