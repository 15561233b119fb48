// Between floating point and integers: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
#pragma once

#include <limits>

#include <wasminfer/functors.hpp>
#include <wasminfer/simd_integer.hpp>

namespace wasminfer {

/// Elements as [outer, axis, inner]; the scale (and zero point) of element (o, a, i) stands at
/// o * scale_outer + (a / block) * scale_axis + i * scale_inner. One scale for all: zeros.
struct quantize_extents {
    index outer = 1;
    index axis = 1;
    index inner = 1;
    index block = 1;
    index scale_outer = 0;
    index scale_axis = 0;
    index scale_inner = 0;
};

namespace detail {

/// f(first, n, scale) for runs of n elements with one scale, or with scales one behind the other: scale_inner says which.
template <class F>
inline void for_scaled(const quantize_extents& e, F f) noexcept
{
    const bool whole = e.scale_inner == 0 && e.scale_axis == 0;
    const index runs = whole ? 1 : e.axis;
    const index n = whole ? e.axis * e.inner : e.inner;
    index at = 0;
    for (index o = 0; o < e.outer; ++o) {
        for (index a = 0; a < runs; ++a, at += n) {
            f(at, n, o * e.scale_outer + (a / e.block) * e.scale_axis);
        }
    }
}

/// x rounded to the nearest integer (ties to even), plus zero, brought into T's range. NaN becomes T's lowest.
template <class T, class C>
WASMINFER_INLINE T saturate_round(C x, std::int32_t zero) noexcept
{
    constexpr C lo = static_cast<C>(std::numeric_limits<T>::lowest());
    constexpr C hi = static_cast<C>(std::numeric_limits<T>::max());
    const C shifted = math::round_even(x) + static_cast<C>(zero);
    return shifted >= hi  ? std::numeric_limits<T>::max()
           : shifted > lo ? static_cast<T>(shifted)
                          : std::numeric_limits<T>::lowest();
}

/// saturate_round on four lanes, as floats.
template <class T>
WASMINFER_INLINE f32x4 saturate_round_lanes(f32x4 x, f32x4 zero) noexcept
{
    // pmax leaves NaN behind as the lowest.
    const f32x4 shifted = math::round_even(x) + zero;
    return pmin(pmax(splat(static_cast<float>(std::numeric_limits<T>::lowest())), shifted),
                splat(static_cast<float>(std::numeric_limits<T>::max())));
}

template <class T>
concept byte = sizeof(T) == 1 && std::is_integral_v<T>;

/// out[i] = saturate(round(in[i] / scale) + zero), n elements. The quotient is rounded to Precision.
template <class Precision, class In, class Out>
inline void quantize_run(const In* in, Out* out, index n, compute_t<Precision> scale, std::int32_t zero) noexcept
{
    using C = compute_t<Precision>;
    index i = 0;
    if constexpr (std::is_same_v<In, float> && std::is_same_v<Precision, float> && byte<Out>) {
        const f32x4 divisor = splat(scale);
        const f32x4 shift = splat(static_cast<float>(zero));
        for (; i + 8 <= n; i += 8) {
            store_narrowed(out + i, saturate_round_lanes<Out>(load(in + i) / divisor, shift),
                           saturate_round_lanes<Out>(load(in + i + 4) / divisor, shift));
        }
    }
    for (; i < n; ++i) {
        const C x = widen(Precision(static_cast<C>(in[i])));
        out[i] = saturate_round<Out>(widen(Precision(x / scale)), zero);
    }
}

/// out[i] = (in[i] - zero) * scale, n elements.
template <class In, class Out>
inline void dequantize_run(const In* in, Out* out, index n, float scale, std::int32_t zero) noexcept
{
    index i = 0;
    if constexpr (std::is_same_v<Out, float> && byte<In>) {
        const i16x8 shift(static_cast<std::int16_t>(zero));
        for (; i + 8 <= n; i += 8) {
            const f32x4_pair steps = to_f32(load_widened(in + i) - shift);
            store(out + i, steps.low * splat(scale));
            store(out + i + 4, steps.high * splat(scale));
        }
    }
    for (; i < n; ++i) {
        // Wraps where ONNX leaves int32 overflow open.
        const auto steps = static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::int32_t>(in[i])) -
                                                     static_cast<std::uint32_t>(zero));
        out[i] = static_cast<Out>(static_cast<float>(steps) * scale);
    }
}

}  // namespace detail

