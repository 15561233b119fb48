// Copies of nodes and subgraphs.
#pragma once

#include "ir/graph.hpp"

namespace wasminfer::gen {

/// Values of the original, and what stands for them in the copy; all others are shared.
using ValueMap = std::map<const Value*, Value*>;

/// What the map has for the value, or the value itself.
Value* image(const ValueMap& mapped, Value* value);

/// Initializers of `from`, copied to `to` and mapped.
void copy_constants(const Graph& from, Graph& to, ValueMap& mapped);

/// A copy that reads what its operands are mapped to. Its outputs are new values of `to`, and mapped; its subgraphs are
/// copied too.
std::unique_ptr<Node> copy_node(const Node& node, Graph& to, ValueMap& mapped);

/// A copy of a subgraph, nothing of it inferred: types, shapes and elements of what its nodes make are not known.
std::shared_ptr<Graph> copy_graph(const Graph& from, ValueMap mapped = {});

}  // namespace wasminfer::gen
