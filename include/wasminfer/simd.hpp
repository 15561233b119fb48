// 128-bit vectors with the same bits on every target: xsimd batches pinned to one architecture each, and the operations
// where architectures differ (multiply-add, min/max, float to integer, tails) defined here.
//
// Exempt from "the same bits": sign and payload of a NaN, which neither WebAssembly nor IEEE 754 fixes.
#pragma once

#include <wasminfer/core.hpp>

#include <cmath>
#include <cstring>

// xsimd takes Emscripten's macro for WebAssembly with SIMD: WASI's clang has the intrinsics too, and Emscripten without
// -msimd128 has not. The standard headers come first, so that they see the macro as it is.
#include <algorithm>
#include <array>
#include <complex>
#include <limits>
#include <memory>
#include <numeric>
#include <ostream>
#include <stdexcept>
#include <tuple>

#pragma push_macro("__EMSCRIPTEN__")
#if defined(__wasm_simd128__) && !defined(__EMSCRIPTEN__)
#define __EMSCRIPTEN__ 1
#elif defined(__wasm__) && !defined(__wasm_simd128__)
#undef __EMSCRIPTEN__
#endif
#if !defined(__wasm_simd128__) && !defined(__SSE2__) && !defined(__aarch64__) && !defined(XSIMD_WITH_EMULATED)
#define XSIMD_WITH_EMULATED 1
#include <xsimd/config/xsimd_config.hpp>
// xsimd 13 doesn't count its emulated architecture as one.
#undef XSIMD_NO_SUPPORTED_ARCHITECTURE
#endif
#include <xsimd/xsimd.hpp>
#pragma pop_macro("__EMSCRIPTEN__")

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace wasminfer {

// Never xsimd's default: -march=native would change lanes, and with them every summation order.
#if defined(__wasm_simd128__)
using simd_arch = xsimd::wasm;
#elif defined(__SSE2__)
using simd_arch = xsimd::sse2;
#elif defined(__aarch64__)
using simd_arch = xsimd::neon64;
#else
using simd_arch = xsimd::emulated<128>;
#endif

using f32x4 = xsimd::batch<float, simd_arch>;
using i32x4 = xsimd::batch<std::int32_t, simd_arch>;
using u32x4 = xsimd::batch<std::uint32_t, simd_arch>;
using i16x8 = xsimd::batch<std::int16_t, simd_arch>;
using i8x16 = xsimd::batch<std::int8_t, simd_arch>;
using u8x16 = xsimd::batch<std::uint8_t, simd_arch>;
using f64x2 = xsimd::batch<double, simd_arch>;
/// Result of comparing two f32x4.
using mask32x4 = xsimd::batch_bool<float, simd_arch>;

static_assert(f32x4::size == 4);

template <class V>
inline constexpr bool is_vector = std::is_same_v<V, f32x4>;

namespace detail {
template <class V>
struct lane {
    using type = V;
};
template <>
struct lane<f32x4> {
    using type = float;
};
}  // namespace detail

/// The scalar type of a lane: float for f32x4, T for a scalar T.
template <class V>
using lane_t = typename detail::lane<V>::type;

namespace detail {
template <float Value>
inline constexpr float stored = Value;
}  // namespace detail

/// A literal in each lane, rounded once to the type of V's lanes. WebAssembly reads vectors from memory: V8 makes a vector
/// constant anew wherever it is used, in loops too, by three instructions on a port that arithmetic needs. exp, tanh and
/// sigmoid took 1.6 to 2 times as long.
template <class V, double Value>
WASMINFER_INLINE V constant() noexcept
{
#if defined(__wasm_simd128__)
    if constexpr (is_vector<V>) {
        const float* at = &detail::stored<static_cast<float>(Value)>;
        asm("" : "+r"(at));  // What is read there, the compiler would know.
        return V(wasm_v128_load32_splat(at));
    }
#endif
    return V(static_cast<lane_t<V>>(Value));
}

template <double Value>
WASMINFER_INLINE f32x4 literal() noexcept
{
    return constant<f32x4, Value>();
}

WASMINFER_INLINE f32x4 splat(float x) noexcept
{
    return f32x4(x);
}

// ---- loads and stores, no alignment needed ----

WASMINFER_INLINE f32x4 load(const float* p) noexcept
{
    return f32x4::load_unaligned(p);
}

WASMINFER_INLINE void store(float* p, f32x4 v) noexcept
{
    v.store_unaligned(p);
}

WASMINFER_INLINE i32x4 load(const std::int32_t* p) noexcept
{
    return i32x4::load_unaligned(p);
}

WASMINFER_INLINE void store(std::int32_t* p, i32x4 v) noexcept
{
    v.store_unaligned(p);
}

/// The first n lanes of p, 1 ≤ n ≤ 3, zeros above. Reads exactly n floats.
WASMINFER_INLINE f32x4 load_tail(const float* p, index n) noexcept
{
#if defined(__wasm_simd128__)
    if (n == 1) {
        return f32x4(wasm_v128_load32_zero(p));
    }
    const v128_t two = wasm_v128_load64_zero(p);
    return f32x4(n == 2 ? two : wasm_v128_load32_lane(p + 2, two, 2));
#else
    return f32x4(p[0], n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, 0.0f);
#endif
}

/// Writes the first n lanes, 1 ≤ n ≤ 3, and nothing beyond.
WASMINFER_INLINE void store_tail(float* p, f32x4 v, index n) noexcept
{
#if defined(__wasm_simd128__)
    if (n == 1) {
        wasm_v128_store32_lane(p, v, 0);
        return;
    }
    wasm_v128_store64_lane(p, v, 0);
    if (n == 3) {
        wasm_v128_store32_lane(p + 2, v, 2);
    }
#else
    alignas(16) float lanes[4];
    v.store_aligned(lanes);
    p[0] = lanes[0];
    if (n > 1) {
        p[1] = lanes[1];
    }
    if (n > 2) {
        p[2] = lanes[2];
    }
#endif
}

// ---- arithmetic whose meaning differs between architectures ----

/// a * b + c: two roundings, the same bits everywhere. Under relaxed SIMD one instruction, which may round once.
WASMINFER_INLINE f32x4 madd(f32x4 a, f32x4 b, f32x4 c) noexcept
{
#if defined(__wasm_relaxed_simd__)
    return f32x4(wasm_f32x4_relaxed_madd(a, b, c));
#else
    return a * b + c;
#endif
}

template <class T>
    requires std::is_arithmetic_v<T>
WASMINFER_INLINE T madd(T a, T b, T c) noexcept
{
    return static_cast<T>(a * b + c);
}

/// mask ? a : b, lane by lane.
WASMINFER_INLINE f32x4 select(mask32x4 mask, f32x4 a, f32x4 b) noexcept
{
    return xsimd::select(mask, a, b);
}

template <class T>
    requires std::is_arithmetic_v<T>
WASMINFER_INLINE T select(bool mask, T a, T b) noexcept
{
    return mask ? a : b;
}

/// a < b ? b : a, one instruction. A NaN in a stays, a NaN in b is ignored; of two zeros a is taken.
WASMINFER_INLINE f32x4 pmax(f32x4 a, f32x4 b) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_pmax(a, b));
#elif defined(__SSE2__)
    return f32x4(_mm_max_ps(b, a));
