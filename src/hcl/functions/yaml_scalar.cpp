#include "hcl/functions/yaml_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hcl/functions/support.h"
#include "hcl/functions/timestamp.h"
#include "nmgr/base/base64.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

template <std::size_t kCount>
bool IsOneOf(std::string_view text, const std::array<std::string_view, kCount>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool IsTrue(std::string_view text) {
  return IsOneOf(text, std::to_array<std::string_view>({"y", "Y", "yes", "Yes", "YES", "true",
                                                        "True", "TRUE", "on", "On", "ON"}));
}

bool IsFalse(std::string_view text) {
  return IsOneOf(text, std::to_array<std::string_view>({"n", "N", "no", "No", "NO", "false",
                                                        "False", "FALSE", "off", "Off", "OFF"}));
}

bool IsNull(std::string_view text) {
  return IsOneOf(text, std::to_array<std::string_view>({"", "~", "null", "Null", "NULL"}));
}

std::optional<Value> FindWord(std::string_view text) {
  if (IsTrue(text)) return Value::Bool(true);
  if (IsFalse(text)) return Value::Bool(false);
  if (IsNull(text)) return Value::Null();
  const bool negative = text.substr(0, 1) == "-";
  const std::string_view unsigned_text =
      negative || text.substr(0, 1) == "+" ? text.substr(1) : text;
  if (IsOneOf(unsigned_text, std::to_array<std::string_view>({".inf", ".Inf", ".INF"}))) {
    return Value::Of(Number::Infinity(negative));
  }
  return std::nullopt;
}

// Whether `text` begins as a word or number may. Other text is a string unless a tag says more.
bool MayBeSpecial(std::string_view text) {
  return text.empty() ||
         std::string_view("+-0123456789yYnNtTfFoO~.").find(text[0]) != std::string_view::npos;
}

// Digits with their sign and Go's prefixes 0x, 0o, 0b and 0, as far as they fit 64 bits.
std::optional<Number> ParsePrefixed(std::string_view text) {
  const bool negative = text.substr(0, 1) == "-";
  std::string_view digits = negative || text.substr(0, 1) == "+" ? text.substr(1) : text;
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char kind = digits[1];
    base = kind == 'x' || kind == 'X' ? 16 : kind == 'b' || kind == 'B' ? 2 : 8;
    const bool letter = base != 8 || kind == 'o' || kind == 'O';
    digits.remove_prefix(letter ? 2 : 1);
  }
  if (digits.empty() || digits[0] == '-' || digits[0] == '+') return std::nullopt;
  auto number = Number::ParseInteger(digits, base);
  if (!number || number->precision() > Number::kIntegerPrecision) return std::nullopt;
  if (!negative) return number;
  // -2**63 is the last that an int64 holds.
  const Number minimum = Number::FromInt(INT64_MIN, Number::kIntegerPrecision);
  const Number negated = number->Negated();
  if (Number::Compare(negated, minimum) < 0) return std::nullopt;
  return negated;
}

