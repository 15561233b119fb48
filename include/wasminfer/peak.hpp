// What the machine can do at most, to be measured beside kernels: no more multiply-adds a second than additions.
//
// Independent additions are timed alone, and each is counted as a multiplication and an addition. Where multiplications
// want the same units as additions (three units for both on Intel's cores since Golden Cove: 75 %), separate ones cannot
// reach that; fused ones can. mixed() is what separate ones reach.
#pragma once

#include <wasminfer/simd.hpp>

namespace wasminfer::peak {

/// Operations that a round stands for.
inline constexpr double additions_flops = 2.0 * 4 * 12;
inline constexpr double mixed_flops = 1.0 * 4 * 14;

template <int N>
float sum_of(const f32x4 (&lanes)[N]) noexcept
{
    f32x4 total = lanes[0];
    for (int i = 1; i < N; ++i) {
        total += lanes[i];
    }
    return sum_lanes(total);
}

/// Twelve additions a round; returns their sum, so that they are computed. y: any number that the compiler doesn't know.
inline float additions(int rounds, float y) noexcept
{
    const f32x4 vy = splat(y);
    f32x4 sums[12];
    for (int i = 0; i < 12; ++i) {
        sums[i] = splat(static_cast<float>(i));
    }
    for (int round = 0; round < rounds; ++round) {
        for (auto& sum : sums) {
            sum = sum + vy;
        }
        // Otherwise native compilers would make several rounds one.
        asm volatile("" : : : "memory");
    }
    return sum_of(sums);
}

/// Seven multiplications and seven additions a round: more chains would not fit into sixteen registers. x: 1, unknown.
inline float mixed(int rounds, float x, float y) noexcept
{
    const f32x4 vx = splat(x);
    const f32x4 vy = splat(y);
    f32x4 products[7];
    f32x4 sums[7];
    for (int i = 0; i < 7; ++i) {
        products[i] = sums[i] = splat(static_cast<float>(i));
    }
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < 7; ++i) {
            products[i] = products[i] * vx;
            sums[i] = sums[i] + vy;
        }
        asm volatile("" : : : "memory");
    }
    return sum_of(products) + sum_of(sums);
}

}  // namespace wasminfer::peak
