// The error function. Bounds in ULP against the exact value.
#pragma once

#include <wasminfer/math/exp.hpp>

namespace wasminfer::math {

/// erf(x). x P(x^2) / Q(x^2), rational minimax (degrees 5 and 6, error 2^-28) up to |x| = 3.93, where erf rounds to 1.
/// 7.1 ULP over all floats, that is 4.3e-7 where erf is near 1.
WASMINFER_INLINE f32x4 erf(f32x4 x) noexcept
{
    const f32x4 bounded = pmin(pmax(x, literal<-3.93>()), literal<3.93>());
    const f32x4 z = bounded * bounded;
    const f32x4 p =
        polynomial<0x1.20dd76p+0, 0x1.8a3888p-3, 0x1.c76c5ap-5, 0x1.1309fcp-8, 0x1.a9d29ep-12, 0x1.bb064ep-18>(z);
    const f32x4 q =
        polynomial<1.0, 0x1.02024ep-1, 0x1.e039ccp-4, 0x1.09ba80p-6, 0x1.713730p-10, 0x1.2aa658p-14, 0x1.0c27c4p-22>(z);
    return pmin(pmax(bounded * p / q, literal<-1.0>()), literal<1.0>());
}

WASMINFER_INLINE float erf(float x) noexcept
{
    return detail::as_lane(x, [](f32x4 v) { return erf(v); });
}

/// erf(x). Up to |x| = 1 a polynomial in x^2 (minimax, 2^-62); up to 6, 1 - exp(-x^2) P(x) / Q(x) (rational minimax of
/// erfc(x) exp(x^2), 2^-62); 1 above. 2 ULP.
inline double erf(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (x != x || magnitude > 6.0) {
        return x != x ? x : std::copysign(1.0, x);
    }
    if (magnitude < 1.0) {
        return x * polynomial<0x1.20dd750429b6dp+0, -0x1.812746b0379e6p-2, 0x1.ce2f21a042b34p-4, -0x1.b82ce31284f38p-6,
                              0x1.565bcd0dbd921p-8, -0x1.c02db3db49762p-11, 0x1.f9a321e4b84f9p-14,
                              -0x1.f4d1e434bc0cfp-17, 0x1.b9df305cad6f7p-20, -0x1.5f1f40faeea79p-23,
                              0x1.f7b99d7c8709ap-27, -0x1.38ac2290d3965p-30, 0x1.062759c5be8ecp-34>(x * x);
    }
    const double p = polynomial<0x1.fffffeb4aa349p-1, 0x1.55126a53c3f9fp+0, 0x1.c33b327dba4e9p-1, 0x1.56a81f5e472e7p-2,
                                0x1.2949eb8423f81p-4, 0x1.dde06074e9ca5p-8, 0x1.be0062778c727p-27>(magnitude);
    const double q = polynomial<0x1.0000000000000p+0, 0x1.3af7ec1e70192p+1, 0x1.543640e02bbcdp+1, 0x1.a01405237cc17p+0,
                                0x1.330dd45e704e0p-1, 0x1.07700ea529a59p-3, 0x1.a788891344bf7p-7>(magnitude);
    return std::copysign(1.0 - exp(-magnitude * magnitude) * p / q, x);
}

}  // namespace wasminfer::math
