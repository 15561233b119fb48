// Depthwise convolutions over channels-last images: a window for every channel, lanes over channels.
//
// A tile of neighbouring output pixels shares the columns that their windows have in common: each is loaded once a line
// of the window. Tiles at the image's edge check each column; the others don't. Products are summed in the order kh, kw
// everywhere.
//
// Measured on wasm SIMD without FMA, share of the peak of separate multiplies and adds: 3×3 stride 1 on 112²×32 69 %, 14²×576
// 67 %, 7²×960 68 %, 5²×64 68 %; stride 2 on 112²×96 41 %, 14²×576 51 %; 5×5 on 56²×64 78 %. What paid: channels in blocks whose
// lines stay in the first cache (a fifth on 14²×576 and 7²×960), and the rest of a line in a tile of its own size (a third on 5²).
// Tried: indexing by multiplication instead of advancing pointers (a fifth slower), the lines of a window unrolled (a tenth
// slower), edges pixel by pixel between whole tiles (a quarter slower on small images), edges with the count of channels at run
// time (a fifth slower there), strips of columns instead of blocks of channels for wide images (56²×144 a twelfth faster,
// 112²×96 with stride 2 a quarter slower: what comes from memory comes in order), and a 3×3 window that slides along the line
// with its nine weights in registers: a tenth to a quarter faster where three lines of the image stay in the first cache while
// four sweeps of four channels pass (56²×144, 14²×576), a tenth slower where they don't (112 columns, channels in powers of
// two), and with FMA slower on most, since a column's products must be summed apart to keep the additions from waiting for one
// another.
#pragma once

#include <wasminfer/kernels/epilogue.hpp>
#include <wasminfer/kernels/window.hpp>

#include <cassert>

