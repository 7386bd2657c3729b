// The grammar of a glob pattern, as far as both its walk and its match need it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

FunctionError BadGlob();

// The first of `characters` in `pattern` that no backslash precedes; npos if there is none.
std::size_t FindUnescaped(std::string_view pattern, std::string_view characters);

struct Alternatives {
  std::vector<std::string_view> options;
  std::string_view rest;  // after the closing brace
};

// `pattern` begins after an opening brace. Nothing if the brace is never closed.
std::optional<Alternatives> SplitAlternatives(std::string_view pattern);

// Whether an element of a pattern can match no characters at all; nothing if it is malformed.
std::optional<bool> CanBeEmpty(std::string_view element);

}  // namespace nmgr::hcl::functions
