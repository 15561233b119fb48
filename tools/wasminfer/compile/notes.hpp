#pragma once

#include "ir/graph.hpp"
#include "plan/plan.hpp"

namespace wasminfer::gen {

/// What the user of a model that compiles should know, a sentence each, fit for a terminal.
/// Of the graph as it was imported: outputs that are not what the model's file says they are.
std::vector<std::string> face_notes(const Graph& graph);
/// Of the plan: branches that a caller has to keep away from.
std::vector<std::string> plan_notes(Plan& plan);

}  // namespace wasminfer::gen
