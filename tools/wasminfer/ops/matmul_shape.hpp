#pragma once

#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// One batch dimension: 0 strides broadcast.
struct Batch {
    Dim extent;
    Dim a_stride, b_stride;
};

struct MatMulShape {
    Dim m = 1, n = 1, k;
    std::vector<Batch> batch;
    Shape out;
    bool b_repeats = true;  ///< One b serves all batches.
};

/// Numpy's rules: a vector on the left is a row, one on the right a column, and its axis is not in the result.
MatMulShape matmul_shape(const Shape& a, const Shape& b);

}  // namespace wasminfer::gen
