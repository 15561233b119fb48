// Einsum's equation, read and fitted to its operands' shapes.
#pragma once

#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// Labels are numbers; the axes that an ellipsis stands for have labels of their own.
struct EinsumEquation {
    std::vector<std::vector<int>> inputs;
    std::vector<int> output;
    std::vector<Dim> extents;  ///< Of each label.
};

/// Refuses equations that can't be read, or don't fit the shapes.
EinsumEquation read_einsum(const NodeView& view);

}  // namespace wasminfer::gen
