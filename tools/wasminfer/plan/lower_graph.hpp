#pragma once

#include "ops/call.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// Lowers a graph's nodes in order. What fails goes to the diagnostics.
Program lower_graph(const Model& model, Diagnostics& diagnostics);

}  // namespace wasminfer::gen
