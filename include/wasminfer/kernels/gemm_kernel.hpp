// The body that gemm, matmul and the convolutions share: rows of the left operand are gathered into a small block on the
// stack, and one microkernel multiplies the block with packed panels of the right one.
//
// Gathering costs half an operation per element and buys three things: the microkernel reads all its rows through one
// pointer with constant offsets, a convolution's borders and strides end where the gathering ends, and one copy of the
// microkernel serves every caller.
#pragma once

#include <wasminfer/kernels/epilogue.hpp>
#include <wasminfer/kernels/gemm_pack.hpp>

namespace wasminfer::detail {

// Rows of a tile: 4×8 leaves registers for the six operands that LLVM loads ahead; 6×8 spills without a fused
// multiply-add and is the better one with it.
#if defined(__wasm_relaxed_simd__)
inline constexpr index gemm_mr = 6;
inline constexpr index gemm_tiles = 5;
#else
inline constexpr index gemm_mr = 4;
inline constexpr index gemm_tiles = 8;
#endif

/// Rows that are gathered at a time, and the part of k.
inline constexpr index gemm_rows = gemm_mr * gemm_tiles;
inline constexpr index gemm_kc = 128;
/// Distance of the block's rows: a constant, and no multiple of 4 KiB over the rows, which would share cache sets.
inline constexpr index gemm_row_step = gemm_kc + 16;
/// Panels whose sums wait on the stack when k takes several passes.
inline constexpr index gemm_group = 8;

/// a * b + c; integers wrap, as ONNX leaves overflow open and C++ does not.
template <class C>
WASMINFER_INLINE C multiply_add(C a, C b, C c) noexcept
{
    if constexpr (std::is_integral_v<C>) {
        // At least unsigned int: a uint16's product would be computed as int and could overflow.
        using U = std::common_type_t<std::make_unsigned_t<C>, unsigned>;
        return static_cast<C>(static_cast<U>(a) * static_cast<U>(b) + static_cast<U>(c));
    } else {
        return a * b + c;
    }
}

/// part[tile][mr][8] = start + a·b, k ascending, for consecutive tiles of mr rows. start is one row of 8 for all rows
/// (start_step 0), or laid out like part (start_step 8).
template <class C>
__attribute__((noinline)) void multiply_tiles(index tiles, index k, const C* a, const C* b, const C* start,
                                              index start_step, C* part) noexcept
{
    for (index tile = 0; tile < tiles; ++tile) {
        const C* x = a + tile * gemm_mr * gemm_row_step;
        const C* y = b;
        if constexpr (std::is_same_v<C, float>) {
            f32x4 sum[gemm_mr][2];
            for (index i = 0; i < gemm_mr; ++i) {
                sum[i][0] = load(start + i * start_step);
                sum[i][1] = load(start + i * start_step + 4);
            }
            // Not unrolled: LLVM would load several steps' operands ahead and V8 spill them (81 % of peak became 65 %).
#pragma GCC unroll 1
            for (const C* end = y + k * gemm_nr; y != end; y += gemm_nr, ++x) {
                const f32x4 y0 = load(y);
                const f32x4 y1 = load(y + 4);
                for (index i = 0; i < gemm_mr; ++i) {
                    const f32x4 xi = splat(x[i * gemm_row_step]);
                    sum[i][0] = madd(xi, y0, sum[i][0]);
                    sum[i][1] = madd(xi, y1, sum[i][1]);
                }
            }
            for (index i = 0; i < gemm_mr; ++i) {
                store(part + i * gemm_nr, sum[i][0]);
                store(part + i * gemm_nr + 4, sum[i][1]);
            }
        } else {
            C sum[gemm_mr][gemm_nr];
            for (index i = 0; i < gemm_mr; ++i) {
                for (index j = 0; j < gemm_nr; ++j) {
                    sum[i][j] = start[i * start_step + j];
                }
            }
            for (const C* end = y + k * gemm_nr; y != end; y += gemm_nr, ++x) {
                for (index i = 0; i < gemm_mr; ++i) {
                    for (index j = 0; j < gemm_nr; ++j) {
                        sum[i][j] = multiply_add(x[i * gemm_row_step], y[j], sum[i][j]);
                    }
                }
            }
            for (index i = 0; i < gemm_mr; ++i) {
                for (index j = 0; j < gemm_nr; ++j) {
                    part[i * gemm_nr + j] = sum[i][j];
                }
            }
        }
        part += gemm_mr * gemm_nr;
        start += gemm_mr * start_step;
    }
}

/// The panel's bias, or zeros, as a full row of 8.
template <class T>
WASMINFER_INLINE void start_row(compute_t<T>* row, const T* bias, index first, index n) noexcept
{
    for (index j = 0; j < gemm_nr; ++j) {
        row[j] = bias && first + j < n ? widen(bias[first + j]) : compute_t<T>(0);
    }
}

/// out = epi(rows · b + bias) for m rows that `rows` gathers, n columns, packed panels b.
///
/// Rows: begin(first, count) chooses rows; fill(block, k0, kc) writes columns [k0, k0 + kc) of them at distance
/// gemm_row_step, and may spill 3 elements over their ends; offset(i) is where in out the chosen row i begins.
template <class Rows, class T, class Epi>
__attribute__((noinline)) void multiply_rows(Rows rows, const compute_t<T>* b, const T* bias, T* out, index m, index n,
                                             index k, const Epi& epi) noexcept
{
    using C = compute_t<T>;
    alignas(16) C block[gemm_rows * gemm_row_step];
    alignas(16) C part[gemm_group * gemm_rows * gemm_nr];
    alignas(16) C start[gemm_nr];
    const index panels = ceil_div(n, gemm_nr);
    const bool one_pass = k <= gemm_kc;
    const index group = one_pass ? panels : gemm_group;

    for (index row = 0; row < m; row += gemm_rows) {
        const index count = m - row < gemm_rows ? m - row : gemm_rows;
        const index tiles = ceil_div(count, gemm_mr);
        rows.begin(row, count);
        for (index first = 0; first < panels; first += group) {
            const index last = panels - first < group ? panels : first + group;
            index k0 = 0;
            do {
                const index kc = k - k0 < gemm_kc ? k - k0 : gemm_kc;
                if (kc > 0) {
                    rows.fill(block, k0, kc);
                }
                for (index i = count; i < tiles * gemm_mr; ++i) {
                    zero_run(block + i * gemm_row_step, kc);
                }
                for (index panel = first; panel < last; ++panel) {
                    C* sums = one_pass ? part : part + (panel - first) * gemm_rows * gemm_nr;
                    if (k0 == 0) {
                        start_row(start, bias, panel * gemm_nr, n);
                    }
                    multiply_tiles<C>(tiles, kc, block, b + (panel * k + k0) * gemm_nr, k0 == 0 ? start : sums,
                                      k0 == 0 ? 0 : gemm_nr, sums);
                    if (k0 + kc == k) {
                        const index column = panel * gemm_nr;
                        const index columns = n - column < gemm_nr ? n - column : gemm_nr;
                        if (columns == gemm_nr) {
                            for (index i = 0; i < count; ++i) {
                                finish_row(epi, sums + i * gemm_nr, out, rows.offset(i) + column, gemm_nr);
                            }
                        } else {
                            for (index i = 0; i < count; ++i) {
                                finish_row(epi, sums + i * gemm_nr, out, rows.offset(i) + column, columns);
                            }
                        }
                    }
                }
                k0 += kc;
            } while (k0 < k);
        }
    }
}

}  // namespace wasminfer::detail
