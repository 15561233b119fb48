// Sums, means and variances along rows and along channels, for the normalisations.
//
// Variances are computed in a second pass from differences to the mean: the difference of two large sums would cancel.
// Sums are taken in blocks, so that their error doesn't grow with an image's size.
#pragma once

#include <wasminfer/kernels/lanes.hpp>

namespace wasminfer::detail {

/// Elements whose sum is taken on its own before it is added to the rest.
inline constexpr index moment_block = 512;

/// Σ f(x) over n adjacent elements. Within a block 16 interleaved sums, folded by groups of 4 lanes as (0 + 1) + (2 + 3),
/// then sum_lanes; what doesn't fill 4 lanes is added one by one.
template <class T, class F>
inline compute_t<T> sum_row(const T* p, index n, F f) noexcept
{
    using C = compute_t<T>;
    C total = 0;
    for (index first = 0; first < n; first += moment_block) {
        const index count = n - first < moment_block ? n - first : moment_block;
        C block = 0;
        index i = 0;
        if constexpr (float_like<T>) {
            f32x4 sum[4] = {splat(0), splat(0), splat(0), splat(0)};
            for (; i + 16 <= count; i += 16) {
                for (index s = 0; s < 4; ++s) {
                    sum[s] += f(load(p + first + i + 4 * s));
                }
            }
            for (index s = 0; i + 4 <= count; ++s, i += 4) {
                sum[s] += f(load(p + first + i));
            }
            block = sum_lanes((sum[0] + sum[1]) + (sum[2] + sum[3]));
        }
        for (; i < count; ++i) {
            block += f(widen(p[first + i]));
        }
        total += block;
    }
    return total;
}

/// Σ f(x) over rows elements at distance step, for n ≤ lanes<T> neighbouring columns.
template <class T, class F>
inline lanes_t<T> sum_column(const T* p, index rows, index step, index n, F f) noexcept
{
    using V = lanes_t<T>;
    V total = V(compute_t<T>(0));
    for (index first = 0; first < rows; first += moment_block) {
        const index last = rows - first < moment_block ? rows : first + moment_block;
        V block = V(compute_t<T>(0));
        for (index i = first; i < last; ++i) {
            block += f(load_lanes(p + i * step, n));
        }
        total += block;
    }
    return total;
}

template <class C>
struct moments {
    C mean;
    C variance;
};

template <class V>
WASMINFER_INLINE V square(V x) noexcept
{
    return x * x;
}

template <class T>
inline moments<compute_t<T>> row_moments(const T* p, index n) noexcept
{
    using C = compute_t<T>;
    const C mean = sum_row(p, n, [](auto x) { return x; }) / static_cast<C>(n);
    const C variance = sum_row(p, n, [mean](auto x) { return square(x - decltype(x)(mean)); }) / static_cast<C>(n);
    return {mean, variance};
}

template <class T>
inline moments<lanes_t<T>> column_moments(const T* p, index rows, index step, index n) noexcept
{
    using V = lanes_t<T>;
    const V count = V(static_cast<compute_t<T>>(rows));
    const V mean = sum_column(p, rows, step, n, [](V x) { return x; }) / count;
    const V variance = sum_column(p, rows, step, n, [mean](V x) { return square(V(x - mean)); }) / count;
    return {mean, variance};
}

/// Over rows of n adjacent elements at distance step.
template <class T>
inline moments<compute_t<T>> block_moments(const T* p, index rows, index step, index n) noexcept
{
    using C = compute_t<T>;
    const auto sum = [&](auto term) {
        C total = 0;
        for (index first = 0; first < rows; first += moment_block) {
            const index last = rows - first < moment_block ? rows : first + moment_block;
            C block = 0;
            for (index i = first; i < last; ++i) {
                block += sum_row(p + i * step, n, term);
            }
            total += block;
        }
        return total;
    };
    const C count = static_cast<C>(rows * n);
    const C mean = sum([](auto x) { return x; }) / count;
    return {mean, sum([mean](auto x) { return square(x - decltype(x)(mean)); }) / count};
}

}  // namespace wasminfer::detail
