// Pad: every output element comes from an input element or from a constant, by the mode's rule along each axis. Elements are
// only moved, so that types of one size share code.
#pragma once

#include <wasminfer/kernels/strided.hpp>

namespace wasminfer {

enum class pad_mode { constant, edge, reflect, wrap };

/// The arrays' extents, both contiguous, and how many elements come in front of the input's first; negative: are cut off.
/// Modes other than constant need in ≥ 1 along every axis that grows.
template <int rank>
struct pad_extents {
    index in[rank];
    index out[rank];
    index before[rank];
};

namespace detail {

/// Where output coordinate `at` comes from along an axis of n elements, -1 for the constant.
template <pad_mode mode>
constexpr index pad_source(index at, index n) noexcept
{
    if (at >= 0 && at < n) {
        return at;
    }
    if constexpr (mode == pad_mode::constant) {
        return -1;
    } else if constexpr (mode == pad_mode::edge) {
        return at < 0 ? 0 : n - 1;
    } else if constexpr (mode == pad_mode::wrap) {
        const index rest = at % n;
        return rest < 0 ? rest + n : rest;
    } else {
        // Back and forth without repeating the ends: a period of 2 n - 2; one element is all there is to reflect.
        const index period = n > 1 ? 2 * n - 2 : 1;
        const index rest = at % period;
        const index there = rest < 0 ? rest + period : rest;
        return n > 1 ? (there < n ? there : period - there) : 0;
    }
}

template <class T>
WASMINFER_INLINE T* fill_row(T* out, index n, T value) noexcept
{
    for (index i = 0; i < n; ++i) {
        out[i] = value;
    }
    return out + n;
}

/// One row of the last axis; out is returned behind it.
template <pad_mode mode, class T>
inline T* pad_row(const T* in, T* out, index in_n, index out_n, index before, T value) noexcept
{
    const index front = before < 0 ? 0 : before < out_n ? before : out_n;
    const index first = front - before;
    const index copied = first >= in_n ? 0 : (in_n - first < out_n - front ? in_n - first : out_n - front);
    if constexpr (mode == pad_mode::constant) {
        out = fill_row(out, front, value);
    } else {
        for (index i = 0; i < front; ++i) {
            *out++ = in[pad_source<mode>(i - before, in_n)];
        }
    }
    if (copied > 0) {
        std::memcpy(static_cast<void*>(out), in + first, static_cast<std::size_t>(copied) * sizeof(T));
        out += copied;
    }
    if constexpr (mode == pad_mode::constant) {
        return fill_row(out, out_n - front - copied, value);
    } else {
        for (index i = front + copied; i < out_n; ++i) {
            *out++ = in[pad_source<mode>(i - before, in_n)];
        }
        return out;
    }
}

/// in: the input at the coordinates of the axes so far; nullptr where those lie in the constant.
template <pad_mode mode, int rank, int axis, class T>
inline T* pad_axis(const T* in, T* out, const pad_extents<rank>& e, const index (&volumes)[rank], T value) noexcept
{
    if (in == nullptr) {
        index n = 1;
        for (int below = axis; below < rank; ++below) {
            n *= e.out[below];
        }
        return fill_row(out, n, value);
    }
    if constexpr (axis == rank - 1) {
        return pad_row<mode>(in, out, e.in[axis], e.out[axis], e.before[axis], value);
    } else {
        for (index i = 0; i < e.out[axis]; ++i) {
            const index from = pad_source<mode>(i - e.before[axis], e.in[axis]);
            const T* there = from < 0 ? nullptr : in + from * volumes[axis];
            out = pad_axis<mode, rank, axis + 1>(there, out, e, volumes, value);
        }
        return out;
    }
}

}  // namespace detail

/// out[i…] = in[i… - before], continued beyond the input's ends by the mode: *value (0 where value is null; the other modes
/// ignore it), the first and last element repeated (edge), the elements mirrored at the first and last (reflect), or the input
/// repeated (wrap). T stands for its size alone. in and out must not overlap.
template <pad_mode mode, int rank, class T>
inline void pad(const T* in, const std::type_identity_t<T>* value, T* out, const pad_extents<rank>& e) noexcept
{
    if (detail::volume(e.out) == 0) {
        return;
    }
    index volumes[rank];
    volumes[rank - 1] = 1;
    for (int axis = rank - 1; axis > 0; --axis) {
        volumes[axis - 1] = volumes[axis] * e.in[axis];
    }
    // An input without elements may come as a null pointer, which below stands for "constant", as it should.
    detail::pad_axis<mode, rank, 0>(in, out, e, volumes, value ? *value : T{});
}

}  // namespace wasminfer
