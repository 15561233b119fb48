// A matrix as another kernel wants it: scaled, transposed, or spread from a row, a column or one number.
#pragma once

#include <wasminfer/core.hpp>

#include <cassert>

namespace wasminfer {

/// Element (i, j) of the input at i * row_stride + j * col_stride; a stride of 0 repeats.
struct scale_matrix_extents {
    index rows = 0;
    index cols = 0;
    index row_stride = 0;
    index col_stride = 1;
};

/// out[rows][cols] = factor * in, rounded once. Where the input is contiguous too, out may be in.
template <class T>
inline void scale_matrix(const T* in, T* out, const scale_matrix_extents& e, compute_t<T> factor = 1) noexcept
{
    assert(e.rows >= 0 && e.cols >= 0);
    for (index i = 0; i < e.rows; ++i) {
        for (index j = 0; j < e.cols; ++j) {
            const compute_t<T> x = widen(in[i * e.row_stride + j * e.col_stride]);
            *out++ = static_cast<T>(factor == 1 ? x : static_cast<compute_t<T>>(factor * x));
        }
    }
}

}  // namespace wasminfer
