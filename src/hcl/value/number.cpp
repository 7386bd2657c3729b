#include "nmgr/hcl/value/number.h"

#include <mpfr.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <utility>

#include "hcl/value/decimal.h"

namespace nmgr::hcl {
namespace {

// An MPFR number of one scope.
class Real {
 public:
  explicit Real(std::uint32_t precision) {
    // Wider than any exponent kept (Narrow() cuts), so that half units and powers never overflow.
    if (mpfr_get_emax() != mpfr_get_emax_max()) {
      mpfr_set_emax(mpfr_get_emax_max());
      mpfr_set_emin(mpfr_get_emin_min());
    }
    mpfr_init2(value_, static_cast<mpfr_prec_t>(precision));
  }
  Real(Real&& other) noexcept : owned_(std::exchange(other.owned_, false)) {
    value_[0] = other.value_[0];
  }
  Real& operator=(Real&&) = delete;
  ~Real() {
    if (owned_) mpfr_clear(value_);
  }
  mpfr_ptr get() { return value_; }
  mpfr_srcptr get() const { return value_; }

 private:
  mpfr_t value_;
  bool owned_ = true;
};

struct FreeString {
  void operator()(char* text) const { mpfr_free_str(text); }
};

std::uint32_t BitLength(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::bit_width(value));
}

std::uint64_t Magnitude(std::int64_t value) {
  return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

// Whether `value` has a place in a mantissa of `precision` bits.
bool Fits(std::int64_t value, std::uint32_t precision) {
  if (precision >= 64) return true;
  const std::uint64_t magnitude = Magnitude(value);
  return magnitude == 0 ||
         BitLength(magnitude) - static_cast<std::uint32_t>(std::countr_zero(magnitude)) <=
             precision;
}

}  // namespace

struct Number::Wide {
  explicit Wide(Real value) : real(std::move(value)) {}
  mutable std::atomic<std::uint32_t> references{1};
  Real real;
};

// What the anonymous helpers below need of Number's inside.
struct NumberAccess {
  using Wide = Number::Wide;
  static bool IsWide(const Number& number) { return number.is_wide_; }
  static std::int64_t Small(const Number& number) { return number.small(); }
  static mpfr_srcptr Real(const Number& number) { return number.wide()->real.get(); }
  static Number FromSmall(std::int64_t value, std::uint32_t precision) {
    return {value, precision};
  }

  static Number FromWide(const Wide* wide, std::uint32_t precision) {
    Number result;
    result.word_ = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(wide));
    result.is_wide_ = true;
    result.precision_ = precision;
    return result;
  }

  // `real`, which has the number's precision, as a Number: cut to Go's exponents, small if it can
  // be.
  static Number Narrow(class Real&& real) {
    mpfr_ptr value = real.get();
    const auto precision = static_cast<std::uint32_t>(mpfr_get_prec(value));
    if (mpfr_regular_p(value) != 0) {
      constexpr mpfr_exp_t kMost = std::numeric_limits<std::int32_t>::max();
      constexpr mpfr_exp_t kLeast = std::numeric_limits<std::int32_t>::min();
      const mpfr_exp_t exponent = mpfr_get_exp(value);
      const int sign = mpfr_signbit(value) != 0 ? -1 : 1;
      if (exponent > kMost) mpfr_set_inf(value, sign);
      if (exponent < kLeast) mpfr_set_zero(value, sign);
    }
    const bool is_positive_zero = mpfr_zero_p(value) != 0 && mpfr_signbit(value) == 0;
    if (is_positive_zero) return FromSmall(0, precision);
    if (mpfr_regular_p(value) != 0 && mpfr_get_exp(value) <= 64 && mpfr_integer_p(value) != 0 &&
        mpfr_fits_slong_p(value, MPFR_RNDZ) != 0) {
      return FromSmall(mpfr_get_si(value, MPFR_RNDZ), precision);
    }
    return FromWide(new Wide(std::move(real)), precision);
  }
};

