// Convolutions to at most 3 output channels, the last layers of nets that make images and masks: panels of 4 or 8
// channels would leave most of a vector unused, so lanes run over the window's elements here.
//
// An output is ((0 + 2) + (1 + 3)) + bias of 4 sums, sum l over the elements l, l + 4, … of the window in the order kh, kw,
// channel. Where a line of the window has a multiple of 4 elements it is read in the image, and gathered at the edges only:
// gathering takes as long as the products. Measured on wasm SIMD, times as fast as conv2d: 9×9 on 64²×32→3 1.3 to 2.5, 3×3 on
// 64²×32→3 2.1, 64²×8→3 1.15, 64²×16→2 2.3, 5×5 on 64²×8→1 3.0, 1×1 on 64²×32→1 2.9, 64²×32→3 1.1. Gathered: 3×3 on 64²×33→1 1.5,
// 64²×3→3 0.55.
#pragma once

#include <wasminfer/kernels/conv.hpp>

namespace wasminfer {

/// w[out][in][window…], out ≤ 3.
struct conv_few_pack_extents {
    index out = 0;
    index in = 0;
    index window[2] = {1, 1};
};

/// Floats that pack_conv_few writes.
constexpr index conv_few_packed_size(const conv_few_pack_extents& e) noexcept
{
    return e.out * ceil_div(e.window[0] * e.window[1] * e.in, 4) * 4;
}

/// packed[out][window…][in], each channel filled up with zeros to a multiple of 4.
template <class T>
inline void pack_conv_few(const T* w, float* packed, const conv_few_pack_extents& e) noexcept
{
    const index taps = e.window[0] * e.window[1];
    for (index o = 0; o < e.out; ++o, w += e.in * taps) {
        index at = 0;
        for (index tap = 0; tap < taps; ++tap) {
            for (index i = 0; i < e.in; ++i, ++at) {
                *packed++ = static_cast<float>(widen(w[i * taps + tap]));
            }
        }
        for (; at % 4 != 0; ++at) {
            *packed++ = 0;
        }
    }
}

namespace detail {

/// Rows of a tile: 8 or 9 sums.
template <index N>
inline constexpr index few_tile = N == 3 ? 3 : 8 / N;

/// sums[row][N][4] += the lanes of a[row] · b[column], for tiles of few_tile<N> rows. k and b_step are multiples of 4.
template <index N>
__attribute__((noinline)) void multiply_dots(index rows, index k, const float* a, index a_step, const float* b,
                                             index b_step, float* sums) noexcept
{
    constexpr index tile = few_tile<N>;
    for (; rows > 0; rows -= tile, a += tile * a_step, sums += tile * N * 4) {
        f32x4 sum[tile][N];
        const float* x[tile];
        for (index i = 0; i < tile; ++i) {
            x[i] = a + i * a_step;
            for (index j = 0; j < N; ++j) {
                sum[i][j] = load(sums + (i * N + j) * 4);
            }
        }
        const float* y = b;
#pragma GCC unroll 1
        for (const float* end = b + k; y != end; y += 4) {
            f32x4 yj[N];
            for (index j = 0; j < N; ++j) {
                yj[j] = load(y + j * b_step);
            }
            for (index i = 0; i < tile; ++i, x[i - 1] += 4) {
                const f32x4 xi = load(x[i]);
                for (index j = 0; j < N; ++j) {
                    sum[i][j] = madd(xi, yj[j], sum[i][j]);
                }
            }
        }
        for (index i = 0; i < tile; ++i) {
            for (index j = 0; j < N; ++j) {
                store(sums + (i * N + j) * 4, sum[i][j]);
            }
        }
    }
}

/// The convolution, for one count of output channels.
template <index N, class T, class Epi>
class few_convolution {
public:
    few_convolution(const T* in, const float* w, const T* bias, T* out, const conv_shape& s, const Epi& epi) noexcept
        : in_{in}, w_{w}, bias_{bias}, out_{out}, s_{s}, epi_{epi},
          k_{s.window[0] * s.window[1] * s.window[2] * s.in[3]}, step_{ceil_div(k_, 4) * 4},
          rows_{in, s, 0, 0, {s.out[0] * s.out[1] * s.out[2] * N, s.out[1] * s.out[2] * N, s.out[2] * N, N}}
    {
        zero_run(block_, (most + few_tile<N>)*row_step);
    }

    void run() noexcept
    {
        const index lines = s_.batch * s_.out[1];
        const index wide = s_.out[2];
        const index channels = s_.in[3];
        const index taps = s_.dilation[2] == 1 ? s_.window[2] : 1;
        // Inside the image a line of the window is read where it lies, if its elements keep their lanes.
        const bool reads = std::is_same_v<T, float> && taps * channels % 4 == 0;
        const index reach = (s_.window[2] - 1) * s_.dilation[2] - s_.pad[2];
        const index first = clamp(ceil_div(s_.pad[2], s_.stride[2]), 0, wide);
        const index behind = s_.in[2] - 1 - reach < 0 ? 0 : (s_.in[2] - 1 - reach) / s_.stride[2] + 1;
        const index whole = clamp(behind - first, 0, wide - first) / few_tile<N> * few_tile<N>;
        for (index line = 0; line < lines; ++line) {
            const index top = line % s_.out[1] * s_.stride[1] - s_.pad[1];
            const bool inside = top >= 0 && top + (s_.window[1] - 1) * s_.dilation[1] < s_.in[1];
            if (!reads || !inside || whole == 0) {
                gather(line * wide, wide);
                continue;
            }
            gather(line * wide, first);
            read(line, top, first, whole);
            gather(line * wide + first + whole, wide - first - whole);
        }
    }

private:
    static constexpr index row_step = gemm_row_step<float>;
    static constexpr index most = gemm_rows / few_tile<N> * few_tile<N>;