namespace wasminfer {

/// in[batch][h][w][c] to out[batch][h][w][c]. pad: rows of zeros above, columns to the left. out may have a multiple of
/// in's channels: then output channel o reads channel o / (out c / in c).
struct depthwise2d_extents {
    index batch = 1;
    index in[3] = {};
    index out[3] = {};
    index pad[2] = {};
    index dilation[2] = {1, 1};
};

/// The same with the window at run time.
struct depthwise2d_any_extents {
    index batch = 1;
    index in[3] = {};
    index out[3] = {};
    index window[2] = {1, 1};
    index stride[2] = {1, 1};
    index pad[2] = {};
    index dilation[2] = {1, 1};
};

/// ONNX's w[c][1][taps…] to packed[taps…][c]; c counts output channels.
struct depthwise_pack_extents {
    index c = 0;
    index taps = 0;
};

/// packed[tap][c] = w[c][tap], from ONNX's order.
template <class T>
inline void pack_depthwise(const T* w, T* packed, const depthwise_pack_extents& e) noexcept
{
    for (index tap = 0; tap < e.taps; ++tap) {
        for (index c = 0; c < e.c; ++c) {
            *packed++ = w[c * e.taps + tap];
        }
    }
}

namespace detail {

/// Output pixels of a tile. Of 6 the sums spill; 3 for a stride of 2 are slower but for images of a few pixels. What is left
/// of a line is a tile of its own size: of 5 columns two tiles of 4 would compute 8.
inline constexpr index depthwise_tile = 4;

/// Where a tile of one line of output reads and writes. Pointers advance by strides that are computed once: Emscripten
/// leaves LLVM's strength reduction off, and multiplications by the channel count would fill the inner loop.
template <class T>
struct depthwise_line {
    const T* in = nullptr;  ///< First column of the tile in the first line of the window that lies inside the image.
    const T* w = nullptr;   ///< Tap of that line.
    const T* bias = nullptr;
    index lines = 0;  ///< Lines of the window inside the image.
    index in_step;    ///< From line to line.
    index w_step;     ///< From line to line.
    index channels;   ///< From pixel to pixel.
    index first = 0;  ///< Columns [first, last) of the tile are inside the image.
    index last = 0;
    index c_first = 0;  ///< Channels [c_first, c_last) are swept together.
    index c_last = 0;
};

/// n channels of a tile, n ≤ 4. Edge tiles may reach out of the image.
template <window Window, stride Stride, index Pixels, bool Edge, class T, class Epi>
WASMINFER_INLINE void depthwise_lanes(const depthwise_line<T>& at, index c, T* out, index offset, index n,
                                      const Epi& epi) noexcept
{
    constexpr index columns = (Pixels - 1) * Stride.w + Window.w;
    const f32x4 start = at.bias ? load_lanes(at.bias + c, n) : splat(0);
    f32x4 sum[Pixels];
    for (f32x4& s : sum) {
        s = start;
    }
    const T* line = at.in + c;
    const T* taps = at.w + c;
#pragma GCC unroll 1
    for (index y = at.lines; y > 0; --y, line += at.in_step, taps += at.w_step) {
        f32x4 weight[Window.w];
        const T* tap = taps;
        for (f32x4& w : weight) {
            w = load_lanes(tap, n);
            tap += at.channels;
        }
        const T* column = line;
#pragma GCC unroll 16
        for (index i = 0; i < columns; ++i, column += at.channels) {
            if (Edge && (i < at.first || i >= at.last)) {
                continue;
            }
            const f32x4 value = load_lanes(column, n);
#pragma GCC unroll 8
            for (index p = 0; p < Pixels; ++p) {
                const index k = i - p * Stride.w;
                if (k >= 0 && k < Window.w) {
                    sum[p] = madd(value, weight[k], sum[p]);
                }
            }
        }
    }
    for (index p = 0; p < Pixels; ++p, offset += at.channels) {
        finish_lanes(epi, sum[p], out, offset, n);
    }
}

/// All channels of a tile that are swept together, in whole lanes.
template <window Window, stride Stride, index Pixels, bool Edge, class T, class Epi>
WASMINFER_INLINE void depthwise_sweep(const depthwise_line<T>& at, T* out, index offset, const Epi& epi) noexcept
{
    for (index c = at.c_first; c < at.c_last; c += 4) {
        depthwise_lanes<Window, Stride, Pixels, Edge>(at, c, out, offset + c, 4, epi);
    }
}

/// Channels [at.c_first, at.c_last) of a line of output, `width` pixels from `offset` on: whole lanes, or fewer than four
/// channels. at.in: column 0 of the line.
template <window Window, stride Stride, class T, class Epi>
WASMINFER_INLINE void depthwise_row(depthwise_line<T> at, index in_width, index pad, T* out, index offset, index width,
                                    const Epi& epi) noexcept
{
    constexpr index tile = depthwise_tile;
    constexpr index columns = (tile - 1) * Stride.w + Window.w;
    const T* line = at.in;
    const index few = at.c_last - at.c_first;
    for (index x = 0; x < width;) {
        at.first = pad - x * Stride.w;
        at.last = at.first + in_width;
        at.in = line - at.first * at.channels;
        const index to = offset + x * at.channels;
        const index left = width - x;
        if (few < 4) {
            if (left >= tile) {
                depthwise_lanes<Window, Stride, tile, true>(at, at.c_first, out, to + at.c_first, few, epi);
                x += tile;
            } else {
                depthwise_lanes<Window, Stride, 1, true>(at, at.c_first, out, to + at.c_first, few, epi);
                ++x;
            }
            continue;
        }
        if (left >= tile && at.first <= 0 && at.last >= columns) {
            depthwise_sweep<Window, Stride, tile, false>(at, out, to, epi);
        } else if (left >= tile) {
            depthwise_sweep<Window, Stride, tile, true>(at, out, to, epi);
        } else if (left == 3) {
            depthwise_sweep<Window, Stride, 3, true>(at, out, to, epi);
        } else if (left == 2) {
            depthwise_sweep<Window, Stride, 2, true>(at, out, to, epi);
        } else {
            depthwise_sweep<Window, Stride, 1, true>(at, out, to, epi);
        }
        x += tile;
    }
}

/// How many channels are swept together: as many as leave what a window's lines read of them, and its weights, in the first
/// cache until the lines below are computed; all where that would read less than four cache lines at a time.
template <window Window>
constexpr index depthwise_block(index channels, index width) noexcept
{
    constexpr index elements = 6144;
    const index fit = elements / (Window.h * (width + Window.w)) / 16 * 16;
    return fit < 64 || fit > channels ? channels : fit;
}

template <window Window, stride Stride, class T, class Epi>
__attribute__((noinline)) void depthwise_tiles(const T* in, const T* w, const T* bias, T* out,
                                               const depthwise2d_extents& e, const Epi& epi) noexcept
{
    const index channels = e.in[2];
    const index whole = channels - channels % 4;
    const index block = depthwise_block<Window>(channels, e.in[1]);
    depthwise_line<T> at{
        .bias = bias, .in_step = e.in[1] * channels, .w_step = Window.w * channels, .channels = channels};
    for (; at.c_first < channels; at.c_first = at.c_last) {
        const index c_end = at.c_first < whole ? whole : channels;
        at.c_last = at.c_first + block < c_end ? at.c_first + block : c_end;
        for (index row = 0; row < e.batch * e.out[0]; ++row) {
            const index in_y = row % e.out[0] * Stride.h - e.pad[0];
            const index first = in_y < 0 ? -in_y : 0;
            const index last = e.in[0] - in_y < Window.h ? e.in[0] - in_y : Window.h;
            at.lines = last - first;
            at.w = w + first * at.w_step;
            at.in = in + (row / e.out[0] * e.in[0] + in_y + first) * at.in_step;
            depthwise_row<Window, Stride>(at, e.in[1], e.pad[1], out, row * e.out[1] * channels, e.out[1], epi);
        }
    }
}

/// One pixel at a time, any window, any multiple of channels, any element type.
template <class T, class Epi>
__attribute__((noinline)) void depthwise_pixels(const T* in, const T* w, const T* bias, T* out,
                                                const depthwise2d_any_extents& e, const Epi& epi) noexcept
{
    using C = compute_t<T>;
    const index channels = e.out[2];
    const index multiple = e.in[2] ? channels / e.in[2] : 1;
    index at = 0;
    for (index row = 0; row < e.batch * e.out[0]; ++row) {
        const index b = row / e.out[0];
        const index in_y = row % e.out[0] * e.stride[0] - e.pad[0];
        for (index x = 0; x < e.out[1]; ++x, at += channels) {
            const index in_x = x * e.stride[1] - e.pad[1];
            for (index c = 0; c < channels; c += lanes<T>) {
                const index n = channels - c < lanes<T> ? channels - c : lanes<T>;
                lanes_t<T> sum = bias ? load_lanes(bias + c, n) : lanes_t<T>(C(0));
                for (index i = 0; i < e.window[0]; ++i) {
                    const index y = in_y + i * e.dilation[0];
                    if (y < 0 || y >= e.in[0]) {
                        continue;
                    }
                    for (index j = 0; j < e.window[1]; ++j) {
                        const index column = in_x + j * e.dilation[1];
                        if (column < 0 || column >= e.in[1]) {
                            continue;
                        }
                        const T* pixel = in + ((b * e.in[0] + y) * e.in[1] + column) * e.in[2];
                        const T* tap = w + (i * e.window[1] + j) * channels + c;
                        if constexpr (!float_like<T>) {
                            sum = madd(pixel[c / multiple], *tap, sum);
                        } else if (multiple == 1) {
                            sum = madd(load_lanes(pixel + c, n), load_lanes(tap, n), sum);
                        } else {
                            alignas(16) float values[4] = {};
                            for (index l = 0; l < n; ++l) {
                                values[l] = widen(pixel[(c + l) / multiple]);
                            }
                            sum = madd(f32x4::load_aligned(values), load_lanes(tap, n), sum);
                        }
                    }
                }
                if constexpr (float_like<T>) {
                    finish_lanes(epi, sum, out, at + c, n);
                } else {
                    finish_one(epi, sum, out, at + c);
                }
            }
        }
    }
}

}  // namespace detail

/// Window and stride as extents; the same bits as depthwise2d.
template <class T, class Epi = identity>
WASMINFER_INLINE void depthwise2d_any(const T* in, const T* w, std::type_identity_t<const T*> bias, T* out,
                                      const depthwise2d_any_extents& e, const Epi& epi = {}) noexcept
{
    assert(e.in[2] == 0 || e.out[2] % e.in[2] == 0);
    detail::apart(detail::depthwise_pixels<T, Epi>)(in, w, bias, out, e, epi);
}

/// out = epi(bias + sum over the window). w is packed by pack_depthwise; bias[c of out] may be null; out must not overlap
/// in.
template <window Window, stride Stride, class T, class Epi = identity>
WASMINFER_INLINE void depthwise2d(const T* in, const T* w, std::type_identity_t<const T*> bias, T* out,
                                  const depthwise2d_extents& e, const Epi& epi = {}) noexcept
{
    if constexpr (detail::float_like<T>) {
        if (e.dilation[0] == 1 && e.dilation[1] == 1 && e.in[2] == e.out[2]) {
            detail::apart(detail::depthwise_tiles<Window, Stride, T, Epi>)(in, w, bias, out, e, epi);
            return;
        }
    }
    depthwise2d_any(in, w, bias, out,
                    {.batch = e.batch,
                     .in = {e.in[0], e.in[1], e.in[2]},
                     .out = {e.out[0], e.out[1], e.out[2]},
                     .window = {Window.h, Window.w},
                     .stride = {Stride.h, Stride.w},
                     .pad = {e.pad[0], e.pad[1]},
                     .dilation = {e.dilation[0], e.dilation[1]}},
                    epi);
}

}  // namespace wasminfer
