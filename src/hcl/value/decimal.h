// A decimal number as digits, and the texts that Go's big.Float makes of one. No MPFR here:
// number.cpp finds the digits, this file places them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nmgr::hcl {

// 0.DIGITS x 10^exponent, without sign. Zero has no digits.
struct Decimal {
  std::string digits;  // no zeros at the end
  std::int64_t exponent = 0;
  // Digits other than zero may follow. Set when the expansion was cut; rounding to at least two
  // digits fewer than were asked for is then still exact.
  bool more = false;

  // '0' beyond the end.
  char At(std::int64_t index) const;
  std::int64_t size() const { return static_cast<std::int64_t>(digits.size()); }
  void TrimZeros();

  // To `count` digits: half to even, down, up. Counts below 0 or beyond the end change nothing.
  void Round(std::int64_t count);
  void RoundDown(std::int64_t count);
  void RoundUp(std::int64_t count);
};

// "123.450" with `places` digits after the point; no point for 0.
void AppendPlain(const Decimal& decimal, std::int64_t places, std::string& out);

// "1.2345e+02" with `places` digits after the point; at least two exponent digits.
void AppendScientific(const Decimal& decimal, char letter, std::int64_t places, std::string& out);

// Go's %g of an already rounded decimal: `precision` digits were asked for, or the shortest form.
void AppendGeneral(const Decimal& decimal, char verb, std::int64_t precision, bool shortest,
                   std::string& out);

// The pieces of a literal: sign x DIGITS x 5^exponent_of_5 x 2^exponent_of_2.
struct DecimalLiteral {
  bool negative = false;
  std::string digits;  // of the whole and the fractional part, without zeros in front
  std::int64_t exponent_of_5 = 0;
  std::int64_t exponent_of_2 = 0;
};

// [sign] digits [point digits] [e or p, signed digits] and nothing else.
std::optional<DecimalLiteral> ReadDecimalLiteral(std::string_view text);

}  // namespace nmgr::hcl