    static constexpr index clamp(index v, index lo, index hi) noexcept { return v < lo ? lo : v > hi ? hi : v; }

    /// Pixels [first, first + count) of the output from gathered windows.
    void gather(index first, index count) noexcept
    {
        for (; count > 0; first += most, count -= most) {
            const index pixels = count < most ? count : most;
            zero_run(sums_, most * N * 4);
            rows_.begin(first, pixels);
            for (index k0 = 0; k0 < k_; k0 += gemm_kc<float>) {
                const index kc = k_ - k0 < gemm_kc<float> ? k_ - k0 : gemm_kc<float>;
                const index whole = ceil_div(kc, 4) * 4;
                rows_.fill(block_, k0, kc);
                // What fill() spills behind a row might be a NaN.
                for (index i = 0; kc < whole && i < pixels; ++i) {
                    zero_run(block_ + i * row_step + kc, whole - kc);
                }
                apart(multiply_dots<N>)(pixels, whole, block_, row_step, w_ + k0, step_, sums_);
            }
            finish(first, pixels);
        }
    }

    /// Pixels [x, x + count) of a line, count in whole tiles.
    void read(index line, index top, index x, index count) noexcept
    {
        const index channels = s_.in[3];
        const index taps = s_.dilation[2] == 1 ? s_.window[2] : 1;
        const index image = line / s_.out[1] * s_.in[1];
        for (; count > 0; x += most, count -= most) {
            const index pixels = count < most ? count : most;
            zero_run(sums_, most * N * 4);
            const float* w = w_;
            for (index ty = 0; ty < s_.window[1]; ++ty) {
                const index y = image + top + ty * s_.dilation[1];
                const T* from = in_ + (y * s_.in[2] + x * s_.stride[2] - s_.pad[2]) * channels;
                for (index tx = 0; tx < s_.window[2]; tx += taps, from += s_.dilation[2] * channels) {
                    if constexpr (std::is_same_v<T, float>) {
                        apart(multiply_dots<N>)(pixels, taps * channels, from, s_.stride[2] * channels, w, step_,
                                                sums_);
                    }
                    w += taps * channels;
                }
            }
            finish(line * s_.out[2] + x, pixels);
        }
    }

    void finish(index first, index pixels) noexcept
    {
        for (index i = 0, j = 0; i < pixels * N; ++i, j = j + 1 == N ? 0 : j + 1) {
            results_[i] = sum_lanes(load(sums_ + i * 4)) + (bias_ ? widen(bias_[j]) : 0.0f);
        }
        finish_row(epi_, results_, out_, first * N, pixels * N);
    }

    const T* in_;
    const float* w_;
    const T* bias_;
    T* out_;
    const conv_shape& s_;
    const Epi& epi_;
    index k_;
    index step_;
    window_rows<T> rows_;
    alignas(16) float block_[(most + few_tile<N>)*row_step];
    alignas(16) float sums_[most * N * 4];
    alignas(16) float results_[most * N];
};

template <index N, class T, class Epi>
__attribute__((noinline)) void convolve_few(const T* in, const float* w, const T* bias, T* out, const conv_shape& s,
                                            const Epi& epi) noexcept
{
    few_convolution<N, T, Epi>{in, w, bias, out, s, epi}.run();
}

}  // namespace detail

/// conv2d_any without groups, to at most 3 output channels. w is packed by pack_conv_few; bias[c of out] may be null. out
/// must not overlap in; a residual may be out itself.
template <detail::float_like T, class Epi = identity>
WASMINFER_INLINE void conv2d_few(const T* in, const float* w, std::type_identity_t<const T*> bias, T* out,
                                 const conv2d_any_extents& e, const Epi& epi = {}) noexcept
{
    assert(e.groups == 1 && e.out[2] >= 1 && e.out[2] <= 3);
    const detail::conv_shape s{.batch = e.batch,
                               .in = {1, e.in[0], e.in[1], e.in[2]},
                               .out = {1, e.out[0], e.out[1], e.out[2]},
                               .window = {1, e.window[0], e.window[1]},
                               .stride = {1, e.stride[0], e.stride[1]},
                               .pad = {0, e.pad[0], e.pad[1]},
                               .dilation = {1, e.dilation[0], e.dilation[1]}};
    if (e.out[2] == 1) {
        detail::apart(detail::convolve_few<1, T, Epi>)(in, w, bias, out, s, epi);
    } else if (e.out[2] == 2) {
        detail::apart(detail::convolve_few<2, T, Epi>)(in, w, bias, out, s, epi);
    } else {
        detail::apart(detail::convolve_few<3, T, Epi>)(in, w, bias, out, s, epi);
    }
}

}  // namespace wasminfer
