// tanh and sigmoid, the activations of recurrent networks. Bounds in ULP against the exact value.
#pragma once

#include <wasminfer/math/exp.hpp>

namespace wasminfer::math {

/// tanh(x). x P(x^2) / Q(x^2), rational minimax (degrees 4 and 5, error 2^-30) up to |x| = 9.02, where tanh rounds to 1.
/// 6.3 ULP over all floats, that is 3.8e-7 where tanh is near 1.
WASMINFER_INLINE f32x4 tanh(f32x4 x) noexcept
{
    const f32x4 bounded = pmin(pmax(x, literal<-9.02>()), literal<9.02>());
    const f32x4 z = bounded * bounded;
    const f32x4 p = polynomial<1.0, 0x1.1a52fcp-3, 0x1.06b38ap-8, 0x1.08fcc6p-15, 0x1.b40a96p-25>(z);
    const f32x4 q = polynomial<1.0, 0x1.e27ed4p-2, 0x1.c6737ap-6, 0x1.b92d7ep-12, 0x1.b2303ap-20, 0x1.956912p-31>(z);
    return pmin(pmax(bounded * p / q, literal<-1.0>()), literal<1.0>());
}

WASMINFER_INLINE float tanh(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return tanh(v); });
}

/// tanh(x) = t / (t + 2), t = expm1(2 x). 3 ULP.
inline double tanh(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (magnitude > 20.0) {
        return std::copysign(1.0, x);
    }
    const double t = expm1(2.0 * magnitude);
    return std::copysign(t / (t + 2.0), x);
}

/// 1 / (1 + e^-x). From e^-|x|, which cannot overflow: small results keep their relative accuracy. 3 ULP.
WASMINFER_INLINE f32x4 sigmoid(f32x4 x) noexcept
{
    const f32x4 e = exp_of_negative(x | literal<-0.0>());
    return select(x < splat(0.0f), e, literal<1.0>()) / (e + literal<1.0>());
}

WASMINFER_INLINE float sigmoid(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return sigmoid(v); });
}

/// 1 / (1 + e^-x). 3 ULP.
inline double sigmoid(double x) noexcept
{
    const double e = exp(-std::fabs(x));
    return (x < 0 ? e : 1.0) / (e + 1.0);
}

}  // namespace wasminfer::math
