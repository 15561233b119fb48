#pragma once

#include "passes/resolve_sequences.hpp"

namespace wasminfer::gen {

/// What the turns of a Loop make of its body, one after the other, as nodes of `graph`. Throws OperatorError where the
/// number of turns is not known when the header is made, or too large to be written out.
ResolvedNode unroll_loop(const Node& loop, Graph& graph);

}  // namespace wasminfer::gen
