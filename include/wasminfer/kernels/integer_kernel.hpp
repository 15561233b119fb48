// The body that integer products and convolutions share, built as gemm's (gemm_kernel.hpp): rows are gathered into a block
// on the stack, as 16-bit differences from their zero point, and multiplied by twos with packed bytes. Sums are int32, and
// exact modulo 2^32.
//
//   sum over k of (a - za) * (b - zb) = sum of (a - za) * b  -  zb * sum of (a - za)
//
// so that zb costs nothing inside, and padding, which stands for za, is zeros.
#pragma once

#include <wasminfer/kernels/epilogue.hpp>
#include <wasminfer/kernels/gemm_kernel.hpp>
#include <wasminfer/kernels/integer_pack.hpp>
#include <wasminfer/math/round.hpp>
#include <wasminfer/simd_integer.hpp>

namespace wasminfer::detail {

inline constexpr index integer_mr = 4;
/// Rows that are gathered at a time: whole tiles, and no more than what gathers them has room for.
inline constexpr index integer_block_rows = gemm_rows / integer_mr * integer_mr;
inline constexpr index integer_kc = gemm_kc<std::int16_t>;
inline constexpr index integer_row_step = gemm_row_step<std::int16_t>;
/// Panels whose sums wait on the stack when k takes several passes.
inline constexpr index integer_group = 8;

/// int32 arithmetic that wraps.
constexpr std::int32_t wrapping_add(std::int32_t a, std::int32_t b) noexcept
{
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

constexpr std::int32_t wrapping_product(std::int32_t a, std::int32_t b) noexcept
{
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
}

/// dst[0, n) = src[0, n) - zero. The last vector overlaps the one before it.
template <class T>
WASMINFER_INLINE void copy_centred(std::int16_t* dst, const T* src, index n, std::int16_t zero) noexcept
{
    index i = 0;
    for (; i + 8 <= n; i += 8) {
        store(dst + i, load_widened(src + i) - i16x8(zero));
    }
    if (i < n && n >= 8) {
        store(dst + n - 8, load_widened(src + n - 8) - i16x8(zero));
        return;
    }
    for (; i < n; ++i) {
        dst[i] = static_cast<std::int16_t>(src[i] - zero);
    }
}

/// What window_rows gathers for integer convolutions.
template <class T>
struct centred_cells {
    using type = std::int16_t;
    std::int16_t zero = 0;

    void copy(type* dst, const T* src, index n, index) const noexcept { copy_centred(dst, src, n, zero); }
};

/// Contiguous rows of a matrix; `zeros` holds one zero point (step 0), one for each row (step 1), or is null.
template <class T>
struct integer_rows {
    const T* a;
    const T* zeros;
    index zero_step;
    index k;
    index ldc;
    index first = 0;
    index count = 0;

    void begin(index row, index rows) noexcept
    {
        first = row;
        count = rows;
    }

    index offset(index i) const noexcept { return (first + i) * ldc; }

    void fill(std::int16_t* block, index k0, index kc) const noexcept
    {
        for (index i = first; i < first + count; ++i, block += integer_row_step) {
            copy_centred(block, a + i * k + k0, kc, static_cast<std::int16_t>(zeros ? zeros[i * zero_step] : 0));
        }
    }
};

/// part[row][0, 8) = start + a·b for consecutive tiles of Mr rows, as multiply_tiles does.
template <index Mr>
__attribute__((noinline)) void multiply_integer_tiles(index tiles, index pairs, const std::int16_t* a,
                                                      const std::int8_t* b, const std::int32_t* start, index start_step,
                                                      std::int32_t* part) noexcept
{
    const std::int8_t* end = b + pairs * 2 * gemm_nr;
    for (; tiles > 0; --tiles) {
        i32x4 sum[Mr][2];
        for (index i = 0; i < Mr; ++i) {
            sum[i][0] = load(start + i * start_step);
            sum[i][1] = load(start + i * start_step + 4);
        }
        const std::int16_t* x = a;
#pragma GCC unroll 1
        for (const std::int8_t* y = b; y != end; y += 2 * gemm_nr, x += 2) {
            const i16x8_pair columns = load_widened_pair(y);
            for (index i = 0; i < Mr; ++i) {
                const i16x8 xi = splat_pair(x + i * integer_row_step);
                sum[i][0] += dot_pairs(xi, columns.low);
                sum[i][1] += dot_pairs(xi, columns.high);
            }
        }
        for (index i = 0; i < Mr; ++i) {
            store(part + i * gemm_nr, sum[i][0]);
            store(part + i * gemm_nr + 4, sum[i][1]);
        }
        a += Mr * integer_row_step;
        part += Mr * gemm_nr;
        start += Mr * start_step;
    }
}

/// Sum of block[0, n), n even.
WASMINFER_INLINE std::int32_t sum_row(const std::int16_t* block, index n) noexcept
{
    std::int32_t sum = 0;
    for (index i = 0; i < n; ++i) {
        sum += block[i];
    }
    return sum;
}

/// Zero points of the right-hand operand, as packed: one for each column (step 1), one for all (step 0), or none.
template <class T>
struct column_zeros {
    const T* zeros;
    index step;

    std::int32_t operator[](index column) const noexcept
    {
        return (zeros ? static_cast<std::int32_t>(zeros[column * step]) : 0) - packed_offset<T>;
    }

    bool any(index n) const noexcept
    {
        bool found = false;
        for (index j = 0; j < (step == 0 && n > 1 ? 1 : n); ++j) {
            found = found || (*this)[j] != 0;
        }
        return found;
    }
};

/// epi(sums, offset, row, column, columns) gets each finished row of a panel: 8 sums, of which `columns` count, for
/// out[offset …]; epi.begin(column, columns) comes before the rows of a panel.
template <class Rows, class B, class Epi>
__attribute__((noinline)) void multiply_integer_rows(Rows rows, const std::int8_t* b, column_zeros<B> zeros,
                                                     const std::int32_t* bias, index m, index n, index k,
                                                     Epi epi) noexcept
{
    alignas(16) std::int16_t block[integer_block_rows * integer_row_step];
    alignas(16) std::int32_t part[integer_group * integer_block_rows * gemm_nr];
    alignas(16) std::int32_t start[gemm_nr];
    std::int32_t row_sum[integer_block_rows];
    const index panels = ceil_div(n, gemm_nr);
    const index panel_bytes = integer_panel(k);
    const bool corrects = zeros.any(n);
    const bool one_pass = k <= integer_kc;
    index group = gemm_group_bytes / (panel_bytes > 0 ? panel_bytes : 1);
    group = group < 4 ? 4 : group;
    group = !one_pass && group > integer_group ? integer_group : group;

    for (index first = 0; first < panels; first += group) {
        const index last = panels - first < group ? panels : first + group;
        for (index row = 0; row < m; row += integer_block_rows) {
            const index count = m - row < integer_block_rows ? m - row : integer_block_rows;
            const index single = count % integer_mr == 1 ? 1 : 0;
            const index tiles = ceil_div(count - single, integer_mr);
            const index filled = tiles * integer_mr + single;
            rows.begin(row, count);
            index k0 = 0;
            do {
                const index kc = k - k0 < integer_kc ? k - k0 : integer_kc;
                const index pairs = ceil_div(kc, 2);
                if (kc > 0) {
                    rows.fill(block, k0, kc);
                }
                for (index i = 0; i < filled; ++i) {
                    std::int16_t* line = block + i * integer_row_step;
                    zero_run(line + (i < count ? kc : 0), 2 * pairs - (i < count ? kc : 0));
                    if (corrects && i < count) {
                        row_sum[i] = wrapping_add(k0 == 0 ? 0 : row_sum[i], sum_row(line, 2 * pairs));
                    }
                }
                for (index panel = first; panel < last; ++panel) {
                    std::int32_t* sums = one_pass ? part : part + (panel - first) * integer_block_rows * gemm_nr;
                    if (k0 == 0) {
                        start_row(start, bias, panel * gemm_nr, n);
                    }
                    const std::int8_t* y = b + panel * panel_bytes + k0 * gemm_nr;
                    const std::int32_t* from = k0 == 0 ? start : sums;
                    const index from_step = k0 == 0 ? 0 : gemm_nr;
                    apart(multiply_integer_tiles<integer_mr>)(tiles, pairs, block, y, from, from_step, sums);
                    if (single) {
                        const index at = tiles * integer_mr;
                        apart(multiply_integer_tiles<1>)(1, pairs, block + at * integer_row_step, y,
                                                         from + at * from_step, from_step, sums + at * gemm_nr);
                    }
                    if (k0 + kc < k) {
                        continue;
                    }
                    const index column = panel * gemm_nr;
                    const index columns = n - column < gemm_nr ? n - column : gemm_nr;
                    epi.begin(column, columns);
                    for (index i = 0; i < count; ++i) {
                        std::int32_t* sum = sums + i * gemm_nr;
                        if (corrects) {
                            for (index j = 0; j < columns; ++j) {
                                sum[j] = wrapping_add(sum[j], wrapping_product(-zeros[column + j], row_sum[i]));
                            }
                        }
                        epi(sum, rows.offset(i) + column, row + i, columns);
                    }
                }
                k0 += kc;
            } while (k0 < k);
        }
    }
}

}  // namespace wasminfer::detail
