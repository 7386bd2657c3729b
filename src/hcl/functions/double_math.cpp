#include "hcl/functions/double_math.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace nmgr::hcl::functions {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// c[0] + x * (c[1] + x * (c[2] + ...)).
template <std::size_t kCount>
double Polynomial(double x, const std::array<double, kCount>& c) {
  double sum = c[kCount - 1];
  for (std::size_t i = kCount - 1; i-- > 0;) sum = sum * x + c[i];
  return sum;
}

// e**x for the moderate x that Power needs.
double Exponential(double x) {
  constexpr double kLog2E = 1.4426950408889634073599246810018920;
  constexpr double kLn2Upper = 0.69314718055966295651160180568695068359375;
  constexpr double kLn2Lower = 0.28235290563031577122588448175013436025525412068e-12;
  constexpr std::array<double, 8> kTaylor = {1.0,       0.5,       1.0 / 6,    1.0 / 24,
                                             1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320};
  const double exponent = std::nearbyint(x * kLog2E);
  double rest = std::fma(-exponent, kLn2Upper, x);
  rest = std::fma(-exponent, kLn2Lower, rest) * 0.0625;
  double sum = kTaylor.back();
  for (std::size_t i = kTaylor.size() - 1; i-- > 0;) sum = std::fma(sum, rest, kTaylor[i]);
  // (1 + r)**16 - 1 from r, by squaring four times.
  double grown = rest * sum;
  for (int i = 0; i < 3; ++i) grown *= grown + 2.0;
  grown = std::fma(grown, grown + 2.0, 1.0);
  return std::ldexp(grown, static_cast<int>(exponent));
}

bool IsOddInteger(double y) {
  return std::fabs(y) < 0x1p53 && std::fmod(y, 2.0) != 0 && y == std::trunc(y);
}

double PowerOfZero(double x, double y) {
  const bool negative = std::signbit(x) && IsOddInteger(y);
  const double result = y < 0 ? kInfinity : 0.0;
  return negative ? -result : result;
}

double PowerOfInfinity(double x, double y) {
  if (x < 0) return PowerOfZero(-0.0, -y);
  return y < 0 ? 0.0 : kInfinity;
}

// What an exponent without bounds leads to, |x| being the base.
double ExtremePower(double x, double y) {
  if (x == -1) return 1;
  return (std::fabs(x) < 1) == (y > 0) ? 0.0 : kInfinity;
}

struct Scaled {
  double fraction;
  int exponent;
};

// start * x**count, by the bits of count; powers of two are kept apart so that nothing overflows
// early.
Scaled WholePower(double start, double x, std::int64_t count) {
  constexpr int kFarOut = 1 << 12;
  Scaled result{start, 0};
  int exponent = 0;
  double fraction = std::frexp(x, &exponent);
  for (; count != 0; count >>= 1) {
    if (exponent < -kFarOut || exponent > kFarOut) {
      result.exponent += exponent;
      break;
    }
    if ((count & 1) != 0) {
      result.fraction *= fraction;
      result.exponent += exponent;
    }
    fraction *= fraction;
    exponent *= 2;
    if (fraction < 0.5) {
      fraction += fraction;
      --exponent;
    }
  }
  return result;
}

}  // namespace

double NaturalLog(double x) {
  if (std::isnan(x)) return x;
  if (x == 0) return -kInfinity;
  if (x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(x)) return x;

  constexpr double kHalfRoot = 7.07106781186547524401e-01;
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  constexpr std::array<double, 4> kOdd = {6.666666666666735130e-01, 2.857142874366239149e-01,
                                          1.818357216161805012e-01, 1.479819860511658591e-01};
  constexpr std::array<double, 3> kEven = {3.999999999940941908e-01, 2.222219843214978396e-01,
                                           1.531383769920937332e-01};
  const auto bits = std::bit_cast<std::uint64_t>(x);
  double k = static_cast<double>(static_cast<int>(bits >> 52U) - 0x3FE);
  double f = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFU) | 0x3FE0000000000000U);
  if (f <= kHalfRoot) {
    k -= 1;
    f *= 2;
  }
  f -= 1;
  const double s = f / (2 + f);
  const double s2 = s * s;
  const double s4 = s2 * s2;
  const double rest = s2 * Polynomial(s4, kOdd) + s4 * Polynomial(s4, kEven);
  const double half_square = 0.5 * f * f;
  return k * kLn2High - ((half_square - (s * (half_square + rest) + k * kLn2Low)) - f);
}

double Power(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (y == 1) return x;
  if (std::isnan(x) || std::isnan(y)) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return PowerOfZero(x, y);
  if (std::isinf(y)) return ExtremePower(x, y);
  if (std::isinf(x)) return PowerOfInfinity(x, y);
  if (y == 0.5) return std::sqrt(x);
  if (y == -0.5) return 1 / std::sqrt(x);

  double whole = 0;
  double fraction = std::modf(std::fabs(y), &whole);
  if (fraction != 0 && x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (whole >= 0x1p63) return ExtremePower(x, y);

  double start = 1;
  if (fraction != 0) {
    if (fraction > 0.5) {
      fraction -= 1;
      whole += 1;
    }
    start = Exponential(fraction * NaturalLog(x));
  }
  const Scaled power = WholePower(start, x, static_cast<std::int64_t>(whole));
  if (y < 0) return std::ldexp(1 / power.fraction, -power.exponent);
  return std::ldexp(power.fraction, power.exponent);
}

}  // namespace nmgr::hcl::functions
