// ONNX's elementwise functions of one operand. Those that C's library or C++'s grammar has a word for end in an underscore.
#pragma once

#include <wasminfer/functors/integer.hpp>
#include <wasminfer/math.hpp>

namespace wasminfer {

/// |x|; of the most negative integer, itself.
struct abs_ {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return x < V(0) ? detail::wrap_subtract(V(0), x) : x;
        } else if constexpr (is_vector<V>) {
            return abs(x);
        } else {
            return std::fabs(x);
        }
    }
};

/// -x, modulo 2^bits for integers.
struct neg {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return detail::wrap_subtract(V(0), x);
        } else {
            return -x;
        }
    }
};

/// -1, 0 or 1; NaN for NaN, +0 for both zeros.
struct sign {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        if constexpr (std::is_unsigned_v<V>) {
            return x == 0 ? V(0) : V(1);
        } else {
            return select(x > V(0), V(1), select(x < V(0), V(-1), select(x == V(0), V(0), x)));
        }
    }
};

/// 1 / x
struct reciprocal {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return V(1) / x;
    }
};

/// x x: Pow with the exponent 2.
struct square {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return detail::wrap_multiply(x, x);
    }
};

/// x x x: Pow with the exponent 3.
struct cube {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return detail::wrap_multiply(detail::wrap_multiply(x, x), x);
    }
};

/// !x
struct not_ {
    static constexpr bool vector = false;
    WASMINFER_INLINE bool operator()(bool x) const noexcept { return !x; }
};

/// ~x
struct bit_not {
    static constexpr bool vector = false;
    template <class T>
    WASMINFER_INLINE T operator()(T x) const noexcept
    {
        return static_cast<T>(~x);
    }
};

struct is_nan {
    static constexpr bool vector = false;
    template <class T>
    WASMINFER_INLINE bool operator()(T x) const noexcept
    {
        return x != x;
    }
};

struct is_inf {
    static constexpr bool vector = false;
    bool detect_positive = true;
    bool detect_negative = true;
    template <class T>
    WASMINFER_INLINE bool operator()(T x) const noexcept
    {
        constexpr T infinity = std::numeric_limits<T>::infinity();
        return (detect_positive && x == infinity) || (detect_negative && x == -infinity);
    }
};

#define WASMINFER_FUNCTOR(name, function)                                                                              \
    struct name {                                                                                                      \
        static constexpr bool vector = true;                                                                           \
        template <class V>                                                                                             \
        WASMINFER_INLINE V operator()(V x) const noexcept                                                              \
        {                                                                                                              \
            return math::function(x);                                                                                  \
        }                                                                                                              \
    };

WASMINFER_FUNCTOR(ceil_, ceil)
WASMINFER_FUNCTOR(floor_, floor)
/// To nearest, halves to even.
WASMINFER_FUNCTOR(round_, round_even)
WASMINFER_FUNCTOR(sqrt_, sqrt)
WASMINFER_FUNCTOR(exp_, exp)
WASMINFER_FUNCTOR(log_, log)
WASMINFER_FUNCTOR(sin_, sin)
WASMINFER_FUNCTOR(cos_, cos)
WASMINFER_FUNCTOR(tan_, tan)
WASMINFER_FUNCTOR(asin_, asin)
WASMINFER_FUNCTOR(acos_, acos)
WASMINFER_FUNCTOR(atan_, atan)
WASMINFER_FUNCTOR(sinh_, sinh)
WASMINFER_FUNCTOR(cosh_, cosh)
WASMINFER_FUNCTOR(asinh_, asinh)
WASMINFER_FUNCTOR(acosh_, acosh)
WASMINFER_FUNCTOR(atanh_, atanh)
WASMINFER_FUNCTOR(erf_, erf)
WASMINFER_FUNCTOR(tanh_, tanh)

#undef WASMINFER_FUNCTOR

}  // namespace wasminfer
