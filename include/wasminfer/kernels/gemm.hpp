// Matrix products: gemm with a packed right-hand operand, matmul of batches whose operands are all computed at run time,
// and gemm_general for what neither covers.
//
// One element's products are summed in ascending k by one accumulator, wherever the element lies: tiles, edges, and the
// path for one row give the same bits. Only matmul's n = 1 sums differently (see there).
//
// Measured on wasm SIMD without FMA (with it), share of the multiply-add peak: 384³ 78 % (95), 128×768×768 76 % (91),
// 128×3072×768 73 % (88), 196×64×192 80 % (92), 12544×96×16 61 % (73), one row of 768×768 63 % (66).
#pragma once

#include <wasminfer/kernels/gemm_kernel.hpp>
#include <wasminfer/kernels/gemv.hpp>

#include <cassert>

namespace wasminfer {

/// out[m][n] = a[m][k] · b[k][n]. Row i of a begins at i * lda, of out at i * ldc; 0 means contiguous.
struct gemm_extents {
    index m = 0;
    index n = 0;
    index k = 0;
    index lda = 0;
    index ldc = 0;
};

namespace detail {

/// Rows of a matrix in memory, for multiply_rows.
template <class T>
struct matrix_rows {
    const T* a;
    index row_stride;
    index col_stride;
    index ldc;
    index origin = 0;
    index first = 0;
    index count = 0;

    void begin(index row, index rows) noexcept
    {
        first = row;
        count = rows;
    }

    index offset(index i) const noexcept { return origin + (first + i) * ldc; }

