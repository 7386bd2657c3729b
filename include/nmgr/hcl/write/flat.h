// Values as HCL text that needs no evaluation any more: "flat" HCL, which Nomad's parse endpoint
// accepts and which means the same job (shared reference section 10).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

// A quoted string literal: `"` with escapes, `${` as `$${`, `%{` as `%%{`.
void AppendQuoted(std::string_view text, std::string& out);

// For a number that no literal stands for, an expression that comes to it: infinities as 1 / 0,
// what has more digits than a literal keeps (parseint makes such numbers) by parseint. Nothing for
// all others, and for what would need more than Number::kMaxDigits digits.
std::optional<std::string> NumberExpression(const Number& number);

// A literal: null, true, numbers in full decimal (or in parentheses as above), quoted strings, [..]
// and { "key" = value }. Unknown values must not get here (asserted).
void AppendLiteral(const Value& value, std::string& out);

}  // namespace nmgr::hcl
