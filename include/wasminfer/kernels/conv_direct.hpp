// Convolutions of few input channels without gathering, where it would take longer than the products: to a single panel of
// output channels, and dilated, where a run is one pixel's channels.
//
// A tile of neighbouring pixels of one output line reads its inputs where they lie, each pixel through a pointer of its own.
// Only at the image's edge is a run gathered, with zeros; taps that lie outside for the whole tile are left out, unless a
// weight is infinite. Sums run in the order of conv_rows.hpp, over the same packed weights.
//
// Measured on wasm SIMD, times as fast as gathering: 3×3×3 on 32³×5→5 1.3, dilated by 8 6 to 16; 3×3 on 64²×16→8 1.25, 64²×4→4
// 1.15. With more panels than one it loses: 64²×8→32 0.88, 3×3 stride 2 on 224²×3→32 0.9, 5×5 on 28²×1→32 0.7. Gathering an
// edge's runs by whole vectors made runs of 3 elements half as fast and long ones no faster.
#pragma once

#include <wasminfer/kernels/conv_rows.hpp>

namespace wasminfer::detail {

/// Elements of a run at most: what one tile gathers stays on the stack.
inline constexpr index direct_run = 64;

/// Taps of one line of the window that are neighbours in memory.
constexpr index direct_line_taps(const conv_shape& s) noexcept
{
    return s.dilation[2] == 1 ? s.window[2] : 1;
}

/// Whether convolve_direct takes the shape, and is faster than convolve.
constexpr bool is_direct(const conv_shape& s) noexcept
{
    return s.groups == 1 && s.in[3] <= 16 && (s.out[3] <= gemm_nr || s.dilation[2] != 1) &&
           s.in[3] * direct_line_taps(s) <= direct_run;
}

/// What lies in the image of the elements [at, at + run) of a line of `size`, one run for each pixel; zeros around it.
inline void gather_runs(const float* line, index size, index at, index step, index run, index pixels,
                        float* to) noexcept
{
    for (index i = 0; i < pixels; ++i, at += step, to += direct_run) {
        for (index j = 0; j < run; ++j) {
            to[j] = at + j >= 0 && at + j < size ? line[at + j] : 0.0f;
        }
    }
}

/// One line of output pixels. in and out begin at the image and at the line; first: z and y of the window's first tap.
/// leaves_out: whether taps outside the image are.
template <index Mr, index Width, class Epi>
__attribute__((noinline)) void convolve_line(const float* in, const float* weights, const float* bias, float* out,
                                             index out_at, const index (&first)[2], bool leaves_out,
                                             const conv_shape& s, const Epi& epi) noexcept
{
    constexpr index vectors = Width / 4;
    const index channels = s.in[3];
    const index n = s.out[3];
    const index taps = direct_line_taps(s);
    const index lines = s.window[2] / taps;
    const index run = taps * channels;
    const index size = s.in[2] * channels;
    const index step = s.stride[2] * channels;
    const index tap_step = s.dilation[2] * channels;
    alignas(16) float edge[Mr * direct_run] = {};
    alignas(16) float start[gemm_nr];
    alignas(16) float results[Mr * Width];
    for (index x = 0; x < s.out[2]; x += Mr) {
        const index pixels = s.out[2] - x < Mr ? s.out[2] - x : Mr;
        const index begin = (x * s.stride[2] - s.pad[2]) * channels;
        const float* w = weights;
        for (index column = 0; column < n; column += gemm_nr) {
            start_row(start, bias, column, n);
            f32x4 sum[Mr][vectors];
            for (index i = 0; i < Mr; ++i) {
                for (index j = 0; j < vectors; ++j) {
                    sum[i][j] = load(start + 4 * j);
                }
            }
            for (index tz = 0; tz < s.window[0]; ++tz) {
                const index z = first[0] + tz * s.dilation[0];
                for (index ty = 0; ty < s.window[1]; ++ty) {
                    const index y = first[1] + ty * s.dilation[1];
                    const bool outside = z < 0 || z >= s.in[0] || y < 0 || y >= s.in[1];
                    if (outside && leaves_out) {
                        w += run * lines * gemm_nr;
                        continue;
                    }
                    const float* line = outside ? in : in + (z * s.in[1] + y) * size;
                    const index inside = outside ? 0 : size;
                    for (index tx = 0, at = begin; tx < lines; ++tx, at += tap_step) {
                        if (leaves_out && (at + (pixels - 1) * step + run <= 0 || at >= inside)) {
                            w += run * gemm_nr;
                            continue;
                        }
                        const float* p[Mr];
                        index distance = step;
                        if (at < 0 || at + (Mr - 1) * step + run > inside) {
                            gather_runs(line, inside, at, step, run, pixels, edge);
                            p[0] = edge;
                            distance = direct_run;
                        } else {
                            p[0] = line + at;
                        }
                        for (index i = 1; i < Mr; ++i) {
                            p[i] = p[i - 1] + distance;
                        }
#pragma GCC unroll 1
                        for (const float* end = w + run * gemm_nr; w != end; w += gemm_nr) {
                            f32x4 wj[vectors];
                            for (index j = 0; j < vectors; ++j) {
                                wj[j] = load(w + 4 * j);
                            }
                            for (index i = 0; i < Mr; ++i) {
                                const f32x4 xi = splat(*p[i]++);
                                for (index j = 0; j < vectors; ++j) {
                                    sum[i][j] = madd(xi, wj[j], sum[i][j]);
                                }
                            }
                        }
                    }
                }
            }
            for (index i = 0; i < Mr; ++i) {
                for (index j = 0; j < vectors; ++j) {
                    store(results + i * Width + 4 * j, sum[i][j]);
                }
            }
            const index columns = n - column < gemm_nr ? n - column : gemm_nr;
            for (index i = 0; i < pixels; ++i) {
                finish_row(epi, results + i * Width, out, out_at + (x + i) * n + column, columns);
            }
        }
    }
}

/// Padding is zeros that are multiplied: 0 · x is 0 but for infinities and NaNs.
inline bool all_finite(const float* x, index n) noexcept
{
    float sum = 0;
    for (index i = 0; i < n; ++i) {
        sum += x[i] * 0.0f;
    }
    return sum == 0;
}

/// convolve() for what is_direct() takes.
template <class Epi>
WASMINFER_INLINE void convolve_direct(const float* in, const float* weights, const float* bias, float* out,
                                      const conv_shape& s, const Epi& epi) noexcept
{
    const index k = s.window[0] * s.window[1] * s.window[2] * s.in[3];
    const bool leaves_out = all_finite(weights, ceil_div(s.out[3], gemm_nr) * gemm_nr * k);
    const index image = s.in[0] * s.in[1] * s.in[2] * s.in[3];
    index out_at = 0;
    for (index b = 0; b < s.batch; ++b, in += image) {
        for (index z = 0; z < s.out[0]; ++z) {
            for (index y = 0; y < s.out[1]; ++y, out_at += s.out[2] * s.out[3]) {
                const index first[2] = {z * s.stride[0] - s.pad[0], y * s.stride[1] - s.pad[1]};
                if (s.out[3] <= 4) {
                    apart(convolve_line<gemm_narrow_mr, 4, Epi>)(in, weights, bias, out, out_at, first, leaves_out, s,
                                                                 epi);
                } else {
                    apart(convolve_line<gemm_mr, gemm_nr, Epi>)(in, weights, bias, out, out_at, first, leaves_out, s,
                                                                epi);
                }
            }
        }
    }
}

/// Constant extents choose the body at compile time.
template <class T, class Epi>
WASMINFER_INLINE void convolve_any(const T* in, const compute_t<T>* weights, const T* bias, T* out, const conv_shape& s,
                                   const Epi& epi) noexcept
{
    if constexpr (std::is_same_v<T, float>) {
        if (is_direct(s)) {
            convolve_direct(in, weights, bias, out, s, epi);
            return;
        }
    }
    apart(convolve<T, Epi>)(in, weights, bias, out, s, epi);
}

}  // namespace wasminfer::detail
