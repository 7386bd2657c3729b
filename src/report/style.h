// Escape sequences for styles: the only ones nmgr writes.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/report/reporter.h"

namespace nmgr::report {

// `text` between the sequences of `style`; kPlain and "" stay as they are.
std::string Styled(Style style, std::string_view text);

// Length of the sequence that Styled writes at the start of `text`; 0 if there is none.
std::size_t StyleSequence(std::string_view text);

// `text` with control characters made visible, but for the sequences of Styled (where `styled`) and
// the characters in `keep`.
std::string Sanitize(std::string_view text, bool styled, std::string_view keep);

}  // namespace nmgr::report
