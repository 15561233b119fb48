// Windows of a channels-last image as rows of a matrix, for the body that gemm and the convolutions share.
#pragma once

#include <wasminfer/kernels/gemm_kernel.hpp>

namespace wasminfer::detail {

/// A convolution over up to three spatial dimensions (d, h, w), d = 1 and d = h = 1 for fewer.
struct conv_shape {
    index batch = 1;
    index in[4] = {1, 1, 1, 1};   ///< d, h, w, channels of the whole image.
    index out[4] = {1, 1, 1, 1};  ///< d, h, w, channels of the whole image.
    index window[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index pad[3] = {};  ///< In front of each dimension; what lies behind follows from out.
    index dilation[3] = {1, 1, 1};
    index groups = 1;
};

/// How elements come into the block: as compute_t<T>. copy(dst, src, n, room) as copy_run_over has it.
template <class T>
struct plain_cells {
    using type = compute_t<T>;

    void copy(type* dst, const T* src, index n, index room) const noexcept { copy_run_over(dst, src, n, room); }
};

/// The windows of one group: row (b, z, y, x) holds window[d][h][w][channels of the group], zeros outside the image.
///
/// The pixels of one line of the window are neighbours in memory when they are not dilated and the group has all
/// channels: then the line is copied as one run, which is what makes few channels fast.
template <class T, class Cells = plain_cells<T>>
class window_rows {
public:
    using cell = typename Cells::type;

    /// out_at, out_step: where in out the first pixel begins and the distance between pixels in each of b, d, h, w.
    window_rows(const T* in, const conv_shape& s, index group, index out_at, const index (&out_step)[4],
                Cells cells = {}) noexcept
        : cells_{cells}, in_{in + group * (s.in[3] / s.groups)}, shape_{s}, channels_{s.in[3] / s.groups},
          line_{s.dilation[2] == 1 && s.groups == 1 ? s.window[2] : 1},
          size_{s.batch * s.in[0] * s.in[1] * s.in[2] * s.in[3] - group * channels_}, out_at_{out_at}
    {
        for (index d = 0; d < 4; ++d) {
            out_step_[d] = out_step[d];
        }
    }

    void begin(index first, index count) noexcept
    {
        const conv_shape& s = shape_;
        count_ = count;
        index x = first % s.out[2];
        index y = first / s.out[2] % s.out[1];
        index z = first / (s.out[2] * s.out[1]) % s.out[0];
        index b = first / (s.out[2] * s.out[1] * s.out[0]);
        for (index i = 0; i < count; ++i) {
            pixel& p = pixels_[i];
            p.at[0] = z * s.stride[0] - s.pad[0];
            p.at[1] = y * s.stride[1] - s.pad[1];
            p.at[2] = x * s.stride[2] - s.pad[2];
            p.origin = (((b * s.in[0] + p.at[0]) * s.in[1] + p.at[1]) * s.in[2] + p.at[2]) * s.in[3];
            p.out = out_at_ + b * out_step_[0] + z * out_step_[1] + y * out_step_[2] + x * out_step_[3];
            p.inside = true;
            for (index d = 0; d < 3; ++d) {
                p.inside = p.inside && p.at[d] >= 0 && p.at[d] + (s.window[d] - 1) * s.dilation[d] < s.in[d];
            }
            if (++x == s.out[2]) {
                x = 0;
                if (++y == s.out[1]) {
                    y = 0;
                    if (++z == s.out[0]) {
                        z = 0;
                        ++b;
                    }
                }
            }
        }
    }

    index offset(index i) const noexcept { return pixels_[i].out; }

    void fill(cell* block, index k0, index kc) const noexcept
    {
        const conv_shape& s = shape_;
        const index run = line_ * channels_;
        const index lines = s.window[2] / line_;
        const index step[3] = {s.in[1] * s.in[2] * s.in[3] * s.dilation[0], s.in[2] * s.in[3] * s.dilation[1],
                               s.in[3] * s.dilation[2]};
        const index first_run = k0 / run;
        const index first_at = k0 % run;
        const index first_tap[3] = {first_run / (lines * s.window[1]), first_run / lines % s.window[1],
                                    first_run % lines};
        const bool simple = kc == run * s.window[0] * s.window[1] && lines == 1;
        for (index i = 0; i < count_; ++i, block += gemm_row_step<cell>) {
            const pixel& p = pixels_[i];
            if (simple && !p.inside) {
                fill_at_edge(block, p, step[0], step[1]);
                continue;
            }
            if (simple) {
                cell* dst = block;
                for (index z = 0; z < s.window[0]; ++z) {
                    index from = p.origin + z * step[0];
                    for (index y = 0; y < s.window[1]; ++y, dst += run, from += step[1]) {
                        cells_.copy(dst, in_ + from, run, size_ - from);
                    }
                }
                continue;
            }
            index tap[3] = {first_tap[0], first_tap[1], first_tap[2]};
            index at = first_at;
            for (index done = 0; done < kc;) {
                const index n = run - at < kc - done ? run - at : kc - done;
                const index from = p.origin + tap[0] * step[0] + tap[1] * step[1] + tap[2] * step[2];
                if (p.inside) {
                    cells_.copy(block + done, in_ + (from + at), n, size_ - from - at);
                } else {
                    copy_clipped(block + done, from, at, n, p, tap);
                }
                done += n;
                at = 0;
                if (++tap[2] == lines) {
                    tap[2] = 0;
                    if (++tap[1] == s.window[1]) {
                        tap[1] = 0;
                        ++tap[0];
                    }
                }
            }
        }
    }

private:
    struct pixel {
        index at[3];   ///< Of the window's first tap in the image, which may lie outside.
        index origin;  ///< The same as an offset.
        index out;
        bool inside;
    };

