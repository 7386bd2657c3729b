// From Go's regular expression syntax to that of the RE2 library, which Go's descends from.
//
// Debian 12's RE2 (20220601) differs in four places: it does not know `(?<name>x)`, takes group
// names beyond ASCII, takes `\C` (any byte), and wants the names in `\p{...}` spelt exactly, where
// Go also takes `\p{greek}` and `\p{Letter}`.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

// The pattern for RE2; errors only where RE2 would accept what Go refuses.
FunctionOutcome<std::string> TranslateRegex(std::string_view pattern);

}  // namespace nmgr::hcl::functions