namespace {

// A number's value for MPFR, whichever way it is kept.
class Operand {
 public:
  explicit Operand(const Number& number) : small_(NumberAccess::IsWide(number) ? 1 : 64) {
    if (NumberAccess::IsWide(number)) {
      value_ = NumberAccess::Real(number);
    } else {
      mpfr_set_si(small_.get(), NumberAccess::Small(number), MPFR_RNDN);
      value_ = small_.get();
    }
  }
  mpfr_srcptr get() const { return value_; }

 private:
  Real small_;
  mpfr_srcptr value_;
};

bool BothSmall(const Number& a, const Number& b) {
  return !NumberAccess::IsWide(a) && !NumberAccess::IsWide(b);
}

std::uint32_t LargerPrecision(const Number& a, const Number& b) {
  return std::max(a.precision(), b.precision());
}

using Operation = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

std::optional<Number> Compute(Operation operation, const Number& a, const Number& b) {
  Real result(LargerPrecision(a, b));
  operation(result.get(), Operand(a).get(), Operand(b).get(), MPFR_RNDN);
  if (mpfr_nan_p(result.get()) != 0) return std::nullopt;
  return NumberAccess::Narrow(std::move(result));
}

Number RoundToInteger(const Number& number, int (*round)(mpfr_ptr, mpfr_srcptr)) {
  if (!NumberAccess::IsWide(number) || number.is_infinite()) return number;
  Real result(number.precision());
  round(result.get(), NumberAccess::Real(number));
  if (mpfr_zero_p(result.get()) != 0) mpfr_set_zero(result.get(), 1);
  return NumberAccess::Narrow(std::move(result));
}

// As many digits as the exact decimal expansion has, or a few more.
std::int64_t MostDigits(mpfr_srcptr value) {
  const std::int64_t exponent = mpfr_get_exp(value);
  const std::int64_t fraction_bits = std::max<std::int64_t>(mpfr_min_prec(value) - exponent, 0);
  return fraction_bits + std::max<std::int64_t>(exponent, 0) * 30103 / 100000 + 2;
}

// The first `count` digits of |value|, which is regular.
Decimal TruncatedDigits(mpfr_srcptr value, std::int64_t count) {
  const std::int64_t all = MostDigits(value) + 1;
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(std::min(count, all), 2));
  const auto digits = [&](mpfr_rnd_t rounding, mpfr_exp_t& exponent) {
    const std::unique_ptr<char, FreeString> text(
        mpfr_get_str(nullptr, &exponent, 10, wanted, value, rounding));
    return std::string(text.get() + (text.get()[0] == '-' ? 1 : 0));
  };
  mpfr_exp_t exponent = 0;
  Decimal result;
  result.digits = digits(MPFR_RNDZ, exponent);
  result.exponent = exponent;
  result.more = true;
  if (result.digits.back() == '0') {
    mpfr_exp_t exponent_above = 0;
    result.more = result.digits != digits(MPFR_RNDA, exponent_above) || exponent != exponent_above;
    result.TrimZeros();
  }
  return result;
}

// How many digits tell `precision` bits from their neighbours, with some to spare.
std::int64_t DigitsForBits(std::uint32_t precision) {
  return static_cast<std::int64_t>(precision) * 30103 / 100000 + 24;
}

Decimal SmallDigits(std::int64_t value) {
  Decimal result{std::to_string(Magnitude(value))};
  result.exponent = result.size();
  result.TrimZeros();
  return result;
}

// The digits of a number that a person wrote with few of them, which is nearly every fraction: an
// integer of billionths that reads back to the number is its shortest form.
std::optional<Decimal> FewDigits(mpfr_srcptr value) {
  constexpr unsigned long kScale = 1000000000;
  Real work(static_cast<std::uint32_t>(mpfr_get_prec(value)));
  mpfr_mul_ui(work.get(), value, kScale, MPFR_RNDN);
  if (mpfr_get_exp(work.get()) > 56 || mpfr_integer_p(work.get()) == 0) return std::nullopt;
  const long billionths = mpfr_get_si(work.get(), MPFR_RNDN);
  mpfr_set_si(work.get(), billionths, MPFR_RNDN);
  mpfr_div_ui(work.get(), work.get(), kScale, MPFR_RNDN);
  if (mpfr_equal_p(work.get(), value) == 0) return std::nullopt;
  Decimal result = SmallDigits(billionths);
  result.exponent -= 9;
  return result;
}

