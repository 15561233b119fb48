// Convolutions with stride 1 whose windows are 3 wide along one axis or both, by Winograd's minimal filtering: F(2×2, 3×3)
// and F(4×4, 3×3) take 2.25 and 4 times fewer multiplications than conv2d, F(2, 3) and F(4, 3) for windows of 1×3 and 3×1
// 1.5 and 2 times fewer. Weights are 16/9, 4, 4/3 and 2 times as large. A dilated window sees a plane of every dilation-th
// pixel, of which there are dilation².
//
// Tiles of the output are taken a block at a time, so that what lies between the three stages stays in a second-level
// cache: the block's inputs are transformed into one matrix [tiles][channels] for each point, each of these is multiplied
// with its packed matrix of weights by the microkernel of gemm, a panel of 8 output channels at a time, and the products
// are transformed back, with bias and epilogue, into the output. Nothing depends on the lanes or registers of a target.
//
// Error of an output before the epilogue, k input channels: at most growth · (k + 24) · 2⁻²⁴ · max|in| · Σ|w| of its channel,
// with growth 16 for 2×2, 205 for 4×4, 4 and 14.4 for 2 and 4 along one axis; on noise 1.1 and 2 times conv2d's in the
// root mean square. Unlike conv2d's it is not relative to a pixel's own window: a large input disturbs its tile, an
// infinite one makes it NaN.
//
// Measured on wasm SIMD, times as fast as conv2d: 4×4 on 56²×64→64 3.3, 28²×128→128 3.2, 14²×256→256 2.8, 112²×16→16 2.4,
// 112²×8→8 2.1; 2×2 about 2.1 on the first three, 1.4 on the last. With fused multiply-adds 3.3 and 3.0 on the first two.
// One axis, 4 along it: 74×32×24→24 1.6, 37×16×48→48 1.7, 37×8×72→72 1.8, 256×16→16 1.5, 256×8→8 1.1. Tried: the epilogue on
// what is transformed back, without storing it (no difference).
#pragma once

#include <wasminfer/kernels/gemm_kernel.hpp>
#include <wasminfer/kernels/winograd_pack.hpp>
#include <wasminfer/kernels/winograd_tiles.hpp>

#include <cassert>