    void fill(compute_t<T>* block, index k0, index kc) const noexcept
    {
        for (index i = 0; i < count; ++i, block += gemm_row_step<compute_t<T>>) {
            const T* row = a + (first + i) * row_stride + k0 * col_stride;
            if (col_stride == 1) {
                copy_run(block, row, kc);
            } else {
                for (index j = 0; j < kc; ++j) {
                    block[j] = widen(row[j * col_stride]);
                }
            }
        }
    }
};

}  // namespace detail

/// out[i][j] = epi(sum over k of a[i][k] * b[k][j] + bias[j]); bias may be null. b is packed by pack_gemm_b; out must not
/// overlap a, nor an epilogue's residual unless it is the same memory.
template <class T, class Epi = identity>
WASMINFER_INLINE void gemm(const T* a, const compute_t<T>* b_packed, std::type_identity_t<const T*> bias, T* out,
                           gemm_extents e, const Epi& epi = {}) noexcept
{
    assert(e.m >= 0 && e.n >= 0 && e.k >= 0 && (e.lda == 0 || e.lda >= e.k) && (e.ldc == 0 || e.ldc >= e.n));
    if constexpr (std::is_same_v<T, float>) {
        if (e.m == 1) {
            detail::apart(detail::gemv_packed<Epi>)(a, b_packed, bias, out, e.n, e.k, epi);
            return;
        }
    }
    detail::matrix_rows<T> rows{a, e.lda ? e.lda : e.k, 1, e.ldc ? e.ldc : e.n};
    detail::apart(detail::multiply_rows<detail::matrix_rows<T>, T, Epi>)(rows, b_packed, bias, out, e.m, e.n, e.k, epi);
}

/// Batches of products. Up to four batch dimensions, each operand with its own strides (0 broadcasts), so that no operand
/// needs to be transposed, expanded or merged first. Row strides of 0 mean contiguous; out_batch all 0 means contiguous.
struct matmul_extents {
    index batch[4] = {1, 1, 1, 1};
    index m = 0;
    index n = 0;
    index k = 0;
    index a_batch[4] = {};
    index a_row = 0;
    index a_col = 1;
    index b_batch[4] = {};
    index b_row = 0;
    index b_col = 1;
    index out_batch[4] = {};
    index out_row = 0;
};

/// Bytes of scratch that matmul<T> wants: room for one packed b. None for a single row or column of floats.
template <class T>
constexpr index matmul_scratch(const matmul_extents& e) noexcept
{
    const bool packs = (e.n > 1 && e.m > 1) || !std::is_same_v<T, float>;
    return packs ? gemm_packed_size({.k = e.k, .n = e.n}) * static_cast<index>(sizeof(compute_t<T>)) : 0;
}

/// out[…][i][j] = epi(sum over k of a[…][i][k] * b[…][k][j]). scratch: matmul_scratch<T>(e) bytes, aligned for T's
/// compute type; null where that is 0. n = 1 with contiguous columns sums as dot() does.
template <class T, class Epi = identity>
inline void matmul(const T* a, const T* b, T* out, matmul_extents e, std::type_identity_t<compute_t<T>*> scratch,
                   const Epi& epi = {}) noexcept
{
    e.a_row = e.a_row ? e.a_row : e.k;
    e.b_row = e.b_row ? e.b_row : e.n;
    e.out_row = e.out_row ? e.out_row : e.n;
    if ((e.out_batch[0] | e.out_batch[1] | e.out_batch[2] | e.out_batch[3]) == 0) {
        index stride = e.m * e.out_row;
        for (index d = 3; d >= 0; stride *= e.batch[d], --d) {
            e.out_batch[d] = stride;
        }
    }
    const T* packed_from = nullptr;
    for (index i0 = 0; i0 < e.batch[0]; ++i0) {
        for (index i1 = 0; i1 < e.batch[1]; ++i1) {
            for (index i2 = 0; i2 < e.batch[2]; ++i2) {
                for (index i3 = 0; i3 < e.batch[3]; ++i3) {
                    const T* ai = a + i0 * e.a_batch[0] + i1 * e.a_batch[1] + i2 * e.a_batch[2] + i3 * e.a_batch[3];
                    const T* bi = b + i0 * e.b_batch[0] + i1 * e.b_batch[1] + i2 * e.b_batch[2] + i3 * e.b_batch[3];
                    const index at =
                        i0 * e.out_batch[0] + i1 * e.out_batch[1] + i2 * e.out_batch[2] + i3 * e.out_batch[3];
                    if constexpr (std::is_same_v<T, float>) {
                        if (e.n == 1) {
                            for (index i = 0; i < e.m; ++i) {
                                const float sum = detail::dot(ai + i * e.a_row, e.a_col, bi, e.b_row, e.k);
                                detail::finish_one(epi, sum, out, at + i * e.out_row);
                            }
                            continue;
                        }
                        if (e.m == 1) {
                            detail::apart(detail::gemv_strided<Epi>)(ai, e.a_col, bi, e.b_row, e.b_col, out, at, e.n,
                                                                     e.k, epi);
                            continue;
                        }
                    }
                    // A broadcast b is packed once.
                    if (bi != packed_from) {
                        pack_gemm_b(bi, scratch, {.k = e.k, .n = e.n, .row_stride = e.b_row, .col_stride = e.b_col});
                        packed_from = bi;
                    }
                    detail::matrix_rows<T> rows{ai, e.a_row, e.a_col, e.out_row, at};
                    detail::apart(detail::multiply_rows<detail::matrix_rows<T>, T, Epi>)(
                        rows, scratch, static_cast<const T*>(nullptr), out, e.m, e.n, e.k, epi);
                }
            }
        }
    }
}

/// ONNX's Gemm with nothing known before the call. Strides are given in full; c's may be 0 and then broadcast.
struct gemm_general_extents {
    index m = 0;
    index n = 0;
    index k = 0;
    index a_row = 0;
    index a_col = 0;
    index b_row = 0;
    index b_col = 0;
    index c_row = 0;
    index c_col = 0;
};

/// out[i][j] = epi(alpha * sum over k of a[i][k] * b[k][j] + beta * c[i][j]), out contiguous; c may be null. Integers wrap.
/// Needs neither packing nor scratch and is several times slower than gemm.
template <class T, class Epi = identity>
inline void gemm_general(const T* a, const T* b, std::type_identity_t<const T*> c, T* out,
                         const gemm_general_extents& e, std::type_identity_t<compute_t<T>> alpha,
                         std::type_identity_t<compute_t<T>> beta, const Epi& epi = {}) noexcept
{
    using C = compute_t<T>;
    for (index i = 0; i < e.m; ++i) {
        for (index j0 = 0; j0 < e.n; j0 += gemm_nr) {
            const index columns = e.n - j0 < gemm_nr ? e.n - j0 : gemm_nr;
            alignas(16) C sum[gemm_nr] = {};
            const T* y = b + j0 * e.b_col;
            for (index p = 0; p < e.k; ++p, y += e.b_row) {
                const C x = widen(a[i * e.a_row + p * e.a_col]);
                for (index j = 0; j < columns; ++j) {
                    sum[j] = detail::multiply_add(x, widen(y[j * e.b_col]), sum[j]);
                }
            }
            for (index j = 0; j < columns; ++j) {
                sum[j] = detail::multiply_add(alpha, sum[j], C(0));
                if (c) {
                    sum[j] = detail::multiply_add(beta, widen(c[i * e.c_row + (j0 + j) * e.c_col]), sum[j]);
                }
            }
            detail::finish_row(epi, sum, out, i * e.n + j0, columns);
        }
    }
}

}  // namespace wasminfer