// The fewest digits between half a unit below and half a unit above (reference 2.1; Go compares the
// three expansions digit by digit, not aligned by exponent).
Decimal ShortestDigits(mpfr_srcptr value) {
  const auto precision = static_cast<std::uint32_t>(mpfr_get_prec(value));
  const bool is_exact_integer = mpfr_integer_p(value) != 0 && mpfr_get_exp(value) <= precision;
  if (is_exact_integer) return TruncatedDigits(value, MostDigits(value));
  if (precision >= 64) {
    if (std::optional<Decimal> few = FewDigits(value)) return *std::move(few);
  }
  Real magnitude(precision);
  mpfr_abs(magnitude.get(), value, MPFR_RNDN);
  const mpfr_exp_t unit = mpfr_get_exp(value) - static_cast<mpfr_exp_t>(precision);
  Real half(2);
  mpfr_set_ui_2exp(half.get(), 1, unit - 1, MPFR_RNDN);
  Real below(precision + 1);
  Real above(precision + 1);
  mpfr_sub(below.get(), magnitude.get(), half.get(), MPFR_RNDN);
  mpfr_add(above.get(), magnitude.get(), half.get(), MPFR_RNDN);

  const std::int64_t count = DigitsForBits(precision);
  const Decimal lower = TruncatedDigits(below.get(), count);
  const Decimal upper = TruncatedDigits(above.get(), count);
  Decimal result = TruncatedDigits(magnitude.get(), count);
  const bool inclusive = mpfr_min_prec(value) < static_cast<mpfr_prec_t>(precision);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    const char digit = result.At(i);
    const char low = lower.At(i);
    const char high = upper.At(i);
    const bool lower_ends = i + 1 == lower.size() && !lower.more;
    const bool upper_goes_on = i + 1 < upper.size() || upper.more;
    const bool can_round_down = low != digit || (inclusive && lower_ends);
    const bool can_round_up = digit != high && (inclusive || digit + 1 < high || upper_goes_on);
    if (can_round_down && can_round_up) {
      result.Round(i + 1);
    } else if (can_round_down) {
      result.RoundDown(i + 1);
    } else if (can_round_up) {
      result.RoundUp(i + 1);
    } else {
      continue;
    }
    return result;
  }
  return result;
}

// Whether the decimal digits of `value` are the shortest at `precision` as they stand.
bool PrintsExactly(std::int64_t value, std::uint32_t precision) {
  return BitLength(Magnitude(value)) <= precision;
}

// Digits of a finite number: the shortest, or `count` of them at least.
Decimal Digits(const Number& number, std::optional<std::int64_t> count) {
  if (number.is_zero()) return {};
  if (!NumberAccess::IsWide(number)) {
    const std::int64_t small = NumberAccess::Small(number);
    if (count.has_value() || PrintsExactly(small, number.precision())) return SmallDigits(small);
    Real value(number.precision());
    mpfr_set_si(value.get(), small, MPFR_RNDN);
    return ShortestDigits(value.get());
  }
  const mpfr_srcptr value = NumberAccess::Real(number);
  return count.has_value() ? TruncatedDigits(value, *count + 2) : ShortestDigits(value);
}

// The place of the first digit: 0.DIGITS x 10^exponent, exactly.
std::int64_t DecimalExponent(const Number& number) { return Digits(number, 1).exponent; }

