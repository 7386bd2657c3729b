#include "json_objects.h"

namespace nmgr::nomad {

void JsonObjects::Step(char c) {
  if (in_string_) {
    in_string_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
  } else if (c == '"') {
    in_string_ = true;
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    --depth_;
  }
}

bool JsonObjects::Feed(std::string_view bytes,
                       const std::function<bool(std::string_view object)>& take) {
  for (const char c : bytes) {
    if (depth_ == 0) {
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
      if (c != '{') return false;
    }
    Step(c);
    object_ += c;
    if (object_.size() > kMaxStreamedObject) return false;
    if (depth_ > 0) continue;
    const bool more = take(object_);
    object_.clear();
    if (!more) return true;
  }
  return true;
}

}  // namespace nmgr::nomad
