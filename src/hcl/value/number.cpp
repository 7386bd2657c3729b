#include "nmgr/hcl/value/number.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "hcl/value/number_mpfr.h"

namespace nmgr::hcl {
namespace {

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

}  // namespace nmgr::hcl
