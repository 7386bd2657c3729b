// The JSON of a proved body, read without trust: any depth, any type where another was meant.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace nmgr::webhook {

using Json = nlohmann::json;

inline constexpr int kDeepest = 64;  // arrays and objects within each other

// Nothing, and `why` set, where it is no JSON (no UTF-8, a number that is none), deeper than
// kDeepest, or no object. Of a key that stands twice in an object the last value counts, as for the
// libraries of those who send it.
std::optional<Json> ReadBody(std::string_view text, std::string& why);

// What the keys lead to; null where one of them leads nowhere.
const Json& At(const Json& object, std::initializer_list<const char*> keys);

// A text of one line without control characters, at most kLongestText bytes; "" for anything else.
std::string TextAt(const Json& object, std::initializer_list<const char*> keys);
std::string TextOf(const Json& value);
inline constexpr std::size_t kLongestText = 1024;

bool IsTrueAt(const Json& object, std::initializer_list<const char*> keys);

// The elements of an array; none of anything else.
const Json::array_t& ListAt(const Json& object, std::initializer_list<const char*> keys);

// The value of a field of a form (application/x-www-form-urlencoded), decoded.
std::optional<std::string> FormField(std::string_view form, std::string_view name);

}  // namespace nmgr::webhook
