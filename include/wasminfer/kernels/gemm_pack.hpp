// The layout in which gemm and the convolutions read their right-hand operand, and the functions that write it.
#pragma once

#include <wasminfer/kernels/lanes.hpp>

namespace wasminfer {

/// Columns of a packed panel, on every target and for every element type.
inline constexpr index gemm_nr = 8;

/// Element (i, j) of a k×n matrix at i * row_stride + j * col_stride; a transposed one has row_stride 1.
struct gemm_pack_extents {
    index k = 0;
    index n = 0;
    index row_stride = 0;
    index col_stride = 1;
};

/// Elements that pack_gemm_b writes.
constexpr index gemm_packed_size(gemm_pack_extents e) noexcept
{
    return ceil_div(e.n, gemm_nr) * e.k * gemm_nr;
}

namespace detail {

/// 4×4 floats: to[j * to_step + i] = from[i * from_step + j].
template <float_like T>
WASMINFER_INLINE void transpose_4x4(const T* from, index from_step, float* to, index to_step) noexcept
{
    const f32x4 r0 = load(from);
    const f32x4 r1 = load(from + from_step);
    const f32x4 r2 = load(from + 2 * from_step);
    const f32x4 r3 = load(from + 3 * from_step);
    const f32x4 lo02 = xsimd::zip_lo(r0, r2);
    const f32x4 hi02 = xsimd::zip_hi(r0, r2);
    const f32x4 lo13 = xsimd::zip_lo(r1, r3);
    const f32x4 hi13 = xsimd::zip_hi(r1, r3);
    store(to, xsimd::zip_lo(lo02, lo13));
    store(to + to_step, xsimd::zip_hi(lo02, lo13));
    store(to + 2 * to_step, xsimd::zip_lo(hi02, hi13));
    store(to + 3 * to_step, xsimd::zip_hi(hi02, hi13));
}

}  // namespace detail

/// Writes b as packed[ceil(n / 8)][k][8], zeros right of column n. half is packed as float: conversion in the inner loop
/// would cost more than its memory traffic saves.
template <class T>
inline void pack_gemm_b(const T* b, compute_t<T>* packed, gemm_pack_extents e) noexcept
{
    for (index j0 = 0; j0 < e.n; j0 += gemm_nr, b += gemm_nr * e.col_stride) {
        const index columns = e.n - j0 < gemm_nr ? e.n - j0 : gemm_nr;
        index i = 0;
        if constexpr (detail::float_like<T>) {
            // Whole panels of rows or of columns that are contiguous: what matmul packs at every call.
            if (columns == gemm_nr && e.col_stride == 1) {
                for (; i < e.k; ++i, packed += gemm_nr) {
                    store(packed, load(b + i * e.row_stride));
                    store(packed + 4, load(b + i * e.row_stride + 4));
                }
            } else if (columns == gemm_nr && e.row_stride == 1) {
                for (; i + 4 <= e.k; i += 4, packed += 4 * gemm_nr) {
                    detail::transpose_4x4(b + i, e.col_stride, packed, gemm_nr);
                    detail::transpose_4x4(b + i + 4 * e.col_stride, e.col_stride, packed + 4, gemm_nr);
                }
            }
        }
        for (; i < e.k; ++i, packed += gemm_nr) {
            for (index j = 0; j < gemm_nr; ++j) {
                packed[j] = j < columns ? widen(b[i * e.row_stride + j * e.col_stride]) : compute_t<T>(0);
            }
        }
    }
}

}  // namespace wasminfer
