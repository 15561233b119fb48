// Normalisation by channel: BatchNormalization with given or measured statistics, and MeanVarianceNormalization.
//
// Tensors are [outer][channels][inner]: ONNX's [N, C, spatial…] with inner the number of pixels, channels-last with
// inner = 1.
#pragma once

#include <wasminfer/kernels/moments.hpp>
#include <wasminfer/math/round.hpp>

namespace wasminfer {

/// Contiguous; out may be in.
struct channel_extents {
    index outer = 0;
    index channels = 0;
    index inner = 1;
};

namespace detail {

/// Channels whose factors are kept on the stack at a time.
inline constexpr index channel_block = 64;

/// out = (in - mean[c]) * factor[c] + bias[c] for channels [first, first + count) of all channels.
template <class T>
inline void apply_by_channel(const T* in, const compute_t<T>* mean, const compute_t<T>* factor,
                             const compute_t<T>* bias, T* out, index first, index count,
                             const channel_extents& e) noexcept
{
    using V = lanes_t<T>;
    for (index o = 0; o < e.outer; ++o) {
        const index row = (o * e.channels + first) * e.inner;
        if (e.inner == 1) {
            for (index c = 0; c < count; c += lanes<T>) {
                const index n = count - c < lanes<T> ? count - c : lanes<T>;
                const V x = (load_lanes(in + row + c, n) - load_lanes(mean + c, n)) * load_lanes(factor + c, n) +
                            load_lanes(bias + c, n);
                store_lanes(out + row + c, x, n);
            }
            continue;
        }
        for (index c = 0; c < count; ++c) {
            const V m = V(mean[c]);
            const V f = V(factor[c]);
            const V b = V(bias[c]);
            for (index i = 0; i < e.inner; i += lanes<T>) {
                const index n = e.inner - i < lanes<T> ? e.inner - i : lanes<T>;
                const index at = row + c * e.inner + i;
                store_lanes(out + at, V((load_lanes(in + at, n) - m) * f + b), n);
            }
        }
    }
}

}  // namespace detail

/// out = (in - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c]. The four may have other types than in.
template <class T, class S, class M>
inline void batch_norm(const T* in, const S* scale, const S* bias, const M* mean, const M* variance, T* out,
                       const channel_extents& e, std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    using C = compute_t<T>;
    for (index first = 0; first < e.channels; first += detail::channel_block) {
        const index left = e.channels - first;
        const index count = left < detail::channel_block ? left : detail::channel_block;
        C means[detail::channel_block];
        C factors[detail::channel_block];
        C biases[detail::channel_block];
        for (index c = 0; c < count; ++c) {
            const C deviation = math::sqrt(static_cast<C>(widen(variance[first + c])) + epsilon);
            means[c] = static_cast<C>(widen(mean[first + c]));
            factors[c] = static_cast<C>(widen(scale[first + c])) / deviation;
            biases[c] = static_cast<C>(widen(bias[first + c]));
        }
        detail::apply_by_channel(in, means, factors, biases, out, first, count, e);
    }
}

namespace detail {

/// mean[i] and variance[i] of channels first + i, i < count ≤ channel_block; both hold channel_block elements.
template <class T>
inline void measure_channels(const T* in, compute_t<T>* mean, compute_t<T>* variance, index first, index count,
                             const channel_extents& e) noexcept
{
    using C = compute_t<T>;
    if (e.inner == 1) {
        for (index c = 0; c < count; c += lanes<T>) {
            const auto m =
                column_moments(in + first + c, e.outer, e.channels, count - c < lanes<T> ? count - c : lanes<T>);
            store_lanes(mean + c, m.mean, lanes<T>);
            store_lanes(variance + c, m.variance, lanes<T>);
        }
        return;
    }
    const C total = static_cast<C>(e.outer * e.inner);
    const auto sum = [&](index c, auto term) {
        C all = 0;
        for (index o = 0; o < e.outer; ++o) {
            all += sum_row(in + (o * e.channels + first + c) * e.inner, e.inner, term);
        }
        return all;
    };
    for (index c = 0; c < count; ++c) {
        const C average = sum(c, [](auto x) { return x; }) / total;
        mean[c] = average;
        variance[c] = sum(c, [average](auto x) { return square(x - decltype(x)(average)); }) / total;
    }
}

}  // namespace detail

/// mean[c] and variance[c] (of the population) over outer and inner: BatchNormalization's training mode.
template <class T, class M>
inline void channel_moments(const T* in, M* mean, M* variance, const channel_extents& e) noexcept
{
    for (index first = 0; first < e.channels; first += detail::channel_block) {
        const index left = e.channels - first;
        const index count = left < detail::channel_block ? left : detail::channel_block;
        compute_t<T> means[detail::channel_block];
        compute_t<T> variances[detail::channel_block];
        detail::measure_channels(in, means, variances, first, count, e);
        for (index c = 0; c < count; ++c) {
            mean[first + c] = static_cast<M>(means[c]);
            variance[first + c] = static_cast<M>(variances[c]);
        }
    }
}

/// out = (in - mean[c]) / (sqrt(variance[c]) + 1e-9), statistics over outer and inner. Kept axes that aren't neighbours
/// need a transpose before.
template <class T>
inline void mean_variance_normalization(const T* in, T* out, const channel_extents& e) noexcept
{
    using C = compute_t<T>;
    for (index first = 0; first < e.channels; first += detail::channel_block) {
        const index left = e.channels - first;
        const index count = left < detail::channel_block ? left : detail::channel_block;
        C means[detail::channel_block];
        C factors[detail::channel_block];
        C biases[detail::channel_block];
        detail::measure_channels(in, means, factors, first, count, e);
        for (index c = 0; c < count; ++c) {
            factors[c] = C(1) / (math::sqrt(factors[c]) + static_cast<C>(1e-9));
            biases[c] = 0;
        }
        detail::apply_by_channel(in, means, factors, biases, out, first, count, e);
    }
}

}  // namespace wasminfer
