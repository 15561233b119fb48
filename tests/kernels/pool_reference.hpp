// Pools computed plainly in double, channels-last, and the shapes that tests of pools go through.
#pragma once

#include <wasminfer/kernels/pool_window.hpp>

#include "kernels/reference.hpp"

namespace wasminfer::reference {

enum class pool_kind { max, average, average_include_pad, norm1, norm2, norm3 };

inline index size(const index (&shape)[4])
{
    return shape[0] * shape[1] * shape[2] * shape[3];
}

/// Taps outside the image take no part; average_include_pad divides by those in the padding too.
template <class T>
inline std::vector<double> pool(pool_kind k, const pool_extents& e, const std::vector<T>& in)
{
    std::vector<double> out;
    const auto one = [&](index b, const index(&o)[3], index c) {
        double sum = k == pool_kind::max ? -INFINITY : 0.0;
        double count = 0;
        index tap[3];
        for (tap[0] = 0; tap[0] < e.window[0]; ++tap[0]) {
            for (tap[1] = 0; tap[1] < e.window[1]; ++tap[1]) {
                for (tap[2] = 0; tap[2] < e.window[2]; ++tap[2]) {
                    index p[3];
                    bool inside = true;
                    bool padded = true;
                    for (index d = 0; d < 3; ++d) {
                        p[d] = o[d] * e.stride[d] - e.pad[d] + tap[d] * e.dilation[d];
                        inside = inside && p[d] >= 0 && p[d] < e.in[d];
                        padded = padded && p[d] < e.in[d] + e.pad_end[d];
                    }
                    count += (k == pool_kind::average_include_pad ? padded : inside) ? 1 : 0;
                    if (!inside) {
                        continue;
                    }
                    const index at = (((b * e.in[0] + p[0]) * e.in[1] + p[1]) * e.in[2] + p[2]) * e.in[3] + c;
                    const double x = static_cast<double>(widen(in[static_cast<std::size_t>(at)]));
                    switch (k) {
                    case pool_kind::max: sum = std::isnan(x) || std::isnan(sum) ? NAN : std::fmax(sum, x); break;
                    case pool_kind::norm1: sum += std::fabs(x); break;
                    case pool_kind::norm2: sum += x * x; break;
                    case pool_kind::norm3: sum += std::fabs(x * x * x); break;
                    default: sum += x; break;
                    }
                }
            }
        }
        switch (k) {
        case pool_kind::max:
        case pool_kind::norm1: return sum;
        case pool_kind::norm2: return std::sqrt(sum);
        case pool_kind::norm3: return std::cbrt(sum);
        default: return sum / std::fmax(count, 1.0);
        }
    };
    for (index b = 0; b < e.batch; ++b) {
        for (index z = 0; z < e.out[0]; ++z) {
            for (index y = 0; y < e.out[1]; ++y) {
                for (index x = 0; x < e.out[2]; ++x) {
                    for (index c = 0; c < e.in[3]; ++c) {
                        out.push_back(one(b, {z, y, x}, c));
                    }
                }
            }
        }
    }
    return out;
}

/// e with the extents of its result.
inline pool_extents complete(pool_extents e, bool round_up = false)
{
    for (index d = 0; d < 3; ++d) {
        const index room = e.in[d] + e.pad[d] + e.pad_end[d] - (e.window[d] - 1) * e.dilation[d] - 1;
        e.out[d] = (round_up ? ceil_div(room, e.stride[d]) : room / e.stride[d]) + 1;
    }
    e.out[3] = e.in[3];
    return e;
}

inline std::vector<pool_extents> pool_shapes()
{
    std::vector<pool_extents> all;
    for (const index c : {1, 3, 4, 5, 8, 17}) {
        all.push_back(complete({.in = {1, 5, 6, c}, .window = {1, 2, 2}, .stride = {1, 2, 2}}));
        all.push_back(complete({.in = {1, 5, 6, c}, .window = {1, 2, 2}, .stride = {1, 2, 2}}, true));
        all.push_back(complete({.batch = 2,
                                .in = {1, 7, 9, c},
                                .window = {1, 3, 3},
                                .stride = {1, 2, 2},
                                .pad = {0, 1, 1},
                                .pad_end = {0, 1, 1}}));
        all.push_back(complete(
            {.in = {1, 7, 5, c}, .window = {1, 3, 4}, .stride = {1, 1, 3}, .pad = {0, 2, 3}, .pad_end = {0, 0, 1}},
            true));
        all.push_back(complete({.in = {1, 1, 17, c}, .window = {1, 1, 3}, .pad = {0, 0, 2}, .dilation = {1, 1, 3}}));
        all.push_back(complete({.batch = 2,
                                .in = {4, 5, 3, c},
                                .window = {2, 3, 2},
                                .stride = {2, 1, 1},
                                .pad = {1, 1, 0},
                                .pad_end = {0, 1, 1},
                                .dilation = {1, 2, 1}}));
    }
    return all;
}

}  // namespace wasminfer::reference