// 5^exponent, rounded as Go's big.Float.pow5 rounds on the way.
void PowerOfFive(std::uint64_t exponent, Real& result) {
  constexpr std::uint64_t kExact = 27;  // 5^27 has 63 bits
  mpfr_ui_pow_ui(result.get(), 5, std::min(exponent, kExact), MPFR_RNDN);
  if (exponent <= kExact) return;
  Real factor(static_cast<std::uint32_t>(mpfr_get_prec(result.get())) + 64);
  mpfr_set_ui(factor.get(), 5, MPFR_RNDN);
  for (exponent -= kExact; exponent > 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) mpfr_mul(result.get(), result.get(), factor.get(), MPFR_RNDN);
    mpfr_mul(factor.get(), factor.get(), factor.get(), MPFR_RNDN);
  }
}

// Digits of a literal, of which 155 count.
constexpr std::size_t kMostDigits = std::size_t{1} << 20U;

// Enough bits for any integer of so many digits.
std::uint32_t BitsForDigits(std::size_t digits, int base) {
  return static_cast<std::uint32_t>(static_cast<double>(digits) * std::log2(base)) + 2;
}

bool IsDecimalDigit(char c) { return c >= '0' && c <= '9'; }

// A literal of at most 18 digits and places: one division, and that of exact operands.
Number FromFewDigits(const DecimalLiteral& literal) {
  long mantissa = 0;
  unsigned long power = 1;
  std::from_chars(literal.digits.data(), literal.digits.data() + literal.digits.size(), mantissa);
  for (std::int64_t i = literal.exponent_of_5; i < 0; ++i) power *= 5;
  Real value(Number::kLiteralPrecision);
  mpfr_set_si(value.get(), literal.negative ? -mantissa : mantissa, MPFR_RNDN);
  mpfr_mul_2si(value.get(), value.get(), literal.exponent_of_2, MPFR_RNDN);
  mpfr_div_ui(value.get(), value.get(), power, MPFR_RNDN);
  return NumberAccess::Narrow(std::move(value));
}

std::optional<Number> ParseLiteral(std::string_view text) {
  const std::optional<DecimalLiteral> literal = ReadDecimalLiteral(text);
  if (!literal || literal->digits.size() > kMostDigits) return std::nullopt;
  Real value(Number::kLiteralPrecision);
  if (literal->digits.empty()) {
    mpfr_set_zero(value.get(), literal->negative ? -1 : 1);
    return NumberAccess::Narrow(std::move(value));
  }
  constexpr std::size_t kFew = 18;
  if (literal->digits.size() <= kFew && literal->exponent_of_5 < 0 &&
      literal->exponent_of_5 >= -static_cast<std::int64_t>(kFew)) {
    return FromFewDigits(*literal);
  }
  // Exact: only the product or quotient with the power is rounded.
  Real mantissa(BitsForDigits(literal->digits.size(), 10));
  mpfr_set_str(mantissa.get(), literal->digits.c_str(), 10, MPFR_RNDN);
  if (literal->negative) mpfr_neg(mantissa.get(), mantissa.get(), MPFR_RNDN);
  const std::int64_t exponent = mpfr_get_exp(mantissa.get()) + literal->exponent_of_2;
  if (exponent < std::numeric_limits<std::int32_t>::min() ||
      exponent > std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  mpfr_mul_2si(mantissa.get(), mantissa.get(), literal->exponent_of_2, MPFR_RNDN);
  const std::int64_t fives = literal->exponent_of_5;
  if (fives == 0) {
    mpfr_set(value.get(), mantissa.get(), MPFR_RNDN);
  } else {
    Real power(Number::kLiteralPrecision + 64);
    PowerOfFive(static_cast<std::uint64_t>(std::abs(fives)), power);
    (fives < 0 ? mpfr_div : mpfr_mul)(value.get(), mantissa.get(), power.get(), MPFR_RNDN);
  }
  return NumberAccess::Narrow(std::move(value));
}

}  // namespace

void Number::Retain() const noexcept { wide()->references.fetch_add(1, std::memory_order_relaxed); }

