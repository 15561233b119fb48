// ONNX's elementwise functions of two operands of one type; pow and the shifts take two.
#pragma once

#include <wasminfer/functors/integer.hpp>
#include <wasminfer/math/power.hpp>

namespace wasminfer {

struct add {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V a, V b) const noexcept
    {
        return detail::wrap_add(a, b);
    }
};

struct sub {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V a, V b) const noexcept
    {
        return detail::wrap_subtract(a, b);
    }
};

struct mul {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V a, V b) const noexcept
    {
        return detail::wrap_multiply(a, b);
    }
};

/// Integers truncate; x / 0 is 0 for them, and the most negative integer by -1 itself.
struct div {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V a, V b) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return detail::quotient(a, b);
        } else {
            return a / b;
        }
    }
};

/// NaN from either side; -0 < +0.
struct min {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V a, V b) const noexcept
    {
        return minimum(a, b);
    }
};

/// NaN from either side; -0 < +0.
struct max {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V a, V b) const noexcept
    {
        return maximum(a, b);
    }
};

/// Mod with fmod = 1: the sign of a, as C's fmod and %. NaN (integers: 0) for b = 0.
struct fmod {
    static constexpr bool vector = false;
    template <class T>
    WASMINFER_INLINE T operator()(T a, T b) const noexcept
    {
        if constexpr (std::is_integral_v<T>) {
            return detail::remainder_of(a, b);
        } else {
            return std::fmod(a, b);
        }
    }
};

/// Mod with fmod = 0: the sign of b, as Python's %. 0 for b = 0.
struct mod {
    static constexpr bool vector = false;
    template <class T>
    WASMINFER_INLINE T operator()(T a, T b) const noexcept
    {
        const T r = fmod{}(a, b);
        return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
    }
};

/// a^b in a's type. Floats as math::pow; an integer a to a floating b is truncated; integers modulo 2^bits.
struct pow {
    static constexpr bool vector = true;
    template <class A, class B>
    WASMINFER_INLINE A operator()(A a, B b) const noexcept
    {
        if constexpr (is_vector<A> || (std::is_integral_v<A> && std::is_integral_v<B>)) {
            return math::pow(a, b);
        } else if constexpr (std::is_integral_v<A>) {
            return detail::to_integer<A>(math::pow(static_cast<double>(a), static_cast<double>(b)));
        } else if constexpr (std::is_same_v<A, B>) {
            return math::pow(a, b);
        } else {
            return static_cast<A>(math::pow(static_cast<double>(a), static_cast<double>(b)));
        }
    }
};

#define WASMINFER_FUNCTOR(name, type, expression)                                                                      \
    struct name {                                                                                                      \
        static constexpr bool vector = false;                                                                          \
        template <class T>                                                                                             \
        WASMINFER_INLINE type operator()(T a, T b) const noexcept                                                      \
        {                                                                                                              \
            return static_cast<type>(expression);                                                                      \
        }                                                                                                              \
    };

WASMINFER_FUNCTOR(equal, bool, a == b)
WASMINFER_FUNCTOR(less, bool, a < b)
WASMINFER_FUNCTOR(less_equal, bool, a <= b)
WASMINFER_FUNCTOR(greater, bool, a > b)
WASMINFER_FUNCTOR(greater_equal, bool, a >= b)
WASMINFER_FUNCTOR(bit_and, T, a& b)
WASMINFER_FUNCTOR(bit_or, T, a | b)
WASMINFER_FUNCTOR(bit_xor, T, a ^ b)
// Bytes that hold booleans may hold any non-zero value for true.
WASMINFER_FUNCTOR(and_, bool, (a != T{}) & (b != T{}))
WASMINFER_FUNCTOR(or_, bool, (a != T{}) | (b != T{}))
WASMINFER_FUNCTOR(xor_, bool, (a != T{}) != (b != T{}))

#undef WASMINFER_FUNCTOR

/// BitShift LEFT on unsigned integers; 0 from a shift by the width or more.
struct shift_left {
    static constexpr bool vector = false;
    template <class T>
    WASMINFER_INLINE T operator()(T a, T b) const noexcept
    {
        static_assert(std::is_unsigned_v<T>);
        return b < std::numeric_limits<T>::digits ? static_cast<T>(a << b) : T{0};
    }
};

/// BitShift RIGHT on unsigned integers; 0 from a shift by the width or more.
struct shift_right {
    static constexpr bool vector = false;
    template <class T>
    WASMINFER_INLINE T operator()(T a, T b) const noexcept
    {
        static_assert(std::is_unsigned_v<T>);
        return b < std::numeric_limits<T>::digits ? static_cast<T>(a >> b) : T{0};
    }
};

}  // namespace wasminfer
