// Pools over channels-last images [N, spatial…, C], lanes over channels. float and half; max_pool of every arithmetic type.
//
// A NaN inside the window gives NaN, as maximum() of simd.hpp does.
#pragma once

#include <wasminfer/kernels/pool_window.hpp>
#include <wasminfer/kernels/window.hpp>

#include <cassert>

namespace wasminfer {

/// in[batch][h][w][c] to out[batch][h][w][c]. pad: above and left; pad_end: below and right, which matters to
/// average_pool2d alone.
struct pool2d_extents {
    index batch = 1;
    index in[3] = {};
    index out[3] = {};
    index pad[2] = {};
    index pad_end[2] = {};
    index dilation[2] = {1, 1};
};

namespace detail {

template <window Window, stride Stride>
constexpr pool_extents to_pool_extents(const pool2d_extents& e) noexcept
{
    return {.batch = e.batch,
            .in = {1, e.in[0], e.in[1], e.in[2]},
            .out = {1, e.out[0], e.out[1], e.out[2]},
            .window = {1, Window.h, Window.w},
            .stride = {1, Stride.h, Stride.w},
            .pad = {0, e.pad[0], e.pad[1]},
            .pad_end = {0, e.pad_end[0], e.pad_end[1]},
            .dilation = {1, e.dilation[0], e.dilation[1]}};
}

}  // namespace detail

/// The largest of each window; taps outside the image don't count.
template <window Window, stride Stride, class T>
inline void max_pool2d(const T* in, T* out, const pool2d_extents& e) noexcept
{
    assert(e.in[2] == e.out[2]);
    detail::apart(detail::pool_pixels<Window.w, detail::pool_max, T>)(
        in, out, detail::to_pool_extents<Window, Stride>(e), false, detail::pool_max{});
}

/// max_pool2d with window and stride as extents, up to three spatial dimensions.
template <class T>
inline void max_pool_any(const T* in, T* out, const pool_extents& e) noexcept
{
    assert(e.in[3] == e.out[3]);
    detail::apart(detail::pool_pixels<0, detail::pool_max, T>)(in, out, e, false, detail::pool_max{});
}

/// Sum over the window / number of taps in the image; with include_pad, of taps in the image and its padding.
template <window Window, stride Stride, bool include_pad = false, class T>
inline void average_pool2d(const T* in, T* out, const pool2d_extents& e) noexcept
{
    assert(e.in[2] == e.out[2]);
    detail::apart(detail::pool_pixels<Window.w, detail::pool_average, T>)(
        in, out, detail::to_pool_extents<Window, Stride>(e), include_pad, detail::pool_average{});
}

/// average_pool2d with window and stride as extents, up to three spatial dimensions.
template <bool include_pad = false, class T>
inline void average_pool_any(const T* in, T* out, const pool_extents& e) noexcept
{
    assert(e.in[3] == e.out[3]);
    detail::apart(detail::pool_pixels<0, detail::pool_average, T>)(in, out, e, include_pad, detail::pool_average{});
}

/// (Σ |x|^p)^(1/p) over the window, p ≥ 1.
template <class T>
inline void lp_pool_any(const T* in, T* out, const pool_extents& e, index p) noexcept
{
    assert(e.in[3] == e.out[3] && p >= 1);
    if (p == 2) {
        detail::apart(detail::pool_pixels<0, detail::pool_norm<2>, T>)(in, out, e, false, detail::pool_norm<2>{2});
    } else if (p == 1) {
        detail::apart(detail::pool_pixels<0, detail::pool_norm<1>, T>)(in, out, e, false, detail::pool_norm<1>{1});
    } else {
        detail::apart(detail::pool_pixels<0, detail::pool_norm<0>, T>)(in, out, e, false,
                                                                       detail::pool_norm<0>{static_cast<float>(p)});
    }
}

/// in[batch][pixels][c] to out[batch][c].
struct global_pool_extents {
    index batch = 1;
    index pixels = 0;
    index c = 0;
};

namespace detail {

template <class Op, class T>
inline void global_pool(const T* in, T* out, const global_pool_extents& e, const Op& op) noexcept
{
    apart(pool_pixels<0, Op, T>)(
        in, out, {.batch = e.batch, .in = {1, 1, e.pixels, e.c}, .out = {1, 1, 1, e.c}, .window = {1, 1, e.pixels}},
        false, op);
}

}  // namespace detail

/// out[n][c] = the mean of in[n][all pixels][c].
template <class T>
inline void global_average_pool(const T* in, T* out, const global_pool_extents& e) noexcept
{
    detail::global_pool(in, out, e, detail::pool_average{});
}

/// out[n][c] = the largest of in[n][all pixels][c].
template <class T>
inline void global_max_pool(const T* in, T* out, const global_pool_extents& e) noexcept
{
    detail::global_pool(in, out, e, detail::pool_max{});
}

/// (Σ |x|^p)^(1/p), p ≥ 1.
template <class T>
inline void global_lp_pool(const T* in, T* out, const global_pool_extents& e, index p) noexcept
{
    lp_pool_any(in, out,
                {.batch = e.batch, .in = {1, 1, e.pixels, e.c}, .out = {1, 1, 1, e.c}, .window = {1, 1, e.pixels}}, p);
}

}  // namespace wasminfer
