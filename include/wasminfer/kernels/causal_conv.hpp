// CausalConvWithState: a depthwise convolution along time that begins where the last call's input ended.
#pragma once

#include <wasminfer/functors/combine.hpp>
#include <wasminfer/kernels/epilogue.hpp>

namespace wasminfer {

/// Input and output are [batch, channels, length], the state [batch, channels, taps - 1].
struct causal_conv_extents {
    index batch = 1;
    index channels = 1;
    index length = 1;
    index taps = 1;
};

/// Elements of scratch, of compute_t<T>: a channel with its past, and a vector's overhang.
constexpr index causal_conv_scratch(const causal_conv_extents& e) noexcept
{
    return e.taps - 1 + e.length + 4;
}

/// out[b][c][t] = epi(bias[c] + Σ_k weight[c][k] · x[t + k]), x being the past followed by the input; present becomes x's last
/// taps - 1 elements. bias may be null, past too (zeros), present where it isn't wanted; past and present may be the same.
template <class T, class Epi = identity>
inline void causal_conv(const T* in, const T* weight, std::type_identity_t<const T*> bias,
                        std::type_identity_t<const T*> past, T* out, std::type_identity_t<T*> present,
                        compute_t<T>* scratch, const causal_conv_extents& e, const Epi& epi = {}) noexcept
{
    using C = compute_t<T>;
    using V = detail::lanes_t<C>;
    constexpr index step = detail::lanes<C>;
    const index state = e.taps - 1;
    for (index row = 0; row < e.batch * e.channels; ++row, in += e.length, out += e.length) {
        const index channel = row % e.channels;
        for (index i = 0; i < state; ++i) {
            scratch[i] = past ? widen(past[row * state + i]) : C(0);
        }
        for (index i = 0; i < e.length; ++i) {
            scratch[state + i] = widen(in[i]);
        }
        for (index i = 0; i < 4; ++i) {
            scratch[state + e.length + i] = C(0);
        }
        const T* w = weight + channel * e.taps;
        for (index t = 0; t < e.length; t += step) {
            V sum = V(bias ? widen(bias[channel]) : C(0));
            for (index k = 0; k < e.taps; ++k) {
                sum = madd(V(widen(w[k])), detail::load_lanes(scratch + t + k, step), sum);
            }
            if constexpr (step == 1) {
                detail::finish_one(epi, sum, out, t);
            } else {
                detail::finish_lanes(epi, sum, out, t, e.length - t < step ? e.length - t : step);
            }
        }
        for (index i = 0; present && i < state; ++i) {
            present[row * state + i] = static_cast<T>(scratch[e.length + i]);
        }
    }
}

}  // namespace wasminfer