    /// A whole window that reaches out of the image: of all its lines the same elements [lo, hi) are inside, or none.
    void fill_at_edge(cell* dst, const pixel& p, index z_step, index y_step) const noexcept
    {
        const conv_shape& s = shape_;
        const index run = line_ * channels_;
        const auto clamp = [&](index v) { return v < 0 ? 0 : v > run ? run : v; };
        const index lo = clamp(-p.at[2] * channels_);
        const index hi = clamp((s.in[2] - p.at[2]) * channels_);
        index z = p.at[0];
        for (index tz = 0; tz < s.window[0]; ++tz, z += s.dilation[0]) {
            index y = p.at[1];
            index from = p.origin + tz * z_step;
            for (index ty = 0; ty < s.window[1]; ++ty, dst += run, y += s.dilation[1], from += y_step) {
                if (z < 0 || z >= s.in[0] || y < 0 || y >= s.in[1] || lo >= hi) {
                    zero_run(dst, run);
                    continue;
                }
                zero_run(dst, lo);
                cells_.copy(dst + lo, in_ + (from + lo), hi - lo, size_ - from - lo);
                zero_run(dst + hi, run - hi);
            }
        }
    }

    /// Elements [at, at + n) of a line that begins at `from`, where parts of the line may lie outside the image.
    void copy_clipped(cell* dst, index from, index at, index n, const pixel& p, const index (&tap)[3]) const noexcept
    {
        const conv_shape& s = shape_;
        const index z = p.at[0] + tap[0] * s.dilation[0];
        const index y = p.at[1] + tap[1] * s.dilation[1];
        const index x = p.at[2] + tap[2] * s.dilation[2];
        const bool outside = z < 0 || z >= s.in[0] || y < 0 || y >= s.in[1];
        const auto clamp = [&](index v) { return v < at ? at : v > at + n ? at + n : v; };
        const index lo = outside ? at + n : clamp(-x * channels_);
        const index hi = outside ? at + n : clamp((s.in[2] - x) * channels_);
        zero_run(dst, lo - at);
        if (lo < hi) {
            cells_.copy(dst + (lo - at), in_ + (from + lo), hi - lo, size_ - from - lo);
            zero_run(dst + (hi - at), at + n - hi);
        } else {
            zero_run(dst + (lo - at), at + n - lo);
        }
    }

    Cells cells_;
    const T* in_;
    conv_shape shape_;
    index channels_;
    index line_;  ///< Taps of w in one run.
    index size_;  ///< Elements from in_ to the image's end.
    index out_at_;
    index out_step_[4];
    index count_ = 0;
    pixel pixels_[gemm_rows];
};

/// All groups of a convolution; weights as pack_conv leaves them.
template <class T, class Epi>
__attribute__((noinline)) void convolve(const T* in, const compute_t<T>* weights, const T* bias, T* out,
                                        const conv_shape& s, const Epi& epi) noexcept
{
    const index pixels = s.batch * s.out[0] * s.out[1] * s.out[2];
    const index channels = s.out[3] / s.groups;
    const index k = s.window[0] * s.window[1] * s.window[2] * (s.in[3] / s.groups);
    const index line = s.out[2] * s.out[3];
    const index step[4] = {s.out[0] * s.out[1] * line, s.out[1] * line, line, s.out[3]};
    for (index group = 0; group < s.groups; ++group) {
        const window_rows<T> rows{in, s, group, group * channels, step};
        apart(multiply_rows<window_rows<T>, T, Epi>)(rows, weights + group * ceil_div(channels, gemm_nr) * gemm_nr * k,
                                                     bias ? bias + group * channels : nullptr, out, pixels, channels, k,
                                                     epi);
    }
}

}  // namespace wasminfer::detail
