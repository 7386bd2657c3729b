#include "webhook/body.h"

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/net/escape.h"

namespace nmgr::webhook {

std::optional<Json> ReadBody(std::string_view text, std::string& why) {
  bool too_deep = false;
  const auto keep = [&too_deep](int depth, Json::parse_event_t event, const Json&) {
    const bool opens =
        event == Json::parse_event_t::array_start || event == Json::parse_event_t::object_start;
    if (opens && depth >= kDeepest) too_deep = true;
    return !too_deep;
  };
  Json document = Json::parse(text, keep, false);
  if (too_deep) {
    why = "its JSON is nested too deeply";
  } else if (document.is_discarded()) {
    why = "its body is no JSON";
  } else if (!document.is_object()) {
    why = "its JSON is no object";
  } else {
    return document;
  }
  return std::nullopt;
}

const Json& At(const Json& object, std::initializer_list<const char*> keys) {
  static const Json null;
  const Json* at = &object;
  for (const char* const key : keys) {
    if (!at->is_object()) return null;
    const auto found = at->find(key);
    if (found == at->end()) return null;
    at = &*found;
  }
  return *at;
}

std::string TextOf(const Json& value) {
  if (!value.is_string()) return {};
  const auto& text = value.get_ref<const std::string&>();
  return text.size() <= kLongestText && EscapeControls(text) == text ? text : std::string();
}

std::string TextAt(const Json& object, std::initializer_list<const char*> keys) {
  return TextOf(At(object, keys));
}

bool IsTrueAt(const Json& object, std::initializer_list<const char*> keys) {
  const Json& value = At(object, keys);
  return value.is_boolean() && value.get<bool>();
}

const Json::array_t& ListAt(const Json& object, std::initializer_list<const char*> keys) {
  static const Json::array_t none;
  const Json& value = At(object, keys);
  return value.is_array() ? value.get_ref<const Json::array_t&>() : none;
}

std::optional<std::string> FormField(std::string_view form, std::string_view name) {
  for (const std::string_view pair : Split(form, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos || pair.substr(0, equals) != name) continue;
    std::string value(pair.substr(equals + 1));
    std::replace(value.begin(), value.end(), '+', ' ');
    return net::PercentDecode(value);
  }
  return std::nullopt;
}

}  // namespace nmgr::webhook
