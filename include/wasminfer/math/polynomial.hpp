// Horner's scheme, and the scalar face of vector functions.
#pragma once

#include <wasminfer/simd.hpp>

namespace wasminfer::math {

/// C0 + x (C1 + x (C2 + …)), each coefficient rounded to V's lane type.
template <double C0, double... Rest, class V>
WASMINFER_INLINE V polynomial(V x) noexcept
{
    if constexpr (sizeof...(Rest) == 0) {
        return constant<V, C0>();
    } else {
        return madd(polynomial<Rest...>(x), x, constant<V, C0>());
    }
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
