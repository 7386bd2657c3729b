// Times as Nomad writes them.
#pragma once

#include <cstdint>
#include <string_view>

namespace nmgr {

// "2026-11-21T04:11:25.123456789Z" in nanoseconds since 1970; 0 for anything else, and for the year
// 1, which stands for "never".
std::int64_t ParseUtcNs(std::string_view text);

}  // namespace nmgr
