// asin, acos and atan. Bounds in ULP against the exact value.
#pragma once

#include <wasminfer/math/polynomial.hpp>

namespace wasminfer::math {

namespace detail {

inline constexpr double half_pi_high = 0x1.921fb54442d18p+0;
inline constexpr double half_pi_low = 0x1.1a62633145c07p-54;

/// (asin(x) - x) / x with z = x^2 ≤ 1/4; minimax (Remez), error 2^-60 relative to z.
inline double asin_tail(double z) noexcept
{
    return z * polynomial<0x1.5555555555578p-3, 0x1.333333332df82p-4, 0x1.6db6db7225e14p-5, 0x1.f1c71a8dd21b6p-6,
                          0x1.6e8bdfa4ebdbap-6, 0x1.1c49e2d461a56p-6, 0x1.ca20cbeaf552ap-7, 0x1.757b8a1969f50p-7,
                          0x1.6173a13d8749fp-7, 0x1.e2c305ec49511p-9, 0x1.64916f94e44b8p-6, -0x1.5952e3c641adcp-6,
                          0x1.0bafec3a03458p-5>(z);
}

/// 2 asin(sqrt(z)) = acos(1 - 2 z), 0 ≤ z ≤ 1/4; the root is corrected for its rounding.
inline double two_asin_of_root(double z) noexcept
{
    const double root = std::sqrt(z);
    if (root == 0) {
        return 0;
    }
    // The root's upper half, whose square is exact.
    const double high = std::bit_cast<double>(std::bit_cast<std::uint64_t>(root) & 0xffffffff00000000u);
    const double low = (z - high * high) / (root + high);
    return 2.0 * (high + (low + root * asin_tail(z)));
}

}  // namespace detail

/// asin(x); NaN outside [-1, 1]. 2 ULP.
inline double asin(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (!(magnitude <= 1.0)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (magnitude < 0x1p-27) {
        return x;
    }
    if (magnitude <= 0.5) {
        return x + x * detail::asin_tail(x * x);
    }
    const double rest = detail::two_asin_of_root((1.0 - magnitude) * 0.5);
    return std::copysign(detail::half_pi_high - (rest - detail::half_pi_low), x);
}

/// acos(x); NaN outside [-1, 1]. 2 ULP.
inline double acos(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (!(magnitude <= 1.0)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (magnitude <= 0.5) {
        return detail::half_pi_high - (x - (detail::half_pi_low - x * detail::asin_tail(x * x)));
    }
    const double rest = detail::two_asin_of_root((1.0 - magnitude) * 0.5);
    return x > 0 ? rest : 2.0 * (detail::half_pi_high - (0.5 * rest - detail::half_pi_low));
}

/// atan(x). 1 / x above 1, then (x - 1) / (x + 1) above tan(pi/8); minimax polynomial, error 2^-59. 2 ULP.
inline double atan(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (magnitude < 0x1p-27 || x != x) {
        return x;
    }
    // t = (magnitude - base) / (1 + base · magnitude) with atan(base) added: base is 0, 1 or infinity.
    double t = magnitude;
    double base_high = 0;
    double base_low = 0;
    if (magnitude > 0x1.3504f333f9de6p+1) {
        t = -1.0 / magnitude;
        base_high = detail::half_pi_high;
        base_low = detail::half_pi_low;
    } else if (magnitude > 0x1.a827999fcef32p-2) {
        t = (magnitude - 1.0) / (magnitude + 1.0);
        base_high = 0.5 * detail::half_pi_high;
        base_low = 0.5 * detail::half_pi_low;
    }
    const double z = t * t;
    const double tail =
        polynomial<-0x1.555555555553dp-2, 0x1.99999999958f7p-3, -0x1.24924922b16cep-3, 0x1.c71c70e7c18d0p-4,
                   -0x1.745cf90ec58efp-4, 0x1.3b111ca8633e4p-4, -0x1.10ebe0bd34effp-4, 0x1.df11965c31ccdp-5,
                   -0x1.9cdd00106fb85p-5, 0x1.37ef7650d6954p-5, -0x1.25a23dd960d8ep-6>(z);
    return std::copysign(base_high + (t + (t * z * tail + base_low)), x);
}

}  // namespace wasminfer::math
