// Convolutions to at most 3 output channels, the last layers of nets that make images and masks: panels of 4 or 8
// channels would leave most of a vector unused, so lanes run over the window's elements here.
//
// An output is ((0 + 2) + (1 + 3)) + bias of 4 sums, sum l over the elements l, l + 4, … of the window in the order kh, kw,
// channel. Measured on wasm SIMD, times as fast as conv2d: 9×9 on 24²×32→3 1.5, 3×3 on 24²×64→3 1.3, 24²×33→1 1.6; 1×1 on 64²×32→1
// 0.8, as gathering and the last sum take more than the products.
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

/// sums[row][N][4] += the lanes of a[row] · b[column], for tiles of 8, 4 and 3 rows. k and b_step are multiples of 4.
template <index N>
__attribute__((noinline)) void multiply_dots(index rows, index k, const float* a, const float* b, index b_step,
                                             float* sums) noexcept
{
    constexpr index tile = N == 3 ? 3 : 8 / N;
    for (; rows > 0; rows -= tile, a += tile * gemm_row_step<float>, sums += tile * N * 4) {
        f32x4 sum[tile][N];
        for (index i = 0; i < tile; ++i) {
            for (index j = 0; j < N; ++j) {
                sum[i][j] = load(sums + (i * N + j) * 4);
            }
        }
        const float* x = a;
        const float* y = b;
#pragma GCC unroll 1
        for (const float* end = b + k; y != end; x += 4, y += 4) {
            f32x4 yj[N];
            for (index j = 0; j < N; ++j) {
                yj[j] = load(y + j * b_step);
            }
            for (index i = 0; i < tile; ++i) {
                const f32x4 xi = load(x + i * gemm_row_step<float>);
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

template <class T, class Epi>
__attribute__((noinline)) void convolve_few(const T* in, const float* w, const T* bias, T* out, const conv_shape& s,
                                            const Epi& epi) noexcept
{
    constexpr index row_step = gemm_row_step<float>;
    // multiply_dots works on whole tiles: up to 7 rows behind the last.
    constexpr index most = gemm_rows;
    alignas(16) float block[(most + 8) * row_step];
    alignas(16) float sums[(most + 8) * 3 * 4];
    alignas(16) float results[most * 3];
    const index n = s.out[3];
    const index k = s.window[0] * s.window[1] * s.window[2] * s.in[3];
    const index step = ceil_div(k, 4) * 4;
    const index pixels = s.batch * s.out[0] * s.out[1] * s.out[2];
    const index line = s.out[2] * n;
    window_rows<T> rows{in, s, 0, 0, {s.out[0] * s.out[1] * line, s.out[1] * line, line, n}};
    zero_run(block, (most + 8) * row_step);
    for (index first = 0; first < pixels; first += most) {
        const index count = pixels - first < most ? pixels - first : most;
        zero_run(sums, (count + 8) * n * 4);
        rows.begin(first, count);
        for (index k0 = 0; k0 < k; k0 += gemm_kc<float>) {
            const index kc = k - k0 < gemm_kc<float> ? k - k0 : gemm_kc<float>;
            const index whole = ceil_div(kc, 4) * 4;
            rows.fill(block, k0, kc);
            // What fill() spills behind a row might be a NaN.
            for (index i = 0; kc < whole && i < count; ++i) {
                zero_run(block + i * row_step + kc, whole - kc);
            }
            if (n == 1) {
                multiply_dots<1>(count, whole, block, w + k0, step, sums);
            } else if (n == 2) {
                multiply_dots<2>(count, whole, block, w + k0, step, sums);
            } else {
                multiply_dots<3>(count, whole, block, w + k0, step, sums);
            }
        }
        for (index i = 0, j = 0; i < count * n; ++i, j = j + 1 == n ? 0 : j + 1) {
            results[i] = sum_lanes(load(sums + i * 4)) + (bias ? widen(bias[j]) : 0.0f);
        }
        finish_row(epi, results, out, first * n, count * n);
    }
}

}  // namespace detail

/// conv2d_any without groups, to at most 3 output channels. w is packed by pack_conv_few; bias[c of out] may be null. out
/// must not overlap in; a residual may be out itself.
template <detail::float_like T, class Epi = identity>
WASMINFER_INLINE void conv2d_few(const T* in, const float* w, std::type_identity_t<const T*> bias, T* out,
                                 const conv2d_any_extents& e, const Epi& epi = {}) noexcept
{
    assert(e.groups == 1 && e.out[2] >= 1 && e.out[2] <= 3);
    detail::convolve_few(in, w, bias, out,
                         {.batch = e.batch,
                          .in = {1, e.in[0], e.in[1], e.in[2]},
                          .out = {1, e.out[0], e.out[1], e.out[2]},
                          .window = {1, e.window[0], e.window[1]},
                          .stride = {1, e.stride[0], e.stride[1]},
                          .pad = {0, e.pad[0], e.pad[1]},
                          .dilation = {1, e.dilation[0], e.dilation[1]}},
                         epi);
}

}  // namespace wasminfer
