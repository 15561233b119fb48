// Transposed convolution over channels-last images [N, spatial…, C], one to three spatial dimensions.
//
// Output pixels whose position + pad leaves the same remainder modulo the stride read the same taps: such a phase is an
// ordinary convolution of stride 1 over in, with the taps in reverse, and runs in the convolutions' body. No column image,
// no zeros between the input's pixels, and every output pixel is written once. A stride of (2, 2) makes 4 phases.
#pragma once

#include <wasminfer/kernels/conv_rows.hpp>

#include <cassert>

namespace wasminfer {

/// in[batch][d][h][w][c] to out[batch][d][h][w][c]; fewer dimensions leave d, or d and h, at 1. pad: what ONNX cuts off in
/// front; what it cuts off or adds behind (output_padding) follows from out.
struct conv_transpose_extents {
    index batch = 1;
    index in[4] = {1, 1, 1, 1};
    index out[4] = {1, 1, 1, 1};
    index window[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index pad[3] = {};
    index dilation[3] = {1, 1, 1};
    index groups = 1;
};

/// Extents of ONNX's w[in][out of a group][window…]; in counts all groups.
struct conv_transpose_pack_extents {
    index in = 0;
    index out_of_group = 0;
    index window[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index dilation[3] = {1, 1, 1};
    index groups = 1;
};

/// Elements that pack_conv_transpose writes.
constexpr index conv_transpose_packed_size(const conv_transpose_pack_extents& e) noexcept
{
    return e.in * e.window[0] * e.window[1] * e.window[2] * ceil_div(e.out_of_group, gemm_nr) * gemm_nr;
}

namespace detail {

constexpr index greatest_common_divisor(index a, index b) noexcept
{
    while (b != 0) {
        const index r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/// One dimension's taps k with k * dilation ≡ phase (mod stride): last, last - step, … count of them, in the order in
/// which the input's pixels ascend.
struct transpose_taps {
    index count = 0;
    index last = 0;
    index step = 1;

    constexpr transpose_taps(index window, index stride, index dilation, index phase) noexcept
    {
        step = stride / greatest_common_divisor(stride, dilation);
        for (index k = 0; k < window; ++k) {
            if (k * dilation % stride == phase) {
                last = k;
                ++count;
            }
        }
    }
};

}  // namespace detail

/// packed[group][phase][ceil(out of the group / 8)][taps of the phase][in of the group][8].
template <class T>
inline void pack_conv_transpose(const T* w, compute_t<T>* packed, const conv_transpose_pack_extents& e) noexcept
{
    const index in = e.in / e.groups;
    const auto taps_of = [&](index d, index phase) {
        return detail::transpose_taps{e.window[d], e.stride[d], e.dilation[d], phase};
    };
    const auto pack_phase = [&](index group, const detail::transpose_taps(&taps)[3]) {
        for (index first = 0; first < e.out_of_group; first += gemm_nr) {
            for (index t = 0; t < taps[0].count * taps[1].count * taps[2].count; ++t) {
                const index z = taps[0].last - t / (taps[1].count * taps[2].count) * taps[0].step;
                const index y = taps[1].last - t / taps[2].count % taps[1].count * taps[1].step;
                const index x = taps[2].last - t % taps[2].count * taps[2].step;
                for (index i = group * in; i < (group + 1) * in; ++i) {
                    for (index o = first; o < first + gemm_nr; ++o, ++packed) {
                        const index at =
                            (((i * e.out_of_group + o) * e.window[0] + z) * e.window[1] + y) * e.window[2] + x;
                        *packed = o < e.out_of_group ? widen(w[at]) : compute_t<T>(0);
                    }
                }
            }
        }
    };
    for (index group = 0; group < e.groups; ++group) {
        for (index z = 0; z < e.stride[0]; ++z) {
            for (index y = 0; y < e.stride[1]; ++y) {
                for (index x = 0; x < e.stride[2]; ++x) {
                    pack_phase(group, {taps_of(0, z), taps_of(1, y), taps_of(2, x)});
                }
            }
        }
    }
}

/// out = epi(bias + sum over the taps and the group's channels). w is packed by pack_conv_transpose; bias[c of out] may be
/// null; out must not overlap in.
template <class T, class Epi = identity>
inline void conv_transpose(const T* in, const compute_t<T>* w, std::type_identity_t<const T*> bias, T* out,
                           const conv_transpose_extents& e, const Epi& epi = {}) noexcept
{
    assert(e.in[3] % e.groups == 0 && e.out[3] % e.groups == 0);
    const index channels = e.out[3] / e.groups;
    const index line[3] = {e.out[1] * e.out[2] * e.out[3], e.out[2] * e.out[3], e.out[3]};
    const index step[4] = {e.out[0] * line[0], e.stride[0] * line[0], e.stride[1] * line[1], e.stride[2] * line[2]};
    for (index group = 0; group < e.groups; ++group) {
        for (index phase = 0; phase < e.stride[0] * e.stride[1] * e.stride[2]; ++phase) {
            const index remainder[3] = {phase / (e.stride[1] * e.stride[2]), phase / e.stride[2] % e.stride[1],
                                        phase % e.stride[2]};
            detail::conv_shape s{.batch = e.batch,
                                 .in = {e.in[0], e.in[1], e.in[2], e.in[3]},
                                 .out = {0, 0, 0, e.out[3]},
                                 .groups = e.groups};
            index k = e.in[3] / e.groups;
            index at = group * channels;
            for (index d = 0; d < 3; ++d) {
                const detail::transpose_taps taps{e.window[d], e.stride[d], e.dilation[d], remainder[d]};
                // The phase's first output pixel, and the input pixel that its first tap meets there.
                const index pixel = ((remainder[d] - e.pad[d]) % e.stride[d] + e.stride[d]) % e.stride[d];
                s.window[d] = taps.count;
                s.out[d] = pixel < e.out[d] ? ceil_div(e.out[d] - pixel, e.stride[d]) : 0;
                s.pad[d] = (taps.last * e.dilation[d] - pixel - e.pad[d]) / e.stride[d];
                s.dilation[d] = e.dilation[d] * taps.step / e.stride[d];
                k *= taps.count;
                at += pixel * line[d];
            }
            const index pixels = e.batch * s.out[0] * s.out[1] * s.out[2];
            if (pixels > 0) {
                const detail::window_rows<T> rows{in, s, group, at, step};
                detail::apart(detail::multiply_rows<detail::window_rows<T>, T, Epi>)(
                    rows, w, bias ? bias + group * channels : nullptr, out, pixels, channels, k, epi);
            }
            w += ceil_div(channels, gemm_nr) * gemm_nr * k;
        }
    }
}

}  // namespace wasminfer
