// Averages over windows of 8-bit images, of ONNX Runtime's QLinearAveragePool and QLinearGlobalAveragePool. Sums are exact.
#pragma once

#include <wasminfer/kernels/pool_window.hpp>
#include <wasminfer/kernels/quantize.hpp>

#include <cassert>

namespace wasminfer {

/// What an element stands for, and what a step of the result does: ratio = x_scale / y_scale.
struct pool_quantization {
    float ratio = 1.0f;
    std::int32_t x_zero = 0;
    std::int32_t y_zero = 0;
};

/// out = saturate(round((sum over the window of (in - x_zero)) * ratio / taps) + y_zero), taps those in the image; with
/// include_pad, those in the image and its padding, which stands for x_zero. Channels-last, as pools in pool.hpp are.
template <class T>
inline void qlinear_average_pool(const T* in, T* out, const pool_extents& e, bool include_pad,
                                 const pool_quantization& q) noexcept
{
    assert(e.in[3] == e.out[3]);
    const index channels = e.in[3];
    const index pixels = e.out[0] * e.out[1] * e.out[2];
    for (index i = 0; i < e.batch * pixels; ++i, out += channels) {
        const index o[3] = {i % pixels / (e.out[1] * e.out[2]), i / e.out[2] % e.out[1], i % e.out[2]};
        const T* from = in + i / pixels * e.in[0] * e.in[1] * e.in[2] * channels;
        index count[3];
        index step[3] = {e.in[1] * e.in[2] * channels, e.in[2] * channels, channels};
        index taps = 1;
        for (index d = 0; d < 3; ++d) {
            const index at = o[d] * e.stride[d] - e.pad[d];
            const detail::tap_range inside{at, e.window[d], e.dilation[d], e.in[d]};
            from += (at + inside.first * e.dilation[d]) * step[d];
            step[d] *= e.dilation[d];
            count[d] = inside.count();
            taps *= include_pad ? detail::tap_range{o[d] * e.stride[d], e.window[d], e.dilation[d],
                                                    e.pad[d] + e.in[d] + e.pad_end[d]}
                                      .count()
                                : inside.count();
        }
        const index summed = count[0] * count[1] * count[2];
        const float divisor = static_cast<float>(taps > 0 ? taps : 1);
        for (index c = 0; c < channels; ++c) {
            std::int64_t sum = 0;
            for (index z = 0; z < count[0]; ++z) {
                for (index y = 0; y < count[1]; ++y) {
                    const T* p = from + z * step[0] + y * step[1] + c;
                    for (index x = 0; x < count[2]; ++x, p += step[2]) {
                        sum += *p;
                    }
                }
            }
            const float centred = static_cast<float>(sum - summed * q.x_zero);
            out[c] = detail::saturate_round<T>(centred * q.ratio / divisor, q.y_zero);
        }
    }
}

}  // namespace wasminfer
