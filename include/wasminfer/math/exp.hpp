// exp and expm1. Bounds are in units in the last place (ULP) against the exact value.
#pragma once

#include <wasminfer/math/polynomial.hpp>

namespace wasminfer::math {

namespace detail {

/// x = n ln2 + r, |r| ≤ ln2 / 2.
struct exp_parts_f32 {
    f32x4 r;
    i32x4 n;
};

/// Factors whose product is 2^n: 2^n alone leaves the range of normal numbers before the result does.
struct exp_scale_f32 {
    f32x4 low;
    f32x4 high;
};

/// 2^n for -126 ≤ n ≤ 127. Of n's bits only the lowest 8 count.
WASMINFER_INLINE f32x4 power_of_two(i32x4 n) noexcept
{
    return xsimd::bitwise_cast<float>((n << 23) + xsimd::bitwise_cast<std::int32_t>(literal<1.0>()));
}

/// Needs -104 ≤ x ≤ 89, or NaN.
WASMINFER_INLINE exp_parts_f32 reduce_exp(f32x4 x) noexcept
{
    // Adding 1.5 · 2^23 rounds to an integer, which is then read from the low bits of the significand.
    const f32x4 magic = literal<0x1.8p23>();
    const f32x4 shifted = madd(x, literal<0x1.715476p+0>(), magic);
    const f32x4 n = shifted - magic;
    // ln2 in two parts: the high one has 15 bits, so that its product with n is exact.
    const f32x4 r = madd(n, literal<-0x1.7f7d1cp-20>(), madd(n, literal<-0x1.62e4p-1>(), x));
    const i32x4 integer = xsimd::bitwise_cast<std::int32_t>(shifted) - xsimd::bitwise_cast<std::int32_t>(magic);
    return {r, integer};
}

WASMINFER_INLINE exp_scale_f32 exp_scale(i32x4 n) noexcept
{
    const i32x4 low = n >> 1;
    return {power_of_two(low), power_of_two(n - low)};
}

/// (e^r - 1 - r) / r^2 on |r| ≤ ln2 / 2; minimax (Remez), error 2^-28 of e^r.
WASMINFER_INLINE f32x4 exp_tail(f32x4 r) noexcept
{
    return polynomial<0x1.000000p-1, 0x1.55548ep-3, 0x1.55545ep-5, 0x1.123b56p-7, 0x1.6db418p-10>(r);
}

struct exp_parts_f64 {
    double r_high;
    double r_low;
    int n;
};

/// Needs |x| < 2^20 ln2.
inline exp_parts_f64 reduce_exp(double x) noexcept
{
    const double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52;
    const double n = shifted - 0x1.8p52;
    // The high part of ln2 has 32 bits: exact for every n of up to 20 bits.
    const double high = x - n * 0x1.62e42feep-1;
    const double low = n * 0x1.a39ef35793c76p-33;
    const double r = high - low;
    return {r, (high - r) - low, static_cast<int>(n)};
}

/// (e^r - 1 - r) / r^2 on |r| ≤ ln2 / 2; minimax (Remez), error 2^-62 relative to r.
inline double exp_tail(double r) noexcept
{
    return polynomial<0x1.0p-1, 0x1.5555555555559p-3, 0x1.555555555555ap-5, 0x1.111111110f6b3p-7, 0x1.6c16c16c14474p-10,
                      0x1.a01a01afe3188p-13, 0x1.a01a01b0adbd2p-16, 0x1.71ddf85965d5bp-19, 0x1.27e4c5b2b8cbcp-22,
                      0x1.af5eb400ae127p-26, 0x1.1f9549e3f8cc9p-29>(r);
}

/// 2^n for -1022 ≤ n ≤ 1023.
inline double power_of_two(int n) noexcept
{
    return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

/// x 2^n with one rounding, -2044 ≤ n ≤ 2046.
inline double scale(double x, int n) noexcept
{
    const int half_n = n >> 1;
    return x * power_of_two(half_n) * power_of_two(n - half_n);
}

}  // namespace detail

/// e^x, and 0 below x = -87.33, where it would be subnormal: a product with such a result takes a hundred cycles, and masks
/// and saturated activations have many. Cody-Waite reduction by ln2, polynomial of degree 6. 1.02 ULP over all other floats.
WASMINFER_INLINE f32x4 exp(f32x4 x) noexcept
{
    // Beyond the upper bound the result is infinity whatever x is; NaN passes pmin and pmax.
    const f32x4 lowest = literal<-87.33>();
    const detail::exp_parts_f32 parts = detail::reduce_exp(pmin(pmax(x, lowest), literal<89.0>()));
    const f32x4 fraction = madd(parts.r * parts.r, detail::exp_tail(parts.r), parts.r) + literal<1.0>();
    const detail::exp_scale_f32 scale = detail::exp_scale(parts.n);
    return select(x < lowest, splat(0.0f), fraction * scale.low * scale.high);
}

/// exp(x) for x ≤ 0, or NaN, with the same bits: 2^n is one factor then.
WASMINFER_INLINE f32x4 exp_of_negative(f32x4 x) noexcept
{
    const f32x4 lowest = literal<-87.33>();
    const detail::exp_parts_f32 parts = detail::reduce_exp(pmax(x, lowest));
    const f32x4 fraction = madd(parts.r * parts.r, detail::exp_tail(parts.r), parts.r) + literal<1.0>();
    return select(x < lowest, splat(0.0f), fraction * detail::power_of_two(parts.n));
}

WASMINFER_INLINE float exp_of_negative(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return exp_of_negative(v); });
}

