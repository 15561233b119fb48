// Measures kernels against what the machine's multiply and add units can do at that moment: both are timed in turns, the
// best of each is kept, so that a busy machine disturbs the ratio little.
#pragma once

#include <wasminfer/simd.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace wasminfer::benchmarks {

using kernel_call = std::function<void()>;

inline double seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// 12 independent chains of multiplies and adds, `rounds` long; returns their sum so that they are computed. Each chain
/// multiplies its own sum: an invariant product would be hoisted, and additions alone measured.
__attribute__((noinline)) inline float peak_loop(long rounds, float x, float y)
{
    const f32x4 vx = splat(x);
    const f32x4 vy = splat(y);
    f32x4 sum[12];
    for (int i = 0; i < 12; ++i) {
        sum[i] = splat(static_cast<float>(i));
    }
    for (long i = 0; i < rounds; ++i) {
        for (auto& s : sum) {
            s = madd(s, vx, vy);
        }
    }
    f32x4 total = sum[0];
    for (int i = 1; i < 12; ++i) {
        total += sum[i];
    }
    return sum_lanes(total);
}

inline constexpr long peak_rounds = 4000;
inline constexpr double peak_flops = 2.0 * 4 * 12 * peak_rounds;

/// A buffer of n floats with small values that don't repeat in step with any extent.
inline std::vector<float> numbers(index n)
{
    std::vector<float> v(static_cast<std::size_t>(n));
    std::uint32_t state = 12345;
    for (auto& x : v) {
        state = state * 1664525u + 1013904223u;
        x = static_cast<float>(static_cast<std::int32_t>(state >> 16 & 255) - 128) / 128.0f;
    }
    return v;
}

/// Times `call`, which does `flops` operations, and prints one line. Through a std::function, so that kernels stay
/// functions of their own: an engine replaces its first, slow code for a function when the function is called again.
inline void measure(const std::string& name, double flops, const kernel_call& call)
{
    static float (*volatile peak)(long, float, float) = peak_loop;
    [[maybe_unused]] static volatile float sink;
    double best = 1e9;
    double best_peak = 1e9;
    const double until = seconds() + 0.8;
    const int calls = static_cast<int>(3e6 / flops) + 1;
    do {
        double start = seconds();
        sink = peak(peak_rounds, 0.5f, 1e-3f);
        best_peak = std::min(best_peak, seconds() - start);
        start = seconds();
        for (int i = 0; i < calls; ++i) {
            call();
        }
        best = std::min(best, (seconds() - start) / calls);
    } while (seconds() < until);
    const double rate = flops / best;
    const double top = peak_flops / best_peak;
    std::printf("%-44s %10.1f us %7.1f GFLOP/s %6.1f %% of %.1f\n", name.c_str(), best * 1e6, rate * 1e-9,
                100 * rate / top, top * 1e-9);
    std::fflush(stdout);
}

}  // namespace wasminfer::benchmarks