void Number::Release() const noexcept {
  if (wide()->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete wide();
}

Number Number::FromInt(std::int64_t value, std::uint32_t precision) {
  if (Fits(value, precision)) return {value, precision};
  Real result(precision);
  mpfr_set_si(result.get(), value, MPFR_RNDN);
  return NumberAccess::Narrow(std::move(result));
}

Number Number::FromDouble(double value, std::uint32_t precision) {
  Real result(precision);
  mpfr_set_d(result.get(), value, MPFR_RNDN);
  return NumberAccess::Narrow(std::move(result));
}

Number Number::Infinity(bool negative) {
  Real result(kLiteralPrecision);
  mpfr_set_inf(result.get(), negative ? -1 : 1);
  return NumberAccess::Narrow(std::move(result));
}

std::optional<Number> Number::Parse(std::string_view text) {
  std::int64_t small = 0;
  const char* end = text.data() + text.size();
  if (!text.empty() && text.size() <= 18 && IsDecimalDigit(text.front())) {
    const auto [stop, error] = std::from_chars(text.data(), end, small);
    if (error == std::errc() && stop == end) return Number(small, kLiteralPrecision);
  }
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  const std::string_view unsigned_text = text.substr(has_sign ? 1 : 0);
  if (unsigned_text == "inf" || unsigned_text == "Inf") return Infinity(text.front() == '-');
  return ParseLiteral(text);
}

std::optional<Number> Number::ParseInteger(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::string digits;
  for (const char c : text) {
    int digit = base;
    if (IsDecimalDigit(c)) digit = c - '0';
    if (c >= 'a' && c <= 'z') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') digit = c - 'A' + (base > 36 ? 36 : 10);
    if (digit >= base) return std::nullopt;
    // GMP's digits above base 36 go 0-9, A-Z, a-z.
    constexpr std::string_view kDigits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    digits += kDigits[static_cast<std::size_t>(digit)];
  }
  if (digits.size() > static_cast<std::size_t>(kMaxDigits)) return std::nullopt;
  Real exact(BitsForDigits(digits.size(), base));
  mpfr_set_str(exact.get(), digits.c_str(), base, MPFR_RNDN);
  if (negative && mpfr_zero_p(exact.get()) == 0) mpfr_neg(exact.get(), exact.get(), MPFR_RNDN);
  const mpfr_exp_t length = mpfr_zero_p(exact.get()) != 0 ? 0 : mpfr_get_exp(exact.get());
  Real result(static_cast<std::uint32_t>(std::max<mpfr_exp_t>(kIntegerPrecision, length)));
  mpfr_set(result.get(), exact.get(), MPFR_RNDN);
  return NumberAccess::Narrow(std::move(result));
}

bool Number::is_integer() const { return !is_wide_ || mpfr_integer_p(wide()->real.get()) != 0; }

bool Number::is_zero() const {
  return is_wide_ ? mpfr_zero_p(wide()->real.get()) != 0 : small() == 0;
}

bool Number::is_infinite() const { return is_wide_ && mpfr_inf_p(wide()->real.get()) != 0; }

bool Number::is_negative() const {
  return is_wide_ ? mpfr_signbit(wide()->real.get()) != 0 : small() < 0;
}

int Number::Sign() const {
  if (is_wide_) return mpfr_sgn(wide()->real.get());
  return small() < 0 ? -1 : static_cast<int>(small() > 0);
}

std::optional<std::int64_t> Number::ToInt64() const {
  if (!is_wide_) return small();
  if (is_zero()) return 0;
  return std::nullopt;
}

double Number::ToDouble() const {
  return is_wide_ ? mpfr_get_d(wide()->real.get(), MPFR_RNDN) : static_cast<double>(small());
}

std::optional<Number> Number::Add(const Number& a, const Number& b) {
  std::int64_t sum = 0;
  const std::uint32_t precision = LargerPrecision(a, b);
  if (BothSmall(a, b) && !__builtin_add_overflow(a.small(), b.small(), &sum) &&
      Fits(sum, precision)) {
    return Number(sum, precision);
  }
  return Compute(mpfr_add, a, b);
}

std::optional<Number> Number::Subtract(const Number& a, const Number& b) {
  std::int64_t difference = 0;
  const std::uint32_t precision = LargerPrecision(a, b);
  if (BothSmall(a, b) && !__builtin_sub_overflow(a.small(), b.small(), &difference) &&
      Fits(difference, precision)) {
    return Number(difference, precision);
  }
  return Compute(mpfr_sub, a, b);
}

// At 512 bits, then with as many as the product or the larger operand has (cty's Multiply).
std::optional<Number> Number::Multiply(const Number& a, const Number& b) {
  std::int64_t small = 0;
  const std::uint32_t precision = LargerPrecision(a, b);
  if (BothSmall(a, b) && a.small() != 0 && b.small() != 0 &&
      !__builtin_mul_overflow(a.small(), b.small(), &small) && Fits(small, precision)) {
    return Number(small, precision);
  }
  Real product(kLiteralPrecision);
  mpfr_mul(product.get(), Operand(a).get(), Operand(b).get(), MPFR_RNDN);
  if (mpfr_nan_p(product.get()) != 0) return std::nullopt;
  const mpfr_prec_t needed =
      mpfr_regular_p(product.get()) != 0 ? mpfr_min_prec(product.get()) : mpfr_prec_t{0};
  Real result(std::max(precision, static_cast<std::uint32_t>(needed)));
  mpfr_set(result.get(), product.get(), MPFR_RNDN);
  return NumberAccess::Narrow(std::move(result));
}

std::optional<Number> Number::Divide(const Number& a, const Number& b) {
  const std::uint32_t precision = LargerPrecision(a, b);
  if (BothSmall(a, b) && a.small() != 0 && b.small() > 0 && a.small() % b.small() == 0 &&
      Fits(a.small() / b.small(), precision)) {
    return Number(a.small() / b.small(), precision);
  }
  return Compute(mpfr_div, a, b);
}

// a - b * trunc(a / b): the quotient at the larger precision, the rest at that of `a` (cty's
// Modulo).
std::optional<Number> Number::Modulo(const Number& a, const Number& b) {
  if (b.is_zero()) return a;
  if (a.is_infinite() || b.is_infinite()) return std::nullopt;
  if (BothSmall(a, b) && a.precision_ >= 64 && b.precision_ >= 64 && b.small() != -1) {
    return Number(a.small() % b.small(), a.precision_);
  }
  const Operand left(a);
  const Operand right(b);
  Real quotient(LargerPrecision(a, b));
  mpfr_div(quotient.get(), left.get(), right.get(), MPFR_RNDN);
  mpfr_trunc(quotient.get(), quotient.get());
  Real work(a.precision_);
  mpfr_set(work.get(), quotient.get(), MPFR_RNDN);
  if (mpfr_zero_p(work.get()) != 0) mpfr_set_zero(work.get(), 1);
  mpfr_mul(work.get(), right.get(), work.get(), MPFR_RNDN);
  mpfr_sub(work.get(), left.get(), work.get(), MPFR_RNDN);
  if (mpfr_nan_p(work.get()) != 0) return std::nullopt;
  return NumberAccess::Narrow(std::move(work));
}

Number Number::Negated() const {
  if (!is_wide_ && small() != 0 && small() != std::numeric_limits<std::int64_t>::min()) {
    return {-small(), precision_};
  }
  Real result(precision_);
  mpfr_neg(result.get(), Operand(*this).get(), MPFR_RNDN);
  return NumberAccess::Narrow(std::move(result));
}

Number Number::Truncated() const { return RoundToInteger(*this, mpfr_trunc); }
Number Number::Ceiling() const { return RoundToInteger(*this, mpfr_ceil); }
Number Number::Floor() const { return RoundToInteger(*this, mpfr_floor); }

int Number::Compare(const Number& a, const Number& b) {
  if (BothSmall(a, b)) {
    return a.small() < b.small() ? -1 : static_cast<int>(a.small() > b.small());
  }
  const int order = mpfr_cmp(Operand(a).get(), Operand(b).get());
  return order < 0 ? -1 : static_cast<int>(order > 0);
}

bool Number::Equal(const Number& a, const Number& b) {
  if (a.is_integer() || b.is_integer() || a.is_infinite() || b.is_infinite()) {
    return Compare(a, b) == 0;
  }
  if (a.Sign() != b.Sign()) return false;
  if (a.precision_ == b.precision_) return Compare(a, b) == 0;
  const Decimal left = Digits(a, std::nullopt);
  const Decimal right = Digits(b, std::nullopt);
  return left.exponent == right.exponent && left.digits == right.digits;
}

std::string Number::ToString() const {
  std::string out;
  AppendTo(out);
  return out;
}

void Number::AppendTo(std::string& out) const {
  if (!is_wide_ && PrintsExactly(small(), precision_)) {
    std::array<char, 24> text;
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), small());
    out.append(text.data(), end);
    return;
  }
  if (is_infinite()) {
    out += is_negative() ? "-Inf" : "+Inf";
    return;
  }
  if (is_negative()) out += '-';
  const Decimal digits = Digits(*this, std::nullopt);
  const std::int64_t places = std::max<std::int64_t>(digits.size() - digits.exponent, 0);
  const std::int64_t padding = std::max(digits.exponent - digits.size(), -digits.exponent);
  if (padding > kMaxPadding) {
    AppendScientific(digits, 'e', digits.size() - 1, out);
  } else {
    AppendPlain(digits, places, out);
  }
}

