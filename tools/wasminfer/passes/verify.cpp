#include <set>

#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

std::string verify(const Graph& graph, std::set<const Value*> made)
{
    for (const Value* input : graph.inputs) {
        made.insert(input);
    }
    const auto readable = [&](const Value* value) { return value->is_constant() || made.contains(value); };
    for (const auto& node : graph.nodes()) {
        for (const Value* input : node->inputs) {
            if (input && !readable(input)) {
                return describe(*node) + " reads '" + input->name + "' before it is made";
            }
        }
        std::string inner;
        for_each_subgraph(*node, [&](const Graph& body) { inner += verify(body, made); });
        if (!inner.empty()) {
            return inner;
        }
        for (const Value* output : node->outputs) {
            if (!output) {
                continue;
            }
            if (output->producer != node.get()) {
                return "'" + output->name + "' does not know that " + describe(*node) + " makes it";
            }
            if (!made.insert(output).second) {
                return "'" + output->name + "' is made twice";
            }
            if (!output->shape || output->dtype == DType::undefined) {
                return "'" + output->name + "' has no type";
            }
        }
    }
    for (const Value* output : graph.outputs) {
        if (!readable(output)) {
            return "the output '" + output->name + "' is never made";
        }
    }
    return {};
}

}  // namespace

std::string verify_graph(const Graph& graph)
{
    return verify(graph, {});
}

}  // namespace wasminfer::gen
