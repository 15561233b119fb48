// The cubic convolution filter that Resize and GridSample share.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

/// The filter's height at distance d ≥ 0 from its middle; 0 from 2 on. a: -0.75 or -0.5 mostly. Keys, "Cubic convolution
/// interpolation for digital image processing", 1981.
template <class C>
constexpr C cubic_weight(C d, C a) noexcept
{
    return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

}  // namespace wasminfer
