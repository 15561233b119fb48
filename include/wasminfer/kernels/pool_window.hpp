// The walk that all pools share: which taps of a window lie inside the image, and one accumulator per channel over them.
#pragma once

#include <wasminfer/kernels/lanes.hpp>
#include <wasminfer/math/power.hpp>
#include <wasminfer/math/round.hpp>

namespace wasminfer {

/// in[batch][d][h][w][c] to out[batch][d][h][w][c], window at run time; fewer dimensions leave d, or d and h, at 1. pad and
/// pad_end: in front of and behind the image; taps there take no part, but average_pool may count them.
struct pool_extents {
    index batch = 1;
    index in[4] = {1, 1, 1, 1};
    index out[4] = {1, 1, 1, 1};
    index window[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index pad[3] = {};
    index pad_end[3] = {};
    index dilation[3] = {1, 1, 1};
};

namespace detail {

/// The largest value; a NaN wins.
struct pool_max {
    template <class V>
    WASMINFER_INLINE V start() const noexcept
    {
        if constexpr (is_vector<V>) {
            return splat(-std::numeric_limits<float>::infinity());
        } else if constexpr (std::is_floating_point_v<V>) {
            return -std::numeric_limits<V>::infinity();
        } else {
            return std::numeric_limits<V>::lowest();
        }
    }
    template <class V>
    WASMINFER_INLINE V add(V sum, V x) const noexcept
    {
        return maximum(sum, x);
    }
    template <class V, class C>
    WASMINFER_INLINE V finish(V sum, C) const noexcept
    {
        return sum;
    }
};

struct pool_average {
    template <class V>
    WASMINFER_INLINE V start() const noexcept
    {
        return V(0);
    }
    template <class V>
    WASMINFER_INLINE V add(V sum, V x) const noexcept
    {
        return sum + x;
    }
    template <class V, class C>
    WASMINFER_INLINE V finish(V sum, C count) const noexcept
    {
        return sum / V(count);
    }
};

/// (Σ |x|^p)^(1/p); p 0 stands for 2 and needs no pow, nor does 1.
template <index P>
struct pool_norm {
    float p;
    template <class V>
    WASMINFER_INLINE V start() const noexcept
    {
        return V(0);
    }
    template <class V>
    WASMINFER_INLINE V add(V sum, V x) const noexcept
    {
        if constexpr (P == 2) {
            return x * x + sum;
        } else {
            const V magnitude = maximum(x, -x);
            return sum + (P == 1 ? magnitude : math::pow(magnitude, V(p)));
        }
    }
    template <class V, class C>
    WASMINFER_INLINE V finish(V sum, C) const noexcept
    {
        if constexpr (P == 2) {
            return math::sqrt(sum);
        } else {
            return P == 1 ? sum : math::pow(sum, V(1) / V(p));
        }
    }
};

/// Taps [first, last) of one dimension that fall into [0, extent), the first tap at `at`.
struct tap_range {
    index first;
    index last;

    WASMINFER_INLINE tap_range(index at, index window, index dilation, index extent) noexcept
        : first{at < 0 ? ceil_div(-at, dilation) : 0}, last{at < extent ? ceil_div(extent - at, dilation) : 0}
    {
        last = last < window ? last : window;
        first = first < last ? first : last;
    }

    index count() const noexcept { return last - first; }
};

/// One pixel's window: where its first tap inside the image lies, how many there are, and how far apart.
struct pool_taps {
    index at;
    index count[3];
    index step[3];
    index divisor;
};

/// n channels (n ≤ 4, or 1 element without vectors) of one pixel; Columns > 0 is the number of taps in w.
template <index Columns, class Op, class T>
WASMINFER_INLINE void pool_lanes(const T* in, T* out, const pool_taps& taps, index n, const Op& op) noexcept
{
    using V = lanes_t<T>;
    V sum = op.template start<V>();
    const index columns = Columns > 0 ? Columns : taps.count[2];
    for (index z = 0; z < taps.count[0]; ++z) {
        const T* line = in + z * taps.step[0];
        for (index y = 0; y < taps.count[1]; ++y, line += taps.step[1]) {
            const T* p = line;
            for (index x = 0; x < columns; ++x, p += taps.step[2]) {
                sum = op.add(sum, load_lanes(p, n));
            }
        }
    }
    store_lanes(out, op.finish(sum, static_cast<compute_t<T>>(taps.divisor)), n);
}

/// Columns: the window's width where it is known before the call, else 0. include_pad: the divisor counts taps in the
/// padding (but none behind pad_end, where a window that was rounded up may reach).
template <index Columns, class Op, class T>
__attribute__((noinline)) void pool_pixels(const T* in, T* out, const pool_extents& e, bool include_pad,
                                           const Op& op) noexcept
{
    const index channels = e.in[3];
    const index step[3] = {e.in[1] * e.in[2] * channels, e.in[2] * channels, channels};
    pool_taps taps{};
    for (index d = 0; d < 3; ++d) {
        taps.step[d] = e.dilation[d] * step[d];
    }
    const index pixels = e.out[0] * e.out[1] * e.out[2];
    for (index i = 0; i < e.batch * pixels; ++i, out += channels) {
        const index o[3] = {i % pixels / (e.out[1] * e.out[2]), i / e.out[2] % e.out[1], i % e.out[2]};
        taps.at = i / pixels * e.in[0] * step[0];
        taps.divisor = 1;
        for (index d = 0; d < 3; ++d) {
            const index at = o[d] * e.stride[d] - e.pad[d];
            const tap_range inside{at, e.window[d], e.dilation[d], e.in[d]};
            taps.at += (at + inside.first * e.dilation[d]) * step[d];
            taps.count[d] = inside.count();
            taps.divisor *= include_pad ? tap_range{o[d] * e.stride[d], e.window[d], e.dilation[d],
                                                    e.pad[d] + e.in[d] + e.pad_end[d]}
                                              .count()
                                        : inside.count();
        }
        // A window without a tap in the image: the maximum of nothing is -inf, its average 0.
        taps.divisor = taps.divisor > 0 ? taps.divisor : 1;
        const bool empty = taps.count[0] * taps.count[1] * taps.count[2] == 0;
        const T* p = empty ? in : in + taps.at;
        index c = 0;
        if (Columns > 0 && taps.count[2] == Columns) {
            for (; c + lanes<T> <= channels; c += lanes<T>) {
                pool_lanes<Columns>(p + c, out + c, taps, lanes<T>, op);
            }
        }
        for (; c < channels; c += lanes<T>) {
            pool_lanes<0>(p + c, out + c, taps, channels - c < lanes<T> ? channels - c : lanes<T>, op);
        }
    }
}

}  // namespace detail
}  // namespace wasminfer
