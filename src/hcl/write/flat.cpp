#include "nmgr/hcl/write/flat.h"

#include <fmt/format.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "nmgr/base/scan.h"

namespace nmgr::hcl {
namespace {

void AppendControl(unsigned char c, std::string& out) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(c));
  out += text;
}

// What a character other than a plain one becomes; signs are doubled before a brace only.
void AppendSpecial(unsigned char c, bool before_brace, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '$':
    case '%':
      out.append(before_brace ? 2 : 1, static_cast<char>(c));
      break;
    default:
      AppendControl(c, out);
      break;
  }
}

// Digits and a power of ten, divided at more precision than the digits need: the shortest text of
// the quotient is the digits again.
std::optional<std::string> ExactExpression(const Number& number) {
  constexpr std::size_t kSpareDigits = 20;
  const auto integer = [](const std::string& digits) {
    return fmt::format("parseint(\"{}\", 10)", digits);
  };
  std::string text = number.Format('e', -1);
  const std::size_t letter = text.find('e');
  std::int64_t exponent = std::stoll(text.substr(letter + 1));
  text.resize(letter);
  if (const std::size_t point = text.find('.'); point != std::string::npos) {
    exponent -= static_cast<std::int64_t>(text.size() - point - 1);
    text.erase(point, 1);
  }
  const std::size_t zeros = static_cast<std::size_t>(std::abs(exponent));
  if (text.size() + zeros + kSpareDigits > static_cast<std::size_t>(Number::kMaxDigits)) {
    return std::nullopt;
  }
  text.append(exponent >= 0 ? zeros : kSpareDigits, '0');
  if (exponent >= 0) return integer(text);
  std::string power = "1";
  power.append(zeros + kSpareDigits, '0');
  return fmt::format("{} / {}", integer(text), integer(power));
}

void AppendNumber(const Number& number, std::string& out) {
  if (const std::optional<std::string> expression = NumberExpression(number)) {
    fmt::format_to(std::back_inserter(out), "({})", *expression);
  } else {
    number.AppendTo(out);
  }
}

}  // namespace

std::optional<std::string> NumberExpression(const Number& number) {
  if (number.is_infinite()) return number.is_negative() ? "-1 / 0" : "1 / 0";
  if (number.precision() <= Number::kLiteralPrecision) return std::nullopt;
  const std::string text = number.ToString();
  const std::optional<Number> read = Number::Parse(text);
  if (read && read->ToString() == text) return std::nullopt;
  return ExactExpression(number);
}

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  const char* const end = text.data() + text.size();
  for (const char* at = text.data();;) {
    const char* const stop = FindStopOrControl<'"', '\\', '$', '%', '\x7F'>(at, end);
    out.append(at, stop);
    if (stop == end) break;
    at = stop + 1;
    AppendSpecial(static_cast<unsigned char>(*stop), at != end && *at == '{', out);
  }
  out += '"';
}

void AppendLiteral(const Value& value, std::string& out) {
  assert(value.is_known());
  if (!value.has_content()) {
    out += "null";
    return;
  }
  const char* separator = "";
  switch (value.kind()) {
    case Kind::kDynamic:
      return;
    case Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case Kind::kNumber:
      AppendNumber(value.as_number(), out);
      return;
    case Kind::kString:
      AppendQuoted(value.as_string(), out);
      return;
    case Kind::kMap:
    case Kind::kObject:
      out += '{';
      for (const Field& field : value.fields()) {
        out += separator;
        AppendQuoted(field.key, out);
        out += " = ";
        AppendLiteral(field.value, out);
        separator = ", ";
      }
      out += '}';
      return;
    case Kind::kList:
    case Kind::kSet:
    case Kind::kTuple:
      break;
  }
  out += '[';
  for (const Value& element : value.elements()) {
    out += separator;
    AppendLiteral(element, out);
    separator = ", ";
  }
  out += ']';
}

}  // namespace nmgr::hcl
