// Where in a text the secrets stand that give themselves away.
#pragma once

#include <string_view>
#include <vector>

#include "nmgr/base/base64.h"
#include "nmgr/base/secrets.h"

namespace re2 {
class RE2;
}

namespace nmgr {

// The whole of `text`.
bool Matches(std::string_view text, const re2::RE2& expression);

// The parts of `range` that stand outside `${...}`, `%{...}` and `{{...}}`; none for blanks.
std::vector<TextRange> LiteralRanges(std::string_view text, TextRange range);

// User info of URLs, and `user:password` before `@host:port` and `@tcp(`.
void FindUserInfo(std::string_view text, std::vector<TextRange>& ranges);

// What may reach over several lines: private keys, the value behind its option in a list of
// strings, what is piped into a command that reads a password.
void FindAcrossLines(std::string_view text, std::vector<TextRange>& ranges);

}  // namespace nmgr
