// Weights as conv_winograd reads them.
#pragma once

#include <wasminfer/kernels/gemm_kernel.hpp>
#include <wasminfer/kernels/winograd_transform.hpp>

namespace wasminfer {

/// w[out][in][h][w], a window of 3 along an axis that is filtered and of 1 along another.
struct winograd_pack_extents {
    index out = 0;
    index in = 0;
};

/// Floats that pack_winograd<MY, MX> writes.
template <index MY, index MX>
constexpr index winograd_packed_size(const winograd_pack_extents& e) noexcept
{
    return ceil_div(e.out, gemm_nr) * detail::winograd_points<MY, MX> * e.in * gemm_nr;
}

/// packed[ceil(out / 8)][point][in][8] = G w Gᵀ, computed in double and rounded once; zeros past the last channel.
template <index MY, index MX, class T>
inline void pack_winograd(const T* w, float* packed, const winograd_pack_extents& e) noexcept
{
    using rows = detail::winograd_filter<MY>;
    using columns = detail::winograd_filter<MX>;
    constexpr index taps = rows::taps * columns::taps;
    for (index first = 0; first < e.out; first += gemm_nr) {
        for (index y = 0; y < rows::inputs; ++y) {
            for (index x = 0; x < columns::inputs; ++x) {
                for (index i = 0; i < e.in; ++i) {
                    for (index j = 0; j < gemm_nr; ++j) {
                        double sum = 0;
                        if (first + j < e.out) {
                            const T* tap = w + ((first + j) * e.in + i) * taps;
                            for (index n = 0; n < taps; ++n) {
                                sum += rows::g[y][n / columns::taps] * columns::g[x][n % columns::taps] *
                                       static_cast<double>(widen(tap[n]));
                            }
                        }
                        *packed++ = static_cast<float>(sum);
                    }
                }
            }
        }
    }
}

}  // namespace wasminfer