namespace wasminfer {

namespace detail {

/// Which part of a tile's inputs lies inside the image.
struct winograd_clip {
    index first_row;
    index last_row;
    index first_column;
    index last_column;
};

/// n ≤ 4 channels of one tile: to[point * step] = (Bᵀ d B)[point]. Edge tiles reach out of the image.
template <index MY, index MX, bool Edge, class T>
WASMINFER_INLINE void transform_lanes(const T* in, index row_step, index column_step, const winograd_clip& clip,
                                      index n, float* to, index step) noexcept
{
    constexpr index tall = winograd_filter<MY>::inputs;
    constexpr index wide = winograd_filter<MX>::inputs;
    const auto read = [&](const T* p, index y, index x) {
        const bool outside =
            Edge && (y < clip.first_row || y >= clip.last_row || x < clip.first_column || x >= clip.last_column);
        return outside ? splat(0) : load_lanes(p, n);
    };
    // One axis: nothing lies between reading and writing.
    if constexpr (MY == 1 || MX == 1) {
        constexpr index size = tall * wide;
        const index next = MY == 1 ? column_step : row_step;
        f32x4 d[size];
        f32x4 t[size];
#pragma GCC unroll 6
        for (index i = 0; i < size; ++i, in += next) {
            d[i] = read(in, MY == 1 ? 0 : i, MY == 1 ? i : 0);
        }
        winograd_filter<MY * MX>::transform(d, t);
#pragma GCC unroll 6
        for (index i = 0; i < size; ++i, to += step) {
            store(to, t[i]);
        }
    } else {
        alignas(16) float columns[tall][wide][4];
        // Not unrolled: the intermediate square wouldn't fit the registers, and V8 spills worse than a store.
#pragma GCC unroll 1
        for (index x = 0; x < wide; ++x, in += column_step) {
            f32x4 d[tall];
            f32x4 t[tall];
            const T* p = in;
#pragma GCC unroll 6
            for (index y = 0; y < tall; ++y, p += row_step) {
                d[y] = read(p, y, x);
            }
            winograd_filter<MY>::transform(d, t);
#pragma GCC unroll 6
            for (index y = 0; y < tall; ++y) {
                store(columns[y][x], t[y]);
            }
        }
#pragma GCC unroll 1
        for (index y = 0; y < tall; ++y) {
            f32x4 d[wide];
            f32x4 t[wide];
#pragma GCC unroll 6
            for (index x = 0; x < wide; ++x) {
                d[x] = load(columns[y][x]);
            }
            winograd_filter<MX>::transform(d, t);
#pragma GCC unroll 6
            for (index x = 0; x < wide; ++x, to += step) {
                store(to, t[x]);
            }
        }
    }
}

/// The tile whose first input is `in`, all channels.
template <index MY, index MX, bool Edge, class T>
__attribute__((noinline)) void transform_tile(const T* in, index row_step, index column_step, index channels,
                                              const winograd_clip& clip, float* to, const winograd_layout& at) noexcept
{
    for (index first = 0; first < channels; first += gemm_kc<float>, to += at.chunk_step) {
        const index count = channels - first < gemm_kc<float> ? channels - first : gemm_kc<float>;
        index c = 0;
        for (; c + 4 <= count; c += 4) {
            transform_lanes<MY, MX, Edge>(in + first + c, row_step, column_step, clip, 4, to + c, at.input_step);
        }
        if (c < count) {
            transform_lanes<MY, MX, true>(in + first + c, row_step, column_step, clip, count - c, to + c,
                                          at.input_step);
        }
    }
}

/// How many of 0, dilation, 2 · dilation, … are less than `end`.
constexpr index winograd_before(index end, index dilation) noexcept
{
    return end <= 0 ? 0 : ceil_div(end, dilation);
}

template <index MY, index MX, class T>
__attribute__((noinline)) void transform_tiles(const T* in, float* to, winograd_tile<MY, MX> tile, index count,
                                               const winograd_extents& e, const winograd_layout& at) noexcept
{
    const index row_step = e.in[1] * e.in[2];
    for (; count > 0; --count, to += gemm_row_step<float>, tile.advance(e)) {
        const index y = tile.y.at - e.pad[0];
        const index x = tile.x.at - e.pad[1];
        const T* p = in + (tile.b * e.in[0] + y) * row_step + x * e.in[2];
        const index row = row_step * e.dilation[0];
        const index column = e.in[2] * e.dilation[1];
        constexpr winograd_clip whole{0, winograd_filter<MY>::inputs, 0, winograd_filter<MX>::inputs};
        if (y >= 0 && x >= 0 && y + (whole.last_row - 1) * e.dilation[0] < e.in[0] &&
            x + (whole.last_column - 1) * e.dilation[1] < e.in[1]) {
            apart(transform_tile<MY, MX, false, T>)(p, row, column, e.in[2], whole, to, at);
        } else {
            const winograd_clip clip{winograd_before(-y, e.dilation[0]), winograd_before(e.in[0] - y, e.dilation[0]),
                                     winograd_before(-x, e.dilation[1]), winograd_before(e.in[1] - x, e.dilation[1])};
            apart(transform_tile<MY, MX, true, T>)(p, row, column, e.in[2], clip, to, at);
        }
    }
}

/// One panel: products[point][row][0, 8) = inputs[point][row] · weights[point], k ascending.
template <index MY, index MX>
__attribute__((noinline)) void multiply_points(index rows, index k, bool narrow, const float* inputs,
                                               const float* weights, float* products,
                                               const winograd_layout& at) noexcept
{
    alignas(16) static constexpr float zeros[gemm_nr] = {};
    for (index point = 0; point < winograd_points<MY, MX>; ++point) {
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

/// to[MY][MX][8] = Aᵀ products A + bias, for one tile and one panel.
template <index MY, index MX>
__attribute__((noinline)) void collect_tile(const float* products, index step, const float* bias, float* to) noexcept
{
    constexpr index tall = winograd_filter<MY>::inputs;
    constexpr index wide = winograd_filter<MX>::inputs;
    alignas(16) float lines[MY][wide][4];
#pragma GCC unroll 1
    for (index half = 0; half < gemm_nr; half += 4) {
        const f32x4 start = load(bias + half);
        float* out = to + half;
        if constexpr (MY == 1 || MX == 1) {
            f32x4 t[tall * wide];
            f32x4 y[MY * MX];
            const float* p = products + half;
#pragma GCC unroll 6
            for (index i = 0; i < tall * wide; ++i, p += step) {
                t[i] = load(p);
            }
            winograd_filter<MY * MX>::collect(t, y);
#pragma GCC unroll 4
            for (index i = 0; i < MY * MX; ++i, out += gemm_nr) {
                store(out, y[i] + start);
            }
        } else {
            const float* column = products + half;
#pragma GCC unroll 1
            for (index x = 0; x < wide; ++x, column += step) {
                f32x4 t[tall];
                f32x4 y[MY];
                const float* p = column;
#pragma GCC unroll 6
                for (index i = 0; i < tall; ++i, p += wide * step) {
                    t[i] = load(p);
                }
                winograd_filter<MY>::collect(t, y);
#pragma GCC unroll 4
                for (index i = 0; i < MY; ++i) {
                    store(lines[i][x], y[i]);
                }
            }
#pragma GCC unroll 1
            for (index i = 0; i < MY; ++i) {
                f32x4 t[wide];
                f32x4 y[MX];
#pragma GCC unroll 6
                for (index x = 0; x < wide; ++x) {
                    t[x] = load(lines[i][x]);
                }
                winograd_filter<MX>::collect(t, y);
#pragma GCC unroll 4
                for (index x = 0; x < MX; ++x, out += gemm_nr) {
                    store(out, y[x] + start);
                }
            }
        }
    }
}

template <index MY, index MX, class T, class Epi>
__attribute__((noinline)) void convolve_winograd(const T* in, const float* w, const T* bias, T* out,
                                                 const winograd_extents& e, float* scratch, const Epi& epi) noexcept
{
    constexpr index points = winograd_points<MY, MX>;
    const winograd_layout at = lay_out_winograd<MY, MX>(e);
    const index tiles = winograd_total<MY, MX>(e);
    const index k = e.in[2];
    const index n = e.out[2];
    const index column_step = n * e.dilation[1];
    const index row_step = n * e.out[1] * e.dilation[0];
    float* products = scratch + at.products;
    alignas(16) float start[gemm_nr];
    alignas(16) float pixels[MY * MX * gemm_nr];
    for (index first = 0; first < tiles; first += at.tiles) {
        const index count = tiles - first < at.tiles ? tiles - first : at.tiles;
        const winograd_tile<MY, MX> begin{first, e};
        transform_tiles(in, scratch, begin, count, e, at);
        for (index column = 0; column < n; column += gemm_nr) {
            const index columns = n - column < gemm_nr ? n - column : gemm_nr;
            multiply_points<MY, MX>(count, k, columns <= 4, scratch, w + column * points * k, products, at);
            start_row(start, bias, column, n);
            winograd_tile<MY, MX> tile = begin;
            for (index i = 0; i < count; ++i, tile.advance(e)) {
                const index rows = tile.y.count(e.dilation[0], e.out[0]);
                const index width = tile.x.count(e.dilation[1], e.out[1]);
                apart(collect_tile<MY, MX>)(products + i * gemm_nr, at.product_step, start, pixels);
                index line = ((tile.b * e.out[0] + tile.y.at) * e.out[1] + tile.x.at) * n + column;
                for (index y = 0; y < rows; ++y, line += row_step) {
                    for (index x = 0; x < width; ++x) {
                        finish_row(epi, pixels + (y * MX + x) * gemm_nr, out, line + x * column_step, columns);
                    }
                }
            }
        }
    }
}

}  // namespace detail

/// out = epi(in * w + bias) for tiles of MY×MX outputs: 2 or 4 along an axis where the window is 3 wide, 1 where it is 1.
/// w is packed by pack_winograd<MY, MX>; bias[c of out] may be null; scratch: winograd_scratch<MY, MX>(e) bytes. out must
/// not overlap in; a residual may be out itself.
template <index MY, index MX, detail::float_like T, class Epi = identity>
WASMINFER_INLINE void conv_winograd(const T* in, const float* w, std::type_identity_t<const T*> bias, T* out,
                                    const winograd_extents& e, float* scratch, const Epi& epi = {}) noexcept
{
    static_assert((MY == 1 || MY == 2 || MY == 4) && (MX == 1 || MX == 2 || MX == 4) && MY * MX > 1);
    assert(e.pad[0] >= 0 && e.pad[1] >= 0);
    detail::apart(detail::convolve_winograd<MY, MX, T, Epi>)(in, w, bias, out, e, scratch, epi);
}

}  // namespace wasminfer
