// Elements picked by indices, and put back by indices: the Gather and Scatter families.
//
// Indices are int32 or int64; negative ones count from the end. An index outside its axis would read or write foreign
// memory: it is clamped to the axis, which is where the guarantee ends (ONNX leaves such models undefined). Of an axis
// without elements nothing is read or written.
#pragma once

#include <cstring>

#include <wasminfer/functors.hpp>

namespace wasminfer {

namespace detail {

template <class I>
WASMINFER_INLINE index wrap_index(I value, index extent) noexcept
{
    // In 64 bits, as on wasm32 an index beyond 2^32 would come back as one in range.
    std::int64_t i = value;
    i += i < 0 ? extent : 0;
    i = i < 0 ? 0 : i;
    return i < extent ? static_cast<index>(i) : extent - 1;
}

/// Walks the coordinates of a box in row-major order. Rank is at most 8.
struct coordinates {
    index at[8] = {};

    void advance(const index* dims, index rank) noexcept
    {
        for (index axis = rank - 1; axis >= 0; --axis) {
            if (++at[axis] < dims[axis]) {
                return;
            }
            at[axis] = 0;
        }
    }
};

}  // namespace detail

/// in: [outer, axis, inner]; indices: [count]; out: [outer, count, inner].
struct gather_extents {
    index outer = 1;
    index axis = 1;
    index inner = 1;
    index count = 1;
};

/// out[o, c, i] = in[o, indices[c], i]
template <class T, class I>
inline void gather(const T* in, const I* indices, T* out, const gather_extents& e) noexcept
{
    if (e.axis <= 0) {
        return;
    }
    for (index o = 0; o < e.outer; ++o, in += e.axis * e.inner) {
        for (index c = 0; c < e.count; ++c, out += e.inner) {
            const T* from = in + detail::wrap_index(indices[c], e.axis) * e.inner;
            if (e.inner == 1) {
                *out = *from;
            } else {
                std::memcpy(static_cast<void*>(out), from, static_cast<std::size_t>(e.inner) * sizeof(T));
            }
        }
    }
}

/// Element p of a box of `dims` stands, in the other tensor, at the sum of its coordinates times `strides`, with the
/// coordinate on `axis` (whose extent there is `extent`) replaced by an index.
struct gather_elements_extents {
    index rank = 1;
    index axis = 0;
    index extent = 1;
    index dims[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    index strides[8] = {};
};

namespace detail {

/// Calls f(position in the box, offset in the other tensor).
template <class I, class F>
inline void for_indexed_elements(const I* indices, const gather_elements_extents& e, F f) noexcept
{
    index count = e.extent > 0 ? 1 : 0;
    for (index axis = 0; axis < e.rank; ++axis) {
        count *= e.dims[axis];
    }
    coordinates place;
    for (index p = 0; p < count; ++p, place.advance(e.dims, e.rank)) {
        index offset = wrap_index(indices[p], e.extent) * e.strides[e.axis];
        for (index axis = 0; axis < e.rank; ++axis) {
            offset += axis == e.axis ? 0 : place.at[axis] * e.strides[axis];
        }
        f(p, offset);
    }
}

}  // namespace detail

/// out[i, j, …] = in[i, indices[i, j, …], …]: the box has the shape of the indices, and strides are those of `in`.
template <class T, class I>
inline void gather_elements(const T* in, const I* indices, T* out, const gather_elements_extents& e) noexcept
{
    detail::for_indexed_elements(indices, e, [&](index p, index offset) { out[p] = in[offset]; });
}

/// Keeps the second operand: scattering without a reduction.
struct replace {
    template <class T>
    WASMINFER_INLINE T operator()(T, T update) const noexcept
    {
        return update;
    }
};

/// out[i, indices[i, j, …], …] = f(out[…], updates[i, j, …]), in the updates' order; `out` holds the data before.
template <class T, class I, class F = replace>
inline void scatter_elements(const I* indices, const T* updates, T* out, const gather_elements_extents& e,
                             const F& f = {}) noexcept
{
    detail::for_indexed_elements(indices, e, [&](index p, index offset) {
        out[offset] = static_cast<T>(f(widen(out[offset]), widen(updates[p])));
    });
}

/// indices: [batch, count, depth], each row a coordinate on `depth` axes of extents dims; in: [batch, dims…, inner].
struct gather_nd_extents {
    index batch = 1;
    index count = 1;
    index depth = 1;
    index inner = 1;
    index dims[8] = {1, 1, 1, 1, 1, 1, 1, 1};
};

namespace detail {

template <class I>
WASMINFER_INLINE index nd_offset(const I* row, const gather_nd_extents& e) noexcept
{
    index offset = 0;
    for (index axis = 0; axis < e.depth; ++axis) {
        offset = offset * e.dims[axis] + wrap_index(row[axis], e.dims[axis]);
    }
    return offset * e.inner;
}

}  // namespace detail

/// out[b, c, i] = in[b, indices[b, c]…, i]
template <class T, class I>
inline void gather_nd(const T* in, const I* indices, T* out, const gather_nd_extents& e) noexcept
{
    index size = e.inner;
    for (index axis = 0; axis < e.depth; ++axis) {
        size *= e.dims[axis];
    }
    if (size <= 0) {
        return;
    }
    for (index b = 0; b < e.batch; ++b, in += size) {
        for (index c = 0; c < e.count; ++c, indices += e.depth, out += e.inner) {
            const T* from = in + detail::nd_offset(indices, e);
            std::memcpy(static_cast<void*>(out), from, static_cast<std::size_t>(e.inner) * sizeof(T));
        }
    }
}

/// out[indices[c]…, i] = f(out[…], updates[c, i]), in the updates' order; `out` holds the data before. One batch.
template <class T, class I, class F = replace>
inline void scatter_nd(const I* indices, const T* updates, T* out, const gather_nd_extents& e, const F& f = {}) noexcept
{
    for (index axis = 0; axis < e.depth; ++axis) {
        if (e.dims[axis] <= 0) {
            return;
        }
    }
    for (index c = 0; c < e.count; ++c, indices += e.depth, updates += e.inner) {
        T* to = out + detail::nd_offset(indices, e);
        for (index i = 0; i < e.inner; ++i) {
            to[i] = static_cast<T>(f(widen(to[i]), widen(updates[i])));
        }
    }
}

}  // namespace wasminfer
