// Integer division of sizes, as generated headers write it where a size depends on a free dimension.
#pragma once

#include <algorithm>  // std::min, std::max: the other functions in such expressions

#include <wasminfer/core.hpp>

namespace wasminfer {

/// a / b rounded towards minus infinity; b is not 0.
constexpr index floor_div(index a, index b) noexcept
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

/// a - b * floor_div(a, b): has the sign of b, which is not 0.
constexpr index floor_mod(index a, index b) noexcept
{
    const index remainder = a % b;
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

}  // namespace wasminfer