#else
    return select(a < b, b, a);
#endif
}

/// b < a ? b : a, one instruction. A NaN in a stays, a NaN in b is ignored; of two zeros a is taken.
WASMINFER_INLINE f32x4 pmin(f32x4 a, f32x4 b) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_pmin(a, b));
#elif defined(__SSE2__)
    return f32x4(_mm_min_ps(b, a));
#else
    return select(b < a, b, a);
#endif
}

template <class T>
    requires std::is_arithmetic_v<T>
WASMINFER_INLINE T pmax(T a, T b) noexcept
{
    return a < b ? b : a;
}

template <class T>
    requires std::is_arithmetic_v<T>
WASMINFER_INLINE T pmin(T a, T b) noexcept
{
    return b < a ? b : a;
}

/// IEEE 754-2019 maximum: a NaN on either side gives NaN, -0 < +0. What ONNX's Max and ReduceMax compute with.
WASMINFER_INLINE f32x4 maximum(f32x4 a, f32x4 b) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_max(a, b));
#elif defined(__SSE2__)
    // The two orders differ only for NaN and zeros: or-ing keeps the NaN, subtracting the difference clears -0 | +0.
    const __m128 ab = _mm_max_ps(a, b);
    const __m128 ba = _mm_max_ps(b, a);
    return f32x4(_mm_sub_ps(_mm_or_ps(ab, ba), _mm_xor_ps(ab, ba)));
#else
    const f32x4 both = select(a == b, a & b, select(a < b, b, a));
    return select(b == b, both, b);
#endif
}

/// IEEE 754-2019 minimum: a NaN on either side gives NaN, -0 < +0.
WASMINFER_INLINE f32x4 minimum(f32x4 a, f32x4 b) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(wasm_f32x4_min(a, b));
#elif defined(__SSE2__)
    return f32x4(_mm_or_ps(_mm_min_ps(a, b), _mm_min_ps(b, a)));
#else
    const f32x4 both = select(a == b, a | b, select(b < a, b, a));
    return select(b == b, both, b);
#endif
}

template <class T>
    requires std::is_arithmetic_v<T>
WASMINFER_INLINE T maximum(T a, T b) noexcept
{
    if constexpr (std::is_floating_point_v<T>) {
        if (a != a || b != b) {
            return a + b;
        }
        if (a == b) {
            return std::signbit(a) ? b : a;
        }
    }
    return a < b ? b : a;
}

