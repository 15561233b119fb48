// Between floating point and integers: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
#pragma once

#include <limits>

#include <wasminfer/functors.hpp>

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

template <class F>
inline void for_scaled(const quantize_extents& e, F f) noexcept
{
    index at = 0;
    for (index o = 0; o < e.outer; ++o) {
        for (index a = 0; a < e.axis; ++a) {
            const index scale = o * e.scale_outer + (a / e.block) * e.scale_axis;
            for (index i = 0; i < e.inner; ++i, ++at) {
                f(at, scale + i * e.scale_inner);
            }
        }
    }
}

/// x rounded to the nearest integer (ties to even), plus zero, brought into T's range. NaN becomes T's lowest.
template <class T>
WASMINFER_INLINE T saturate_round(float x, std::int32_t zero) noexcept
{
    constexpr float lo = static_cast<float>(std::numeric_limits<T>::lowest());
    constexpr float hi = static_cast<float>(std::numeric_limits<T>::max());
    const float shifted = math::round_even(x) + static_cast<float>(zero);
    return shifted >= hi  ? std::numeric_limits<T>::max()
           : shifted > lo ? static_cast<T>(shifted)
                          : std::numeric_limits<T>::lowest();
}

}  // namespace detail

/// out = saturate(round(in / scale) + zero_point), ties to even; zero_point may be null for 0.
template <class In, class Scale, class Out>
void quantize_linear(const In* in, const Scale* scale, std::type_identity_t<const Out*> zero_point, Out* out,
                     const quantize_extents& e) noexcept
{
    detail::for_scaled(e, [&](index at, index s) {
        const float quotient = static_cast<float>(in[at]) / static_cast<float>(scale[s]);
        out[at] = detail::saturate_round<Out>(quotient, zero_point ? static_cast<std::int32_t>(zero_point[s]) : 0);
    });
}

/// out = (in - zero_point) * scale; zero_point may be null for 0.
template <class In, class Out>
void dequantize_linear(const In* in, const Out* scale, std::type_identity_t<const In*> zero_point, Out* out,
                       const quantize_extents& e) noexcept
{
    detail::for_scaled(e, [&](index at, index s) {
        const auto zero = zero_point ? static_cast<std::int32_t>(zero_point[s]) : 0;
        // Wraps where ONNX leaves int32 overflow open.
        const auto steps = static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::int32_t>(in[at])) -
                                                     static_cast<std::uint32_t>(zero));
        out[at] = static_cast<Out>(static_cast<float>(steps) * static_cast<float>(scale[s]));
    });
}

struct dynamic_quantize_extents {
    index n = 0;
};

/// scale = (max(in, 0) - min(in, 0)) / 255, zero_point = saturate(round(-min / scale)), out as quantize_linear's.
inline void dynamic_quantize_linear(const float* in, std::uint8_t* out, float* scale, std::uint8_t* zero_point,
                                    const dynamic_quantize_extents& e) noexcept
{
    float lo = 0.0f;
    float hi = 0.0f;
    for (index i = 0; i < e.n; ++i) {
        lo = in[i] < lo ? in[i] : lo;
        hi = in[i] > hi ? in[i] : hi;
    }
    *scale = (hi - lo) / 255.0f;
    // All zeros: any scale will do, and 0/0 must not happen.
    *zero_point = *scale == 0.0f ? std::uint8_t{0} : detail::saturate_round<std::uint8_t>(-lo / *scale, 0);
    for (index i = 0; i < e.n; ++i) {
        out[i] = *scale == 0.0f ? *zero_point : detail::saturate_round<std::uint8_t>(in[i] / *scale, *zero_point);
    }
}

}  // namespace wasminfer
