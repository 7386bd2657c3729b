// Escape sequences for styles: the only ones nmgr writes.
//
// On its way to a stream a styled piece carries a mark that no name, message or log can hold, since
// it is drawn anew in each process; only what has it becomes a sequence. So somebody else's
// `\e[31m` is shown as text even where nmgr itself writes the same.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/report/reporter.h"

namespace nmgr::report {

// `text` between the marked sequences of `style`; kPlain and "" stay as they are.
std::string Styled(Style style, std::string_view text);

// `text` with control characters made visible but for those in `keep`, marked sequences as a
// terminal takes them.
std::string Sanitize(std::string_view text, std::string_view keep);

// What Sanitize gave, without sequences: as many cells as it takes on a terminal.
std::string WithoutStyles(std::string_view text);

// Marked sequences as a terminal takes them, all else byte for byte.
std::string Unmarked(std::string_view text);

}  // namespace nmgr::report
