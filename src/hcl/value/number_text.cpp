// Numbers from and to decimal text.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>

#include "hcl/value/decimal.h"
#include "hcl/value/number_mpfr.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl {
namespace {

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

std::optional<Number> Number::Parse(std::string_view text) {
  std::int64_t small = 0;
  const char* end = text.data() + text.size();
  if (!text.empty() && text.size() <= 18 && IsAsciiDigit(text.front())) {
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
    if (IsAsciiDigit(c)) digit = c - '0';
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

std::size_t Number::Hash() const {
  if (const auto small = ToInt64()) return std::hash<std::int64_t>{}(*small);
  if (is_infinite() || !is_integer()) return std::hash<std::string>{}(ToString());
  mpfr_exp_t exponent = 0;
  const std::unique_ptr<char, FreeString> owner(
      mpfr_get_str(nullptr, &exponent, 32, 0, wide()->real.get(), MPFR_RNDN));
  std::string_view digits(owner.get());  // exact, with zeros behind as the precision demands
  digits.remove_suffix(digits.size() - 1 - digits.find_last_not_of('0'));
  return std::hash<std::string_view>{}(digits) ^ static_cast<std::size_t>(exponent);
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
