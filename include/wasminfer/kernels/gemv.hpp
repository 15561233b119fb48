// Products with one row or one column, where packing or gathering would cost as much as the product.
#pragma once

#include <wasminfer/kernels/gemm_kernel.hpp>

namespace wasminfer::detail {

/// Panels that one pass over a takes together: enough sums to hide the adder's latency.
inline constexpr index gemv_panels = 4;

/// sums[8 * Panels] += sum over k of a[i * a_step] * b[i * k_step + panel * panel_step + (0 … 7)], k ascending.
template <index Panels>
__attribute__((noinline)) void multiply_row(index k, const float* a, index a_step, const float* b, index k_step,
                                            index panel_step, float* sums) noexcept
{
    f32x4 sum[Panels][2];
    const float* y[Panels];
    for (index p = 0; p < Panels; ++p) {
        sum[p][0] = load(sums + p * gemm_nr);
        sum[p][1] = load(sums + p * gemm_nr + 4);
        y[p] = b + p * panel_step;
    }
#pragma GCC unroll 1
    for (index i = 0; i < k; ++i, a += a_step) {
        const f32x4 x = splat(*a);
        for (index p = 0; p < Panels; ++p) {
            sum[p][0] = madd(x, load(y[p]), sum[p][0]);
            sum[p][1] = madd(x, load(y[p] + 4), sum[p][1]);
            y[p] += k_step;
        }
    }
    for (index p = 0; p < Panels; ++p) {
        store(sums + p * gemm_nr, sum[p][0]);
        store(sums + p * gemm_nr + 4, sum[p][1]);
    }
}

/// One row times packed panels. Reads b once.
template <class Epi>
__attribute__((noinline)) void gemv_packed(const float* a, const float* b, const float* bias, float* out, index n,
                                           index k, const Epi& epi) noexcept
{
    alignas(16) float sums[gemv_panels * gemm_nr];
    for (index column = 0; column < n;) {
        const index left = ceil_div(n - column, gemm_nr);
        const index panels = left >= gemv_panels ? gemv_panels : left >= 2 ? 2 : 1;
        for (index p = 0; p < panels; ++p) {
            start_row(sums + p * gemm_nr, bias, column + p * gemm_nr, n);
        }
        if (panels == gemv_panels) {
            apart(multiply_row<gemv_panels>)(k, a, 1, b + column * k, gemm_nr, k * gemm_nr, sums);
        } else if (panels == 2) {
            apart(multiply_row<2>)(k, a, 1, b + column * k, gemm_nr, k * gemm_nr, sums);
        } else {
            apart(multiply_row<1>)(k, a, 1, b + column * k, gemm_nr, 0, sums);
        }
        const index columns = n - column < panels * gemm_nr ? n - column : panels * gemm_nr;
        finish_row(epi, sums, out, column, columns);
        column += columns;
    }
}

/// One row times a b that lies as it was computed. Rows of b that are contiguous are read in place; others, and the last
/// columns, go through panels on the stack.
template <class Epi>
__attribute__((noinline)) void gemv_strided(const float* a, index a_col, const float* b, index b_row, index b_col,
                                            float* out, index at, index n, index k, const Epi& epi) noexcept
{
    constexpr index wide = gemv_panels * gemm_nr;
    constexpr index kc_most = gemm_kc<float> / 2;
    alignas(16) float sums[wide];
    alignas(16) float packed[kc_most * wide];
    for (index column = 0; column < n;) {
        zero_run(sums, wide);
        index columns = n - column < wide ? n - column : wide;
        if (b_col == 1 && columns == wide) {
            apart(multiply_row<gemv_panels>)(k, a, a_col, b + column, b_row, gemm_nr, sums);
        } else if (b_col == 1 && columns >= gemm_nr) {
            columns = gemm_nr;
            apart(multiply_row<1>)(k, a, a_col, b + column, b_row, 0, sums);
        } else {
            for (index k0 = 0; k0 < k; k0 += kc_most) {
                const index kc = k - k0 < kc_most ? k - k0 : kc_most;
                pack_gemm_b(b + k0 * b_row + column * b_col, packed,
                            {.k = kc, .n = columns, .row_stride = b_row, .col_stride = b_col});
                if (columns == wide) {
                    apart(multiply_row<gemv_panels>)(kc, a + k0 * a_col, a_col, packed, gemm_nr, kc * gemm_nr, sums);
                    continue;
                }
                for (index p = 0; p * gemm_nr < columns; ++p) {
                    apart(multiply_row<1>)(kc, a + k0 * a_col, a_col, packed + p * kc * gemm_nr, gemm_nr, 0,
                                           sums + p * gemm_nr);
                }
            }
        }
        finish_row(epi, sums, out, at + column, columns);
        column += columns;
    }
}

/// Sum of x[i * x_step] * y[i * y_step] in 16 interleaved partial sums: lane i % 16, then ((0 + 4) + (8 + 12)) and so on
/// by groups of 4 lanes, then sum_lanes.
inline float dot(const float* x, index x_step, const float* y, index y_step, index n) noexcept
{
    const auto four = [](const float* p, index step, index count) {
        if (step == 1) {
            return load_lanes(p, count);
        }
        return f32x4(p[0], count > 1 ? p[step] : 0.0f, count > 2 ? p[2 * step] : 0.0f, count > 3 ? p[3 * step] : 0.0f);
    };
    f32x4 sum[4] = {splat(0), splat(0), splat(0), splat(0)};
    index i = 0;
    for (; i + 16 <= n; i += 16) {
        for (index s = 0; s < 4; ++s) {
            const index at = i + 4 * s;
            sum[s] = madd(four(x + at * x_step, x_step, 4), four(y + at * y_step, y_step, 4), sum[s]);
        }
    }
    for (index s = 0; i < n; ++s, i += 4) {
        const index count = n - i < 4 ? n - i : 4;
        sum[s] = madd(four(x + i * x_step, x_step, count), four(y + i * y_step, y_step, count), sum[s]);
    }
    return sum_lanes((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

}  // namespace wasminfer::detail
