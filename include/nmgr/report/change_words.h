// What a plan would change, in a few words for one line: "count 3 -> 1, env.DB_PORT".
//
// Names are those of a spec, values only where they are short and nobody's secret: numbers, flags
// and images. What a diff holds beyond the first few changes is counted.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr::report {

// The changes in a plan's Diff, in its order, each once: "count 3 -> 1", "env.DB_PORT", "+ group
// db". Images are left out where `with_images` is false.
std::vector<std::string> ChangesIn(const nlohmann::json& diff, bool with_images);

// "a, b, c and 4 more".
std::string ShortList(const std::vector<std::string>& changes, std::size_t most = 5);

// "immich-server v1.124.2 -> v1.125.0" where only the tag differs, else both in full. An empty side
// is a task that the other one does not have.
std::string ImageChangeWords(std::string_view before, std::string_view after);

}  // namespace nmgr::report
