#pragma once

#include "ir/graph.hpp"

namespace wasminfer::gen {

/// Multiply-adds of a node whose operands are inferred: those of convolutions, matrix products and recurrent
/// cells. Everything else counts as none.
Dim macs(const Node& node);

/// The sum over a graph's nodes, those of subgraphs included, each once.
Dim total_macs(const Graph& graph);

}  // namespace wasminfer::gen
