// How gemm, the convolutions and the pools read and write their elements: four at a time as floats, with the epilogue
// applied on the way out.
#pragma once

#include <wasminfer/functors/combine.hpp>
#include <wasminfer/kernels/lanes.hpp>

namespace wasminfer::detail {

/// Functors without a mark of their own are called one element at a time.
template <class F>
concept takes_vectors = requires { requires F::vector; };

/// out[offset, offset + n) = epi(v), 1 ≤ n ≤ 4.
template <class Epi, float_like T>
WASMINFER_INLINE void finish_lanes(const Epi& epi, f32x4 v, T* out, index offset, index n) noexcept
{
    if constexpr (is_residual<Epi>) {
        finish_lanes(epi.f, v + load_lanes(epi.ptr + offset, n), out, offset, n);
    } else if constexpr (takes_vectors<Epi>) {
        store_lanes(out + offset, epi(v), n);
    } else {
        alignas(16) float values[4];
        v.store_aligned(values);
        for (index i = 0; i < n; ++i) {
            out[offset + i] = T(epi(values[i]));
        }
    }
}

/// out[offset] = epi(x).
template <class Epi, class C, class T>
WASMINFER_INLINE void finish_one(const Epi& epi, C x, T* out, index offset) noexcept
{
    if constexpr (is_residual<Epi>) {
        finish_one(epi.f, static_cast<C>(x + widen(epi.ptr[offset])), out, offset);
    } else {
        out[offset] = static_cast<T>(epi(x));
    }
}

/// out[offset, offset + n) = epi(acc[0, n)), any n. C is compute_t<T>.
template <class Epi, class C, class T>
WASMINFER_INLINE void finish_row(const Epi& epi, const C* acc, T* out, index offset, index n) noexcept
{
    if constexpr (float_like<T>) {
        index i = 0;
        for (; i + 4 <= n; i += 4) {
            finish_lanes(epi, load(acc + i), out, offset + i, 4);
        }
        if (i < n) {
            finish_lanes(epi, load_tail(acc + i, n - i), out, offset + i, n - i);
        }
    } else {
        for (index i = 0; i < n; ++i) {
            finish_one(epi, acc[i], out, offset + i);
        }
    }
}

/// dst[0, n) = src[0, n), converted to compute_t<T>, n in whole vectors of 4.
template <float_like T>
WASMINFER_INLINE void copy_vectors(float* dst, const T* src, index n) noexcept
{
    index i = 0;
    for (; i + 16 <= n; i += 16) {
        for (index j = 0; j < 16; j += 4) {
            store(dst + i + j, load(src + i + j));
        }
    }
    for (; i < n; i += 4) {
        store(dst + i, load(src + i));
    }
}

/// dst[0, n) = src[0, n), converted to compute_t<T>. The last vector overlaps the one before it.
template <class T>
WASMINFER_INLINE void copy_run(compute_t<T>* dst, const T* src, index n) noexcept
{
    if constexpr (float_like<T>) {
        if (n >= 4) {
            copy_vectors(dst, src, n & ~index{3});
            store(dst + n - 4, load(src + n - 4));
            return;
        }
    }
    for (index i = 0; i < n; ++i) {
        dst[i] = widen(src[i]);
    }
}

/// copy_run for many short runs: where `room` elements may be read from src, whole vectors are copied, up to 3 elements
/// beyond the run's end on both sides.
template <class T>
WASMINFER_INLINE void copy_run_over(compute_t<T>* dst, const T* src, index n, index room) noexcept
{
    if constexpr (float_like<T>) {
        if (n + 3 <= room) {
            copy_vectors(dst, src, n);
            return;
        }
    }
    copy_run(dst, src, n);
}

template <class C>
WASMINFER_INLINE void zero_run(C* dst, index n) noexcept
{
    for (index i = 0; i < n; ++i) {
        dst[i] = C(0);
    }
}

}  // namespace wasminfer::detail
