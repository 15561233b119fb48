// before: types and shapes of the graph's inputs and initializers
//  after: types, shapes and (where known) elements of every value; values known as constants no longer have a producer
//
// One walk in the nodes' order; folding has to go with inference, since the operand that decides a shape is often itself
// computed. A node that fails is reported, and whatever hangs on it is passed over in silence.
#include <algorithm>

#include "ops/operator.hpp"
#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

bool inputs_known(const Node& node)
{
    return std::ranges::all_of(node.inputs, [](const Value* value) { return !value || value->shape; });
}

}  // namespace

void check_operators(const Graph& graph, Diagnostics& diagnostics)
{
    for (const auto& node : graph.nodes()) {
        if (!find_operator(node->domain, node->op, node->opset)) {
            const auto error = explain_missing(*node);
            diagnostics.add(*node, error.what(), error.advice());
        }
        for_each_subgraph(*node, [&](const Graph& body) { check_operators(body, diagnostics); });
    }
}

void infer_shapes(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    check_operators(model.graph, diagnostics);
    for (const auto& node : model.graph.nodes()) {
        // What hangs on a node that failed can't be judged.
        if (!inputs_known(*node) || !find_operator(node->domain, node->op, node->opset)) {
            continue;
        }
        try {
            infer_node(*node, model.symbols, options);
        } catch (const OperatorError& error) {
            diagnostics.add(*node, error.what(), error.advice());
        }
    }
    model.graph.erase_nodes([](const Node& node) {
        const bool folded = std::ranges::all_of(
            node.outputs, [](const Value* value) { return !value || value->is_constant(); });
        if (folded) {
            for (Value* output : node.outputs) {
                if (output) {
                    output->producer = nullptr;
                }
            }
        }
        return folded;
    });
}

}  // namespace wasminfer::gen
