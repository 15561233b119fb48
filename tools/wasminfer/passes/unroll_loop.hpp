#pragma once

#include "passes/resolve_sequences.hpp"

namespace wasminfer::gen {

/// Whether the Loop is one of which some turns have been written out.
bool is_partly_unrolled(const Node& node);

/// The next turn of a Loop as nodes of `graph`, with the Loop of the turns that are left behind them; or nothing but its
/// results, where no turn is left. To be called again when the nodes are inferred: whether the loop goes on may be known
/// then. Throws OperatorError where it isn't known when the header is made, or where the turns become too many.
ResolvedNode unroll_turn(const Node& loop, Graph& graph);

}  // namespace wasminfer::gen