WASMINFER_INLINE float exp(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return exp(v); });
}

/// e^x. As for float, degree 12. 1 ULP.
inline double exp(double x) noexcept
{
    if (x != x) {
        return x;
    }
    const detail::exp_parts_f64 parts = detail::reduce_exp(x > 710.0 ? 710.0 : x < -746.0 ? -746.0 : x);
    const double r = parts.r_high;
    const double fraction = 1.0 + (r + (r * r * detail::exp_tail(r) + parts.r_low));
    return detail::scale(fraction, parts.n);
}

/// The same as exp(x).
inline double exp_of_negative(double x) noexcept
{
    return exp(x);
}

/// e^x - 1 without cancellation near 0. 2^n (e^r - 1) + (2^n - 1). 1.7 ULP over all floats.
WASMINFER_INLINE f32x4 expm1(f32x4 x) noexcept
{
    const detail::exp_parts_f32 parts = detail::reduce_exp(pmin(pmax(x, literal<-104.0>()), literal<89.0>()));
    const f32x4 fraction = madd(parts.r * parts.r, detail::exp_tail(parts.r), parts.r);
    // Half of 2^n, doubled at the end: 2^128 itself is no float.
    const detail::exp_scale_f32 factors = detail::exp_scale(parts.n);
    const f32x4 scale = factors.low * (factors.high * literal<0.5>());
    const f32x4 half_result = madd(fraction, scale, scale - literal<0.5>());
    return select(abs(x) < literal<0x1p-26>(), x, half_result + half_result);
}

WASMINFER_INLINE float expm1(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return expm1(v); });
}

/// e^x - 1 without cancellation near 0. 2 ULP.
inline double expm1(double x) noexcept
{
    if (x != x || std::fabs(x) < 0x1p-54) {
        return x;
    }
    const detail::exp_parts_f64 parts = detail::reduce_exp(x > 710.0 ? 710.0 : x < -60.0 ? -60.0 : x);
    const double r = parts.r_high;
    const double fraction = r + (r * r * detail::exp_tail(r) + parts.r_low);
    const double half_scale = detail::power_of_two(parts.n - 1);
    return 2.0 * (fraction * half_scale + (half_scale - 0.5));
}

}  // namespace wasminfer::math
