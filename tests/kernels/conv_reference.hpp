// Convolution computed plainly in double, channels-last, up to three dimensions.
#pragma once

#include "kernels/reference.hpp"

namespace wasminfer::reference {

struct convolution {
    index batch = 1;
    index in[4] = {1, 1, 1, 1};
    index window[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index pad[3] = {};
    index pad_end[3] = {};
    index dilation[3] = {1, 1, 1};
    index channels = 1;  ///< Of the output.
    index groups = 1;

    index out(index d) const
    {
        return (in[d] + pad[d] + pad_end[d] - (window[d] - 1) * dilation[d] - 1) / stride[d] + 1;
    }
    index in_size() const { return batch * in[0] * in[1] * in[2] * in[3]; }
    index out_size() const { return batch * out(0) * out(1) * out(2) * channels; }
    index weights() const { return channels * (in[3] / groups) * window[0] * window[1] * window[2]; }
};

/// w in ONNX's order [channels][in / groups][window…]; bias may be empty.
template <class T>
std::vector<double> convolve(const convolution& c, const std::vector<T>& in, const std::vector<T>& w,
                             const std::vector<T>& bias)
{
    const index group_in = c.in[3] / c.groups;
    const index group_out = c.channels / c.groups;
    const index taps = c.window[0] * c.window[1] * c.window[2];
    std::vector<double> out;
    out.reserve(static_cast<std::size_t>(c.out_size()));
    const auto sum_window = [&](index b, index z, index y, index x, index o) {
        double sum = bias.empty() ? 0.0 : static_cast<double>(widen(bias[static_cast<std::size_t>(o)]));
        for (index tap = 0; tap < taps; ++tap) {
            const index kz = tap / (c.window[1] * c.window[2]);
            const index ky = tap / c.window[2] % c.window[1];
            const index kx = tap % c.window[2];
            const index iz = z * c.stride[0] - c.pad[0] + kz * c.dilation[0];
            const index iy = y * c.stride[1] - c.pad[1] + ky * c.dilation[1];
            const index ix = x * c.stride[2] - c.pad[2] + kx * c.dilation[2];
            if (iz < 0 || iz >= c.in[0] || iy < 0 || iy >= c.in[1] || ix < 0 || ix >= c.in[2]) {
                continue;
            }
            for (index i = 0; i < group_in; ++i) {
                const index at =
                    (((b * c.in[0] + iz) * c.in[1] + iy) * c.in[2] + ix) * c.in[3] + o / group_out * group_in + i;
                sum += static_cast<double>(widen(in[static_cast<std::size_t>(at)])) *
                       static_cast<double>(widen(w[static_cast<std::size_t>((o * group_in + i) * taps + tap)]));
            }
        }
        return sum;
    };
    for (index b = 0; b < c.batch; ++b) {
        for (index z = 0; z < c.out(0); ++z) {
            for (index y = 0; y < c.out(1); ++y) {
                for (index x = 0; x < c.out(2); ++x) {
                    for (index o = 0; o < c.channels; ++o) {
                        out.push_back(sum_window(b, z, y, x, o));
                    }
                }
            }
        }
    }
    return out;
}

}  // namespace wasminfer::reference
