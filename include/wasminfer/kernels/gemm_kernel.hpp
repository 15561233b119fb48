// The body that gemm, matmul and the convolutions share: rows of the left operand are gathered into a small block on the
// stack, and one microkernel multiplies the block with packed panels of the right one.
//
// Gathering costs half an operation per element and buys three things: the microkernel reads all its rows through one
// pointer with constant offsets, a convolution's borders and strides end where the gathering ends, and one copy of the
// microkernel serves every caller. Tried on the way: rows read through a pointer each (75 % of peak in place of 81 %), 2×16
// tiles (84 %, but twice the traffic of packed panels), loads of the next panel ahead of its use (no gain, small k slower).
#pragma once

#include <wasminfer/kernels/epilogue.hpp>
#include <wasminfer/kernels/gemm_pack.hpp>

namespace wasminfer::detail {

// Rows of a tile, and of one in a last panel of at most 4 columns, where the other 4 are left out. 4×8 leaves registers
// for the operands that LLVM loads ahead. Without a fused multiply-add 5×8 gains nothing and 6×8 spills (50 % of peak);
// with it 6×8 is the best (100 %, 4×8 93 %).
#if defined(__wasm_relaxed_simd__)
inline constexpr index gemm_mr = 6;
inline constexpr index gemm_narrow_mr = 10;
inline constexpr index gemm_tiles = 5;
#else
inline constexpr index gemm_mr = 4;
inline constexpr index gemm_narrow_mr = 8;
inline constexpr index gemm_tiles = 8;
#endif

/// Rows that are gathered at a time: enough that packed panels which don't fit a cache are read seldom.
inline constexpr index gemm_rows = gemm_mr * gemm_tiles;
static_assert(gemm_rows % gemm_narrow_mr == 0);
/// The part of k that is gathered: with gemm_rows half of a first-level cache, and of WebAssembly's usual stack a third.
template <class C>
inline constexpr index gemm_kc = 512 / static_cast<index>(sizeof(C));
/// Distance of the gathered rows: a constant, for the microkernel; no power of two, whose rows would share cache sets.
template <class C>
inline constexpr index gemm_row_step = gemm_kc<C> + 64 / static_cast<index>(sizeof(C));
/// Panels whose sums wait on the stack when k takes several passes.
template <class C>
inline constexpr index gemm_group = 32 / static_cast<index>(sizeof(C));
/// Bytes of panels that are worked through before others are begun, to stay in a second-level cache.
inline constexpr index gemm_group_bytes = 1 << 19;

/// a * b + c; integers wrap, as ONNX leaves overflow open and C++ does not.
template <class C>
WASMINFER_INLINE C multiply_add(C a, C b, C c) noexcept
{
    if constexpr (std::is_integral_v<C>) {
        // At least unsigned int: a uint16's product would be computed as int and could overflow.
        using U = std::common_type_t<std::make_unsigned_t<C>, unsigned>;
        return static_cast<C>(static_cast<U>(a) * static_cast<U>(b) + static_cast<U>(c));
    } else {
        return madd(a, b, c);
    }
}

/// part[row][0, Width) = start + a·b, k ascending, for consecutive tiles of Mr rows; part's rows are 8 wide. start is one
/// row for all rows (start_step 0), or laid out like part (start_step 8).
template <index Mr, index Width, class C>
__attribute__((noinline)) void multiply_tiles(index tiles, index k, const C* a, const C* b, const C* start,
                                              index start_step, C* part) noexcept
{
    constexpr index step = lanes<C>;
    constexpr index vectors = Width / step;
    const C* end = b + k * gemm_nr;
    for (; tiles > 0; --tiles) {
        lanes_t<C> sum[Mr][vectors];
        for (index i = 0; i < Mr; ++i) {
            for (index j = 0; j < vectors; ++j) {
                sum[i][j] = load_lanes(start + i * start_step + j * step, step);
            }
        }
        const C* x = a;
        // Not unrolled: LLVM would load several steps' operands ahead and V8 spill them (81 % of peak became 65 %).
#pragma GCC unroll 1
        for (const C* y = b; y != end; y += gemm_nr, ++x) {
            lanes_t<C> yj[vectors];
            for (index j = 0; j < vectors; ++j) {
                yj[j] = load_lanes(y + j * step, step);
            }
            for (index i = 0; i < Mr; ++i) {
                const lanes_t<C> xi = lanes_t<C>(x[i * gemm_row_step<C>]);
                for (index j = 0; j < vectors; ++j) {
                    sum[i][j] = multiply_add(xi, yj[j], sum[i][j]);
                }
            }
        }
        for (index i = 0; i < Mr; ++i) {
            for (index j = 0; j < vectors; ++j) {
                store_lanes(part + i * gemm_nr + j * step, sum[i][j], step);
            }
        }
        a += Mr * gemm_row_step<C>;
        part += Mr * gemm_nr;
        start += Mr * start_step;
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
    constexpr index row_step = gemm_row_step<C>;
    alignas(16) C block[gemm_rows * row_step];
    alignas(16) C part[gemm_group<C> * gemm_rows * gemm_nr];
    alignas(16) C start[gemm_nr];
    const index panels = ceil_div(n, gemm_nr);
    const bool narrow = float_like<C> && (n - 1) % gemm_nr < 4;
    const bool one_pass = k <= gemm_kc<C>;
    // Every group gathers the rows anew, so it is kept at 4 panels at least.
    index group = gemm_group_bytes / (gemm_nr * static_cast<index>(sizeof(C)) * (k > 0 ? k : 1));
    group = group < 4 ? 4 : group;
    group = !one_pass && group > gemm_group<C> ? gemm_group<C> : group;

    for (index first = 0; first < panels; first += group) {
        const index last = panels - first < group ? panels : first + group;
        for (index row = 0; row < m; row += gemm_rows) {
            const index count = m - row < gemm_rows ? m - row : gemm_rows;
            const index tiles = ceil_div(count, gemm_mr);
            const index narrow_tiles = ceil_div(count, gemm_narrow_mr);
            const index filled = narrow ? narrow_tiles * gemm_narrow_mr : tiles * gemm_mr;
            rows.begin(row, count);
            index k0 = 0;
            do {
                const index kc = k - k0 < gemm_kc<C> ? k - k0 : gemm_kc<C>;
                if (kc > 0) {
                    rows.fill(block, k0, kc);
                }
                for (index i = count; i < filled; ++i) {
                    zero_run(block + i * row_step, kc);
                }
                for (index panel = first; panel < last; ++panel) {
                    C* sums = one_pass ? part : part + (panel - first) * gemm_rows * gemm_nr;
                    if (k0 == 0) {
                        start_row(start, bias, panel * gemm_nr, n);
                    }
                    const C* y = b + (panel * k + k0) * gemm_nr;
                    const C* from = k0 == 0 ? start : sums;
                    const index from_step = k0 == 0 ? 0 : gemm_nr;
                    if (narrow && panel + 1 == panels) {
                        if constexpr (float_like<C>) {
                            apart(multiply_tiles<gemm_narrow_mr, 4, C>)(narrow_tiles, kc, block, y, from, from_step,
                                                                        sums);
                        }
                    } else {
                        apart(multiply_tiles<gemm_mr, gemm_nr, C>)(tiles, kc, block, y, from, from_step, sums);
                    }
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
