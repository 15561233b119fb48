// What gathers and scatters share: both walk a box of indices that point into other data (input 0: data, 1: indices).
#pragma once

#include "ops/operator.hpp"

namespace wasminfer::gen {

/// Refuses indices that are not int32 or int64.
void require_indices(const NodeView& view, std::size_t input);

/// GatherElements, ScatterElements: refuses shapes that don't fit each other.
void check_indexed_box(const NodeView& view, std::int64_t axis);
/// The extents of their kernels.
std::vector<Field> indexed_box(const NodeView& view, std::int64_t axis);

/// GatherND, ScatterND: on how many axes of the data, after the batch, a row of the indices is a coordinate.
std::int64_t coordinate_depth(const NodeView& view, std::int64_t batch);
/// The extents of their kernels.
std::vector<Field> coordinate_fields(const NodeView& view, std::int64_t batch);

std::span<const Operator> gather_rows();
std::span<const Operator> scatter_rows();

}  // namespace wasminfer::gen