// YAML 1.2's integers: decimal, 0o octal, 0x hexadecimal.
bool LooksLikeInteger(std::string_view text) {
  const auto all = [](std::string_view digits, std::string_view allowed) {
    return !digits.empty() && digits.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (text.substr(0, 2) == "0o") return all(text.substr(2), "01234567");
  if (text.substr(0, 2) == "0x") return all(text.substr(2), "0123456789abcdefABCDEF");
  if (text.substr(0, 1) == "-" || text.substr(0, 1) == "+") text.remove_prefix(1);
  return all(text, "0123456789");
}

std::size_t CountDigits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

// [sign] (digits [. digits] | . digits) [e [sign] digits].
bool LooksLikeFloat(std::string_view text) {
  const auto drop_sign = [](std::string_view& rest) {
    if (rest.substr(0, 1) == "-" || rest.substr(0, 1) == "+") rest.remove_prefix(1);
  };
  drop_sign(text);
  const std::size_t whole = CountDigits(text);
  text.remove_prefix(whole);
  std::size_t fraction = 0;
  if (text.substr(0, 1) == ".") {
    text.remove_prefix(1);
    fraction = CountDigits(text);
    text.remove_prefix(fraction);
  }
  if (whole == 0 && fraction == 0) return false;
  if (text.substr(0, 1) == "e" || text.substr(0, 1) == "E") {
    text.remove_prefix(1);
    drop_sign(text);
    return !text.empty() && CountDigits(text) == text.size();
  }
  return text.empty();
}

FunctionError CannotParse(const YamlEvent& scalar, std::string_view tag) {
  return Fault(fmt::format("on line {}, column {}: cannot parse {} as {}{}", scalar.line,
                           scalar.column, Quote(scalar.value), kTagPrefix, tag));
}

FunctionResult ResolveNumber(const YamlEvent& scalar, std::string_view tag) {
  std::string plain = scalar.value;
  std::erase(plain, '_');
  if (const auto number = Number::Parse(plain)) return Value::Of(*number);
  if (const auto number = ParsePrefixed(plain)) return Value::Of(*number);
  return CannotParse(scalar, tag);
}

FunctionResult ResolveTagged(const YamlEvent& scalar, std::string_view tag) {
  const std::string& text = scalar.value;
  if (tag == "str" || tag.empty()) return Value::Of(text);
  if (tag == "int" || tag == "float") return ResolveNumber(scalar, tag);
  if (tag == "null") return Value::Null();
  if (tag == "bool" && (IsTrue(text) || IsFalse(text))) return Value::Bool(IsTrue(text));
  if (tag == "timestamp") {
    if (const auto time = ParseYamlTimestamp(text)) return Value::Of(FormatRfc3339(*time));
  }
  if (tag == "binary" && DecodeBase64(text)) return Value::Of(text);
  return CannotParse(scalar, tag);
}

// The value that an unquoted text shows by itself; a tag may still be needed for the rest.
FunctionOutcome<std::optional<Value>> ResolveByLook(const YamlEvent& scalar, std::string_view tag) {
  using Found = std::optional<Value>;
  const std::string& text = scalar.value;
  if (auto word = FindWord(text)) return Found(std::move(word));
  if (tag.empty() &&
      IsOneOf(std::string_view(text), std::to_array<std::string_view>({".nan", ".NaN", ".NAN"}))) {
    return Fault(fmt::format("on line {}, column {}: floating point NaN is not supported",
                             scalar.line, scalar.column));
  }
  if (text[0] == '.') {
    if (const auto number = Number::Parse(text)) return Found(Value::Of(*number));
  } else if (std::string_view("+-0123456789").find(text[0]) != std::string_view::npos) {
    if (tag.empty() || tag == "timestamp") {
      if (const auto time = ParseYamlTimestamp(text)) return Found(Value::Of(FormatRfc3339(*time)));
    }
    if (LooksLikeInteger(text) || LooksLikeFloat(text)) {
      FunctionResult number = ResolveNumber(scalar, "int");
      if (!number) return number.error();
      return Found(std::move(*number));
    }
  }
  return Found();
}

}  // namespace

FunctionResult ResolveScalar(const YamlEvent& scalar) {
  constexpr auto kKnownTags = std::to_array<std::string_view>(
      {"str", "bool", "int", "float", "null", "timestamp", "binary"});
  std::string_view tag = scalar.tag;
  if (!tag.empty()) {
    const bool standard = tag.substr(0, kTagPrefix.size()) == kTagPrefix;
    if (standard) tag.remove_prefix(kTagPrefix.size());
    if (!standard || !IsOneOf(tag, kKnownTags)) {
      return Fault(fmt::format("on line {}, column {}: unsupported tag {}", scalar.line,
                               scalar.column, Quote(scalar.tag)));
    }
  }
  if (tag != "str" && tag != "binary" && MayBeSpecial(scalar.value)) {
    if (scalar.quoted) return Value::Of(scalar.value);
    auto found = ResolveByLook(scalar, tag);
    if (!found) return found.error();
    if (*found) return **std::move(found);
  }
  return ResolveTagged(scalar, tag);
}

}  // namespace nmgr::hcl::functions
