// float and f32x4 forms of the rarer functions: computed in double and rounded once, 1 ULP (0.51).
#pragma once

#include <wasminfer/math/hyperbolic.hpp>
#include <wasminfer/math/inverse_trigonometric.hpp>
#include <wasminfer/math/trigonometric.hpp>

namespace wasminfer::math {

#define WASMINFER_THROUGH_DOUBLE(function)                                                                             \
    inline float function(float x) noexcept                                                                            \
    {                                                                                                                  \
        return static_cast<float>(function(static_cast<double>(x)));                                                   \
    }                                                                                                                  \
    WASMINFER_INLINE f32x4 function(f32x4 x) noexcept                                                                  \
    {                                                                                                                  \
        return each_lane(x, [](float v) { return function(v); });                                                      \
    }

WASMINFER_THROUGH_DOUBLE(tan)
WASMINFER_THROUGH_DOUBLE(asin)
WASMINFER_THROUGH_DOUBLE(acos)
WASMINFER_THROUGH_DOUBLE(atan)
WASMINFER_THROUGH_DOUBLE(sinh)
WASMINFER_THROUGH_DOUBLE(cosh)
WASMINFER_THROUGH_DOUBLE(asinh)
WASMINFER_THROUGH_DOUBLE(acosh)
WASMINFER_THROUGH_DOUBLE(atanh)

#undef WASMINFER_THROUGH_DOUBLE

}  // namespace wasminfer::math
