// Rounding to integral values, exact, with the sign of zero kept, on f32x4, float and double alike.
#pragma once

#include <wasminfer/simd.hpp>

#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

namespace wasminfer::math {

namespace detail {
// Floats from here up are integers.
inline constexpr float integral_f32 = 0x1p23f;
inline constexpr double integral_f64 = 0x1p52;
}  // namespace detail

/// Toward zero.
WASMINFER_INLINE f32x4 trunc(f32x4 x) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_trunc(x));
#elif defined(__SSE4_1__)
    return f32x4(_mm_round_ps(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
#elif defined(__SSE2__)
    const f32x4 whole = copysign(f32x4(_mm_cvtepi32_ps(_mm_cvttps_epi32(x))), x);
    return select(abs(x) < splat(detail::integral_f32), whole, x);
#else
    return each_lane(x, [](float v) { return std::trunc(v); });
#endif
}

/// Toward -infinity.
WASMINFER_INLINE f32x4 floor(f32x4 x) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_floor(x));
#elif defined(__SSE4_1__)
    return f32x4(_mm_round_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
#else
    const f32x4 whole = trunc(x);
    return select(whole > x, whole - splat(1.0f), whole);
#endif
}

/// Toward +infinity.
WASMINFER_INLINE f32x4 ceil(f32x4 x) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_ceil(x));
#elif defined(__SSE4_1__)
    return f32x4(_mm_round_ps(x, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC));
#else
    const f32x4 whole = trunc(x);
    return select(whole < x, whole + splat(1.0f), whole);
#endif
}

/// To nearest, halves to even.
WASMINFER_INLINE f32x4 round_even(f32x4 x) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_nearest(x));
#elif defined(__SSE4_1__)
    return f32x4(_mm_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#else
    const f32x4 magnitude = abs(x);
    const f32x4 whole = (magnitude + splat(detail::integral_f32)) - splat(detail::integral_f32);
    return select(magnitude < splat(detail::integral_f32), whole | sign_bits(x), x);
#endif
}

WASMINFER_INLINE f32x4 sqrt(f32x4 x) noexcept
{
    return xsimd::sqrt(x);
}

template <class T>
    requires std::is_floating_point_v<T>
WASMINFER_INLINE T trunc(T x) noexcept
{
    return std::trunc(x);
}

template <class T>
    requires std::is_floating_point_v<T>
WASMINFER_INLINE T floor(T x) noexcept
{
    return std::floor(x);
}

template <class T>
    requires std::is_floating_point_v<T>
WASMINFER_INLINE T ceil(T x) noexcept
{
    return std::ceil(x);
}

template <class T>
    requires std::is_floating_point_v<T>
WASMINFER_INLINE T round_even(T x) noexcept
{
    constexpr T integral =
        std::is_same_v<T, float> ? static_cast<T>(detail::integral_f32) : static_cast<T>(detail::integral_f64);
    const T magnitude = std::fabs(x);
    return magnitude < integral ? std::copysign((magnitude + integral) - integral, x) : x;
}

template <class T>
    requires std::is_floating_point_v<T>
WASMINFER_INLINE T sqrt(T x) noexcept
{
    return std::sqrt(x);
}

}  // namespace wasminfer::math
