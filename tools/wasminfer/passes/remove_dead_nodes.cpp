// before: Relu -> t -> (nothing)        after: nothing
//
// A node none of whose outputs is read can't be observed: operators have no side effects. Outputs that nobody reads
// become absent, so that kernels with optional outputs don't compute them.
#include <algorithm>

#include "passes/pass.hpp"

namespace wasminfer::gen {

void remove_dead_nodes(Model& model, const PassOptions&, Diagnostics&)
{
    Graph& graph = model.graph;
    bool changed = true;
    while (changed) {
        const UseCounts uses{graph};
        const auto before = graph.nodes().size();
        graph.erase_nodes([&](const Node& node) {
            return std::ranges::all_of(node.outputs, [&](const Value* value) { return !value || uses(value) == 0; });
        });
        changed = graph.nodes().size() != before;
        for (const auto& node : graph.nodes()) {
            for (std::size_t i = 1; i < node->outputs.size(); ++i) {
                if (node->outputs[i] && uses(node->outputs[i]) == 0) {
                    node->outputs[i] = nullptr;
                }
            }
        }
    }
    graph.collect_values();
}

}  // namespace wasminfer::gen
