// sinh, cosh and the inverse hyperbolic functions. Bounds in ULP against the exact value.
#pragma once

#include <wasminfer/math/exp.hpp>
#include <wasminfer/math/log.hpp>

namespace wasminfer::math {

namespace detail {
/// e^x / 2 up to the largest x whose sinh is finite, past the end of exp.
inline double half_exp(double x) noexcept
{
    if (!(x < 711.0)) {
        return x;
    }
    const exp_parts_f64 parts = reduce_exp(x);
    const double r = parts.r_high;
    return scale(1.0 + (r + (r * r * exp_tail(r) + parts.r_low)), parts.n - 1);
}
}  // namespace detail

/// sinh(x) = (t + t / (t + 1)) / 2, t = expm1(|x|). 2 ULP.
inline double sinh(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (magnitude > 22.0) {
        return magnitude > 711.0 ? x * std::numeric_limits<double>::infinity()
                                 : std::copysign(detail::half_exp(magnitude), x);
    }
    const double t = expm1(magnitude);
    return std::copysign(0.5 * (t + t / (t + 1.0)), x);
}

/// cosh(x) = e^|x| / 2 + 1 / (2 e^|x|). 2 ULP.
inline double cosh(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (magnitude > 711.0) {
        return std::numeric_limits<double>::infinity();
    }
    const double e = detail::half_exp(magnitude);
    return e + 0.25 / e;
}

/// asinh(x) = log1p(|x| + x^2 / (1 + sqrt(x^2 + 1))). 3 ULP.
inline double asinh(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (magnitude > 0x1p28) {
        return std::copysign(log(magnitude) + 0x1.62e42fefa39efp-1, x);
    }
    const double square = x * x;
    return std::copysign(log1p(magnitude + square / (1.0 + std::sqrt(square + 1.0))), x);
}

/// acosh(x) = log1p(t + sqrt(2 t + t^2)), t = x - 1; NaN below 1. 3 ULP.
inline double acosh(double x) noexcept
{
    if (!(x >= 1.0)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (x > 0x1p28) {
        return log(x) + 0x1.62e42fefa39efp-1;
    }
    const double t = x - 1.0;
    return log1p(t + std::sqrt(2.0 * t + t * t));
}

/// atanh(x) = log1p(2 x / (1 - x)) / 2; infinite at ±1, NaN beyond. 3 ULP.
inline double atanh(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (!(magnitude < 1.0)) {
        return magnitude == 1.0 ? x * std::numeric_limits<double>::infinity()
                                : std::numeric_limits<double>::quiet_NaN();
    }
    return std::copysign(0.5 * log1p(2.0 * magnitude / (1.0 - magnitude)), x);
}

}  // namespace wasminfer::math
