// Number's inside, for the two files that implement it: number.cpp (values) and number_text.cpp
// (digits).
#pragma once

#include <mpfr.h>

#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>

#include "nmgr/hcl/value/number.h"

namespace nmgr::hcl {

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

inline std::uint32_t BitLength(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::bit_width(value));
}

inline std::uint64_t Magnitude(std::int64_t value) {
  return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

// Whether `value` has a place in a mantissa of `precision` bits.
inline bool Fits(std::int64_t value, std::uint32_t precision) {
  if (precision >= 64) return true;
  const std::uint64_t magnitude = Magnitude(value);
  return magnitude == 0 ||
         BitLength(magnitude) - static_cast<std::uint32_t>(std::countr_zero(magnitude)) <=
             precision;
}

struct Number::Wide {
  explicit Wide(Real value) : real(std::move(value)) {}
  mutable std::atomic<std::uint32_t> references{1};
  Real real;
};

// What the helpers of number*.cpp need of Number's inside.
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

}  // namespace nmgr::hcl
