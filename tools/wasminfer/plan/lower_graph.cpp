#include "plan/lower_graph.hpp"

#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

std::string label(const Node& node)
{
    if (!node.name.empty()) {
        return node.name;
    }
    const Value* output = node.output(0);
    return output ? node.op + " -> " + output->name : node.op;
}

void lower_nodes(const Graph& graph, Program& program, Steps& steps, Diagnostics& diagnostics)
{
    for (const auto& node : graph.nodes()) {
        const Operator* row = find_operator(node->domain, node->op, node->opset);
        const std::size_t first = steps.size();
        try {
            if (!row) {
                throw explain_missing(*node);
            }
            Lower lower{*node, program, steps, [&](const Graph& body, Steps& inner) {
                            lower_nodes(body, program, inner, diagnostics);
                        }};
            row->lower(lower);
        } catch (const OperatorError& error) {
            diagnostics.add(*node, error);
        }
        for (std::size_t i = first; i < steps.size(); ++i) {
            steps[i].label = label(*node);
        }
    }
}

}  // namespace

Program lower_graph(const Model& model, Diagnostics& diagnostics)
{
    Program program;
    lower_nodes(model.graph, program, program.steps, diagnostics);
    return program;
}

}  // namespace wasminfer::gen
