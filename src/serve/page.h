// The page: what is fresh, what is not in sync and why, what happened last, and what to type.
#pragma once

#include <string>

#include "nmgr/serve/state.h"
#include "serve/html.h"

namespace nmgr::serve {

// The part that changes.
Node PageBody(const State& state, WallTime now);

// The whole document around it.
std::string PageText(const State& state, WallTime now);

// "12 s", "3 m", "5 h", "4 d"; "now" for less than a second, and of what lies ahead as long.
std::string ShortAge(WallTime from, WallTime to);

inline constexpr std::size_t kMostRows = 500;  // of one table: the API has them all

}  // namespace nmgr::serve
