// What the machine can do at most, measured beside everything else: no more multiply-adds a second than additions.
//
// Independent additions are timed alone, and each is counted as a multiplication and an addition. Where multiplications
// want the same units as additions (three units for both on Intel's cores since Sapphire Rapids: 75 %), separate ones
// cannot reach that; fused ones can. `mixed` is what separate ones reach.
#include <wasminfer/simd.hpp>

namespace {

using wasminfer::f32x4;

template <int N>
float sum_of(const f32x4 (&lanes)[N])
{
    f32x4 total = lanes[0];
    for (int i = 1; i < N; ++i) {
        total += lanes[i];
    }
    return wasminfer::sum_lanes(total);
}

}  // namespace

extern "C" {

/// Seven multiplications and seven additions a round: more chains would not fit into sixteen registers.
__attribute__((export_name("mixed"))) float mixed(int rounds, float x, float y)
{
    const f32x4 vx = wasminfer::splat(x);
    const f32x4 vy = wasminfer::splat(y);
    f32x4 products[7];
    f32x4 sums[7];
    for (int i = 0; i < 7; ++i) {
        products[i] = sums[i] = wasminfer::splat(static_cast<float>(i));
    }
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < 7; ++i) {
            products[i] = products[i] * vx;
            sums[i] = sums[i] + vy;
        }
    }
    return sum_of(products) + sum_of(sums);
}

/// Twelve additions a round.
__attribute__((export_name("additions"))) float additions(int rounds, float y)
{
    const f32x4 vy = wasminfer::splat(y);
    f32x4 sums[12];
    for (int i = 0; i < 12; ++i) {
        sums[i] = wasminfer::splat(static_cast<float>(i));
    }
    for (int round = 0; round < rounds; ++round) {
        for (auto& sum : sums) {
            sum = sum + vy;
        }
    }
    return sum_of(sums);
}
}
