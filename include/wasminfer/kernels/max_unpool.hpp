// max_pool with the positions of its maxima, and max_unpool, which puts values back there.
#pragma once

#include <wasminfer/kernels/pool_window.hpp>

namespace wasminfer {

/// As max_pool_any, and indices[i] (laid out like out) tells where out[i] comes from: its position in the tensor
/// [batch][c][d][h][w], ONNX's order whatever the layout here. column_major (ONNX's storage_order 1) numbers the spatial
/// positions with d running fastest, then h, then w: of an image without d, h fastest. Of equal values the first counts.
template <bool column_major = false, class T>
inline void max_pool_indices(const T* in, T* out, std::int64_t* indices, const pool_extents& e) noexcept
{
    const index channels = e.in[3];
    const index volume = e.in[0] * e.in[1] * e.in[2];
    const index step[3] = {column_major ? 1 : e.in[1] * e.in[2], column_major ? e.in[0] : e.in[2],
                           column_major ? e.in[0] * e.in[1] : 1};
    const index pixels = e.out[0] * e.out[1] * e.out[2];
    for (index i = 0; i < e.batch * pixels; ++i) {
        const index o[3] = {i % pixels / (e.out[1] * e.out[2]), i / e.out[2] % e.out[1], i % e.out[2]};
        const index b = i / pixels;
        const auto range = [&](index d) {
            return detail::tap_range{o[d] * e.stride[d] - e.pad[d], e.window[d], e.dilation[d], e.in[d]};
        };
        const detail::tap_range taps[3] = {range(0), range(1), range(2)};
        const auto position = [&](index d, index tap) { return o[d] * e.stride[d] - e.pad[d] + tap * e.dilation[d]; };
        for (index c = 0; c < channels; ++c, ++out, ++indices) {
            compute_t<T> best = detail::pool_max{}.start<compute_t<T>>();
            index at = -1;
            for (index z = taps[0].first; z < taps[0].last; ++z) {
                for (index y = taps[1].first; y < taps[1].last; ++y) {
                    for (index x = taps[2].first; x < taps[2].last; ++x) {
                        const index p[3] = {position(0, z), position(1, y), position(2, x)};
                        const index offset = (((b * e.in[0] + p[0]) * e.in[1] + p[1]) * e.in[2] + p[2]) * channels + c;
                        const compute_t<T> value = widen(in[offset]);
                        if (at < 0 || value > best || (value != value && best == best)) {
                            best = value;
                            at = p[0] * step[0] + p[1] * step[1] + p[2] * step[2];
                        }
                    }
                }
            }
            *out = static_cast<T>(best);
            *indices = at < 0 ? -1 : static_cast<std::int64_t>((b * channels + c) * volume + at);
        }
    }
}

/// n values go to out, which is [planes][d][h][w] in ONNX's order and zero elsewhere. Indices count positions in
/// [planes][from…], the image that was pooled; out may be larger than it in any dimension.
struct max_unpool_extents {
    index n = 0;
    index planes = 0;
    index from[3] = {1, 1, 1};
    index out[3] = {1, 1, 1};
};

/// in and indices may have any layout, if it is the same; an index outside the image is ignored.
template <class T>
inline void max_unpool(const T* in, const std::int64_t* indices, T* out, const max_unpool_extents& e) noexcept
{
    const index volume = e.out[0] * e.out[1] * e.out[2];
    for (index i = 0; i < e.planes * volume; ++i) {
        out[i] = T(0);
    }
    const std::int64_t positions = static_cast<std::int64_t>(e.planes) * e.from[0] * e.from[1] * e.from[2];
    for (index i = 0; i < e.n; ++i) {
        if (indices[i] < 0 || indices[i] >= positions) {
            continue;
        }
        index at = static_cast<index>(indices[i]);
        const index x = at % e.from[2];
        at /= e.from[2];
        const index y = at % e.from[1];
        at /= e.from[1];
        const index z = at % e.from[0];
        const index plane = at / e.from[0];
        if (z < e.out[0] && y < e.out[1] && x < e.out[2]) {
            out[((plane * e.out[0] + z) * e.out[1] + y) * e.out[2] + x] = in[i];
        }
    }
}

}  // namespace wasminfer
