// TopK: the largest or smallest elements along an axis, in order.
#pragma once

#include <algorithm>

#include <type_traits>

#include <wasminfer/core.hpp>

namespace wasminfer {

/// in is [outer, n, inner], values and indices are [outer, k, inner]; k ≤ n.
struct top_k_extents {
    index outer;
    index n;
    index inner;
    index k;
};

/// Bytes of scratch.
constexpr index top_k_scratch(const top_k_extents& e) noexcept
{
    return e.n * static_cast<index>(sizeof(std::int64_t));
}

enum class extreme { largest, smallest };

namespace detail {

/// a comes before b: a total order, where a NaN counts as larger than every number (as in NumPy's sort).
template <extreme which, class C>
WASMINFER_INLINE bool comes_before(C a, C b) noexcept
{
    const bool a_nan = a != a;
    const bool b_nan = b != b;
    if (a_nan || b_nan) {
        return which == extreme::largest ? a_nan && !b_nan : b_nan && !a_nan;
    }
    return which == extreme::largest ? a > b : a < b;
}

}  // namespace detail

/// The k elements that come first along the axis, in order; of equal ones those with the lower index first. values or
/// indices may be null. scratch: top_k_scratch() bytes.
template <extreme which = extreme::largest, class T>
inline void top_k(const T* in, std::type_identity_t<T*> values, std::int64_t* indices, std::int64_t* scratch,
                  const top_k_extents& e) noexcept
{
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            const T* row = in + o * e.n * e.inner + i;
            for (index j = 0; j < e.n; ++j) {
                scratch[j] = j;
            }
            // Indices break ties, so that the order is one, and every implementation of partial_sort finds it.
            std::partial_sort(scratch, scratch + e.k, scratch + e.n, [&](std::int64_t a, std::int64_t b) {
                const auto x = widen(row[static_cast<index>(a) * e.inner]);
                const auto y = widen(row[static_cast<index>(b) * e.inner]);
                return detail::comes_before<which>(x, y) || (!detail::comes_before<which>(y, x) && a < b);
            });
            for (index j = 0; j < e.k; ++j) {
                const index at = (o * e.k + j) * e.inner + i;
                if (values) {
                    values[at] = row[static_cast<index>(scratch[j]) * e.inner];
                }
                if (indices) {
                    indices[at] = scratch[j];
                }
            }
        }
    }
}

}  // namespace wasminfer
