#include "hcl/value/decimal.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include "nmgr/base/text.h"

namespace nmgr::hcl {

char Decimal::At(std::int64_t index) const {
  return index >= 0 && index < size() ? digits[static_cast<std::size_t>(index)] : '0';
}

void Decimal::TrimZeros() {
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  if (digits.empty()) exponent = 0;
}

void Decimal::Round(std::int64_t count) {
  if (count < 0 || count >= size()) return;
  const char next = At(count);
  const bool tie = next == '5' && count + 1 == size() && !more;
  const bool up = tie ? count > 0 && (At(count - 1) - '0') % 2 != 0 : next >= '5';
  if (up) {
    RoundUp(count);
  } else {
    RoundDown(count);
  }
}

void Decimal::RoundDown(std::int64_t count) {
  if (count < 0 || count >= size()) return;
  digits.resize(static_cast<std::size_t>(count));
  more = false;
  TrimZeros();
}

void Decimal::RoundUp(std::int64_t count) {
  if (count < 0 || count >= size()) return;
  while (count > 0 && At(count - 1) == '9') --count;
  more = false;
  if (count == 0) {
    digits = "1";
    ++exponent;
    return;
  }
  digits.resize(static_cast<std::size_t>(count));
  ++digits.back();
}

void AppendPlain(const Decimal& decimal, std::int64_t places, std::string& out) {
  if (decimal.exponent > 0) {
    const std::int64_t whole = std::min(decimal.size(), decimal.exponent);
    out.append(decimal.digits, 0, static_cast<std::size_t>(whole));
    out.append(static_cast<std::size_t>(decimal.exponent - whole), '0');
  } else {
    out += '0';
  }
  if (places <= 0) return;
  out += '.';
  for (std::int64_t i = 0; i < places; ++i) out += decimal.At(decimal.exponent + i);
}

void AppendScientific(const Decimal& decimal, char letter, std::int64_t places, std::string& out) {
  out += decimal.At(0);
  if (places > 0) {
    out += '.';
    for (std::int64_t i = 1; i <= places; ++i) out += decimal.At(i);
  }
  const std::int64_t exponent = decimal.digits.empty() ? 0 : decimal.exponent - 1;
  const std::string text = std::to_string(std::abs(exponent));
  out += letter;
  out += exponent < 0 ? '-' : '+';
  if (text.size() < 2) out += '0';
  out += text;
}

void AppendGeneral(const Decimal& decimal, char verb, std::int64_t precision, bool shortest,
                   std::string& out) {
  const std::int64_t size = decimal.size();
  std::int64_t limit = precision;
  if (limit > size && size >= decimal.exponent) limit = size;
  if (shortest) limit = 6;
  const std::int64_t exponent = decimal.exponent - 1;
  if (exponent < -4 || exponent >= limit) {
    AppendScientific(decimal, verb == 'G' ? 'E' : 'e', std::min(precision, size) - 1, out);
    return;
  }
  const std::int64_t shown = precision > decimal.exponent ? size : precision;
  AppendPlain(decimal, std::max<std::int64_t>(shown - decimal.exponent, 0), out);
}

namespace {

// Reads the exponent after its letter; false if it is malformed or does not fit.
bool ReadExponent(std::string_view text, std::int64_t& exponent) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<DecimalLiteral> ReadDecimalLiteral(std::string_view text) {
  DecimalLiteral literal;
  if (text.starts_with('+') || text.starts_with('-')) {
    literal.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  bool any = false;
  bool point = false;
  std::int64_t places = 0;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
    } else if (IsAsciiDigit(c)) {
      any = true;
      if (point) ++places;
      if (c != '0' || !literal.digits.empty()) literal.digits += c;
    } else {
      break;
    }
  }
  if (!any) return std::nullopt;
  std::int64_t exponent = 0;
  bool binary = false;
  if (!text.empty()) {
    const char letter = text.front();
    binary = letter == 'p' || letter == 'P';
    if (!binary && letter != 'e' && letter != 'E') return std::nullopt;
    if (!ReadExponent(text.substr(1), exponent)) return std::nullopt;
  }
  constexpr std::int64_t kFar = std::int64_t{1} << 62U;
  exponent = std::clamp(exponent, -kFar, kFar);
  literal.exponent_of_5 = binary ? -places : exponent - places;
  literal.exponent_of_2 = exponent - places;
  return literal;
}

}  // namespace nmgr::hcl
