// Natural logarithms. Bounds in ULP against the exact value.
#pragma once

#include <wasminfer/math/polynomial.hpp>

namespace wasminfer::math {

namespace detail {

/// x = 2^e m with m in [sqrt(1/2), sqrt(2)).
struct log_parts_f64 {
    double m;
    double e;
};

/// Needs 0 < x < infinity.
inline log_parts_f64 reduce_log(double x) noexcept
{
    double e = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        e = -54;
    }
    // Subtracting the bits of sqrt(1/2) aligns the exponent field with the cut at sqrt(1/2).
    constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdu;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) - root_half;
    const std::int64_t exponent = static_cast<std::int64_t>(bits) >> 52;
    const double m = std::bit_cast<double>((bits & 0x000fffffffffffffu) + root_half);
    return {m, e + static_cast<double>(exponent)};
}

/// (log((1 + s) / (1 - s)) - 2 s) / s^3 with z = s^2, |s| ≤ 0.1716; minimax (Remez), error 2^-58 relative to 1 / z.
inline double log_tail(double z) noexcept
{
    return polynomial<0x1.5555555555592p-1, 0x1.999999997fd9dp-2, 0x1.24924941f2c55p-2, 0x1.c71c5207fa7cep-3,
                      0x1.74663f3351bb7p-3, 0x1.39a1b3025f247p-3, 0x1.2f05b27aeb61fp-3>(z);
}

/// log(x) + correction for 0 < x < infinity; the correction is added before the last rounding.
inline double log_of_positive(double x, double correction) noexcept
{
    const log_parts_f64 parts = reduce_log(x);
    const double f = parts.m - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double half_square = 0.5 * f * f;
    // log(1 + f) = f - (f^2 / 2 - s (f^2 / 2 + z tail)): the large terms stay exact (the identity is fdlibm's).
    const double rest = s * (half_square + z * log_tail(z)) + (parts.e * 0x1.ef35793c76730p-45 + correction);
    return parts.e * 0x1.62e42fefa3800p-1 - ((half_square - rest) - f);
}

}  // namespace detail

/// log(x); -infinity for ±0, NaN below. Exponent and significand apart, polynomial of degree 11 on
/// [sqrt(1/2) - 1, sqrt(2) - 1] (minimax, 2^-30). 0.85 ULP over all floats.
WASMINFER_INLINE f32x4 log(f32x4 x) noexcept
{
    const mask32x4 subnormal = x < literal<0x1p-126>();
    const f32x4 normal = select(subnormal, x * literal<0x1p23>(), x);
    const i32x4 root_half(0x3f3504f3);
    const i32x4 bits = xsimd::bitwise_cast<std::int32_t>(normal) - root_half;
    const f32x4 m = xsimd::bitwise_cast<float>((bits & i32x4(0x007fffff)) + root_half);
    // The exponent, |e| < 2^8, becomes a float through the bits of 1.5 · 2^23.
    const f32x4 biased = xsimd::bitwise_cast<float>((bits >> 23) + i32x4(0x4b400000));
    const f32x4 e = (biased - literal<0x1.8p23>()) - select(subnormal, literal<23.0>(), splat(0.0f));
    const f32x4 f = m - literal<1.0>();
    const f32x4 square = f * f;
    const f32x4 tail = polynomial<0x1.555548p-2, -0x1.000006p-2, 0x1.99a4b6p-3, -0x1.555c4ep-3, 0x1.233768p-3,
                                  -0x1.fc21fep-4, 0x1.e6f06cp-4, -0x1.de3c42p-4, 0x1.1457c2p-4>(f);
    const f32x4 low = madd(e, literal<0x1.7f7d1cp-20>(), square * f * tail);
    const f32x4 small = madd(square, literal<-0.5>(), low);
    const f32x4 result = madd(e, literal<0x1.62e4p-1>(), f + small);
    const f32x4 infinity = splat(std::numeric_limits<float>::infinity());
    const f32x4 edge = select(x == splat(0.0f), -infinity, splat(std::numeric_limits<float>::quiet_NaN()));
    return select(x > splat(0.0f), select(x < infinity, result, infinity), edge);
}

WASMINFER_INLINE float log(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return log(v); });
}

/// log(x). 1 ULP.
inline double log(double x) noexcept
{
    if (!(x > 0)) {
        return x == 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
    return x < std::numeric_limits<double>::infinity() ? detail::log_of_positive(x, 0.0) : x;
}

/// log(1 + x) for x ≥ 0. log(u) + (x - (u - 1)) / u with u = 1 + x rounded. 1.3 ULP over all floats.
WASMINFER_INLINE f32x4 log1p_of_positive(f32x4 x) noexcept
{
    const f32x4 u = x + literal<1.0>();
    const f32x4 lost = x - (u - literal<1.0>());
    const f32x4 result = log(u) + lost / u;
    return select(x < splat(std::numeric_limits<float>::infinity()), result, x);
}

WASMINFER_INLINE float log1p_of_positive(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return log1p_of_positive(v); });
}

/// log(1 + x) without cancellation near 0. 1 ULP.
inline double log1p(double x) noexcept
{
    if (!(x > -1)) {
        return x == -1 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
    if (std::fabs(x) < 0x1p-54 || x == std::numeric_limits<double>::infinity()) {
        return x;
    }
    const double u = 1.0 + x;
    const double lost = x < 1 ? x - (u - 1.0) : 1.0 - (u - x);
    return detail::log_of_positive(u, lost / u);
}

/// log(1 + x) for x ≥ 0. 1 ULP.
inline double log1p_of_positive(double x) noexcept
{
    return log1p(x);
}

}  // namespace wasminfer::math
