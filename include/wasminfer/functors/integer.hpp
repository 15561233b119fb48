// Integer arithmetic that is defined for every operand: overflow wraps modulo 2^bits, nothing traps.
#pragma once

#include <wasminfer/simd.hpp>

namespace wasminfer::detail {

template <class T>
struct wrapping {
    static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>);
    // Below 32 bits the operands would be promoted to int, whose overflow is undefined.
    using type = std::conditional_t<(sizeof(T) < 4), std::uint32_t, std::make_unsigned_t<T>>;
};

template <class V, class Op>
WASMINFER_INLINE V wrap(V a, V b, Op op) noexcept
{
    if constexpr (std::is_integral_v<V>) {
        using U = typename wrapping<V>::type;
        return static_cast<V>(op(static_cast<U>(a), static_cast<U>(b)));
    } else {
        return op(a, b);
    }
}

template <class V>
WASMINFER_INLINE V wrap_add(V a, V b) noexcept
{
    return wrap(a, b, [](auto x, auto y) { return x + y; });
}

template <class V>
WASMINFER_INLINE V wrap_subtract(V a, V b) noexcept
{
    return wrap(a, b, [](auto x, auto y) { return x - y; });
}

template <class V>
WASMINFER_INLINE V wrap_multiply(V a, V b) noexcept
{
    return wrap(a, b, [](auto x, auto y) { return x * y; });
}

/// a / b toward zero; 0 for b = 0, and the most negative a for b = -1 stays itself.
template <class T>
    requires std::is_integral_v<T>
WASMINFER_INLINE T quotient(T a, T b) noexcept
{
    if (b == 0) {
        return 0;
    }
    if constexpr (std::is_signed_v<T>) {
        if (b == -1) {
            return wrap_subtract(T{0}, a);
        }
    }
    return static_cast<T>(a / b);
}

/// a - b quotient(a, b), the sign of a; 0 for b = 0.
template <class T>
    requires std::is_integral_v<T>
WASMINFER_INLINE T remainder_of(T a, T b) noexcept
{
    if (b == 0) {
        return 0;
    }
    if constexpr (std::is_signed_v<T>) {
        if (b == -1) {
            return 0;
        }
    }
    return static_cast<T>(a % b);
}

/// x truncated, saturated at To's bounds, 0 for NaN: what WebAssembly's trunc_sat does, on every target.
template <class To, class From>
    requires std::is_integral_v<To> && std::is_floating_point_v<From>
WASMINFER_INLINE To to_integer(From x) noexcept
{
    using limits = std::numeric_limits<To>;
    // One past the largest: a power of two, which From holds where the largest itself may not fit.
    constexpr To half_of_end = limits::max() / 2 + 1;
    constexpr From end = static_cast<From>(half_of_end) * 2;
    if (!(x > static_cast<From>(limits::min()) - 1)) {
        return x == x ? limits::min() : To{0};
    }
    return x < end ? static_cast<To>(x) : limits::max();
}

}  // namespace wasminfer::detail
