// Winograd's minimal filtering for windows of 3: m outputs from m + 2 inputs by m + 2 multiplications in place of 3 m.
//
// Y = Aᵀ [(G g Gᵀ) ∘ (Bᵀ d B)] A, as Lavin and Gray apply it ("Fast Algorithms for Convolutional Neural Networks", 2016),
// after Toom and Cook: polynomials are multiplied at m + 1 points and infinity. The points decide the error: with
// 0, ±3/4, ±3/2 that of m = 4 is half that with the usual 0, ±1, ±2 (root mean square, against the direct sum: 1.9 and
// 3.9 times), at three more operations a line; 5/8, 5/4 and 1/√2, √2 are no better. All constants here are exact floats.
#pragma once

#include <wasminfer/kernels/lanes.hpp>

namespace wasminfer::detail {

template <index M>
struct winograd_filter;

/// An axis whose window is 1 wide: nothing to transform.
template <>
struct winograd_filter<1> {
    static constexpr index inputs = 1;
    static constexpr index taps = 1;
    static constexpr double g[1][1] = {{1}};

    template <class V>
    WASMINFER_INLINE static void transform(const V (&d)[1], V (&t)[1]) noexcept
    {
        t[0] = d[0];
    }

    template <class V>
    WASMINFER_INLINE static void collect(const V (&t)[1], V (&y)[1]) noexcept
    {
        y[0] = t[0];
    }
};

/// m = 2, points 0, 1, -1.
template <>
struct winograd_filter<2> {
    static constexpr index inputs = 4;
    static constexpr index taps = 3;
    static constexpr double g[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

    template <class V>
    WASMINFER_INLINE static void transform(const V (&d)[4], V (&t)[4]) noexcept
    {
        t[0] = d[0] - d[2];
        t[1] = d[1] + d[2];
        t[2] = d[2] - d[1];
        t[3] = d[3] - d[1];
    }

    template <class V>
    WASMINFER_INLINE static void collect(const V (&t)[4], V (&y)[2]) noexcept
    {
        y[0] = t[0] + (t[1] + t[2]);
        y[1] = (t[1] - t[2]) + t[3];
    }
};

/// m = 4, points 0, ±3/4, ±3/2.
template <>
struct winograd_filter<4> {
    static constexpr index inputs = 6;
    static constexpr index taps = 3;
    static constexpr double a = 0.75;
    static constexpr double b = 1.5;
    static constexpr double at_a = 1 / (2 * a * a * (a * a - b * b));
    static constexpr double at_b = 1 / (2 * b * b * (b * b - a * a));
    static constexpr double g[6][3] = {{1 / (a * a * b * b), 0, 0},  {at_a, a* at_a, a* a* at_a},
                                       {at_a, -a* at_a, a* a* at_a}, {at_b, b* at_b, b* b* at_b},
                                       {at_b, -b* at_b, b* b* at_b}, {0, 0, 1}};

    template <class V>
    WASMINFER_INLINE static void transform(const V (&d)[6], V (&t)[6]) noexcept
    {
        constexpr double aa = a * a;
        constexpr double bb = b * b;
        t[0] = constant<V, aa * bb>() * d[0] - constant<V, aa + bb>() * d[2] + d[4];
        t[5] = constant<V, aa * bb>() * d[1] - constant<V, aa + bb>() * d[3] + d[5];
        const V even_a = d[4] - constant<V, bb>() * d[2];
        const V odd_a = constant<V, a>() * (d[3] - constant<V, bb>() * d[1]);
        t[1] = even_a + odd_a;
        t[2] = even_a - odd_a;
        const V even_b = d[4] - constant<V, aa>() * d[2];
        const V odd_b = constant<V, b>() * (d[3] - constant<V, aa>() * d[1]);
        t[3] = even_b + odd_b;
        t[4] = even_b - odd_b;
    }

    template <class V>
    WASMINFER_INLINE static void collect(const V (&t)[6], V (&y)[4]) noexcept
    {
        const V even_a = t[1] + t[2];
        const V odd_a = t[1] - t[2];
        const V even_b = t[3] + t[4];
        const V odd_b = t[3] - t[4];
        y[0] = t[0] + even_a + even_b;
        y[1] = constant<V, a>() * odd_a + constant<V, b>() * odd_b;
        y[2] = constant<V, a * a>() * even_a + constant<V, b * b>() * even_b;
        y[3] = constant<V, a * a * a>() * odd_a + constant<V, b * b * b>() * odd_b + t[5];
    }
};

/// Numbers that a tile of MY×MX outputs is multiplied at.
template <index MY, index MX>
inline constexpr index winograd_points = winograd_filter<MY>::inputs * winograd_filter<MX>::inputs;

}  // namespace wasminfer::detail
