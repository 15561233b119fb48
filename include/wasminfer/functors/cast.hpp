// ONNX's Cast.
#pragma once

#include <wasminfer/functors/integer.hpp>

namespace wasminfer {

/// x as To. To a float: rounds to nearest even, overflows to infinity. Float to integer: truncates; what ONNX leaves undefined
/// saturates, and NaN gives 0 (x86 runtimes give the most negative int32 instead). Integer to integer: modulo 2^bits. To bool:
/// x != 0, true for NaN.
template <class To>
struct cast {
    static constexpr bool vector = false;
    template <class From>
    WASMINFER_INLINE To operator()(From x) const noexcept
    {
        if constexpr (std::is_same_v<To, From>) {
            return x;
        } else if constexpr (is_half<From>) {
            return cast{}(static_cast<float>(x));
        } else if constexpr (std::is_same_v<To, bool>) {
            return x != From{};
        } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
            return detail::to_integer<To>(x);
        } else if constexpr (std::is_same_v<To, float> && std::is_same_v<From, double>) {
            return to_float(x);
        } else {
            return static_cast<To>(x);
        }
    }

private:
    // C++ leaves the conversion of doubles beyond float's range undefined; every target gives infinity, so this only spells
    // it out.
    static float to_float(double x) noexcept
    {
        constexpr double end = 0x1.ffffffp127;
        if (x >= end || x <= -end) {
            return x > 0 ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
        }
        return static_cast<float>(x);
    }
};

}  // namespace wasminfer
