// ONNX's activations, with its default attributes. Floats only, except relu, clip and shrink.
#pragma once

#include <wasminfer/functors/cast.hpp>
#include <wasminfer/math.hpp>

namespace wasminfer {

/// x < 0 ? 0 : x. NaN stays NaN.
struct relu {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return pmax(x, V(0));
    }
};

/// min(max(x, lo), hi): hi where lo > hi. NaN stays NaN. Bounds of type T, float for half.
template <class T = float>
struct clip {
    static constexpr bool vector = true;
    T lo;
    T hi;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return pmin(pmax(x, V(lo)), V(hi));
    }
};
template <class T>
clip(T, T) -> clip<T>;

/// x < 0 ? alpha x : x
struct leaky_relu {
    static constexpr bool vector = true;
    float alpha = 0.01f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return select(x < V(0), x * V(alpha), x);
    }
};

/// x < 0 ? slope x : x, the slope from a second tensor.
struct prelu {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x, V slope) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return x < V(0) ? detail::wrap_multiply(x, slope) : x;
        } else {
            return select(x < V(0), x * slope, x);
        }
    }
};

/// x > alpha ? x : 0. NaN stays NaN.
struct thresholded_relu {
    static constexpr bool vector = true;
    float alpha = 1.0f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return select(x <= V(alpha), V(0), x);
    }
};

/// x < 0 ? alpha (e^x - 1) : x
struct elu {
    static constexpr bool vector = true;
    float alpha = 1.0f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return select(x < V(0), V(alpha) * math::expm1(x), x);
    }
};

/// gamma (x > 0 ? x : alpha (e^x - 1))
struct selu {
    static constexpr bool vector = true;
    float alpha = 1.67326319217681884765625f;
    float gamma = 1.05070102214813232421875f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return V(gamma) * select(x > V(0), x, V(alpha) * math::expm1(x));
    }
};

/// max(0, x) + min(0, alpha (e^(x / alpha) - 1))
struct celu {
    static constexpr bool vector = true;
    float alpha = 1.0f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return pmax(x, V(0)) + pmin(V(0), V(alpha) * math::expm1(x / V(alpha)));
    }
};

/// 1 / (1 + e^-x)
struct sigmoid {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return math::sigmoid(x);
    }
};

/// max(0, min(1, alpha x + beta))
struct hard_sigmoid {
    static constexpr bool vector = true;
    float alpha = 0.2f;
    float beta = 0.5f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return pmin(pmax(madd(x, V(alpha), V(beta)), V(0)), constant<V, 1.0>());
    }
};

/// x sigmoid(alpha x); SiLU for alpha = 1.
struct swish {
    static constexpr bool vector = true;
    float alpha = 1.0f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return x * math::sigmoid(V(alpha) * x);
    }
};

/// x max(0, min(1, x / 6 + 1/2))
struct hard_swish {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return x * pmin(pmax(madd(x, constant<V, 1.0 / 6.0>(), constant<V, 0.5>()), V(0)), constant<V, 1.0>());
    }
};

/// log(1 + e^x), as max(x, 0) + log(1 + e^-|x|), which cannot overflow.
struct softplus {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return pmax(x, V(0)) + math::log1p_of_positive(math::exp_of_negative(pmin(x, -x)));
    }
};

/// x / (1 + |x|)
struct softsign {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return x / (constant<V, 1.0>() + pmax(x, -x));
    }
};

/// x tanh(log(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2): one exponential, no logarithm.
struct mish {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        // Above 20 the quotient is 1 in double too.
        const V e = math::exp(pmin(x, constant<V, 20.0>()));
        const V n = e * (e + constant<V, 2.0>());
        return x * (n / (n + constant<V, 2.0>()));
    }
};

/// x (1 + erf(x / sqrt(2))) / 2
struct gelu {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return constant<V, 0.5>() * x * (constant<V, 1.0>() + math::erf(x * constant<V, 0.70710678118654752440>()));
    }
};

/// Gelu with approximate="tanh": x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
struct gelu_tanh {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        const V inner = constant<V, 0.79788456080286535588>() * madd(constant<V, 0.044715>() * x * x, x, x);
        return constant<V, 0.5>() * x * (constant<V, 1.0>() + math::tanh(inner));
    }
};

/// x < -lambd ? x + bias : x > lambd ? x - bias : 0; on integers in double, and cast.
struct shrink {
    static constexpr bool vector = true;
    float bias = 0.0f;
    float lambd = 0.5f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return cast<V>{}((*this)(static_cast<double>(x)));
        } else {
            return select(x < V(-lambd), x + V(bias), select(x > V(lambd), x - V(bias), V(0)));
        }
    }
};

}  // namespace wasminfer
