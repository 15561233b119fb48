// 3×3 convolutions with stride 1 by Winograd's minimal filtering, F(2×2, 3×3) and F(4×4, 3×3): 2.25 and 4 times fewer
// multiplications than conv2d, for weights that are 1.8 and 4 times as large.
//
// Tiles of the output are taken a block at a time, so that what lies between the three stages stays in a second-level
// cache: the block's inputs are transformed into (M + 2)² matrices [tiles][channels], each of these is multiplied with
// its packed matrix of weights by the microkernel of gemm, a panel of 8 output channels at a time, and the products are
// transformed back, with bias and epilogue, into the output. Nothing depends on the lanes or registers of a target.
//
// Error of an output before the epilogue, k input channels: at most growth · (k + 24) · 2⁻²⁴ · max|in| · Σ|w| of its channel,
// with growth 16 for M = 2 and 205 for M = 4; on noise 1.1 and 2 times conv2d's in the root mean square. Unlike conv2d's
// it is not relative to a pixel's own window: a large input disturbs its tile, an infinite one makes it NaN.
//
// Measured on wasm SIMD, times as fast as conv2d: M = 4 on 56²×64→64 3.3, 28²×128→128 3.2, 14²×256→256 2.8, 112²×16→16 2.4,
// 112²×8→8 2.1; M = 2 about 2.1 on the first three, 1.4 on the last. With fused multiply-adds 3.3 and 3.0 on the first two.
#pragma once

#include <wasminfer/kernels/conv_pack.hpp>
#include <wasminfer/kernels/gemm_kernel.hpp>
#include <wasminfer/kernels/winograd_transform.hpp>

#include <cassert>

namespace wasminfer {

/// in[batch][h][w][c] to out[batch][h][w][c], zeros around the image. pad: rows of them above, columns to the left.
struct winograd_extents {
    index batch = 1;
    index in[3] = {};
    index out[3] = {};
    index pad[2] = {};
};

/// w[out][in][3][3]
struct winograd_pack_extents {
    index out = 0;
    index in = 0;
};

/// Floats that pack_winograd<M> writes.
template <index M>
constexpr index winograd_packed_size(const winograd_pack_extents& e) noexcept
{
    return ceil_div(e.out, gemm_nr) * (M + 2) * (M + 2) * e.in * gemm_nr;
}

/// packed[ceil(out / 8)][M + 2][M + 2][in][8] = G w Gᵀ, computed in double and rounded once; zeros past the last channel.
template <index M, class T>
inline void pack_winograd(const T* w, float* packed, const winograd_pack_extents& e) noexcept
{
    constexpr auto& g = detail::winograd_filter<M>::g;
    for (index first = 0; first < e.out; first += gemm_nr) {
        for (index y = 0; y < M + 2; ++y) {
            for (index x = 0; x < M + 2; ++x) {
                for (index i = 0; i < e.in; ++i) {
                    for (index j = 0; j < gemm_nr; ++j) {
                        double sum = 0;
                        if (first + j < e.out) {
                            const T* taps = w + ((first + j) * e.in + i) * 9;
                            for (index tap = 0; tap < 9; ++tap) {
                                sum += g[y][tap / 3] * g[x][tap % 3] * static_cast<double>(widen(taps[tap]));
                            }
                        }
                        *packed++ = static_cast<float>(sum);
                    }
                }
            }
        }
    }
}

namespace detail {

/// How the transformed block lies in scratch, in floats.
///
/// inputs[point][chunk of k][row][gemm_row_step]: rows as the microkernel reads them; products[point][row][8], one panel.
/// Points are 64 bytes further apart than they need to be, or all of a tile's would share a few cache sets.
struct winograd_layout {
    index tiles;       ///< In a block.
    index chunk_step;  ///< From one chunk of k to the next.
    index input_step;  ///< From one point to the next.
    index product_step;
    index products;  ///< Where they begin.
    index size;
};

/// Bytes of transformed inputs that a block aims at.
inline constexpr index winograd_block_bytes = 1 << 20;

template <index M>
constexpr winograd_layout lay_out_winograd(const winograd_extents& e) noexcept
{
    constexpr index points = (M + 2) * (M + 2);
    constexpr index pad = 64 / static_cast<index>(sizeof(float));
    // Whole tiles of every microkernel, of 4 and 6 rows; the panel of 4 columns takes up to 10.
    constexpr index unit = 12;
    constexpr index most = 36;
    const index tiles = e.batch * ceil_div(e.out[0], M) * ceil_div(e.out[1], M);
    const index fitting = winograd_block_bytes / (points * static_cast<index>(sizeof(float)) * (e.in[2] + 1));
    index block = fitting > most ? most : fitting < unit ? unit : fitting / unit * unit;
    block = tiles < block ? ceil_div(tiles, unit) * unit : block;
    winograd_layout at{};
    at.tiles = block;
    at.chunk_step = (block + 10) * gemm_row_step<float>;
    at.input_step = ceil_div(e.in[2], gemm_kc<float>) * at.chunk_step + pad;
    at.product_step = (block + 10) * gemm_nr + pad;
    at.products = points * at.input_step;
    at.size = at.products + points * at.product_step;
    return at;
}

/// Which part of a tile's (M + 2)² inputs lies inside the image.
struct winograd_clip {
    index first_row;
    index last_row;
    index first_column;
    index last_column;
};

/// n ≤ 4 channels of one tile: to[point * step] = (Bᵀ d B)[point]. Edge tiles reach out of the image.
template <index M, bool Edge, class T>
WASMINFER_INLINE void transform_lanes(const T* in, index row_step, index column_step, const winograd_clip& clip,
                                      index n, float* to, index step) noexcept
{
    constexpr index size = M + 2;
    alignas(16) float columns[size][size][4];
    // Not unrolled: the intermediate square wouldn't fit the registers, and V8 spills worse than a store.
#pragma GCC unroll 1
    for (index x = 0; x < size; ++x, in += column_step) {
        f32x4 d[size];
        f32x4 t[size];
        const T* p = in;
        const bool outside = Edge && (x < clip.first_column || x >= clip.last_column);
#pragma GCC unroll 6
        for (index y = 0; y < size; ++y, p += row_step) {
            d[y] = outside || (Edge && (y < clip.first_row || y >= clip.last_row)) ? splat(0) : load_lanes(p, n);
        }
        winograd_filter<M>::transform(d, t);
#pragma GCC unroll 6
        for (index y = 0; y < size; ++y) {
            store(columns[y][x], t[y]);
        }
    }
#pragma GCC unroll 1
    for (index y = 0; y < size; ++y) {
        f32x4 d[size];
        f32x4 t[size];
#pragma GCC unroll 6
        for (index x = 0; x < size; ++x) {
            d[x] = load(columns[y][x]);
        }
        winograd_filter<M>::transform(d, t);
#pragma GCC unroll 6
        for (index x = 0; x < size; ++x, to += step) {
            store(to, t[x]);
        }
    }
}

/// The tile whose first input is `in`, all channels.
template <index M, bool Edge, class T>
__attribute__((noinline)) void transform_tile(const T* in, index row_step, index channels, const winograd_clip& clip,
                                              float* to, const winograd_layout& at) noexcept
{
    for (index first = 0; first < channels; first += gemm_kc<float>, to += at.chunk_step) {
        const index count = channels - first < gemm_kc<float> ? channels - first : gemm_kc<float>;
        index c = 0;
        for (; c + 4 <= count; c += 4) {
            transform_lanes<M, Edge>(in + first + c, row_step, channels, clip, 4, to + c, at.input_step);
        }
        if (c < count) {
            transform_lanes<M, true>(in + first + c, row_step, channels, clip, count - c, to + c, at.input_step);
        }
    }
}

/// Where the tile number `tile` lies.
struct winograd_tile {
    index b, y, x;

