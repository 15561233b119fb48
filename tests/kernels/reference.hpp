// What tests of the float kernels share: numbers, comparison with a reference computed in double, and a hash of results
// that must be the same on every target.
#pragma once

#include <wasminfer/core.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace wasminfer::reference {

/// Multiples of 2^-10 in [-1, 1), the same ones for the same seed everywhere.
template <class T = float>
inline std::vector<T> random(index n, std::uint32_t seed)
{
    std::vector<T> v(static_cast<std::size_t>(n));
    std::uint32_t state = seed * 2654435761u + 1u;
    for (T& x : v) {
        state = state * 1664525u + 1013904223u;
        const double value = static_cast<double>(static_cast<std::int32_t>(state >> 16 & 2047) - 1024) / 1024.0;
        if constexpr (std::is_integral_v<T>) {
            x = static_cast<T>(static_cast<std::int64_t>(value * 1024));
        } else {
            x = static_cast<T>(value);
        }
    }
    return v;
}

template <class T>
inline std::vector<double> widen_all(const std::vector<T>& v)
{
    std::vector<double> d;
    for (const T& x : v) {
        d.push_back(static_cast<double>(widen(x)));
    }
    return d;
}

/// The largest |out - expected| / (1 + |expected|), infinite where a NaN stands on one side alone.
template <class T>
inline double worst(const std::vector<T>& out, const std::vector<double>& expected)
{
    if (out.size() != expected.size()) {
        return INFINITY;
    }
    double most = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double x = static_cast<double>(widen(out[i]));
        if (std::isnan(x) != std::isnan(expected[i])) {
            return INFINITY;
        }
        if (!std::isnan(x) && x != expected[i]) {
            most = std::fmax(most, std::fabs(x - expected[i]) / (1.0 + std::fabs(expected[i])));
        }
    }
    return most;
}

/// FNV-1a over the bytes of v.
template <class T>
inline std::uint64_t hash(const std::vector<T>& v)
{
    std::uint64_t h = 14695981039346656037u;
    for (std::size_t i = 0; i < v.size() * sizeof(T); ++i) {
        unsigned char byte = 0;
        std::memcpy(&byte, reinterpret_cast<const char*>(v.data()) + i, 1);
        h = (h ^ byte) * 1099511628211u;
    }
    return h;
}

/// Relaxed SIMD may round a multiply-add once: only there results may differ from the other targets'.
#if defined(__wasm_relaxed_simd__)
inline constexpr bool same_bits = false;
#else
inline constexpr bool same_bits = true;
#endif

}  // namespace wasminfer::reference
