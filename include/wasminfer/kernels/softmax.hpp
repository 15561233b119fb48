// Softmax, LogSoftmax and Hardmax along one axis. The maximum is subtracted first, so that nothing overflows; a row with NaN
// or +infinity, or of -infinities alone, gives NaN.
#pragma once

#include <wasminfer/kernels/arg_reduce.hpp>
#include <wasminfer/kernels/elementwise.hpp>

namespace wasminfer {

/// in and out are [outer, axis, inner], contiguous; out may be in. ONNX before opset 13 flattens: {.outer, .axis, .inner = 1}.
struct softmax_extents {
    index outer;
    index axis;
    index inner;
};

namespace detail {

/// Σ e^(x - shift) of what is still to be normalised.
template <class V>
struct sum_of_shifted_exponentials : sum_of_values {
    V shift;
    template <class L>
    WASMINFER_INLINE L map(L x, int = 0) const noexcept
    {
        return math::exp_of_negative(x - L(shift));
    }
};

/// Element x of a row as softmax or log_softmax, from the row's maximum and sum.
template <bool logarithm, class V>
WASMINFER_INLINE V softmax_of(V x, V largest, V sum) noexcept
{
    // For log_softmax, sum is log(sum) already.
    return logarithm ? (x - largest) - sum : math::exp_of_negative(x - largest) / sum;
}

/// One row of adjacent elements.
template <bool logarithm, class T>
inline void softmax_row(const T* in, T* out, index n) noexcept
{
    using C = compute_t<T>;
    const index dims[1] = {n};
    const index strides[1] = {1};
    const C shift = reduce_one(in, dims, strides, largest_value{});
    if constexpr (!logarithm && std::is_same_v<T, float>) {
        // The exponentials are kept in out instead of being computed twice.
        unary_row(in, out, n, chain{bind_right{sub{}, shift}, exp_{}});
        const C sum = reduce_one(out, dims, strides, sum_of_values{});
        unary_row(out, out, n, bind_right{div{}, sum});
    } else {
        C sum = reduce_one(in, dims, strides, sum_of_shifted_exponentials<C>{{}, shift});
        sum = logarithm ? math::log(sum) : sum;
        if constexpr (std::is_same_v<C, float>) {
            index i = 0;
            for (; i + 4 <= n; i += 4) {
                store(out + i, softmax_of<logarithm>(load(in + i), splat(shift), splat(sum)));
            }
            if (i < n) {
                store_tail(out + i, softmax_of<logarithm>(load_tail(in + i, n - i), splat(shift), splat(sum)), n - i);
            }
        } else {
            for (index i = 0; i < n; ++i) {
                out[i] = softmax_of<logarithm>(in[i], shift, sum);
            }
        }
    }
}

/// n ≤ 4 columns of an [axis, inner] table (1 for doubles) side by side.
template <bool logarithm, class V, class T>
inline void softmax_columns(const T* in, T* out, index axis, index inner, index n) noexcept
{
    const index dims[1] = {axis};
    const index strides[1] = {inner};
    const auto at = [=](index k) {
        if constexpr (is_vector<V>) {
            return n == 4 ? load(in + k * inner) : load_tail(in + k * inner, n);
        } else {
            return in[k * inner];
        }
    };
    const auto put = [=](index k, V x) {
        if constexpr (is_vector<V>) {
            n == 4 ? store(out + k * inner, x) : store_tail(out + k * inner, x, n);
        } else {
            out[k * inner] = x;
        }
    };
    const auto walk = [&](const auto& r) {
        if constexpr (is_vector<V>) {
            return reduce_columns<1>(in, n == 4 ? 0 : n, dims, strides, r).lanes[0];
        } else {
            return reduce_one(in, dims, strides, r);
        }
    };
    const V largest = walk(largest_value{});
    V sum = walk(sum_of_shifted_exponentials<V>{{}, largest});
    if constexpr (logarithm) {
        sum = math::log(sum);
    }
    for (index k = 0; k < axis; ++k) {
        put(k, softmax_of<logarithm>(at(k), largest, sum));
    }
}

template <bool logarithm, class T>
inline void softmax(const T* in, T* out, const softmax_extents& e) noexcept
{
    if (e.axis <= 0) {
        return;
    }
    const index table = e.axis * e.inner;
    for (index o = 0; o < e.outer; ++o, in += table, out += table) {
        if (e.inner == 1) {
            softmax_row<logarithm>(in, out, e.axis);
        } else if constexpr (std::is_same_v<compute_t<T>, float>) {
            for (index i = 0; i < e.inner; i += 4) {
                const index n = e.inner - i < 4 ? e.inner - i : 4;
                softmax_columns<logarithm, f32x4>(in + i, out + i, e.axis, e.inner, n);
            }
        } else {
            for (index i = 0; i < e.inner; ++i) {
                softmax_columns<logarithm, T>(in + i, out + i, e.axis, e.inner, 1);
            }
        }
    }
}

}  // namespace detail

/// out[o, k, i] = e^(in[o, k, i]) / Σ_k e^(in[o, k, i]). float, half (computed as float) or double.
template <class T>
inline void softmax(const T* in, T* out, const softmax_extents& e) noexcept
{
    detail::softmax<false>(in, out, e);
}

/// out[o, k, i] = in[o, k, i] - log(Σ_k e^(in[o, k, i])).
template <class T>
inline void log_softmax(const T* in, T* out, const softmax_extents& e) noexcept
{
    detail::softmax<true>(in, out, e);
}

/// 1 at the first largest element along the axis, 0 elsewhere.
template <class T>
inline void hardmax(const T* in, T* out, const softmax_extents& e) noexcept
{
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            const index first = o * e.axis * e.inner + i;
            index best = 0;
            for (index k = 1; k < e.axis; ++k) {
                if (detail::replaces<greater>(widen(in[first + k * e.inner]), widen(in[first + best * e.inner]),
                                              false)) {
                    best = k;
                }
            }
            for (index k = 0; k < e.axis; ++k) {
                out[first + k * e.inner] = static_cast<T>(k == best ? 1.0f : 0.0f);
            }
        }
    }
}

}  // namespace wasminfer
