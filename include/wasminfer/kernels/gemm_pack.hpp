// The layout in which gemm and the convolutions read their right-hand operand, and the functions that write it.
#pragma once

#include <wasminfer/core.hpp>

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

/// Writes b as packed[ceil(n / 8)][k][8], zeros right of column n. half is packed as float: conversion in the inner loop
/// would cost more than its memory traffic saves.
template <class T>
inline void pack_gemm_b(const T* b, compute_t<T>* packed, gemm_pack_extents e) noexcept
{
    for (index j0 = 0; j0 < e.n; j0 += gemm_nr) {
        const index columns = e.n - j0 < gemm_nr ? e.n - j0 : gemm_nr;
        for (index i = 0; i < e.k; ++i, packed += gemm_nr) {
            const T* row = b + i * e.row_stride + j0 * e.col_stride;
            for (index j = 0; j < gemm_nr; ++j) {
                packed[j] = j < columns ? widen(row[j * e.col_stride]) : compute_t<T>(0);
            }
        }
    }
}

}  // namespace wasminfer
