// From an argument to the literal that its value comes from. Private to jobspec.
#pragma once

#include <optional>
#include <string>

#include "jobspec/change_target.h"

namespace nmgr::jobspec {

// The bytes of a spec that are to be replaced, and by what.
struct Edit {
  hcl::Span place;
  std::string text;
};

// The edit after which `target` comes to `wanted`. Nothing and a diagnostic, with its place, where
// the value is computed, set from elsewhere, or (unless `shared`) used by others, too.
std::optional<Edit> TraceEdit(const Evaluation& evaluation, const Target& target,
                              std::string_view wanted, bool shared, hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
