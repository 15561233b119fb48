#pragma once

#include <memory>
#include <vector>

#include "ir/graph.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

using Nodes = std::vector<std::unique_ptr<Node>>;

/// Orders the nodes of one graph so that each comes after those whose values it (or a subgraph of it) reads; sorted ones
/// stay as they are. A cycle becomes a finding that names its nodes, which stay in the order they had.
void sort_nodes(Nodes& nodes, Diagnostics& diagnostics);

/// Calls f with each value that the node reads, and each that its subgraphs read or give back.
template <class F>
void for_each_read(const Node& node, const F& f)
{
    for (Value* input : node.inputs) {
        if (input) {
            f(input);
        }
    }
    for_each_subgraph(node, [&](const Graph& body) {
        for (const auto& inner : body.nodes()) {
            for_each_read(*inner, f);
        }
        for (Value* output : body.outputs) {
            f(output);
        }
    });
}

}  // namespace wasminfer::gen
