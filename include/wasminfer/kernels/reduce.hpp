// Reductions over any set of axes: one walk for all of them, their arithmetic in reducers.hpp.
//
// T is float, half (computed as float), double or an integer (modulo 2^bits; bool for max and min). Sums are pairwise over
// runs of up to 512 elements: the error grows with the logarithm of the count, and the order depends on the extents alone. Over
// no elements: sum, l1, l2, sum_square 0; prod 1; max the lowest and min the highest value of T; mean NaN (integers 0);
// log_sum, log_sum_exp -infinity. NaN comes through everything. in and out must not overlap.
#pragma once

#include <wasminfer/kernels/reducers.hpp>
#include <wasminfer/kernels/strided.hpp>

namespace wasminfer {

/// in is [outer, reduce, inner], out [outer, inner], both contiguous.
struct reduce_extents {
    index outer;
    index reduce;
    index inner;
};

/// Any axes: those that stay and those that go, with their strides in the input, in elements. out is contiguous over the
/// kept axes. kept and reduced are at least 1 (an extent of 1 stands for none); adjacent axes are best merged.
template <int kept, int reduced>
struct reduce_axes_extents {
    index kept_dims[kept];
    index kept_strides[kept];
    index reduced_dims[reduced];
    index reduced_strides[reduced];
};

namespace detail {

inline constexpr index reduce_run = 512;
inline constexpr index reduce_rows = 32;

/// n ≤ reduce_run adjacent elements: 16 interleaved sums, folded in a fixed order.
template <class T, class R>
    requires std::is_same_v<compute_t<T>, float>
WASMINFER_INLINE float reduce_adjacent(const T* p, index n, const R& r) noexcept
{
    float result = R::template start<float>();
    index i = 0;
    if (n >= 4) {
        f32x4 sums[4] = {R::template start<f32x4>(), R::template start<f32x4>(), R::template start<f32x4>(),
                         R::template start<f32x4>()};
        for (; i + 16 <= n; i += 16) {
            for (index u = 0; u < 4; ++u) {
                sums[u] = r.combine(sums[u], r.map(load(p + i + 4 * u)));
            }
        }
        for (; i + 4 <= n; i += 4) {
            sums[0] = r.combine(sums[0], r.map(load(p + i)));
        }
        const f32x4 sum = r.combine(r.combine(sums[0], sums[2]), r.combine(sums[1], sums[3]));
        result = fold_lanes(sum, [&r](float a, float b) { return r.combine(a, b); });
    }
    for (; i < n; ++i) {
        result = r.combine(result, r.map(widen(p[i])));
    }
    return result;
}

/// n ≤ reduce_run elements at any stride: four interleaved sums.
template <class T, class R>
WASMINFER_INLINE compute_t<T> reduce_strided(const T* p, index n, index stride, const R& r) noexcept
{
    using C = compute_t<T>;
    C sums[4] = {R::template start<C>(), R::template start<C>(), R::template start<C>(), R::template start<C>()};
    index i = 0;
    for (; i + 4 <= n; i += 4) {
        for (index u = 0; u < 4; ++u) {
            sums[u] = r.combine(sums[u], r.map(widen(p[(i + u) * stride])));
        }
    }
    for (; i < n; ++i) {
        sums[0] = r.combine(sums[0], r.map(widen(p[i * stride])));
    }
    return r.combine(r.combine(sums[0], sums[2]), r.combine(sums[1], sums[3]));
}

/// All reduced elements of one output.
template <int reduced, class T, class R>
inline compute_t<T> reduce_one(const T* p, const index (&dims)[reduced], const index (&strides)[reduced],
                               const R& r) noexcept
{
    pairwise<compute_t<T>, R> sums{r};
    const index stride = strides[reduced - 1];
    const index cols = dims[reduced - 1];
    for_each_row<reduced, 1>(dims, {strides}, {0}, [&](const std::array<index, 1>& at) {
        for (index i = 0; i < cols; i += reduce_run) {
            const index n = cols - i < reduce_run ? cols - i : reduce_run;
            const T* run = p + at[0] + i * stride;
            if constexpr (std::is_same_v<compute_t<T>, float>) {
                if (stride == 1) {
                    sums.add(reduce_adjacent(run, n, r));
                    continue;
                }
            }
            sums.add(reduce_strided(run, n, stride, r));
        }
    });
    return sums.total();
}

/// All reduced elements of 4 n adjacent outputs; of `tail` outputs where that isn't 0.
template <int n, int reduced, class T, class R>
inline columns<n> reduce_columns(const T* p, index tail, const index (&dims)[reduced], const index (&strides)[reduced],
                                 const R& r) noexcept
{
    pairwise<columns<n>, R> sums{r};
    const index stride = strides[reduced - 1];
    const index rows = dims[reduced - 1];
    for_each_row<reduced, 1>(dims, {strides}, {0}, [&](const std::array<index, 1>& at) {
        for (index i = 0; i < rows; i += reduce_rows) {
            const index end = rows - i < reduce_rows ? rows : i + reduce_rows;
            columns<n> run = start_of<columns<n>>(r);
            for (index k = i; k < end; ++k) {
                const T* row = p + at[0] + k * stride;
                for (int v = 0; v < n; ++v) {
                    const f32x4 x = tail == 0 ? load(row + 4 * v) : load_tail(row, tail);
                    run.lanes[v] = r.combine(run.lanes[v], r.map(x, v));
                }
            }
            sums.add(run);
        }
    });
    return sums.total();
}

/// A reduction in one pass.
template <class R>
struct one_pass {
    /// walk(r) reduces all of `count` elements with r.
    template <class Walk>
    WASMINFER_INLINE auto operator()(const Walk& walk, index count) const noexcept
    {
        const R r{};
        return finish(r, walk(r), count);
    }
};

struct log_sum_exp_passes {
    template <class Walk>
    WASMINFER_INLINE auto operator()(const Walk& walk, index count) const noexcept
    {
        const auto largest = walk(largest_value{});
        const log_of_exponentials<std::remove_const_t<decltype(largest)>> r{largest};
        return finish(r, walk(r), count);
    }
};

template <int kept, int reduced, class T, class Passes>
inline void reduce(const T* in, T* out, const reduce_axes_extents<kept, reduced>& e, const Passes& passes) noexcept
{
    const index count = volume(e.reduced_dims);
    const index cols = e.kept_dims[kept - 1];
    const index stride = e.kept_strides[kept - 1];
    for_each_row<kept, 1>(e.kept_dims, {e.kept_strides}, {0}, [&](const std::array<index, 1>& at) {
        index c = 0;
        if constexpr (std::is_same_v<compute_t<T>, float>) {
            const auto side_by_side = [&]<int n>(std::integral_constant<int, n>, index tail) {
                const T* p = in + at[0] + c;
                const columns<n> result = passes(
                    [&](const auto& r) { return reduce_columns<n>(p, tail, e.reduced_dims, e.reduced_strides, r); },
                    count);
                for (int v = 0; v < n; ++v) {
                    tail == 0 ? store(out + 4 * v, result.lanes[v]) : store_tail(out, result.lanes[v], tail);
                }
                c += tail == 0 ? 4 * n : tail;
                out += tail == 0 ? 4 * n : tail;
            };
            if (stride == 1 && cols > 1) {
                while (c + 16 <= cols) {
                    side_by_side(std::integral_constant<int, 4>{}, 0);
                }
                while (c + 4 <= cols) {
                    side_by_side(std::integral_constant<int, 1>{}, 0);
                }
                if (c < cols) {
                    side_by_side(std::integral_constant<int, 1>{}, cols - c);
                }
            }
        }
        for (; c < cols; ++c) {
            const T* p = in + at[0] + c * stride;
            *out++ = narrow<T>(
                passes([&](const auto& r) { return reduce_one(p, e.reduced_dims, e.reduced_strides, r); }, count));
        }
    });
}

template <class T, class Passes>
WASMINFER_INLINE void reduce(const T* in, T* out, const reduce_extents& e, const Passes& passes) noexcept
{
    reduce<2, 1>(in, out,
                 {.kept_dims = {e.outer, e.inner},
                  .kept_strides = {e.reduce * e.inner, 1},
                  .reduced_dims = {e.reduce},
                  .reduced_strides = {e.inner}},
                 passes);
}

}  // namespace detail

#define WASMINFER_REDUCTION(name, ...)                                                                                 \
    template <class T>                                                                                                 \
    inline void name(const T* in, T* out, const reduce_extents& e) noexcept                                            \
    {                                                                                                                  \
        detail::reduce(in, out, e, __VA_ARGS__{});                                                                     \
    }                                                                                                                  \
    template <int kept, int reduced, class T>                                                                          \
    inline void name(const T* in, T* out, const reduce_axes_extents<kept, reduced>& e) noexcept                        \
    {                                                                                                                  \
        detail::reduce<kept, reduced>(in, out, e, __VA_ARGS__{});                                                      \
    }

/// Σ x
WASMINFER_REDUCTION(reduce_sum, detail::one_pass<detail::sum_of_values>)
/// Σ x / n; integers truncate.
WASMINFER_REDUCTION(reduce_mean, detail::one_pass<detail::mean_of_values>)
WASMINFER_REDUCTION(reduce_max, detail::one_pass<detail::largest_value>)
WASMINFER_REDUCTION(reduce_min, detail::one_pass<detail::smallest_value>)
/// Π x
WASMINFER_REDUCTION(reduce_prod, detail::one_pass<detail::product_of_values>)
/// Σ |x|
WASMINFER_REDUCTION(reduce_l1, detail::one_pass<detail::sum_of_magnitudes>)
/// sqrt(Σ x²); integers truncate.
WASMINFER_REDUCTION(reduce_l2, detail::one_pass<detail::root_of_squares>)
/// Σ x²
WASMINFER_REDUCTION(reduce_sum_square, detail::one_pass<detail::sum_of_squares>)
/// log(Σ x); integers truncate.
WASMINFER_REDUCTION(reduce_log_sum, detail::one_pass<detail::log_of_sum>)
/// log(Σ e^x) without overflow. Floats only.
WASMINFER_REDUCTION(reduce_log_sum_exp, detail::log_sum_exp_passes)

#undef WASMINFER_REDUCTION

}  // namespace wasminfer
