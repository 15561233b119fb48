#pragma once

#include "ir/graph.hpp"

namespace wasminfer::gen {

/// Where along an axis a slice begins, and how many elements it takes.
struct SliceRange {
    Dim start;
    Dim extent;
};

/// ONNX's rules for one axis of Slice: negative positions count from the end, positions outside are clamped; a negative
/// step goes backwards and excludes `end` too. `symbols` may be empty: every size counts as non-negative then.
SliceRange slice_range(const Dim& size, const Dim& start, const Dim& end, std::int64_t step, const Symbols& symbols);

}  // namespace wasminfer::gen
