// HCL's number: a binary float with its own mantissa precision in bits, as Go's big.Float, because
// the precision shows in printed results (shared reference 2.1). Integers of 64 bits are kept in a
// machine word; the others rest on MPFR, which only number.cpp knows. Arithmetic rounds to nearest
// even.
//
// Immutable, two words, cheap to copy, thread-safe to read. Nothing here takes more time or memory
// than the digits of its operands and result call for: exponents have 32 bits as in Go (beyond:
// infinity or zero), and a text never has more than kMaxPadding zeros that only show a magnitude.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nmgr::hcl {

class Number {
 public:
  static constexpr std::uint32_t kLiteralPrecision = 512;  // literals, conversions from text
  static constexpr std::uint32_t kIntegerPrecision = 64;   // length, indices, range's defaults
  static constexpr std::uint32_t kDoublePrecision = 53;    // pow, log

  // Beyond so many zeros before or after the digits, plain decimal gives way to exponent form
  // ("1e+20000").
  static constexpr std::int64_t kMaxPadding = 10000;
  // The most digits that Format(), ToBase() and ParseInteger() take.
  static constexpr std::int64_t kMaxDigits = 100000;

  Number() noexcept = default;  // 0 at kLiteralPrecision
  Number(const Number& other) noexcept
      : word_(other.word_), precision_(other.precision_), is_wide_(other.is_wide_) {
    if (is_wide_) Retain();
  }
  Number(Number&& other) noexcept { Swap(other); }
  Number& operator=(const Number& other) noexcept {
    Number(other).Swap(*this);
    return *this;
  }
  Number& operator=(Number&& other) noexcept {
    Number(std::move(other)).Swap(*this);
    return *this;
  }
  ~Number() {
    if (is_wide_) Release();
  }

  static Number FromInt(std::int64_t value, std::uint32_t precision = kLiteralPrecision);
  static Number FromDouble(double value, std::uint32_t precision = kDoublePrecision);  // not NaN
  static Number Infinity(bool negative);

  // Decimal digits with optional sign, point, exponent ('e' or binary 'p') or "inf"; nothing else,
  // no blanks. At kLiteralPrecision. Nothing where the exponent itself has no place in 32 bits;
  // infinity or 0 where only the value has none (1e1000000000, 1e-1000000000).
  static std::optional<Number> Parse(std::string_view text);
  // An integer in `base` (2 to 62): [sign] digits, at most kMaxDigits; precision max(64, bit
  // length).
  static std::optional<Number> ParseInteger(std::string_view text, int base);

  std::uint32_t precision() const { return precision_; }
  bool is_integer() const;
  bool is_zero() const;
  bool is_infinite() const;
  bool is_negative() const;                     // sign bit: true for -0
  int Sign() const;                             // -1, 0, 1
  std::optional<std::int64_t> ToInt64() const;  // exact or nothing
  double ToDouble() const;                      // nearest; may be infinite

  // std::nullopt where the result is undefined (0/0, Inf-Inf, Inf*0, Inf/Inf, Inf in %).
  static std::optional<Number> Add(const Number& a, const Number& b);
  static std::optional<Number> Subtract(const Number& a, const Number& b);
  static std::optional<Number> Multiply(const Number& a, const Number& b);
  static std::optional<Number> Divide(const Number& a, const Number& b);
  static std::optional<Number> Modulo(const Number& a, const Number& b);
  Number Negated() const;
  // Integers towards zero, up, down; infinities as they are; never -0.
  Number Truncated() const;
  Number Ceiling() const;
  Number Floor() const;

  // Exact numeric order, -1, 0, 1.
  static int Compare(const Number& a, const Number& b);
  // HCL's ==: integers exactly, fractions by equal shortest decimal text.
  static bool Equal(const Number& a, const Number& b);
  // The same for numbers that are Equal().
  std::size_t Hash() const;

  // Shortest decimal text that reads back to the same value at this precision, without an exponent
  // unless kMaxPadding calls for one. "+Inf", "-Inf", "-0".
  std::string ToString() const;
  void AppendTo(std::string& out) const;

  // Go's big.Float.Text(verb, precision) for verbs e E f g G; precision < 0 is the shortest form.
  std::string Format(char verb, int precision) const;
  // An integer in base 2, 8, 10 or 16 (lower case, with '-'); with more than kMaxDigits digits in
  // that base, as Format('g', -1). Precondition: is_integer().
  std::string ToBase(int base) const;

 private:
  struct Wide;  // MPFR value, reference-counted
  friend struct NumberAccess;
  friend class Value;  // keeps small numbers in its own two words

  Number(std::int64_t small, std::uint32_t precision) noexcept
      : word_(small), precision_(precision) {}
  std::int64_t small() const { return word_; }
  const Wide* wide() const {
    return reinterpret_cast<const Wide*>(static_cast<std::uintptr_t>(word_));
  }
  void Swap(Number& other) noexcept {
    std::swap(word_, other.word_);
    std::swap(precision_, other.precision_);
    std::swap(is_wide_, other.is_wide_);
  }
  void Retain() const noexcept;
  void Release() const noexcept;

  std::int64_t word_ = 0;  // the integer, or where the wide value is
  std::uint32_t precision_ = kLiteralPrecision;
  bool is_wide_ = false;
};

}  // namespace nmgr::hcl
