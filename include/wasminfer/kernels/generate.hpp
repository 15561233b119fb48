// Tensors that come from a few numbers: one value, a progression, a diagonal, the extents of a shape.
#pragma once

#include <type_traits>

#include <wasminfer/functors/integer.hpp>

namespace wasminfer {

struct fill_extents {
    index n;
};

/// out[i] = value, i < n.
template <class T>
inline void fill(T* out, fill_extents e, std::type_identity_t<T> value) noexcept
{
    for (index i = 0; i < e.n; ++i) {
        out[i] = value;
    }
}

/// out[i] = start + i delta, i < n; both read from memory. Integers wrap; half computes as float.
template <class T>
inline void range(const T* start, const T* delta, T* out, fill_extents e) noexcept
{
    using V = compute_t<T>;
    for (index i = 0; i < e.n; ++i) {
        const V product = detail::wrap_multiply(static_cast<V>(i), widen(*delta));
        out[i] = static_cast<T>(detail::wrap_add(widen(*start), product));
    }
}

/// A matrix with ones at [r, r + diagonal] and zeros elsewhere.
struct eye_extents {
    index rows;
    index cols;
    index diagonal = 0;
};

/// out[r][c] = 1 on the diagonal, 0 elsewhere.
template <class T>
inline void eye(T* out, const eye_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r) {
        for (index c = 0; c < e.cols; ++c) {
            out[r * e.cols + c] = static_cast<T>(c - r == e.diagonal ? 1 : 0);
        }
    }
}

template <std::size_t count>
struct sizes_extents {
    index sizes[count];
};

/// out[i] = sizes[i]: a shape as a tensor.
template <std::size_t count>
inline void write_sizes(std::int64_t* out, const sizes_extents<count>& e) noexcept
{
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = e.sizes[i];
    }
}

}  // namespace wasminfer