std::string Number::Format(char verb, int precision) const {
  if (is_infinite()) return is_negative() ? "-Inf" : "+Inf";
  std::string out;
  if (is_negative()) out += '-';
  const bool plain = verb == 'f' || verb == 'F';
  const bool general = verb == 'g' || verb == 'G';
  const bool too_long = plain && std::abs(DecimalExponent(*this)) > kMaxDigits;
  if (too_long) verb = 'e';
  if (precision < 0 || too_long) {
    const Decimal digits = Digits(*this, std::nullopt);
    const std::int64_t size = digits.size();
    if (general) {
      AppendGeneral(digits, verb, size, true, out);
    } else if (plain && !too_long) {
      AppendPlain(digits, std::max<std::int64_t>(size - digits.exponent, 0), out);
    } else {
      AppendScientific(digits, verb, size - 1, out);
    }
    return out;
  }
  const std::int64_t places = std::min<std::int64_t>(precision, kMaxDigits);
  std::int64_t count = general ? std::max<std::int64_t>(places, 1) : places + 1;
  if (plain) count = places + DecimalExponent(*this);
  Decimal digits = Digits(*this, std::max<std::int64_t>(count, 1));
  digits.Round(count);
  if (general) {
    AppendGeneral(digits, verb, count, false, out);
  } else if (plain) {
    AppendPlain(digits, places, out);
  } else {
    AppendScientific(digits, verb, places, out);
  }
  return out;
}

std::string Number::ToBase(int base) const {
  if (!is_wide_) {
    std::array<char, 72> text;
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), small(), base);
    return std::string(text.data(), end);
  }
  if (is_zero()) return "0";
  mpfr_exp_t exponent = mpfr_get_exp(wide()->real.get());
  const double length = static_cast<double>(exponent) / std::log2(base) + 2;
  if (length > static_cast<double>(kMaxDigits)) return Format('g', -1);
  const std::unique_ptr<char, FreeString> text(mpfr_get_str(
      nullptr, &exponent, base, static_cast<std::size_t>(length), wide()->real.get(), MPFR_RNDZ));
  const std::size_t sign = is_negative() ? 1 : 0;
  return std::string(text.get(), sign + static_cast<std::size_t>(exponent));
}

}  // namespace nmgr::hcl
