// Convolutions of 8-bit images: ConvInteger and QLinearConv. Channels-last, up to three spatial dimensions; padding
// stands for the input's zero point. Sums are int32, exact modulo 2^32.
#pragma once

#include <wasminfer/kernels/conv_rows.hpp>
#include <wasminfer/kernels/integer_kernel.hpp>
#include <wasminfer/kernels/requantize.hpp>

#include <cassert>

namespace wasminfer {

/// in[batch][d][h][w][c] to out[batch][d][h][w][c], one dimension leaves d and h at 1. w_step: 1 where each output channel
/// has its own zero point and scale, 0 where one serves all.
struct integer_conv_extents {
    index batch = 1;
    index in[4] = {1, 1, 1, 1};
    index out[4] = {1, 1, 1, 1};
    index window[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index pad[3] = {};
    index dilation[3] = {1, 1, 1};
    index groups = 1;
    index w_step = 0;
};

namespace detail {

/// epi_at(channel) makes the epilogue of the group whose first output channel it is.
template <class W, class X, class EpiAt>
inline void convolve_integers(const X* in, const X* in_zero, const std::int8_t* w, const W* w_zero,
                              const std::int32_t* bias, const integer_conv_extents& e, const EpiAt& epi_at) noexcept
{
    conv_shape s{.batch = e.batch, .groups = e.groups};
    for (index d = 0; d < 4; ++d) {
        s.in[d] = e.in[d];
        s.out[d] = e.out[d];
    }
    for (index d = 0; d < 3; ++d) {
        s.window[d] = e.window[d];
        s.stride[d] = e.stride[d];
        s.pad[d] = e.pad[d];
        s.dilation[d] = e.dilation[d];
    }
    const index pixels = s.batch * s.out[0] * s.out[1] * s.out[2];
    const index channels = s.out[3] / s.groups;
    const index k = s.window[0] * s.window[1] * s.window[2] * (s.in[3] / s.groups);
    const index line = s.out[2] * s.out[3];
    const index step[4] = {s.out[0] * s.out[1] * line, s.out[1] * line, line, s.out[3]};
    const centred_cells<X> cells{static_cast<std::int16_t>(in_zero ? *in_zero : 0)};
    for (index group = 0; group < s.groups; ++group) {
        const index first = group * channels;
        multiply_integer_rows(window_rows<X, centred_cells<X>>{in, s, group, first, step, cells},
                              w + group * integer_packed_size(k, channels),
                              column_zeros<W>{w_zero ? w_zero + first * e.w_step : nullptr, e.w_step},
                              bias ? bias + first : nullptr, pixels, channels, k, epi_at(first));
    }
}

}  // namespace detail

/// out = sum over the window of (in - in_zero) * (w - w_zero). w is packed by pack_integer_conv from elements of type W;
/// zero points may be null.
template <class W, class X>
inline void conv_integer(const X* in, std::type_identity_t<const X*> in_zero, const std::int8_t* w,
                         std::type_identity_t<const W*> w_zero, std::int32_t* out,
                         const integer_conv_extents& e) noexcept
{
    assert(e.groups > 0 && e.in[3] % e.groups == 0 && e.out[3] % e.groups == 0);
    detail::convolve_integers<W>(in, in_zero, w, w_zero, nullptr, e, [&](index) { return detail::integer_sums{out}; });
}

/// out = saturate(round((sum over the window of (in - in_zero) * (w - w_zero) + bias) * (in_scale * w_scale / y_scale))
/// + y_zero), ties to even, the scales combined and applied in float. bias may be null.
template <class W, class X, class Y>
inline void qlinear_conv(const X* in, const float* in_scale, std::type_identity_t<const X*> in_zero,
                         const std::int8_t* w, const float* w_scale, std::type_identity_t<const W*> w_zero,
                         const float* y_scale, std::type_identity_t<const Y*> y_zero, const std::int32_t* bias, Y* out,
                         const integer_conv_extents& e) noexcept
{
    assert(e.groups > 0 && e.in[3] % e.groups == 0 && e.out[3] % e.groups == 0);
    detail::convolve_integers<W>(in, in_zero, w, w_zero, bias, e, [&](index first) {
        return detail::requantized_sums<float, Y>{in_scale, 0,        w_scale + first * e.w_step,
                                                  e.w_step, *y_scale, y_zero ? static_cast<float>(*y_zero) : 0.0f,
                                                  out};
    });
}

}  // namespace wasminfer
