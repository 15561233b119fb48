// The call of the matmul kernel, for operators that put together its strides themselves.
#pragma once

#include "ops/lower.hpp"

namespace wasminfer::gen {

/// One loop over matrices; strides of 0 repeat.
struct BatchLoop {
    Dim extent, a, b, out;
};

/// Element (i, j) of a at i * a_row + j * a_col from the batch's place, and so on; rows of `out` are contiguous.
struct StridedProduct {
    std::vector<BatchLoop> loops;  ///< At most four.
    Dim m, n, k;
    Dim a_row, a_col, b_row, b_col, out_row;
};

/// out = a · b, of elements that dispatch_product() (matrix.hpp) has.
void lower_product(Lower& lower, const Operand& a, const Operand& b, const Operand& out, const StridedProduct& product);

}  // namespace wasminfer::gen
