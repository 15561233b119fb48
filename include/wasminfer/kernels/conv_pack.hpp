// Weights of the convolutions, from ONNX's order to panels of 8 output channels.
#pragma once

#include <wasminfer/kernels/gemm_pack.hpp>

namespace wasminfer {

/// Extents of a convolution's weights, w[out][in][window…]; in is a group's own count of input channels. Leave the front
/// of window at 1 for fewer than three dimensions.
struct conv_pack_extents {
    index out = 0;
    index in = 0;
    index window[3] = {1, 1, 1};
    index groups = 1;
};

/// Elements that pack_conv writes.
constexpr index conv_packed_size(const conv_pack_extents& e) noexcept
{
    const index k = e.window[0] * e.window[1] * e.window[2] * e.in;
    return e.groups * ceil_div(e.out / e.groups, gemm_nr) * gemm_nr * k;
}

/// packed[group][ceil(out of the group / 8)][window…][in][8], zeros past the group's last output channel.
template <class T>
inline void pack_conv(const T* w, compute_t<T>* packed, const conv_pack_extents& e) noexcept
{
    const index taps = e.window[0] * e.window[1] * e.window[2];
    const index channels = e.out / e.groups;
    for (index group = 0; group < e.groups; ++group) {
        for (index first = 0; first < channels; first += gemm_nr) {
            for (index tap = 0; tap < taps; ++tap) {
                for (index i = 0; i < e.in; ++i) {
                    for (index j = 0; j < gemm_nr; ++j, ++packed) {
                        const index o = group * channels + first + j;
                        *packed = first + j < channels ? widen(w[(o * e.in + i) * taps + tap]) : compute_t<T>(0);
                    }
                }
            }
        }
    }
}

}  // namespace wasminfer
