// Where in a text the secrets stand that give themselves away.
#pragma once

#include <string_view>
#include <vector>

#include "nmgr/base/secrets.h"

namespace nmgr {

// The parts of `range` that stand outside `${...}`, `%{...}` and `{{...}}`; none for blanks.
std::vector<TextRange> LiteralRanges(std::string_view text, TextRange range);

// User info of URLs, and `user:password` before `@host:port` and `@tcp(`.
void FindUserInfo(std::string_view text, std::vector<TextRange>& ranges);

// Sorted, and joined where they touch.
std::vector<TextRange> Merged(std::vector<TextRange> ranges);

}  // namespace nmgr
