// Walks over arrays of a rank known at compile time, and the lanes that elementwise loops run on.
#pragma once

#include <wasminfer/simd_half.hpp>

#include <array>

namespace wasminfer::detail {

/// F may be called with f32x4 on elements of these types.
template <class F, class... T>
inline constexpr bool runs_on_vectors = false;
template <class F, class... T>
    requires requires { requires F::vector; }
inline constexpr bool runs_on_vectors<F, T...> = (std::is_same_v<compute_t<T>, float> && ...);

/// A computed value as the element type that is stored.
template <class Out, class V>
WASMINFER_INLINE Out narrow(V v) noexcept
{
    return static_cast<Out>(v);
}

/// Calls body(offsets) for every index of dims but the last axis; offsets[k] counts elements of operand k, its strides
/// strides[k][axis].
template <int rank, int operands, int axis = 0, class Body>
WASMINFER_INLINE void for_each_row(const index (&dims)[rank], const std::array<const index*, operands>& strides,
                                   std::array<index, operands> offsets, const Body& body) noexcept
{
    if constexpr (axis >= rank - 1) {
        body(offsets);
    } else {
        for (index i = 0; i < dims[axis]; ++i) {
            for_each_row<rank, operands, axis + 1>(dims, strides, offsets, body);
            for (std::size_t k = 0; k < operands; ++k) {
                offsets[k] += strides[k][axis];
            }
        }
    }
}

/// Product of the extents.
template <std::size_t rank>
constexpr index volume(const index (&dims)[rank]) noexcept
{
    index n = 1;
    for (const index dim : dims) {
        n *= dim;
    }
    return n;
}

}  // namespace wasminfer::detail
