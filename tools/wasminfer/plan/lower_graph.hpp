#pragma once

#include "ops/call.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// Lowers a graph's nodes in order. What fails goes to the diagnostics.
Program lower_graph(const Model& model, Diagnostics& diagnostics);

/// What a node's steps are called: its name, or its operator and output.
std::string node_label(const Node& node);
/// The kernel that a step calls, with its template arguments; "if" and "loop" for those around others.
std::string step_text(const Step& step);

}  // namespace wasminfer::gen
