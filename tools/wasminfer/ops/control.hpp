// What If, Loop and Scan have in common: their bodies.
#pragma once

#include "ops/operator.hpp"

namespace wasminfer::gen {

/// The subgraph in an attribute, which must be there.
Graph& body_of(const NodeView& view, const std::string& key);

/// Refuses a body ("a branch", "the body") with another number of outputs.
void check_outputs(const Graph& body, std::size_t count, const char* what);

/// Gives an output the type and shape of a body's value.
void set_like(Infer& infer, std::size_t output, const Value& value);

/// If, and what stands in for a branch of it that can't run.
std::span<const Operator> branch_operators();

}  // namespace wasminfer::gen
