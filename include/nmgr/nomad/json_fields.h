// Fields of a JSON answer read leniently: Nomad leaves out, or sends as null, what is empty, and a
// later version may send something else than today's.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace nmgr::nomad {

// `key` of an object; null for anything else. The reference is into `object`, or to a constant.
const nlohmann::json& Member(const nlohmann::json& object, const char* key);

// "" where there is no such string.
std::string Text(const nlohmann::json& object, const char* key);

}  // namespace nmgr::nomad
