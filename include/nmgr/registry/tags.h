// Tags that say a version, and which of them are newer than another. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr::registry {

// Takes the digits in front as one number; nothing, and `text` as it was, where there are none or
// more than of any version.
std::optional<std::uint64_t> TakeTagNumber(std::string_view& text);

// Whether the tag says a version, so that there can be newer ones.
bool IsVersion(std::string_view tag);

// Those of `tags` that are newer than `tag` and of its shape, the newest first, each once.
//
// Of one shape are tags that are the same but for the digits of their numbers, with as many numbers
// in front: 1.27.3-alpine and 1.28.0-alpine, v2.1 and v2.2; not 1.27.3 and 1.28, nor 1.28.0-rc1. A
// year or a date in front is a shape of its own, so that 2024.1 is not newer than 3.2. A tag
// without a number in front has none that is newer.
std::vector<std::string> NewerTags(std::string_view tag, const std::vector<std::string>& tags);

}  // namespace nmgr::registry
