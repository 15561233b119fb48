// RotaryEmbedding: pairs of elements of a query or key turned by angles that depend on its position.
#pragma once

#include <wasminfer/kernels/lanes.hpp>

namespace wasminfer {

/// Which elements make a pair: i and i + half, or neighbours.
enum class rotary_pairs { halves, neighbours };

/// Strides are of batch, head and row; those of a cache of batch and row.
struct rotary_embedding_extents {
    index batch = 1;
    index heads = 1;
    index rows = 1;
    index width = 1;
    index rotated = 1;  ///< Of width: how many elements are turned, in front. Even.
    index x[3] = {};
    index out[3] = {};
    index cache_rows = 1;
    index cache[2] = {};
    index positions[2] = {};
};

namespace detail {

template <rotary_pairs pairs, class T>
inline void rotate_row(const T* x, const T* cos, const T* sin, T* out, index half) noexcept
{
    if constexpr (pairs == rotary_pairs::halves) {
        for (index i = 0; i < half; i += lanes<T>) {
            const index n = half - i < lanes<T> ? half - i : lanes<T>;
            const auto a = load_lanes(x + i, n);
            const auto b = load_lanes(x + half + i, n);
            const auto c = load_lanes(cos + i, n);
            const auto s = load_lanes(sin + i, n);
            store_lanes(out + i, c * a - s * b, n);
            store_lanes(out + half + i, s * a + c * b, n);
        }
    } else {
        for (index i = 0; i < half; ++i) {
            const auto a = widen(x[2 * i]);
            const auto b = widen(x[2 * i + 1]);
            const auto c = widen(cos[i]);
            const auto s = widen(sin[i]);
            out[2 * i] = static_cast<T>(c * a - s * b);
            out[2 * i + 1] = static_cast<T>(s * a + c * b);
        }
    }
}

}  // namespace detail

/// (a, b) → (cos · a - sin · b, sin · a + cos · b) for the pairs of each row's first e.rotated elements; the others stay. The
/// angles are in row positions[b][i] of the caches (counted from the end where negative, and kept inside), or where
/// positions is null in row i of the batch's own cache. out may be x.
template <rotary_pairs pairs, class T>
inline void rotary_embedding(const T* x, const T* cos, const T* sin, const std::int64_t* positions, T* out,
                             const rotary_embedding_extents& e) noexcept
{
    for (index b = 0; b < e.batch; ++b) {
        for (index i = 0; i < e.rows; ++i) {
            index at = b * e.cache[0] + i * e.cache[1];
            if (positions) {
                std::int64_t row = positions[b * e.positions[0] + i * e.positions[1]];
                row += row < 0 ? e.cache_rows : 0;
                row = row < 0 ? 0 : row < e.cache_rows ? row : e.cache_rows - 1;
                at = static_cast<index>(row) * e.cache[1];
            }
            for (index h = 0; h < e.heads; ++h) {
                const T* from = x + b * e.x[0] + h * e.x[1] + i * e.x[2];
                T* to = out + b * e.out[0] + h * e.out[1] + i * e.out[2];
                detail::rotate_row<pairs>(from, cos + at, sin + at, to, e.rotated / 2);
                for (index j = e.rotated; j < e.width; ++j) {
                    to[j] = from[j];
                }
            }
        }
    }
}

}  // namespace wasminfer
