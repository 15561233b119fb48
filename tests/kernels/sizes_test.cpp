#include <cmath>

#include <doctest/doctest.h>

#include <wasminfer/sizes.hpp>

TEST_CASE("sizes: floor_div rounds down, floor_mod has the divisor's sign")
{
    static_assert(wasminfer::floor_div(7, 2) == 3 && wasminfer::floor_div(-7, 2) == -4);
    static_assert(wasminfer::floor_mod(7, 4) == 3);
    static_assert(wasminfer::floor_mod(-7, 4) == 1 && wasminfer::floor_mod(7, -4) == -1);
    for (wasminfer::index a = -20; a <= 20; ++a) {
        for (wasminfer::index b = -6; b <= 6; ++b) {
            if (b != 0) {
                const double quotient = std::floor(static_cast<double>(a) / static_cast<double>(b));
                CHECK(wasminfer::floor_div(a, b) == static_cast<wasminfer::index>(quotient));
                CHECK(wasminfer::floor_mod(a, b) == a - b * wasminfer::floor_div(a, b));
            }
        }
    }
}
