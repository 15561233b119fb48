// Elements that are kept, reversed or marked by where they stand: Trilu, ReverseSequence, OneHot.
#pragma once

#include <algorithm>
#include <cstring>

#include <wasminfer/functors/cast.hpp>

namespace wasminfer {

/// Matrices behind each other.
struct triangle_extents {
    index batch = 1;
    index rows;
    index cols;
};

enum class triangle { upper, lower };

/// The upper triangle, [r, c] with c - r ≥ k, or the lower one, c - r ≤ k; zeros elsewhere. k is 0 where it is null. out may
/// be in.
template <triangle which = triangle::upper, class T>
inline void trilu(const T* in, const std::int64_t* k, T* out, const triangle_extents& e) noexcept
{
    const index diagonal = k ? static_cast<index>(std::clamp<std::int64_t>(*k, -e.rows - 1, e.cols + 1)) : 0;
    for (index b = 0; b < e.batch; ++b) {
        for (index r = 0; r < e.rows; ++r, in += e.cols, out += e.cols) {
            for (index c = 0; c < e.cols; ++c) {
                const bool kept = which == triangle::upper ? c - r >= diagonal : c - r <= diagonal;
                out[c] = kept ? in[c] : T{};
            }
        }
    }
}

/// Rows of `inner` elements at [b, t], with strides in elements for b and t.
struct reverse_sequence_extents {
    index batch;
    index time;
    index inner;
    index batch_stride;
    index time_stride;
};

/// The first lengths[b] rows of each sequence in reverse, the rest as it is. in and out must not overlap.
template <class T>
inline void reverse_sequence(const T* in, const std::int64_t* lengths, T* out,
                             const reverse_sequence_extents& e) noexcept
{
    for (index b = 0; b < e.batch; ++b) {
        const auto length = static_cast<index>(std::clamp<std::int64_t>(lengths[b], 0, e.time));
        for (index t = 0; t < e.time; ++t) {
            const index from = t < length ? length - 1 - t : t;
            std::memcpy(static_cast<void*>(out + b * e.batch_stride + t * e.time_stride),
                        in + b * e.batch_stride + from * e.time_stride, static_cast<std::size_t>(e.inner) * sizeof(T));
        }
    }
}

/// indices are [outer, inner], out is [outer, depth, inner].
struct one_hot_extents {
    index outer;
    index depth;
    index inner;
};

/// out[o, d, i] = values[1] where d is indices[o, i], values[0] elsewhere. Indices are integers or floats (truncated);
/// negative ones count from the end; those outside [-depth, depth) mark nothing.
template <class I, class T>
inline void one_hot(const I* indices, const T* values, T* out, const one_hot_extents& e) noexcept
{
    std::fill_n(out, e.outer * e.depth * e.inner, values[0]);
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            const std::int64_t asked = cast<std::int64_t>{}(widen(indices[o * e.inner + i]));
            const std::int64_t place = asked < 0 ? asked + e.depth : asked;
            if (place >= 0 && place < e.depth) {
                out[(o * e.depth + static_cast<index>(place)) * e.inner + i] = values[1];
            }
        }
    }
}

}  // namespace wasminfer