/// out = saturate(round(in / scale) + zero_point), ties to even; zero_point may be null for 0. `in` and the quotient are
/// rounded to Precision, ONNX's attribute: the scale's type unless something else is said, double for integer scales.
template <class Precision, class In, class Scale, class Out>
void quantize_linear(const In* in, const Scale* scale, std::type_identity_t<const Out*> zero_point, Out* out,
                     const quantize_extents& e) noexcept
{
    const auto factor = [scale](index at) { return static_cast<compute_t<Precision>>(widen(scale[at])); };
    detail::for_scaled(e, [&](index first, index n, index s) {
        const auto zero = [&](index at) { return zero_point ? static_cast<std::int32_t>(zero_point[at]) : 0; };
        if (e.scale_inner == 0) {
            detail::quantize_run<Precision>(in + first, out + first, n, factor(s), zero(s));
            return;
        }
        for (index i = 0; i < n; ++i) {
            const index at = s + i * e.scale_inner;
            detail::quantize_run<Precision>(in + first + i, out + first + i, 1, factor(at), zero(at));
        }
    });
}

/// out = (in - zero_point) * scale; zero_point may be null for 0.
template <class In, class Scale, class Out>
void dequantize_linear(const In* in, const Scale* scale, std::type_identity_t<const In*> zero_point, Out* out,
                       const quantize_extents& e) noexcept
{
    detail::for_scaled(e, [&](index first, index n, index s) {
        const auto zero = [&](index at) { return zero_point ? static_cast<std::int32_t>(zero_point[at]) : 0; };
        if (e.scale_inner == 0) {
            detail::dequantize_run(in + first, out + first, n, widen(scale[s]), zero(s));
            return;
        }
        for (index i = 0; i < n; ++i) {
            const index at = s + i * e.scale_inner;
            detail::dequantize_run(in + first + i, out + first + i, 1, widen(scale[at]), zero(at));
        }
    });
}

struct dynamic_quantize_extents {
    index n = 0;
};

/// scale = (max(in, 0) - min(in, 0)) / 255, zero_point = saturate(round(-min / scale)), out as quantize_linear's.
inline void dynamic_quantize_linear(const float* in, std::uint8_t* out, float* scale, std::uint8_t* zero_point,
                                    const dynamic_quantize_extents& e) noexcept
{
    f32x4 least = splat(0.0f);
    f32x4 most = splat(0.0f);
    index i = 0;
    for (; i + 4 <= e.n; i += 4) {
        least = pmin(least, load(in + i));
        most = pmax(most, load(in + i));
    }
    float lo = fold_lanes(least, [](float a, float b) { return pmin(a, b); });
    float hi = fold_lanes(most, [](float a, float b) { return pmax(a, b); });
    for (; i < e.n; ++i) {
        lo = pmin(lo, in[i]);
        hi = pmax(hi, in[i]);
    }
    *scale = (hi - lo) / 255.0f;
    // All zeros: any scale will do, and 0/0 must not happen.
    *zero_point = *scale == 0.0f ? std::uint8_t{0} : detail::saturate_round<std::uint8_t>(-lo / *scale, 0);
    if (*scale == 0.0f) {
        for (index j = 0; j < e.n; ++j) {
            out[j] = *zero_point;
        }
        return;
    }
    detail::quantize_run<float>(in, out, e.n, *scale, *zero_point);
}

}  // namespace wasminfer
