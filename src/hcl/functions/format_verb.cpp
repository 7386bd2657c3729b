#include "hcl/functions/format_verb.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/hcl/value/json.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl::functions {
namespace {

using MaybeFault = std::optional<FunctionError>;

FunctionError Unsupported(const FormatVerb& verb, std::string_view why) {
  return Fault(
      fmt::format("unsupported value for {} at {}: {}", Quote(verb.raw), verb.offset, why));
}

std::size_t Shortfall(const FormatVerb& verb, std::size_t length) {
  const auto width = static_cast<std::size_t>(verb.width.value_or(0));
  return width > length ? width - length : 0;
}

// Padding of texts: measured in characters, with zeros where asked for, even on the right.
void AppendPadded(const FormatVerb& verb, std::string_view text, std::string& out) {
  const std::size_t missing = verb.width ? Shortfall(verb, CountGraphemes(text)) : 0;
  const std::string pad(missing, verb.zero ? '0' : ' ');
  if (!verb.minus) out += pad;
  out += text;
  if (verb.minus) out += pad;
}

std::string_view SignOf(const FormatVerb& verb, bool negative) {
  if (negative) return "-";
  if (verb.plus) return "+";
  return verb.space ? " " : "";
}

MaybeFault AppendAsIs(const FormatVerb& verb, const Value& value, std::string& out) {
  if (!verb.sharp && value.has_content()) {
    if (value.kind() == Kind::kString) {
      AppendPadded(verb, value.as_string(), out);
      return {};
    }
    if (value.kind() == Kind::kNumber) {
      AppendPadded(verb, value.as_number().Format('g', -1), out);
      return {};
    }
  }
  const Expected<std::string> json = EncodeJson(value);
  if (!json) return Unsupported(verb, json.error().message);
  AppendPadded(verb, *json, out);
  return {};
}

MaybeFault AppendBool(const FormatVerb& verb, const Value& value, std::string& out) {
  const Converted converted = Convert(value, Type::Bool());
  if (!converted) return Unsupported(verb, converted.error());
  out += (*converted).as_bool() ? "true" : "false";
  return {};
}

std::string_view BasePrefix(const FormatVerb& verb) {
  if (!verb.sharp) return "";
  switch (verb.mode) {
    case 'b':
      return "0b";
    case 'o':
      return "0";
    case 'x':
      return "0x";
    case 'X':
      return "0X";
    default:
      return "";
  }
}

int BaseOf(char mode) {
  switch (mode) {
    case 'b':
      return 2;
    case 'o':
      return 8;
    case 'd':
      return 10;
    default:
      return 16;
  }
}

// As Go's big.Int does: the precision is the least number of digits, and then '0' counts for
// nothing.
void AppendInteger(const FormatVerb& verb, const Number& number, std::string& out) {
  std::string digits = number.ToBase(BaseOf(verb.mode));
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  if (verb.mode == 'X') {
    std::transform(digits.begin(), digits.end(), digits.begin(), [](char c) {
      return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  }
  if (verb.precision == 0 && digits == "0") return;

  const std::string_view sign = SignOf(verb, negative);
  const std::string_view prefix = BasePrefix(verb);
  const auto least = static_cast<std::size_t>(verb.precision.value_or(0));
  std::size_t zeros = least > digits.size() ? least - digits.size() : 0;
  std::size_t padding = Shortfall(verb, sign.size() + prefix.size() + zeros + digits.size());
  if (verb.zero && !verb.minus && !verb.precision) {
    zeros = padding;
    padding = 0;
  }
  if (!verb.minus) out.append(padding, ' ');
  out += sign;
  out += prefix;
  out.append(zeros, '0');
  out += digits;
  if (verb.minus) out.append(padding, ' ');
}

// As Go's big.Float does: '0' wins over '-', but not for infinities.
void AppendFloat(const FormatVerb& verb, const Number& number, std::string& out) {
  const bool shortest = verb.mode == 'g' || verb.mode == 'G';
  const auto precision = verb.precision.value_or(shortest ? -1 : 6);
  std::string text = number.Format(verb.mode, static_cast<int>(precision));
  std::string_view sign = SignOf(verb, text[0] == '-');
  if (text[0] == '+') sign = verb.space ? " " : "+";
  if (text[0] == '-' || text[0] == '+') text.erase(0, 1);

  const std::size_t padding = Shortfall(verb, sign.size() + text.size());
  const bool zeros = verb.zero && !number.is_infinite();
  if (!zeros && !verb.minus) out.append(padding, ' ');
  out += sign;
  if (zeros) out.append(padding, '0');
  out += text;
  if (!zeros && verb.minus) out.append(padding, ' ');
}

MaybeFault AppendNumber(const FormatVerb& verb, const Value& value, std::string& out) {
  const Converted converted = Convert(value, Type::Number());
  if (!converted) return Unsupported(verb, converted.error());
  const Number& number = (*converted).as_number();
  if (std::string_view("bdoxX").find(verb.mode) == std::string_view::npos) {
    AppendFloat(verb, number, out);
  } else if (!number.is_integer()) {
    return Unsupported(verb, "an integer is required");
  } else {
    AppendInteger(verb, number, out);
  }
  return {};
}

std::string_view FirstGraphemes(std::string_view text, std::int64_t count) {
  std::size_t at = 0;
  for (; at < text.size() && count > 0; --count) at += FirstGrapheme(text.substr(at));
  return text.substr(0, at);
}

MaybeFault AppendText(const FormatVerb& verb, const Value& value, std::string& out) {
  const Converted converted = Convert(value, Type::String());
  if (!converted) return Unsupported(verb, converted.error());
  std::string_view text = (*converted).as_string();
  if (verb.precision.value_or(0) > 0) text = FirstGraphemes(text, *verb.precision);
  if (verb.mode == 's') {
    AppendPadded(verb, text, out);
    return {};
  }
  std::string quoted;
  AppendJsonString(text, quoted);
  AppendPadded(verb, quoted, out);
  return {};
}

}  // namespace

std::optional<FunctionError> AppendFormatted(const FormatVerb& verb, const Value& value,
                                             const FunctionContext& context, std::string& out) {
  constexpr std::string_view kKnownVerbs = "vtbdoxXeEfgGsq";
  if (verb.mode != 'v' && value.is_null()) {
    return Unsupported(verb, "null value cannot be formatted");
  }
  if (kKnownVerbs.find(verb.mode) == std::string_view::npos) {
    return Fault(fmt::format("unsupported format verb '{}' in {} at offset {}", verb.mode,
                             Quote(verb.raw), verb.offset));
  }
  const bool numeric = std::string_view("bdoxXeEfgG").find(verb.mode) != std::string_view::npos;
  if (verb.width.value_or(0) > kMaxWidth ||
      (numeric && verb.precision.value_or(0) > kMaxPrecision)) {
    return Unsupported(verb, "the width or precision is too large");
  }
  const std::size_t before = out.size();
  if (!Charge(context, verb.width.value_or(0))) return TooLarge();
  MaybeFault fault;
  switch (verb.mode) {
    case 'v':
      fault = AppendAsIs(verb, value, out);
      break;
    case 't':
      fault = AppendBool(verb, value, out);
      break;
    case 's':
    case 'q':
      fault = AppendText(verb, value, out);
      break;
    default:
      fault = AppendNumber(verb, value, out);
      break;
  }
  if (fault) return fault;
  const auto size = static_cast<std::int64_t>(out.size());
  if (size > kMaxResultSize || !Charge(context, size - static_cast<std::int64_t>(before))) {
    return TooLarge();
  }
  return {};
}

}  // namespace nmgr::hcl::functions
