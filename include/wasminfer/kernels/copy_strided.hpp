// Boxes of elements from one arrangement to another: what Transpose, Slice, Expand, Tile, Concat and Split come down to.
#pragma once

#include <wasminfer/kernels/strided.hpp>

#include <cstring>

namespace wasminfer {

/// Element (i, j, …) goes from i * in_strides[0] + j * in_strides[1] + … to the like sum of out_strides. Strides may be
/// negative; 0 in in_strides repeats.
template <int rank>
struct copy_strided_extents {
    index dims[rank];
    index in_strides[rank];
    index out_strides[rank];
};

namespace detail {

/// A row of n elements.
template <class T>
inline void copy_row(const T* in, index in_stride, T* out, index out_stride, index n) noexcept
{
    if (in_stride == 1 && out_stride == 1) {
        std::memcpy(static_cast<void*>(out), in, static_cast<std::size_t>(n) * sizeof(T));
    } else if (in_stride == 0 && out_stride == 1) {
        const T value = *in;
        for (index i = 0; i < n; ++i) {
            out[i] = value;
        }
    } else {
        for (index i = 0; i < n; ++i) {
            out[i * out_stride] = in[i * in_stride];
        }
    }
}

/// Four rows of four words, from four columns.
WASMINFER_INLINE void transpose_words(const std::uint32_t* in, index in_col, std::uint32_t* out, index out_row) noexcept
{
    const auto column = [=](index c) { return u32x4::load_unaligned(in + c * in_col); };
    const u32x4 even_low = xsimd::zip_lo(column(0), column(2));
    const u32x4 even_high = xsimd::zip_hi(column(0), column(2));
    const u32x4 odd_low = xsimd::zip_lo(column(1), column(3));
    const u32x4 odd_high = xsimd::zip_hi(column(1), column(3));
    xsimd::zip_lo(even_low, odd_low).store_unaligned(out);
    xsimd::zip_hi(even_low, odd_low).store_unaligned(out + out_row);
    xsimd::zip_lo(even_high, odd_high).store_unaligned(out + 2 * out_row);
    xsimd::zip_hi(even_high, odd_high).store_unaligned(out + 3 * out_row);
}

/// A matrix, in squares small enough that both sides' cache lines are still there when the square's next row needs them:
/// for transpositions, where one side is walked across its rows.
template <class T>
inline void copy_matrix(const T* in, index in_row, index in_col, T* out, index out_row, index out_col, index rows,
                        index cols) noexcept
{
    constexpr index side = 16;
    for (index r0 = 0; r0 < rows; r0 += side) {
        const index r1 = rows - r0 < side ? rows : r0 + side;
        for (index c0 = 0; c0 < cols; c0 += side) {
            const index c1 = cols - c0 < side ? cols : c0 + side;
            index r = r0;
            if constexpr (sizeof(T) == 4) {
                // The vectors' loads and stores may alias every type.
                const auto* from = reinterpret_cast<const std::uint32_t*>(in);
                auto* to = reinterpret_cast<std::uint32_t*>(out);
                for (; in_row == 1 && out_col == 1 && c1 - c0 == side && r + 4 <= r1; r += 4) {
                    for (index c = c0; c < c1; c += 4) {
                        transpose_words(from + r + c * in_col, in_col, to + r * out_row + c, out_row);
                    }
                }
            }
            for (; r < r1; ++r) {
                for (index c = c0; c < c1; ++c) {
                    out[r * out_row + c * out_col] = in[r * in_row + c * in_col];
                }
            }
        }
    }
}

}  // namespace detail

/// Copies the box; in and out must not overlap. T stands for its size alone.
template <class T, int rank>
inline void copy_strided(const T* in, T* out, const copy_strided_extents<rank>& e) noexcept
{
    if (detail::volume(e.dims) == 0) {
        return;
    }
    constexpr int last = rank - 1;
    if constexpr (rank >= 2) {
        const bool across = e.in_strides[last] != 1 && e.in_strides[last - 1] == 1;
        if (across) {
            index outer[last] = {};
            for (int axis = 0; axis < last; ++axis) {
                outer[axis] = axis == last - 1 ? 1 : e.dims[axis];
            }
            detail::for_each_row<last, 2>(outer, {e.in_strides, e.out_strides}, {0, 0}, [&](const auto& at) {
                detail::copy_matrix(in + at[0], e.in_strides[last - 1], e.in_strides[last], out + at[1],
                                    e.out_strides[last - 1], e.out_strides[last], e.dims[last - 1], e.dims[last]);
            });
            return;
        }
    }
    detail::for_each_row<rank, 2>(e.dims, {e.in_strides, e.out_strides}, {0, 0}, [&](const auto& at) {
        detail::copy_row(in + at[0], e.in_strides[last], out + at[1], e.out_strides[last], e.dims[last]);
    });
}

}  // namespace wasminfer
