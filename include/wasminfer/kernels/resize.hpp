// Resized axes, by the tables of resize_taps.hpp. Any layout: what lies behind the resized axes, channels of channels-last
// images above all, is contiguous, and lanes run over it.
#pragma once

#include <wasminfer/functors/cast.hpp>
#include <wasminfer/kernels/lanes.hpp>

#include <cassert>
#include <cstring>

namespace wasminfer {

/// in[batch][d][h][w][inner] to out[batch][d][h][w][inner].
struct resize_nearest_extents {
    index batch = 1;
    index in[3] = {1, 1, 1};
    index out[3] = {1, 1, 1};
    index inner = 1;
};

/// in[outer][in][inner] to out[outer][out][inner].
struct resize_axis_extents {
    index outer = 1;
    index in = 1;
    index out = 1;
    index inner = 1;
    index taps = 2;
};

/// in[batch][h][w][inner] to out[batch][h][w][inner].
struct resize_plane_extents {
    index batch = 1;
    index in[2] = {1, 1};
    index out[2] = {1, 1};
    index inner = 1;
    index taps[2] = {2, 2};
};

namespace detail {

/// n elements that T stands for by its size, 16 bytes at a time.
template <class T>
WASMINFER_INLINE void copy_stretch(const T* in, T* out, index n) noexcept
{
    constexpr index step = 16 / sizeof(T);
    index i = 0;
    for (; i + step <= n; i += step) {
        __builtin_memcpy(out + i, in + i, 16);
    }
    for (; i < n; ++i) {
        out[i] = in[i];
    }
}

template <class T>
WASMINFER_INLINE void fill_stretch(T* out, T value, index n) noexcept
{
    for (index i = 0; i < n; ++i) {
        out[i] = value;
    }
}

template <class U, class C>
WASMINFER_INLINE U resized(C x) noexcept
{
    return cast<U>{}(x);
}

/// out[i] = Σ weights[t] in[indices[t] * stride + i] for n elements. Taps: their number where it is known before the
/// call, else 0.
template <index Taps, class T, class U, class C>
WASMINFER_INLINE void blend(const T* in, index stride, const std::int32_t* indices, const C* weights, index taps,
                            U* out, index n) noexcept
{
    const index count = Taps > 0 ? Taps : taps;
    index i = 0;
    if constexpr (float_like<T> && float_like<U> && std::is_same_v<C, float>) {
        for (; i + 4 <= n; i += 4) {
            f32x4 sum = splat(weights[0]) * load(in + indices[0] * stride + i);
            for (index t = 1; t < count; ++t) {
                sum = madd(splat(weights[t]), load(in + indices[t] * stride + i), sum);
            }
            store(out + i, sum);
        }
    }
    for (; i < n; ++i) {
        C sum = weights[0] * static_cast<C>(widen(in[indices[0] * stride + i]));
        for (index t = 1; t < count; ++t) {
            sum = madd(weights[t], static_cast<C>(widen(in[indices[t] * stride + i])), sum);
        }
        out[i] = resized<U>(sum);
    }
}

}  // namespace detail

/// Moves elements, for which T stands by its size. A null table leaves its axis as it is; where a table says -1 (none does
/// unless `extrapolates`), `beyond` is written.
template <bool extrapolates = false, class T>
inline void resize_nearest(const T* in, const std::int32_t* d, const std::int32_t* h, const std::int32_t* w, T* out,
                           const resize_nearest_extents& e, std::type_identity_t<T> beyond = {}) noexcept
{
    const auto from = [](const std::int32_t* table, index at) { return table ? static_cast<index>(table[at]) : at; };
    const index row = e.in[2] * e.inner;
    const index out_row = e.out[2] * e.inner;
    for (index n = 0; n < e.batch; ++n, in += e.in[0] * e.in[1] * row) {
        for (index z = 0; z < e.out[0]; ++z) {
            for (index y = 0; y < e.out[1]; ++y, out += out_row) {
                const index from_z = from(d, z);
                const index from_y = from(h, y);
                if (extrapolates && (from_z < 0 || from_y < 0)) {
                    detail::fill_stretch(out, beyond, out_row);
                    continue;
                }
                if (y > 0 && from_y == from(h, y - 1)) {
                    detail::copy_stretch(out - out_row, out, out_row);
                    continue;
                }
                const T* line = in + (from_z * e.in[1] + from_y) * row;
                for (index x = 0; x < e.out[2]; ++x) {
                    const index from_x = from(w, x);
                    T* to = out + x * e.inner;
                    if (extrapolates && from_x < 0) {
                        detail::fill_stretch(to, beyond, e.inner);
                    } else if (e.inner == 1) {
                        *to = line[from_x];
                    } else {
                        detail::copy_stretch(line + from_x * e.inner, to, e.inner);
                    }
                }
            }
        }
    }
}

/// One axis by a table of resize_table(). Computes in C; `beyond` where the table says -1. Results are rounded once, to
/// integers toward zero, and saturate.
template <index Taps = 0, class T, class U, class C>
inline void resize_axis(const T* in, const std::int32_t* indices, const C* weights, U* out,
                        const resize_axis_extents& e, std::type_identity_t<C> beyond = 0) noexcept
{
    for (index o = 0; o < e.outer; ++o, in += e.in * e.inner) {
        for (index x = 0; x < e.out; ++x, out += e.inner) {
            const std::int32_t* from = indices + x * e.taps;
            if (*from < 0) {
                detail::fill_stretch(out, detail::resized<U>(beyond), e.inner);
            } else {
                detail::blend<Taps>(in, e.inner, from, weights + x * e.taps, e.taps, out, e.inner);
            }
        }
    }
}

/// Two neighbouring axes, each by its table. line: in[1] * inner elements of scratch, where the rows that make one of the
/// output meet, so that each is read by whole rows and each column's taps come from the cache.
template <index Taps = 0, class T, class U, class C>
inline void resize_plane(const T* in, const std::int32_t* h, const C* h_weights, const std::int32_t* w,
                         const C* w_weights, U* out, C* line, const resize_plane_extents& e,
                         std::type_identity_t<C> beyond = 0) noexcept
{
    const index row = e.in[1] * e.inner;
    const index out_row = e.out[1] * e.inner;
    for (index n = 0; n < e.batch; ++n, in += e.in[0] * row) {
        for (index y = 0; y < e.out[0]; ++y, out += out_row) {
            const std::int32_t* from = h + y * e.taps[0];
            if (*from < 0) {
                detail::fill_stretch(out, detail::resized<U>(beyond), out_row);
                continue;
            }
            detail::blend<Taps>(in, row, from, h_weights + y * e.taps[0], e.taps[0], line, row);
            for (index x = 0; x < e.out[1]; ++x) {
                const std::int32_t* column = w + x * e.taps[1];
                U* to = out + x * e.inner;
                if (*column < 0) {
                    detail::fill_stretch(to, detail::resized<U>(beyond), e.inner);
                } else {
                    detail::blend<Taps>(line, e.inner, column, w_weights + x * e.taps[1], e.taps[1], to, e.inner);
                }
            }
        }
    }
}

}  // namespace wasminfer
