// CumSum and CumProd: running sums and products along an axis.
#pragma once

#include <wasminfer/functors/binary.hpp>

namespace wasminfer {

/// in and out are [outer, n, inner].
struct scan_extents {
    index outer = 1;
    index n = 1;
    index inner = 1;
};

/// For an axis that is known at run time only.
template <int rank>
struct scan_axis_extents {
    index dims[rank];
};

/// Whether an element counts for its own place, and which way elements are walked.
enum class scan { inclusive, exclusive, inclusive_reverse, exclusive_reverse };

namespace detail {

template <scan form, class F, class T>
inline void running(const T* in, T* out, const scan_extents& e, compute_t<T> start, F f) noexcept
{
    constexpr bool exclusive = form == scan::exclusive || form == scan::exclusive_reverse;
    constexpr bool reverse = form == scan::inclusive_reverse || form == scan::exclusive_reverse;
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            compute_t<T> total = start;
            for (index k = 0; k < e.n; ++k) {
                const index at = (o * e.n + (reverse ? e.n - 1 - k : k)) * e.inner + i;
                const compute_t<T> next = f(total, widen(in[at]));
                out[at] = static_cast<T>(exclusive ? total : next);
                total = next;
            }
        }
    }
}

/// The extents around dims[axis]; a negative axis counts from the end.
template <class I, int rank>
inline scan_extents scan_along(I axis, const scan_axis_extents<rank>& e) noexcept
{
    const index at = static_cast<index>(axis) + (axis < 0 ? rank : 0);
    scan_extents flat;
    for (index i = 0; i < rank; ++i) {
        index& extent = i < at ? flat.outer : i == at ? flat.n : flat.inner;
        extent *= e.dims[i];
    }
    return flat;
}

}  // namespace detail

/// Sums of the elements up to each place; half adds as float, integers wrap. out may be in.
template <scan form = scan::inclusive, class T>
inline void cumulative_sum(const T* in, T* out, const scan_extents& e) noexcept
{
    detail::running<form>(in, out, e, compute_t<T>{0}, add{});
}

template <scan form, int rank, class T, class I>
inline void cumulative_sum(const T* in, const I* axis, T* out, const scan_axis_extents<rank>& e) noexcept
{
    cumulative_sum<form>(in, out, detail::scan_along(*axis, e));
}

/// Products of the elements up to each place.
template <scan form = scan::inclusive, class T>
inline void cumulative_product(const T* in, T* out, const scan_extents& e) noexcept
{
    detail::running<form>(in, out, e, compute_t<T>{1}, mul{});
}

template <scan form, int rank, class T, class I>
inline void cumulative_product(const T* in, const I* axis, T* out, const scan_axis_extents<rank>& e) noexcept
{
    cumulative_product<form>(in, out, detail::scan_along(*axis, e));
}

}  // namespace wasminfer
