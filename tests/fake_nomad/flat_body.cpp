#include "fake_nomad/flat_body.h"

#include <charconv>
#include <cstdlib>

namespace nmgr::fake {

std::string Range::Text() const {
  std::string text = std::to_string(start.line) + "," + std::to_string(start.column) + "-";
  if (end.line != start.line) text += std::to_string(end.line) + ",";
  return text + std::to_string(end.column);
}

Json Value::ToJson() const {
  switch (kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBool:
      return flag;
    case Kind::kString:
      return text;
    case Kind::kNumber: {
      std::int64_t whole = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), whole);
      if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return whole;
      const double number = std::strtod(text.c_str(), nullptr);
      const auto rounded = static_cast<std::int64_t>(number);
      return static_cast<double>(rounded) == number ? Json(rounded) : Json(number);
    }
    case Kind::kList: {
      Json list = Json::array();
      for (const Value& item : items) list.push_back(item.ToJson());
      return list;
    }
    case Kind::kObject: {
      Json object = Json::object();
      for (const auto& member : members) object[member.name] = member.value.ToJson();
      return object;
    }
  }
  return nullptr;
}

const Attribute* Body::Find(std::string_view name) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::string SpecFault::Text() const {
  return "input.hcl:" + range.Text() + ": " + summary + "; " + detail;
}

}  // namespace nmgr::fake
