// Values and JSON. Our own writer and reader, because numbers keep all their digits and keys their
// duplicates rules (shared reference 9, jsonencode and jsondecode).
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

// Compact, keys sorted by bytes, `<`, `>`, `&`, U+2028 and U+2029 escaped, numbers in shortest
// decimal. kInvalid for infinities and unknowns.
Expected<std::string> EncodeJson(const Value& value);
void AppendJsonString(std::string_view text, std::string& out);

// Objects and tuples. Nesting above kMaxJsonNesting is kInvalid.
inline constexpr int kMaxJsonNesting = 500;
Expected<Value> DecodeJson(std::string_view text);

}  // namespace nmgr::hcl