template <class T>
    requires std::is_arithmetic_v<T>
WASMINFER_INLINE T minimum(T a, T b) noexcept
{
    if constexpr (std::is_floating_point_v<T>) {
        if (a != a || b != b) {
            return a + b;
        }
        if (a == b) {
            return std::signbit(a) ? a : b;
        }
    }
    return b < a ? b : a;
}

// ---- bits ----

WASMINFER_INLINE u32x4 as_bits(f32x4 x) noexcept
{
    return xsimd::bitwise_cast<std::uint32_t>(x);
}

WASMINFER_INLINE f32x4 from_bits(u32x4 x) noexcept
{
    return xsimd::bitwise_cast<float>(x);
}

/// The sign bits of x, zeros elsewhere.
WASMINFER_INLINE f32x4 sign_bits(f32x4 x) noexcept
{
    return x & literal<-0.0>();
}

WASMINFER_INLINE f32x4 abs(f32x4 x) noexcept
{
    return xsimd::bitwise_andnot(x, literal<-0.0>());
}

/// Magnitude of x with the sign of y.
WASMINFER_INLINE f32x4 copysign(f32x4 x, f32x4 y) noexcept
{
    return abs(x) | sign_bits(y);
}

WASMINFER_INLINE bool any(mask32x4 mask) noexcept
{
    return xsimd::any(mask);
}

// ---- lanes ----

WASMINFER_INLINE float first_lane(f32x4 v) noexcept
{
#if defined(__wasm_simd128__)
    return wasm_f32x4_extract_lane(v, 0);
#elif defined(__SSE2__)
    return _mm_cvtss_f32(v);
#else
    alignas(16) float lane[4];
    v.store_aligned(lane);
    return lane[0];
#endif
}

/// op over the four lanes in a fixed order: op(op(0, 2), op(1, 3)).
template <class Op>
WASMINFER_INLINE float fold_lanes(f32x4 v, Op op) noexcept
{
    alignas(16) float lane[4];
    v.store_aligned(lane);
    return op(op(lane[0], lane[2]), op(lane[1], lane[3]));
}

/// Sum of the lanes as (0 + 2) + (1 + 3).
WASMINFER_INLINE float sum_lanes(f32x4 v) noexcept
{
    return fold_lanes(v, [](float a, float b) { return a + b; });
}

/// f on each lane, for functions that have no vector form.
template <class F>
WASMINFER_INLINE f32x4 each_lane(f32x4 v, F f) noexcept
{
    alignas(16) float lane[4];
    v.store_aligned(lane);
    return f32x4(f(lane[0]), f(lane[1]), f(lane[2]), f(lane[3]));
}

template <class F>
WASMINFER_INLINE f32x4 each_lane(f32x4 a, f32x4 b, F f) noexcept
{
    alignas(16) float x[4];
    alignas(16) float y[4];
    a.store_aligned(x);
    b.store_aligned(y);
    return f32x4(f(x[0], y[0]), f(x[1], y[1]), f(x[2], y[2]), f(x[3], y[3]));
}

/// Four floats as two pairs of doubles, exactly.
struct f64x2_pair {
    f64x2 low;
    f64x2 high;
};

WASMINFER_INLINE f64x2_pair to_f64(f32x4 v) noexcept
{
#if defined(__wasm_simd128__)
    const v128_t upper = wasm_i32x4_shuffle(v, v, 2, 3, 2, 3);
    return {f64x2(wasm_f64x2_promote_low_f32x4(v)), f64x2(wasm_f64x2_promote_low_f32x4(upper))};
#elif defined(__SSE2__)
    return {f64x2(_mm_cvtps_pd(v)), f64x2(_mm_cvtps_pd(_mm_movehl_ps(v, v)))};
#else
    alignas(16) float lane[4];
    v.store_aligned(lane);
    return {f64x2(static_cast<double>(lane[0]), static_cast<double>(lane[1])),
            f64x2(static_cast<double>(lane[2]), static_cast<double>(lane[3]))};
#endif
}

/// Back to floats, rounded to nearest even.
WASMINFER_INLINE f32x4 to_f32(f64x2_pair v) noexcept
{
#if defined(__wasm_simd128__)
    return f32x4(
        wasm_i32x4_shuffle(wasm_f32x4_demote_f64x2_zero(v.low), wasm_f32x4_demote_f64x2_zero(v.high), 0, 1, 4, 5));
#elif defined(__SSE2__)
    return f32x4(_mm_movelh_ps(_mm_cvtpd_ps(v.low), _mm_cvtpd_ps(v.high)));
#else
    alignas(16) double lane[4];
    v.low.store_aligned(lane);
    v.high.store_aligned(lane + 2);
    return f32x4(static_cast<float>(lane[0]), static_cast<float>(lane[1]), static_cast<float>(lane[2]),
                 static_cast<float>(lane[3]));
#endif
}

}  // namespace wasminfer
