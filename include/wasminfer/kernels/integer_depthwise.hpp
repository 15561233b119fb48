// Depthwise convolutions of 8-bit images, lanes over channels: one window for every channel, taps by twos as dot_pairs
// multiplies them. Channels-last, up to three spatial dimensions; padding stands for the input's zero point.
#pragma once

#include <wasminfer/kernels/integer_conv.hpp>
#include <wasminfer/kernels/lanes.hpp>

#include <cassert>

namespace wasminfer {

/// Taps that a window may have; the grouped convolution has no limit.
inline constexpr index integer_depthwise_taps = 64;

/// w_step: 1 where each channel has its own zero point, 0 where one serves all.
struct integer_depthwise_pack_extents {
    index c = 0;
    index taps = 0;
    index w_step = 0;
};

/// Elements that pack_integer_depthwise writes.
constexpr index integer_depthwise_packed_size(const integer_depthwise_pack_extents& e) noexcept
{
    return ceil_div(e.taps, 2) * 2 * e.c;
}

/// ONNX's w[c][1][taps…] less its zero point (null for 0), to packed[ceil(taps / 2)][c][2].
template <class W>
inline void pack_integer_depthwise(const W* w, std::type_identity_t<const W*> zero, std::int16_t* packed,
                                   const integer_depthwise_pack_extents& e) noexcept
{
    for (index tap = 0; tap < e.taps; tap += 2) {
        for (index c = 0; c < e.c; ++c) {
            const std::int32_t centre = zero ? zero[c * e.w_step] : 0;
            for (index t = tap; t < tap + 2; ++t) {
                *packed++ = static_cast<std::int16_t>(t < e.taps ? w[c * e.taps + t] - centre : 0);
            }
        }
    }
}

namespace detail {

/// Where the taps of one output pixel lie: those outside the image read the zero point over and over.
template <class X>
struct depthwise_taps {
    const X* at[integer_depthwise_taps + 1];
    index step[integer_depthwise_taps + 1];  ///< From channel to channel: 1, or 0 in the padding.
};

template <class X>
inline void place_taps(depthwise_taps<X>& taps, const X* image, const X* padding, const index (&from)[3],
                       const integer_conv_extents& e) noexcept
{
    index tap = 0;
    for (index z = 0; z < e.window[0]; ++z) {
        for (index y = 0; y < e.window[1]; ++y) {
            for (index x = 0; x < e.window[2]; ++x, ++tap) {
                const index p[3] = {from[0] + z * e.dilation[0], from[1] + y * e.dilation[1],
                                    from[2] + x * e.dilation[2]};
                const bool inside =
                    p[0] >= 0 && p[0] < e.in[0] && p[1] >= 0 && p[1] < e.in[1] && p[2] >= 0 && p[2] < e.in[2];
                taps.at[tap] = inside ? image + ((p[0] * e.in[1] + p[1]) * e.in[2] + p[2]) * e.in[3] : padding;
                taps.step[tap] = inside ? 1 : 0;
            }
        }
    }
    // The partner of an odd last tap meets zeros.
    taps.at[tap] = padding;
    taps.step[tap] = 0;
}

/// Eight channels from c on.
template <class X>
WASMINFER_INLINE void sum_taps(const depthwise_taps<X>& taps, index pairs, i16x8 zero, const std::int16_t* w,
                               index channels, index c, std::int32_t* sums) noexcept
{
    i32x4 low = load(sums);
    i32x4 high = load(sums + 4);
    const std::int16_t* weight = w + 2 * c;
    for (index pair = 0; pair < pairs; ++pair, weight += 2 * channels) {
        const index t = 2 * pair;
        const i16x8 first = load_widened(taps.at[t] + c * taps.step[t]) - zero;
        const i16x8 second = load_widened(taps.at[t + 1] + c * taps.step[t + 1]) - zero;
        const i16x8_pair values = zip(first, second);
        low += dot_pairs(values.low, load(weight));
        high += dot_pairs(values.high, load(weight + 8));
    }
    store(sums, low);
    store(sums + 4, high);
}

/// epi(sums, offset, c, count) gets up to eight channels from c on.
template <class X, class Epi>
__attribute__((noinline)) void depthwise_integers(const X* in, const X* in_zero, const std::int16_t* w,
                                                  const std::int32_t* bias, const integer_conv_extents& e,
                                                  const Epi& epi) noexcept
{
    const X zero = in_zero ? *in_zero : X{0};
    const X padding[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
    const index channels = e.in[3];
    const index pairs = ceil_div(e.window[0] * e.window[1] * e.window[2], 2);
    const index pixels = e.out[0] * e.out[1] * e.out[2];
    depthwise_taps<X> taps;
    index offset = 0;
    for (index i = 0; i < e.batch * pixels; ++i, offset += channels) {
        const index from[3] = {i % pixels / (e.out[1] * e.out[2]) * e.stride[0] - e.pad[0],
                               i / e.out[2] % e.out[1] * e.stride[1] - e.pad[1], i % e.out[2] * e.stride[2] - e.pad[2]};
        place_taps(taps, in + i / pixels * e.in[0] * e.in[1] * e.in[2] * channels, padding, from, e);
        alignas(16) std::int32_t sums[8];
        // The last eight channels overlap those before them; the same is written twice.
        for (index c = 0; channels >= 8 && c < channels; c += 8) {
            const index at = c + 8 > channels ? channels - 8 : c;
            for (index j = 0; j < 8; ++j) {
                sums[j] = bias ? bias[at + j] : 0;
            }
            sum_taps(taps, pairs, i16x8(static_cast<std::int16_t>(zero)), w, channels, at, sums);
            epi(sums, offset + at, at, 8);
        }
        if (channels < 8) {
            for (index c = 0; c < channels; ++c) {
                sums[c] = bias ? bias[c] : 0;
                for (index t = 0; t < 2 * pairs; ++t) {
                    const std::int32_t value = taps.at[t][c * taps.step[t]] - zero;
                    sums[c] = wrapping_add(sums[c], value * w[(t / 2 * channels + c) * 2 + t % 2]);
                }
            }
            for (index c = channels; c < 8; ++c) {
                sums[c] = 0;
            }
            epi(sums, offset, 0, channels);
        }
    }
}

}  // namespace detail

/// conv_integer where groups, channels in and channels out are the same number; w is packed by pack_integer_depthwise.
template <class X>
inline void depthwise_integer(const X* in, std::type_identity_t<const X*> in_zero, const std::int16_t* w,
                              std::int32_t* out, const integer_conv_extents& e) noexcept
{
    assert(e.in[3] == e.out[3] && e.window[0] * e.window[1] * e.window[2] <= integer_depthwise_taps);
    const detail::integer_sums epi{out};
    detail::depthwise_integers(
        in, in_zero, w, nullptr, e,
        [&](const std::int32_t* sums, index offset, index c, index n) { epi(sums, offset, c, n); });
}

/// qlinear_conv where groups, channels in and channels out are the same number; w is packed by pack_integer_depthwise.
/// scratch: a float for each channel, and eight more.
template <class X, class Y>
inline void qlinear_depthwise(const X* in, const float* in_scale, std::type_identity_t<const X*> in_zero,
                              const std::int16_t* w, const float* w_scale, const float* y_scale,
                              std::type_identity_t<const Y*> y_zero, const std::int32_t* bias, Y* out,
                              const integer_conv_extents& e, float* scratch) noexcept
{
    assert(e.in[3] == e.out[3] && e.window[0] * e.window[1] * e.window[2] <= integer_depthwise_taps);
    for (index c = 0; c < e.out[3]; ++c) {
        scratch[c] = *in_scale * w_scale[c * e.w_step] / *y_scale;
    }
    for (index c = e.out[3]; c < e.out[3] + 8; ++c) {
        scratch[c] = 0.0f;
    }
    const float zero = y_zero ? static_cast<float>(*y_zero) : 0.0f;
    detail::depthwise_integers(in, in_zero, w, bias, e, [&](const std::int32_t* sums, index offset, index c, index n) {
        detail::store_requantized(sums, scratch + c, zero, out + offset, n);
    });
}

}  // namespace wasminfer
