// Values as HCL text that needs no evaluation any more: "flat" HCL, which Nomad's parse endpoint
// accepts and which means the same job (shared reference section 10).
#pragma once

#include <string>
#include <string_view>

#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

// A quoted string literal: `"` with escapes, `${` as `$${`, `%{` as `%%{`.
void AppendQuoted(std::string_view text, std::string& out);

// A literal: null, true, numbers in full decimal (infinities as (1 / 0)), quoted strings, [..] and
// { "key" = value }. Unknown values must not get here (asserted).
void AppendLiteral(const Value& value, std::string& out);

}  // namespace nmgr::hcl
