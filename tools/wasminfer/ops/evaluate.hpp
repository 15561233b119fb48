#pragma once

#include "ops/operator.hpp"

namespace wasminfer::gen {

/// Runs a node in the generator: lowers it and calls the very kernels that the generated header would call. `numbers`
/// stand in for input values that are not constant themselves. nullopt where a step has no host form, or a shape is not
/// static. Outputs that the node doesn't have are left undefined.
std::optional<std::vector<Tensor>> evaluate(const Node& node, const Operator& row,
                                            const std::map<const Value*, Tensor>& numbers = {});

}  // namespace wasminfer::gen
