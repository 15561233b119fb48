// Normalisations of rows of adjacent elements: LayerNormalization, RMSNormalization, and LpNormalization.
#pragma once

#include <wasminfer/kernels/moments.hpp>
#include <wasminfer/math/round.hpp>

namespace wasminfer {

/// in and out are [rows][cols], contiguous; out may be in.
struct row_norm_extents {
    index rows = 0;
    index cols = 0;
};

namespace detail {

/// out[i] = (x[i] - mean) * factor * scale[i] + bias[i]; scale and bias may be null.
template <class T>
inline void normalize_row(const T* in, const T* scale, const T* bias, T* out, index n, compute_t<T> mean,
                          compute_t<T> factor) noexcept
{
    using V = lanes_t<T>;
    for (index i = 0; i < n; i += lanes<T>) {
        const index count = n - i < lanes<T> ? n - i : lanes<T>;
        V x = (load_lanes(in + i, count) - V(mean)) * V(factor);
        if (scale) {
            x = x * load_lanes(scale + i, count);
        }
        if (bias) {
            x = x + load_lanes(bias + i, count);
        }
        store_lanes(out + i, x, count);
    }
}

}  // namespace detail

/// out = (in - mean) / sqrt(variance + epsilon) * scale[col] + bias[col] for every row. scale and bias (each [cols]) may be
/// null, mean and inverse_deviation (each [rows], 1 / sqrt(variance + epsilon)) too, where they aren't wanted.
template <class T>
inline void layer_norm(const T* in, std::type_identity_t<const T*> scale, std::type_identity_t<const T*> bias, T* out,
                       std::type_identity_t<compute_t<T>*> mean, std::type_identity_t<compute_t<T>*> inverse_deviation,
                       const row_norm_extents& e, std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    for (index row = 0; row < e.rows; ++row, in += e.cols, out += e.cols) {
        const auto m = detail::row_moments(in, e.cols);
        const compute_t<T> factor = compute_t<T>(1) / math::sqrt(m.variance + epsilon);
        detail::normalize_row(in, scale, bias, out, e.cols, m.mean, factor);
        if (mean) {
            mean[row] = m.mean;
        }
        if (inverse_deviation) {
            inverse_deviation[row] = factor;
        }
    }
}

/// layer_norm without its statistics.
template <class T>
inline void layer_norm(const T* in, std::type_identity_t<const T*> scale, std::type_identity_t<const T*> bias, T* out,
                       const row_norm_extents& e, std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    layer_norm(in, scale, bias, out, nullptr, nullptr, e, epsilon);
}

/// out = in / sqrt(mean of in² + epsilon) * scale[col] for every row; scale may be null.
template <class T>
inline void rms_norm(const T* in, std::type_identity_t<const T*> scale, T* out, const row_norm_extents& e,
                     std::type_identity_t<compute_t<T>> epsilon) noexcept
{
    using C = compute_t<T>;
    for (index row = 0; row < e.rows; ++row, in += e.cols, out += e.cols) {
        const C mean = detail::sum_row(in, e.cols, [](auto x) { return x * x; }) / static_cast<C>(e.cols);
        const C factor = C(1) / math::sqrt(mean + epsilon);
        detail::normalize_row(in, scale, static_cast<const T*>(nullptr), out, e.cols, C(0), factor);
    }
}

/// in and out are [outer][axis][inner], contiguous; out may be in.
struct lp_normalization_extents {
    index outer = 0;
    index axis = 0;
    index inner = 1;
};

/// in divided by its L1 (p = 1) or L2 norm (p = 2) along axis; 0 where the norm is 0.
template <class T>
inline void lp_normalization(const T* in, T* out, const lp_normalization_extents& e, index p) noexcept
{
    using C = compute_t<T>;
    using V = detail::lanes_t<T>;
    const auto term = [p](auto x) { return p == 1 ? maximum(x, -x) : x * x; };
    const auto norm = [p](auto sum) { return p == 1 ? sum : math::sqrt(sum); };
    for (index o = 0; o < e.outer; ++o, in += e.axis * e.inner, out += e.axis * e.inner) {
        if (e.inner == 1) {
            const C length = norm(detail::sum_row(in, e.axis, term));
            for (index i = 0; i < e.axis; i += detail::lanes<T>) {
                const index n = e.axis - i < detail::lanes<T> ? e.axis - i : detail::lanes<T>;
                const V x = length == C(0) ? V(C(0)) : V(detail::load_lanes(in + i, n) / V(length));
                detail::store_lanes(out + i, x, n);
            }
            continue;
        }
        for (index c = 0; c < e.inner; c += detail::lanes<T>) {
            const index n = e.inner - c < detail::lanes<T> ? e.inner - c : detail::lanes<T>;
            const V length = norm(detail::sum_column(in + c, e.axis, e.inner, n, term));
            const V zero = V(C(0));
            for (index i = 0; i < e.axis; ++i) {
                const V x = detail::load_lanes(in + i * e.inner + c, n) / length;
                detail::store_lanes(out + i * e.inner + c, select(length == zero, zero, x), n);
            }
        }
    }
}

}  // namespace wasminfer
