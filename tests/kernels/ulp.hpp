// How far results lie from exact ones, in units of the last place.
#pragma once

#include <wasminfer/simd.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace wasminfer::reference {

/// |got - want| in units of the last place that T has at want, subnormals included; infinity counts as the next power of two,
/// and a NaN on one side alone as infinitely far.
template <class T, class Wide>
double ulp(T got, Wide want)
{
    if (want != want || got != got) {
        return (want != want) == (got != got) ? 0.0 : std::numeric_limits<double>::infinity();
    }
    if (static_cast<Wide>(got) == want) {
        return 0.0;
    }
    using limits = std::numeric_limits<T>;
    const Wide end = std::ldexp(Wide{1}, limits::max_exponent);
    const auto finite = [end](Wide x) { return std::isinf(x) ? std::copysign(end, x) : x; };
    if (std::isinf(static_cast<Wide>(got)) && std::fabs(want) >= end) {
        return std::signbit(got) == std::signbit(want) ? 0.0 : std::numeric_limits<double>::infinity();
    }
    int exponent = 0;
    std::frexp(finite(want), &exponent);
    if (want == 0) {
        exponent = limits::min_exponent;
    }
    const int unit = std::max(exponent - limits::digits, limits::min_exponent - limits::digits);
    return static_cast<double>(std::fabs(finite(static_cast<Wide>(got)) - finite(want)) / std::ldexp(Wide{1}, unit));
}

/// FNV-1a over results, a NaN counting as one value whatever its bits.
class result_hash {
public:
    template <class T>
    void add(T x)
    {
        using bits_type = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
        add_word(x != x ? 0x7fc00000u : static_cast<std::uint64_t>(std::bit_cast<bits_type>(x)));
    }
    void add_word(std::uint64_t word)
    {
        for (int i = 0; i < 8; ++i, word >>= 8) {
            value_ = (value_ ^ (word & 255u)) * 1099511628211u;
        }
    }
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 14695981039346656037u;
};

}  // namespace wasminfer::reference
