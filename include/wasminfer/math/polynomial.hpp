// Horner's scheme, and the scalar face of vector functions.
#pragma once

#include <wasminfer/simd.hpp>

namespace wasminfer::math {

/// c0 + x (c1 + x (c2 + …)), each coefficient rounded to V's lane type.
template <class V>
WASMINFER_INLINE V polynomial(V, double c0) noexcept
{
    return constant<V>(c0);
}

template <class V, class... C>
WASMINFER_INLINE V polynomial(V x, double c0, C... rest) noexcept
{
    return madd(polynomial(x, rest...), x, constant<V>(c0));
}

namespace detail {
/// f(x) as lane 0 of f(splat(x)): a scalar gets the bits that a vector lane would.
template <class F>
WASMINFER_INLINE float as_lane(float x, F f) noexcept
{
    return first_lane(f(splat(x)));
}
}  // namespace detail

}  // namespace wasminfer::math
