// ArgMax and ArgMin.
#pragma once

#include <wasminfer/kernels/reduce.hpp>

namespace wasminfer {

/// Which of several equal extremes: the first, or the last (select_last_index = 1).
enum class tie { first, last };

namespace detail {

/// b comes before a: a NaN before everything, then by Better.
template <class Better, class C>
WASMINFER_INLINE bool replaces(C b, C a, bool also_equal) noexcept
{
    if (a != a) {
        return also_equal && b != b;
    }
    return b != b || Better{}(b, a) || (also_equal && b == a);
}

/// The extreme of a row is found four lanes at a time; its place then by comparing.
template <tie which, class Extreme, class T, class I>
    requires std::is_same_v<compute_t<T>, float>
inline void arg_of_row(const T* in, I* out, index n) noexcept
{
    reduce_axes_extents<1, 1> e = {{1}, {n}, {n}, {1}};
    const float extreme = reduce_one(in, e.reduced_dims, e.reduced_strides, Extreme{});
    const auto matches = [&](index i) {
        const float x = widen(in[i]);
        return extreme == extreme ? x == extreme : x != x;
    };
    index at = which == tie::first ? 0 : n - 1;
    while (!matches(at)) {
        at += which == tie::first ? 1 : -1;
    }
    *out = static_cast<I>(at);
}

template <tie which, class Better, class Extreme, class T, class I>
inline void arg_reduce(const T* in, I* out, const reduce_extents& e) noexcept
{
    if (e.reduce <= 0) {
        return;
    }
    for (index o = 0; o < e.outer; ++o, in += e.reduce * e.inner, out += e.inner) {
        if constexpr (std::is_same_v<compute_t<T>, float>) {
            if (e.inner == 1) {
                arg_of_row<which, Extreme>(in, out, e.reduce);
                continue;
            }
        }
        for (index i = 0; i < e.inner; ++i) {
            out[i] = 0;
        }
        // out holds the best place so far, so that no scratch is needed and rows are read in order.
        for (index k = 1; k < e.reduce; ++k) {
            for (index i = 0; i < e.inner; ++i) {
                const auto best = widen(in[static_cast<index>(out[i]) * e.inner + i]);
                if (replaces<Better>(widen(in[k * e.inner + i]), best, which == tie::last)) {
                    out[i] = static_cast<I>(k);
                }
            }
        }
    }
}

}  // namespace detail

/// out[o, i] = the k with the largest in[o, k, i]; a NaN counts as larger than everything, as in NumPy. I is int64 (or int32).
/// reduce must not be 0.
template <tie which = tie::first, class T, class I>
inline void arg_max(const T* in, I* out, const reduce_extents& e) noexcept
{
    detail::arg_reduce<which, greater, detail::largest_value>(in, out, e);
}

/// out[o, i] = the k with the smallest in[o, k, i]; a NaN counts as smaller than everything, as in NumPy.
template <tie which = tie::first, class T, class I>
inline void arg_min(const T* in, I* out, const reduce_extents& e) noexcept
{
    detail::arg_reduce<which, less, detail::smallest_value>(in, out, e);
}

}  // namespace wasminfer
