// Local response normalisation across channels.
#pragma once

#include <wasminfer/kernels/lanes.hpp>
#include <wasminfer/math/power.hpp>
#include <wasminfer/math/round.hpp>

namespace wasminfer {

/// [outer][channels][inner], contiguous: inner is the number of pixels in ONNX's order, 1 channels-last. size: channels that
/// take part, (size - 1) / 2 of them before the element's own. out must not overlap in.
struct lrn_extents {
    index outer = 0;
    index channels = 0;
    index inner = 1;
    index size = 1;
};

/// ONNX's attributes of LRN.
struct lrn_parameters {
    float alpha = 0.0001f;
    float beta = 0.75f;
    float bias = 1.0f;
};

namespace detail {

/// x / s^beta for s > 0; the usual beta of 0.75 by two square roots.
template <class V>
WASMINFER_INLINE V divide_by_power(V x, V s, float beta) noexcept
{
    if (beta == 0.75f) {
        const V root = math::sqrt(s);
        return x / (root * math::sqrt(root));
    }
    return x / math::pow(s, V(beta));
}

}  // namespace detail

/// out = in / (bias + alpha / size * Σ in² over the neighbouring channels)^beta, summed from the first channel to the last.
template <class T>
inline void lrn(const T* in, T* out, const lrn_extents& e, const lrn_parameters& p) noexcept
{
    using C = compute_t<T>;
    const index before = (e.size - 1) / 2;
    const C weight = static_cast<C>(p.alpha) / static_cast<C>(e.size);
    // Vectors run along inner; channels-last each element is a vector of one.
    for (index o = 0; o < e.outer; ++o, in += e.channels * e.inner, out += e.channels * e.inner) {
        for (index c = 0; c < e.channels; ++c) {
            const index first = c < before ? 0 : c - before;
            const index last = e.channels - c < e.size - before ? e.channels : c - before + e.size;
            if (e.inner == 1) {
                C sum = 0;
                for (index j = first; j < last; ++j) {
                    const C x = widen(in[j]);
                    sum += x * x;
                }
                out[c] = static_cast<T>(
                    detail::divide_by_power(widen(in[c]), static_cast<C>(p.bias) + weight * sum, p.beta));
                continue;
            }
            for (index i = 0; i < e.inner; i += detail::lanes<T>) {
                using V = detail::lanes_t<T>;
                const index n = e.inner - i < detail::lanes<T> ? e.inner - i : detail::lanes<T>;
                V sum = V(C(0));
                for (index j = first; j < last; ++j) {
                    const V x = detail::load_lanes(in + j * e.inner + i, n);
                    sum += x * x;
                }
                const V x = detail::load_lanes(in + c * e.inner + i, n);
                const V s = V(static_cast<C>(p.bias)) + V(weight) * sum;
                detail::store_lanes(out + c * e.inner + i, detail::divide_by_power(x, s, p.beta), n);
            }
        }
    }
}

}  // namespace wasminfer
