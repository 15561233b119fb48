// GroupNormalization and InstanceNormalization, on ONNX's order and channels-last.
#pragma once

#include <wasminfer/kernels/batch_norm.hpp>
#include <wasminfer/kernels/layer_norm.hpp>

#include <cassert>

namespace wasminfer {

/// Images of batch × channels × pixels in either order, contiguous; out may be in. groups of neighbouring channels share
/// their statistics.
struct group_norm_extents {
    index batch = 1;
    index channels = 0;
    index pixels = 0;
    index groups = 1;
};

/// out = (in - mean) / sqrt(variance + epsilon) * scale[c] + bias[c], statistics over a group's channels and pixels. in and
/// out are [batch][channels][pixels].
template <class T>
inline void group_norm(const T* in, const T* scale, const T* bias, T* out, const group_norm_extents& e,
                       std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    using C = compute_t<T>;
    if (e.channels == 0) {
        return;
    }
    assert(e.channels % e.groups == 0);
    const index channels = e.channels / e.groups;
    for (index g = 0; g < e.batch * e.groups; ++g) {
        const auto m = detail::row_moments(in, channels * e.pixels);
        const C deviation = math::sqrt(m.variance + epsilon);
        for (index i = 0; i < channels; ++i, in += e.pixels, out += e.pixels) {
            const index c = g % e.groups * channels + i;
            const C factor = widen(scale[c]) / deviation;
            const C shift = widen(bias[c]);
            detail::apply_by_channel(in, &m.mean, &factor, &shift, out, 0, 1,
                                     {.outer = 1, .channels = 1, .inner = e.pixels});
        }
    }
}

/// group_norm on [batch][pixels][channels].
template <class T>
inline void group_norm_channels_last(const T* in, const T* scale, const T* bias, T* out, const group_norm_extents& e,
                                     std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    using C = compute_t<T>;
    if (e.channels == 0) {
        return;
    }
    assert(e.channels % e.groups == 0);
    const index channels = e.channels / e.groups;
    const channel_extents image{.outer = e.pixels, .channels = e.channels};
    for (index b = 0; b < e.batch; ++b, in += e.pixels * e.channels, out += e.pixels * e.channels) {
        for (index first = 0; first < e.channels; first += detail::channel_block) {
            const index left = e.channels - first;
            const index count = left < detail::channel_block ? left : detail::channel_block;
            C means[detail::channel_block];
            C factors[detail::channel_block];
            C biases[detail::channel_block];
            if (channels == 1) {
                detail::measure_channels(in, means, factors, first, count, image);
            }
            index measured = -1;
            detail::moments<C> group{};
            for (index c = 0; c < count; ++c) {
                const index g = (first + c) / channels;
                if (channels > 1) {
                    if (g != measured) {
                        group = detail::block_moments(in + g * channels, e.pixels, e.channels, channels);
                        measured = g;
                    }
                    means[c] = group.mean;
                    factors[c] = group.variance;
                }
                factors[c] = widen(scale[first + c]) / math::sqrt(factors[c] + epsilon);
                biases[c] = widen(bias[first + c]);
            }
            detail::apply_by_channel(in, means, factors, biases, out, first, count, image);
        }
    }
}

/// Images of batch × channels × pixels in either order, contiguous; out may be in.
struct instance_norm_extents {
    index batch = 1;
    index channels = 0;
    index pixels = 0;
};

/// group_norm with a group for every channel, on [batch][channels][pixels].
template <class T>
inline void instance_norm(const T* in, const T* scale, const T* bias, T* out, const instance_norm_extents& e,
                          std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    group_norm(in, scale, bias, out,
               {.batch = e.batch, .channels = e.channels, .pixels = e.pixels, .groups = e.channels}, epsilon);
}

/// instance_norm on [batch][pixels][channels].
template <class T>
inline void instance_norm_channels_last(const T* in, const T* scale, const T* bias, T* out,
                                        const instance_norm_extents& e,
                                        std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    group_norm_channels_last(in, scale, bias, out,
                             {.batch = e.batch, .channels = e.channels, .pixels = e.pixels, .groups = e.channels},
                             epsilon);
}

}  // namespace wasminfer
