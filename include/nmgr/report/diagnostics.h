// Diagnostics for people and for programs.
//
//   Error: Unsupported attribute
//     on apps/web.hcl line 3, column 17:
//       3 |       image = local.images.wbe
//         |                           ^^^^
//     This object does not have an attribute named "wbe".
//
// The carets stand under the subject whatever the line holds: tabs, wide characters, control
// characters (shown escaped). A line wider than the terminal is cropped around the subject; of a
// subject of several lines the first and the last are shown. Literal values under the name of a
// secret are hidden in the line (base/secrets.h); the carets stand under what takes their place.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/report/reporter.h"

namespace nmgr::report {

// With a final line break; `width` is at least 40.
std::string RenderDiagnostic(const hcl::Diagnostic& diagnostic, const Painter& paint, int width);

// [{"severity": "error", "summary", "detail", "file", "range": {"start": {"line", "column",
// "byte"}, "end": ...}}]; "file" and "range" are left out where there is no place.
nlohmann::json ToJson(const hcl::Diagnostics& diagnostics);

// {"code": "unreachable", "message", "hint"}: an error in every JSON document of ours. Codes are
// those of ErrorCode in lower case: usage, invalid, not_found, unreachable, forbidden, conflict,
// rejected, timed_out, config, io, interrupted, internal.
nlohmann::json ToJson(const Error& error);

}  // namespace nmgr::report
