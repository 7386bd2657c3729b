// Logarithm and power of doubles to the last bit as Nomad's clients print them.
//
// pow() and log() show all digits of a double, and the C library's results differ from those of
// Go's math package in the last bit for every third argument. So the two are computed here by the
// same published methods: fdlibm's argument reduction and polynomial for the logarithm, Shibata's
// Taylor series with repeated squaring for the exponential (ISC 2010), binary powers of the
// fraction for pow.
#pragma once

namespace nmgr::hcl::functions {

double NaturalLog(double x);
double Power(double x, double y);

}  // namespace nmgr::hcl::functions
