// sin, cos and tan for every finite argument. Bounds in ULP against the exact value.
#pragma once

#include <wasminfer/math/pi_reduction.hpp>
#include <wasminfer/math/polynomial.hpp>

namespace wasminfer::math {

namespace detail {

/// sin(high + low), |high| ≤ pi/4; minimax (Remez), error 2^-69.
inline double sin_near_zero(double high, double low) noexcept
{
    const double z = high * high;
    const double tail = polynomial<0x1.111111111110bp-7, -0x1.a01a01a018ae8p-13, 0x1.71de3a5339d2cp-19,
                                   -0x1.ae645298c6d93p-26, 0x1.612093085a7d9p-33, -0x1.aaa5703d4ad3ep-41>(z);
    const double cube = z * high;
    // sin(h + l) = sin h + l cos h, with cos h = 1 - z / 2 as far as l needs it.
    return high - ((z * (0.5 * low - cube * tail) - low) + cube * 0x1.5555555555555p-3);
}

/// cos(high + low), |high| ≤ pi/4; minimax (Remez), error 2^-75.
inline double cos_near_zero(double high, double low) noexcept
{
    const double z = high * high;
    const double tail =
        polynomial<0x1.5555555555555p-5, -0x1.6c16c16c16c10p-10, 0x1.a01a01a018deep-16, -0x1.27e4fb75fdbcep-22,
                   0x1.1eed8ca3fabfcp-29, -0x1.9393389eb7cffp-37, 0x1.aac5d78ba9d70p-45>(z);
    const double half_z = 0.5 * z;
    const double one = 1.0 - half_z;
    return one + (((1.0 - one) - half_z) + (z * z * tail - high * low));
}

struct reduced_angle_f32 {
    f32x4 r;
    u32x4 quadrant;  ///< modulo 4 in the low two bits
};

/// Where the vector reduction ends; beyond it single lanes take the path of double.
inline constexpr float largest_vector_angle = 0x1p20f;

/// |x| ≤ 2^20, or NaN. In double, where 86 bits of pi/2 leave r with 24 good bits beside every multiple.
WASMINFER_INLINE reduced_angle_f32 reduce_angle(f32x4 x) noexcept
{
    const f64x2_pair wide = to_f64(x);
    const auto multiple = [](f64x2 v) { return (v * f64x2(0x1.45f306dc9c883p-1) + f64x2(0x1.8p52)) - f64x2(0x1.8p52); };
    const auto rest = [](f64x2 v, f64x2 n) {
        return (v - n * f64x2(0x1.921fb544p+0)) - n * f64x2(0x1.0b4611a626331p-34);
    };
    const f64x2_pair n = {multiple(wide.low), multiple(wide.high)};
    const f32x4 r = to_f32({rest(wide.low, n.low), rest(wide.high, n.high)});
    return {r, as_bits(to_f32(n) + literal<0x1.8p23>())};
}

/// sin (odd quadrants: cos) of the reduced angle, its sign flipped in the upper two quadrants.
WASMINFER_INLINE f32x4 sin_of_quadrant(f32x4 r, u32x4 quadrant) noexcept
{
    const f32x4 z = r * r;
    const f32x4 sine = madd(z * r, polynomial<-0x1.555546p-3, 0x1.110760p-7, -0x1.994e58p-13>(z), r);
    const f32x4 cosine = madd(z * z, polynomial<0x1.55554ap-5, -0x1.6c0c32p-10, 0x1.99eb46p-16>(z),
                              madd(z, literal<-0.5>(), literal<1.0>()));
    const u32x4 odd = u32x4(0u) - (quadrant & u32x4(1u));
    const f32x4 value = from_bits((as_bits(cosine) & odd) | xsimd::bitwise_andnot(as_bits(sine), odd));
    return value ^ from_bits((quadrant & u32x4(2u)) << 30);
}

}  // namespace detail

/// sin(x). 1 ULP; NaN for infinities.
inline double sin(double x) noexcept
{
    if (!(std::fabs(x) < std::numeric_limits<double>::infinity())) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (std::fabs(x) < 0x1p-27) {
        return x;
    }
    const detail::reduced_angle a = detail::reduce_angle(x);
    const double value =
        (a.quadrant & 1) != 0 ? detail::cos_near_zero(a.high, a.low) : detail::sin_near_zero(a.high, a.low);
    return (a.quadrant & 2) != 0 ? -value : value;
}

/// cos(x). 1 ULP; NaN for infinities.
inline double cos(double x) noexcept
{
    if (!(std::fabs(x) < std::numeric_limits<double>::infinity())) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const detail::reduced_angle a = detail::reduce_angle(x);
    const double value =
        (a.quadrant & 1) != 0 ? detail::sin_near_zero(a.high, a.low) : detail::cos_near_zero(a.high, a.low);
    return ((a.quadrant + 1) & 2) != 0 ? -value : value;
}

/// tan(x) = sin(x) / cos(x). 3 ULP; NaN for infinities.
inline double tan(double x) noexcept
{
    if (!(std::fabs(x) < std::numeric_limits<double>::infinity())) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (std::fabs(x) < 0x1p-27) {
        return x;
    }
    const detail::reduced_angle a = detail::reduce_angle(x);
    const double sine = detail::sin_near_zero(a.high, a.low);
    const double cosine = detail::cos_near_zero(a.high, a.low);
    return (a.quadrant & 1) != 0 ? -cosine / sine : sine / cosine;
}

/// sin(x). Reduction in double, minimax polynomials of degree 7 and 8. 1.6 ULP.
WASMINFER_INLINE f32x4 sin(f32x4 x) noexcept
{
    const detail::reduced_angle_f32 a = detail::reduce_angle(x);
    const f32x4 value = detail::sin_of_quadrant(a.r, a.quadrant);
    const mask32x4 beyond = abs(x) > splat(detail::largest_vector_angle);
    if (any(beyond)) [[unlikely]] {
        return select(beyond, each_lane(x, [](float v) { return static_cast<float>(sin(static_cast<double>(v))); }),
                      value);
    }
    // Of the reduction, -0 comes back as +0.
    return select(x == splat(0.0f), x, value);
}

WASMINFER_INLINE float sin(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return sin(v); });
}

/// cos(x). As sin, a quadrant further. 1.6 ULP.
WASMINFER_INLINE f32x4 cos(f32x4 x) noexcept
{
    const detail::reduced_angle_f32 a = detail::reduce_angle(x);
    const f32x4 value = detail::sin_of_quadrant(a.r, a.quadrant + u32x4(1u));
    const mask32x4 beyond = abs(x) > splat(detail::largest_vector_angle);
    if (any(beyond)) [[unlikely]] {
        return select(beyond, each_lane(x, [](float v) { return static_cast<float>(cos(static_cast<double>(v))); }),
                      value);
    }
    return value;
}

WASMINFER_INLINE float cos(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return cos(v); });
}

}  // namespace wasminfer::math
