// Elementwise kernels on 8-bit integers, of ONNX Runtime's QLinear operators: functors of two operands for binary(), and
// tables of 256 entries for functions of one.
#pragma once

#include <wasminfer/kernels/elementwise.hpp>
#include <wasminfer/kernels/quantize.hpp>

namespace wasminfer {

/// saturate(round((x - x_zero) * x_ratio + (y - y_zero) * y_ratio) + zero), the ratios those of the operands' scales to
/// the result's.
template <class T>
struct qlinear_sum {
    static constexpr bool vector = false;
    float x_ratio;
    float y_ratio;
    std::int32_t x_zero;
    std::int32_t y_zero;
    std::int32_t zero;

    WASMINFER_INLINE T operator()(T x, T y) const noexcept
    {
        const float a = static_cast<float>(x - x_zero) * x_ratio;
        const float b = static_cast<float>(y - y_zero) * y_ratio;
        return detail::saturate_round<T>(a + b, zero);
    }
};

/// saturate(round((x - x_zero) * (y - y_zero) * ratio) + zero), ratio = x_scale * y_scale / the result's scale.
template <class T>
struct qlinear_product {
    static constexpr bool vector = false;
    float ratio;
    std::int32_t x_zero;
    std::int32_t y_zero;
    std::int32_t zero;

    WASMINFER_INLINE T operator()(T x, T y) const noexcept
    {
        return detail::saturate_round<T>(static_cast<float>((x - x_zero) * (y - y_zero)) * ratio, zero);
    }
};

/// Rows of `row` elements, whose beginnings lie `step` apart in out and follow one another in `in`.
struct map_bytes_extents {
    index rows = 1;
    index row = 0;
    index step = 0;
};

/// out = table[in], where int8 counts from 128 on for negative numbers, as uint8 does.
template <class T, class Out>
    requires(sizeof(T) == 1 && sizeof(Out) == 1)
inline void map_bytes(const T* in, const Out* table, Out* out, const map_bytes_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r, in += e.row, out += e.step) {
        for (index i = 0; i < e.row; ++i) {
            out[i] = table[static_cast<std::uint8_t>(in[i])];
        }
    }
}

struct qlinear_softmax_extents {
    index outer = 1;
    index axis = 0;
    index inner = 1;
};

/// Softmax along the middle axis. exponentials[d] = exp(-d * x_scale), d < 256: the largest element's is 1.
/// out = saturate(round(softmax / y_scale) + y_zero).
template <class T>
inline void qlinear_softmax(const T* in, const float* exponentials, T* out, const qlinear_softmax_extents& e,
                            float y_scale, std::int32_t y_zero) noexcept
{
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            const index first = o * e.axis * e.inner + i;
            const index last = first + e.axis * e.inner;
            T most = std::numeric_limits<T>::lowest();
            for (index at = first; at < last; at += e.inner) {
                most = in[at] > most ? in[at] : most;
            }
            float sum = 0.0f;
            for (index at = first; at < last; at += e.inner) {
                sum += exponentials[most - in[at]];
            }
            for (index at = first; at < last; at += e.inner) {
                out[at] = detail::saturate_round<T>(exponentials[most - in[at]] / sum / y_scale, y_zero);
            }
        }
    }
}

}  // namespace wasminfer
