// before: Relu -> t -> (nothing)        after: nothing
//
// A node none of whose outputs is read can't be observed: operators have no side effects. Outputs that nobody reads
// become absent, so that kernels with optional outputs don't compute them.
#include <algorithm>

#include "passes/rewrite.hpp"

namespace wasminfer::gen {

void remove_dead(Graph& graph)
{
    bool changed = true;
    while (changed) {
        const UseCounts uses{graph};
        const auto before = graph.nodes().size();
        const auto unread = [&](const Value* value) { return !value || value->is_constant() || uses(value) == 0; };
        graph.erase_nodes([&](const Node& node) {
            const bool dead = std::ranges::all_of(node.outputs, unread);
            for (Value* output : node.outputs) {
                if (dead && output) {
                    output->producer = nullptr;
                }
            }
            return dead;
        });
        for (const auto& node : graph.nodes()) {
            // A classifier's first output is its labels, which nobody needs who takes the scores.
            for (std::size_t i = node->domain == "ai.onnx.ml" ? 0 : 1; i < node->outputs.size(); ++i) {
                if (unread(node->outputs[i])) {
                    node->outputs[i] = nullptr;
                }
            }
        }
        changed = graph.nodes().size() != before;
    }
}

void remove_dead_nodes(Model& model, const PassOptions&, Diagnostics&)
{
    remove_dead(model.graph);
    model.graph.collect_values();
}

}  // namespace wasminfer::gen
