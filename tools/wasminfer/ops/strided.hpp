#pragma once

#include "ops/lower.hpp"

namespace wasminfer::gen {

/// One axis of a copy: `from` and `to` are its strides in elements.
struct StridedAxis {
    Dim extent;
    Dim from;
    Dim to;
};

/// A box of elements that goes from one tensor to another; offsets in elements. A stride of 0 repeats elements.
struct StridedCopy {
    std::vector<StridedAxis> axes;
    Dim from_offset = 0;
    Dim to_offset = 0;
};

/// Row-major strides.
std::vector<Dim> strides_of(const Shape& shape);

/// The same copy with as few axes as possible: those of extent 1 vanish, neighbours that follow each other in both
/// tensors become one.
StridedCopy collapsed(StridedCopy copy);

/// Whether a collapsed copy takes one stretch of bytes as it is.
bool is_contiguous(const StridedCopy& copy);

/// Adds the call that copies the elements of `from` to `to`. Offsets count from where the operands point.
void lower_copy(Lower& lower, const Operand& to, const Operand& from, const StridedCopy& copy);
void lower_copy(Lower& lower, const Value& to, const Value& from, const StridedCopy& copy);

/// The same for a copy that makes all of `to`: no call at all where the bytes are a stretch of `from`.
void lower_copy_or_alias(Lower& lower, const Value& to, const Value& from, const StridedCopy& copy);

}  // namespace wasminfer::gen
