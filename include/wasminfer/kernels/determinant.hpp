// Determinants of square matrices.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

struct determinant_extents {
    index batch = 1;
    index n = 0;
};

namespace detail {

/// Of the matrix in `a`, which is overwritten: elimination with the largest pivot of each column.
inline double eliminate(double* a, index n) noexcept
{
    double product = 1;
    for (index k = 0; k < n; ++k) {
        index pivot = k;
        const auto magnitude = [&](index row) { return a[row * n + k] < 0 ? -a[row * n + k] : a[row * n + k]; };
        for (index row = k + 1; row < n; ++row) {
            pivot = magnitude(row) > magnitude(pivot) ? row : pivot;
        }
        if (a[pivot * n + k] == 0) {
            return 0;
        }
        product *= pivot == k ? a[k * n + k] : -a[pivot * n + k];
        for (index col = k; col < n && pivot != k; ++col) {
            const double upper = a[k * n + col];
            a[k * n + col] = a[pivot * n + col];
            a[pivot * n + col] = upper;
        }
        for (index row = k + 1; row < n; ++row) {
            const double factor = a[row * n + k] / a[k * n + k];
            for (index col = k + 1; col < n; ++col) {
                a[row * n + col] -= factor * a[k * n + col];
            }
        }
    }
    return product;
}

}  // namespace detail

/// out[batch] = |in[batch][n][n]|, computed in double. scratch: n * n. The determinant of no rows is 1.
template <class T>
inline void determinant(const T* in, T* out, double* scratch, const determinant_extents& e) noexcept
{
    for (index b = 0; b < e.batch; ++b, in += e.n * e.n) {
        for (index i = 0; i < e.n * e.n; ++i) {
            scratch[i] = static_cast<double>(widen(in[i]));
        }
        out[b] = static_cast<T>(detail::eliminate(scratch, e.n));
    }
}

}  // namespace wasminfer
