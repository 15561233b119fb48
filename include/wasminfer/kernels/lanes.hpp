// Four elements at a time as floats where the element type has a vector form, one at a time where it has none: kernels
// over channels and rows are written once for float, half, double and integers.
#pragma once

#include <wasminfer/simd_half.hpp>

namespace wasminfer::detail {

/// Elements of T that kernels hold in an f32x4.
template <class T>
concept float_like = std::is_same_v<T, float> || is_half<T>;

template <class T>
using lanes_t = std::conditional_t<float_like<T>, f32x4, compute_t<T>>;

template <class T>
inline constexpr index lanes = float_like<T> ? 4 : 1;

/// p[0, n) in compute_t<T>, 1 ≤ n ≤ lanes<T>, zeros above.
template <class T>
WASMINFER_INLINE lanes_t<T> load_lanes(const T* p, index n) noexcept
{
    if constexpr (float_like<T>) {
        return n >= 4 ? load(p) : load_tail(p, n);
    } else {
        return *p;
    }
}

/// Rounds to T and writes p[0, n), 1 ≤ n ≤ lanes<T>.
template <class T>
WASMINFER_INLINE void store_lanes(T* p, lanes_t<T> v, index n) noexcept
{
    if constexpr (float_like<T>) {
        if (n >= 4) {
            store(p, v);
        } else {
            store_tail(p, v, n);
        }
    } else {
        *p = v;
    }
}

}  // namespace wasminfer::detail
