#include "nmgr/hcl/value/json.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

namespace nmgr::hcl {
namespace {

Error Invalid(std::string message) { return Error{ErrorCode::kInvalid, std::move(message)}; }

bool IsPlainInJson(unsigned char c) {
  return c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c != 0xE2;
}

void AppendUnicodeEscape(unsigned value, std::string& out) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", value);
  out += text;
}

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  // Why not, or nothing.
  std::optional<Error> Append(const Value& value) {
    if (!value.is_known()) return Invalid("value is not known");
    if (value.is_null()) {
      out_ += "null";
      return std::nullopt;
    }
    switch (value.kind()) {
      case Kind::kDynamic:
        return std::nullopt;
      case Kind::kBool:
        out_ += value.as_bool() ? "true" : "false";
        return std::nullopt;
      case Kind::kNumber: {
        const Number number = value.as_number();
        if (number.is_infinite()) return Invalid("cannot serialize infinity as JSON");
        number.AppendTo(out_);
        return std::nullopt;
      }
      case Kind::kString:
        AppendJsonString(value.as_string(), out_);
        return std::nullopt;
      case Kind::kMap:
      case Kind::kObject:
        return AppendFields(value.fields());
      case Kind::kList:
      case Kind::kSet:
      case Kind::kTuple:
        return AppendElements(value.elements());
    }
    return std::nullopt;
  }

 private:
  std::optional<Error> AppendElements(std::span<const Value> elements) {
    char separator = '[';
    for (const Value& element : elements) {
      out_ += separator;
      if (auto error = Append(element)) return error;
      separator = ',';
    }
    out_ += elements.empty() ? "[]" : "]";
    return std::nullopt;
  }

  std::optional<Error> AppendFields(std::span<const Field> fields) {
    char separator = '{';
    for (const Field& field : fields) {
      out_ += separator;
      AppendJsonString(field.key, out_);
      out_ += ':';
      if (auto error = Append(field.value)) return error;
      separator = ',';
    }
    out_ += fields.empty() ? "{}" : "}";
    return std::nullopt;
  }

  std::string& out_;
};

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto run =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(),
                         [](char c) { return IsPlainInJson(static_cast<unsigned char>(c)); });
    const auto end = static_cast<std::size_t>(run - text.begin());
    out += text.substr(i, end - i);
    i = end;
    if (i == text.size()) break;
    const char c = text[i];
    constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
    const std::size_t named = kNamed.find(c);
    if (named != kNamed.npos) {
      out += {'\\', "\"\\bfnrt"[named]};
    } else if (c == '\xE2') {
      const std::string_view point = text.substr(i, 3);
      if (point == "\u2028" || point == "\u2029") {
        AppendUnicodeEscape(point == "\u2028" ? 0x2028 : 0x2029, out);
        i += 3;
        continue;
      }
      out += c;
    } else {
      AppendUnicodeEscape(static_cast<unsigned char>(c), out);
    }
    ++i;
  }
  out += '"';
}

Expected<std::string> EncodeJson(const Value& value) {
  std::string out;
  if (auto error = Encoder(out).Append(value)) return *std::move(error);
  return out;
}

}  // namespace nmgr::hcl