    winograd_tile(index tile, index tall, index wide, index m) noexcept
        : b{tile / (tall * wide)}, y{tile / wide % tall * m}, x{tile % wide * m}
    {
    }
};

template <index M, class T>
__attribute__((noinline)) void transform_tiles(const T* in, float* to, index first, index count,
                                               const winograd_extents& e, const winograd_layout& at) noexcept
{
    constexpr index size = M + 2;
    const index row_step = e.in[1] * e.in[2];
    for (index i = 0; i < count; ++i, to += gemm_row_step<float>) {
        const winograd_tile tile{first + i, ceil_div(e.out[0], M), ceil_div(e.out[1], M), M};
        const index y = tile.y - e.pad[0];
        const index x = tile.x - e.pad[1];
        const winograd_clip clip{-y, e.in[0] - y, -x, e.in[1] - x};
        const T* p = in + (tile.b * e.in[0] + y) * row_step + x * e.in[2];
        if (y >= 0 && x >= 0 && y + size <= e.in[0] && x + size <= e.in[1]) {
            apart(transform_tile<M, false, T>)(p, row_step, e.in[2], clip, to, at);
        } else {
            apart(transform_tile<M, true, T>)(p, row_step, e.in[2], clip, to, at);
        }
    }
}

/// One panel: products[point][row][0, 8) = inputs[point][row] · weights[point], k ascending.
template <index M>
__attribute__((noinline)) void multiply_points(index rows, index k, bool narrow, const float* inputs,
                                               const float* weights, float* products,
                                               const winograd_layout& at) noexcept
{
    alignas(16) static constexpr float zeros[gemm_nr] = {};
    for (index point = 0; point < (M + 2) * (M + 2); ++point) {
        const float* x = inputs;
        for (index k0 = 0; k0 < k; k0 += gemm_kc<float>, x += at.chunk_step) {
            const index kc = k - k0 < gemm_kc<float> ? k - k0 : gemm_kc<float>;
            const float* start = k0 == 0 ? zeros : products;
            const index start_step = k0 == 0 ? 0 : gemm_nr;
            if (narrow) {
                apart(multiply_tiles<gemm_narrow_mr, 4, float>)(ceil_div(rows, gemm_narrow_mr), kc, x, weights, start,
                                                                start_step, products);
            } else {
                apart(multiply_tiles<gemm_mr, gemm_nr, float>)(ceil_div(rows, gemm_mr), kc, x, weights, start,
                                                               start_step, products);
            }
            weights += kc * gemm_nr;
        }
        inputs += at.input_step;
        products += at.product_step;
    }
}

/// to[M][M][8] = Aᵀ products A + bias, for one tile and one panel.
template <index M>
__attribute__((noinline)) void collect_tile(const float* products, index step, const float* bias, float* to) noexcept
{
    constexpr index size = M + 2;
    alignas(16) float lines[M][size][4];
#pragma GCC unroll 1
    for (index half = 0; half < gemm_nr; half += 4) {
        const float* column = products + half;
#pragma GCC unroll 1
        for (index x = 0; x < size; ++x, column += step) {
            f32x4 t[size];
            f32x4 y[M];
            const float* p = column;
#pragma GCC unroll 6
            for (index i = 0; i < size; ++i, p += size * step) {
                t[i] = load(p);
            }
            winograd_filter<M>::collect(t, y);
#pragma GCC unroll 4
            for (index i = 0; i < M; ++i) {
                store(lines[i][x], y[i]);
            }
        }
        const f32x4 start = load(bias + half);
        float* out = to + half;
#pragma GCC unroll 1
        for (index i = 0; i < M; ++i) {
            f32x4 t[size];
            f32x4 y[M];
#pragma GCC unroll 6
            for (index x = 0; x < size; ++x) {
                t[x] = load(lines[i][x]);
            }
            winograd_filter<M>::collect(t, y);
#pragma GCC unroll 4
            for (index x = 0; x < M; ++x, out += gemm_nr) {
                store(out, y[x] + start);
            }
        }
    }
}

template <index M, class T, class Epi>
__attribute__((noinline)) void convolve_winograd(const T* in, const float* w, const T* bias, T* out,
                                                 const winograd_extents& e, float* scratch, const Epi& epi) noexcept
{
    constexpr index points = (M + 2) * (M + 2);
    const winograd_layout at = lay_out_winograd<M>(e);
    const index tall = ceil_div(e.out[0], M);
    const index wide = ceil_div(e.out[1], M);
    const index k = e.in[2];
    const index n = e.out[2];
    float* products = scratch + at.products;
    alignas(16) float start[gemm_nr];
    alignas(16) float pixels[M * M * gemm_nr];
    for (index first = 0; first < e.batch * tall * wide; first += at.tiles) {
        const index left = e.batch * tall * wide - first;
        const index count = left < at.tiles ? left : at.tiles;
        transform_tiles<M>(in, scratch, first, count, e, at);
        for (index column = 0; column < n; column += gemm_nr) {
            const index columns = n - column < gemm_nr ? n - column : gemm_nr;
            multiply_points<M>(count, k, columns <= 4, scratch, w + column * points * k, products, at);
            start_row(start, bias, column, n);
            for (index i = 0; i < count; ++i) {
                const winograd_tile tile{first + i, tall, wide, M};
                const index rows = e.out[0] - tile.y < M ? e.out[0] - tile.y : M;
                const index width = e.out[1] - tile.x < M ? e.out[1] - tile.x : M;
                apart(collect_tile<M>)(products + i * gemm_nr, at.product_step, start, pixels);
                index line = ((tile.b * e.out[0] + tile.y) * e.out[1] + tile.x) * n + column;
                for (index y = 0; y < rows; ++y, line += e.out[1] * n) {
                    for (index x = 0; x < width; ++x) {
                        finish_row(epi, pixels + (y * M + x) * gemm_nr, out, line + x * n, columns);
                    }
                }
            }
        }
    }
}

}  // namespace detail

/// Bytes of scratch that conv3x3_winograd<M> wants.
template <index M>
constexpr index winograd_scratch(const winograd_extents& e) noexcept
{
    return detail::lay_out_winograd<M>(e).size * static_cast<index>(sizeof(float));
}

/// out = epi(in * w + bias) for M×M tiles of the output, M 2 or 4. w is packed by pack_winograd<M>; bias[c of out] may be
/// null; scratch: winograd_scratch<M>(e) bytes. out must not overlap in; a residual may be out itself.
template <index M, detail::float_like T, class Epi = identity>
WASMINFER_INLINE void conv3x3_winograd(const T* in, const float* w, std::type_identity_t<const T*> bias, T* out,
                                       const winograd_extents& e, float* scratch, const Epi& epi = {}) noexcept
{
    static_assert(M == 2 || M == 4);
    assert(e.pad[0] >= 0 && e.pad[1] >= 0);
    detail::apart(detail::convolve_winograd<M, T, Epi>)(in, w, bias, out, e, scratch, epi);
}

}  // namespace wasminfer
