#include "hcl/value/set_order.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>

#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

void AppendEscape(char32_t c, std::string& out) {
  const char* format = c < 0x80 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
  char text[16];
  std::snprintf(text, sizeof text, format, static_cast<unsigned>(c));
  out += text;
}

// As Go's %q.
void AppendGoQuoted(std::string_view text, std::string& out) {
  constexpr std::string_view kControls = "\a\b\f\n\r\t\v";
  constexpr std::string_view kLetters = "abfnrtv";
  out += '"';
  while (!text.empty()) {
    std::size_t length = 0;
    const char32_t c = DecodeCodePoint(text, length);
    const std::size_t control = c < 0x80 ? kControls.find(static_cast<char>(c)) : kControls.npos;
    if (control != kControls.npos) {
      out += {'\\', kLetters[control]};
    } else if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (IsPrintable(c)) {
      out += text.substr(0, length);
    } else {
      AppendEscape(c, out);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

// How numbers are written: the text that orders them, or all digits.
enum class KeyDigits { kTen, kAll };

void AppendKey(const Value& value, KeyDigits digits, std::string& out) {
  if (!value.has_content()) {
    out += value.is_known() ? '~' : '?';
    return;
  }
  switch (value.kind()) {
    case Kind::kDynamic:
      return;
    case Kind::kBool:
      out += value.as_bool() ? 'T' : 'F';
      return;
    case Kind::kNumber:
      if (digits == KeyDigits::kAll) return value.as_number().AppendTo(out);
      out += value.as_number().Format('g', 10);
      return;
    case Kind::kString:
      AppendGoQuoted(value.as_string(), out);
      return;
    case Kind::kMap:
    case Kind::kObject: {
      const bool is_map = value.kind() == Kind::kMap;
      out += is_map ? '{' : '<';
      for (const Field& field : value.fields()) {
        if (is_map) {
          AppendGoQuoted(field.key, out);
          out += ':';
        }
        AppendKey(field.value, digits, out);
        out += ';';
      }
      out += is_map ? '}' : '>';
      return;
    }
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kSet:
      break;
  }
  const bool is_tuple = value.kind() == Kind::kTuple;
  out += is_tuple ? '<' : '[';
  for (const Value& element : value.elements()) {
    AppendKey(element, digits, out);
    out += ';';
  }
  out += is_tuple ? '>' : ']';
}

std::string KeyOf(const Value& value, KeyDigits digits = KeyDigits::kTen) {
  std::string key;
  AppendKey(value, digits, key);
  return key;
}

int Sign(int order) { return order < 0 ? -1 : static_cast<int>(order > 0); }

// Content before unknown before null; within content nothing is decided here.
int RankOf(const Value& value) { return value.has_content() ? 0 : value.is_known() ? 2 : 1; }

int ComparePrimitive(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Kind::kString:
      return Sign(a.as_string().compare(b.as_string()));
    case Kind::kNumber: {
      const Number left = a.as_number();
      const Number right = b.as_number();
      if (const int order = Number::Compare(left, right); order != 0) return order;
      return static_cast<int>(right.is_negative()) - static_cast<int>(left.is_negative());
    }
    default:
      return static_cast<int>(a.as_bool()) - static_cast<int>(b.as_bool());
  }
}

// Equal to cty's sets: those with the same hash text and equal by `==`. So 0 and -0 are two.
bool IsSameMember(const Value& a, const Value& b) {
  if (a.has_content() && a.kind() == Kind::kNumber && b.has_content() &&
      a.as_number().is_negative() != b.as_number().is_negative()) {
    return false;
  }
  const Value equal = Equals(a, b);
  return equal.has_content() && equal.as_bool();
}

struct Keyed {
  int rank;
  std::string key;
  Value value;
};

// cty leaves values with equal keys (numbers alike in ten digits) in no order; here all digits
// decide.
int CompareKeyed(const Keyed& a, const Keyed& b) {
  if (a.rank != b.rank) return a.rank - b.rank;
  if (const int order = a.key.compare(b.key); order != 0) return order;
  return KeyOf(a.value, KeyDigits::kAll).compare(KeyOf(b.value, KeyDigits::kAll));
}

void SortByKey(Values& values) {
  std::vector<Keyed> keyed;
  keyed.reserve(values.size());
  for (Value& value : values) keyed.push_back({RankOf(value), KeyOf(value), std::move(value)});
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const Keyed& a, const Keyed& b) { return CompareKeyed(a, b) < 0; });
  values.clear();
  const std::string* last_key = nullptr;
  for (Keyed& item : keyed) {
    const bool known =
        last_key != nullptr && *last_key == item.key && IsSameMember(values.back(), item.value);
    if (!known) values.push_back(std::move(item.value));
    last_key = &item.key;
  }
}

bool IsFraction(const Value& value) {
  if (!value.has_content()) return false;
  const Number number = value.as_number();
  return !number.is_integer() && !number.is_infinite();
}

// Fractions of different precision are equal by their text, so equal ones need not be neighbours.
void DropEqualFractions(Values& values) {
  const auto first = std::find_if(values.begin(), values.end(), IsFraction);
  const bool mixed = std::any_of(first, values.end(), [&](const Value& value) {
    return IsFraction(value) && value.as_number().precision() != first->as_number().precision();
  });
  if (!mixed) return;
  std::set<std::string> seen;
  std::erase_if(values, [&](const Value& value) {
    return IsFraction(value) && !seen.insert(value.as_number().ToString()).second;
  });
}

}  // namespace

int CompareInSet(const Type& element, const Value& a, const Value& b) {
  if (const int rank = RankOf(a) - RankOf(b); rank != 0) return Sign(rank);
  if (!a.has_content()) return 0;
  if (element.is_primitive()) return ComparePrimitive(a, b);
  return Sign(CompareKeyed({0, KeyOf(a), a}, {0, KeyOf(b), b}));
}

void SortSet(const Type& element, Values& values) {
  if (!element.is_primitive()) {
    SortByKey(values);
    return;
  }
  std::stable_sort(values.begin(), values.end(),
                   [&](const Value& a, const Value& b) { return CompareInSet(element, a, b) < 0; });
  values.erase(std::unique(values.begin(), values.end(), IsSameMember), values.end());
  if (element.kind() == Kind::kNumber) DropEqualFractions(values);
}

}  // namespace nmgr::hcl
