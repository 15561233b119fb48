// pow for floats and integers. Bounds in ULP against the exact value.
#pragma once

#include <wasminfer/math/double_double.hpp>
#include <wasminfer/math/exp.hpp>
#include <wasminfer/math/log.hpp>

namespace wasminfer::math {

namespace detail {

/// log(x) to about 2^-66, 0 < x < infinity: the series of log_of_positive with its first two terms in double_double.
inline double_double log_twice(double x) noexcept
{
    const log_parts_f64 parts = reduce_log(x);
    const double f = parts.m - 1.0;
    const double t = 2.0 + f;
    const double s = f / t;
    const double_double back = exact_product(s, t);
    const double s_low = (((f - back.high) - back.low) - s * (f - (t - 2.0))) / t;

    // s^3 2/3: the square, the cube and the constant each with their low parts.
    const double_double square = exact_product(s, s);
    const double square_low = square.low + 2.0 * s * s_low;
    const double_double cube = exact_product(square.high, s);
    const double cube_low = cube.low + square_low * s + square.high * s_low;
    const double_double third = exact_product(cube.high, 0x1.5555555555555p-1);
    // (log((1 + s) / (1 - s)) - 2 s - 2 s^3 / 3) / s^5; minimax (Remez), error 2^-65.
    const double tail =
        polynomial<0x1.9999999999b30p-2, 0x1.2492492457dacp-2, 0x1.c71c722d5f597p-3, 0x1.745ce9e5bfb8ap-3,
                   0x1.3b1eeb9dc2b8ep-3, 0x1.0f7ff372f4ee1p-3, 0x1.0e4251bc6c9b1p-3>(square.high);
    const double third_low = third.low + cube_low * 0x1.5555555555555p-1 + cube.high * 0x1.5555555555555p-55 +
                             cube.high * square.high * tail;

    const double_double large = exact_sum(parts.e * 0x1.62e42fefa3800p-1, 2.0 * s);
    const double_double sum = exact_sum(large.high, third.high);
    const double low = sum.low + large.low + (third_low + 2.0 * s_low + parts.e * 0x1.ef35793c76730p-45);
    return exact_sum(sum.high, low);
}

/// x^y, 0 < x < infinity, x ≠ 1, y finite.
inline double power_of_positive(double x, double y) noexcept
{
    const double_double logarithm = log_twice(x);
    const double rough = y * logarithm.high;
    if (!(std::fabs(rough) < 800.0)) {
        return rough > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    }
    const double_double product = exact_product(y, logarithm.high);
    const exp_parts_f64 parts = reduce_exp(product.high);
    const double rest = parts.r_low + (product.low + y * logarithm.low);
    const double r = parts.r_high + rest;
    const double r_low = (parts.r_high - r) + rest;
    return scale(1.0 + (r + (r * r * exp_tail(r) + r_low)), parts.n);
}

/// In double, whose spare 29 bits make the float result right but for near ties.
inline float power_of_positive(float x, float y) noexcept
{
    return static_cast<float>(exp(static_cast<double>(y) * log_of_positive(static_cast<double>(x), 0.0)));
}

}  // namespace detail

/// x^y with the special cases of IEEE 754 pow: x^0 = 1^y = 1 even for NaN, NaN for a negative x and a y that is no integer.
/// float: 1 ULP (0.51); double: 1 ULP.
template <class T>
    requires std::is_floating_point_v<T>
inline T pow(T x, T y) noexcept
{
    constexpr T infinity = std::numeric_limits<T>::infinity();
    if (y == 0 || x == 1) {
        return 1;
    }
    if (x != x || y != y) {
        return x + y;
    }
    const T magnitude = std::fabs(x);
    if (std::fabs(y) == infinity) {
        return magnitude == 1 ? T{1} : ((magnitude > 1) == (y > 0) ? infinity : T{0});
    }
    const bool whole = std::trunc(y) == y;
    const bool odd = whole && std::trunc(y / 2) * 2 != y;
    T result;
    if (magnitude == 0 || magnitude == infinity) {
        result = (magnitude == 0) == (y > 0) ? T{0} : infinity;
    } else if (x < 0 && !whole) {
        return std::numeric_limits<T>::quiet_NaN();
    } else {
        result = magnitude == 1 ? T{1} : detail::power_of_positive(magnitude, y);
    }
    return odd && std::signbit(x) ? -result : result;
}

WASMINFER_INLINE f32x4 pow(f32x4 x, f32x4 y) noexcept
{
    return each_lane(x, y, [](float a, float b) { return pow(a, b); });
}

/// base^exponent modulo 2^bits. A negative exponent gives the truncated quotient, and 0 where that is infinite.
template <class B, class E>
    requires std::is_integral_v<B> && std::is_integral_v<E>
inline B pow(B base, E exponent) noexcept
{
    if constexpr (std::is_signed_v<E>) {
        if (exponent < 0) {
            const bool minus_one = std::is_signed_v<B> && base == static_cast<B>(-1);
            return base == 1 || (minus_one && exponent % 2 == 0) ? B{1} : minus_one ? base : B{0};
        }
    }
    std::uint64_t result = 1;
    std::uint64_t factor = static_cast<std::uint64_t>(base);
    for (std::uint64_t rest = static_cast<std::uint64_t>(exponent); rest != 0; rest >>= 1) {
        if ((rest & 1u) != 0) {
            result *= factor;
        }
        factor *= factor;
    }
    return static_cast<B>(result);
}

}  // namespace wasminfer::math
