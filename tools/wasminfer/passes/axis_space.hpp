// What passes know of operators' axes: which axes of a node's operands run along with each other, and how the node is
// rewritten when all of them are permuted alike.
#pragma once

#include "passes/rewrite.hpp"

namespace wasminfer::gen {

/// The axes that a node's operands have in common, numbered. Reduced axes are among them. A Reshape's are the groups of
/// axes that it neither splits nor merges.
struct AxisSpace {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);  ///< An extent of 1 that only one operand has.

    /// For each axis of an operand: the axis of the space that it runs along.
    using Map = std::vector<std::size_t>;

    std::size_t rank = 0;
    /// By operand; nullopt where it has no say: it is absent, constant, broadcast from fewer axes, or a parameter.
    std::vector<std::optional<Map>> inputs, outputs;
    /// Inputs (a bit each) that are data: those that have no say are adapted by permute_axes().
    std::uint32_t data = 1;
    /// The node is a Reshape (or Flatten, Squeeze, Unsqueeze): extents of 1 may stand anywhere.
    bool reshapes = false;
};

/// nullopt where permuting the node's axes is not possible, or not known to be.
std::optional<AxisSpace> axis_space(const Node& node);

/// The order of the space's axes when one operand is stored in the order `stored`; nullopt where that does not tell.
std::optional<Permutation> space_order(const AxisSpace& space, const AxisSpace::Map& map, const Permutation& stored);
/// The order in which an operand is stored when the space's axes are in that order.
Permutation operand_order(const AxisSpace::Map& map, const Permutation& order);

/// Whether the operator can be written for its axes in that order.
bool can_permute(const Node& node, const AxisSpace& space, const Permutation& order);

/// How a data input that has no say is permuted when the axes are in that order, after leading axes of extent 1 were
/// added to it; nullopt where it stays as it is.
std::optional<Permutation> adapted_order(const Value& input, const AxisSpace& space, const Permutation& order);

/// Rewrites attributes and parameters for the axes in that order, and adapts inputs that have no say. Inputs that have a
/// say must have been replaced by their permuted forms. Nodes that this takes are appended to `list`. The caller makes
/// the outputs, of the shapes given, and infers the node.
void permute_axes(Rewriter& rewriter, std::vector<std::unique_ptr<Node>>& list, Node& node, const AxisSpace& space,
                  const Permutation& order, const std::vector<Shape>& outputs);

}  // namespace wasminfer::gen
