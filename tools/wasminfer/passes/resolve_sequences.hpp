#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ir/graph.hpp"

namespace wasminfer::gen {

/// What stands in place of a node that dealt in sequences.
struct ResolvedNode {
    std::vector<std::unique_ptr<Node>> nodes;         ///< To be inferred; mostly none.
    std::vector<std::pair<Value*, Value*>> replaced;  ///< Who reads the first reads the second.
};

/// The sequences of tensors, and optional tensors, of a graph, as lists of the tensors in them. Nodes that put them
/// together and take them apart are resolved one after the other, in the graph's order.
class Sequences {
public:
    /// Whether the node makes or reads a sequence or optional value.
    bool concerns(const Node& node) const;
    /// Throws OperatorError where the sequence, or a position in it, is not known. New values belong to the graph.
    ResolvedNode resolve(Node& node, Graph& graph);
    bool contains(const Value* value) const { return members_.contains(value); }

private:
    const std::vector<Value*>& members(const Node& node, std::size_t input) const;

    /// An optional value without element is an empty list.
    std::map<const Value*, std::vector<Value*>> members_;
};

}  // namespace wasminfer::gen
