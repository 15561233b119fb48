#pragma once

#include <unordered_set>

#include "ir/graph.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// The values that the graph's outputs depend on.
std::unordered_set<const Value*> needed_values(const Graph& graph);

/// A finding for each constant of a type that generated code can't hold, where a node that an output depends on reads it.
void report_unsupported_types(const Graph& graph, Diagnostics& diagnostics);

}  // namespace wasminfer::gen
