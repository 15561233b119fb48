#pragma once

#include "ops/lower.hpp"

namespace wasminfer::gen {

/// A matrix in memory, element (i, j) at i * row_stride + j * col_stride; a stride of 0 repeats.
struct Matrix {
    Operand operand;
    DType dtype = DType::undefined;
    Dim rows{}, cols{};
    Dim row_stride{}, col_stride{};
};

/// factor * m as contiguous rows: constant bytes where m is a small constant, a step that writes a temporary otherwise.
/// Types as scale_matrix has them.
Operand contiguous(Lower& lower, const Matrix& m, double factor = 1);

/// Calls f.template operator()<T>() for the types that matrix products have: floats and integers of 32 and 64 bits.
template <class F>
decltype(auto) dispatch_product(DType type, F f)
{
    switch (type) {
    case DType::i32: return f.template operator()<std::int32_t>();
    case DType::i64: return f.template operator()<std::int64_t>();
    case DType::u32: return f.template operator()<std::uint32_t>();
    case DType::u64: return f.template operator()<std::uint64_t>();
    default: return dispatch_float(type, f);
    }
}

/// What a kernel computes in: f32 for f16.
constexpr DType compute_type(DType type)
{
    return type == DType::f16 ? DType::f32 : type;
}

}  // namespace wasminfer::gen
