#include "import/unsupported_types.hpp"

#include <algorithm>

#include "import/sort.hpp"

namespace wasminfer::gen {

namespace {

bool unsupported(const Tensor& tensor)
{
    return size_of(tensor.dtype()) == 0;
}

std::string type_of(const Tensor& tensor)
{
    return std::string{name(tensor.dtype())} + ", which is not supported";
}

void report_node(const Node& node, Diagnostics& diagnostics)
{
    const std::string advice = "convert the model's weights to float32 or float16";
    for (const Value* input : node.inputs) {
        if (input && input->constant && unsupported(*input->constant)) {
            diagnostics.add(node, "reads the initializer '" + input->name + "' of type " + type_of(*input->constant),
                            advice);
        }
    }
    for (const auto& [key, attribute] : node.attributes) {
        if (const auto* tensor = std::get_if<Tensor>(&attribute); tensor && unsupported(*tensor)) {
            diagnostics.add(node, "attribute '" + key + "' is a tensor of type " + type_of(*tensor), advice);
        }
    }
    for_each_subgraph(node, [&](const Graph& body) {
        for (const auto& inner : body.nodes()) {
            report_node(*inner, diagnostics);
        }
    });
}

}  // namespace

std::unordered_set<const Value*> needed_values(const Graph& graph)
{
    std::unordered_set<const Value*> needed;
    std::unordered_set<const Node*> visited;
    std::vector<const Value*> open{graph.outputs.begin(), graph.outputs.end()};
    while (!open.empty()) {
        const Value* value = open.back();
        open.pop_back();
        needed.insert(value);
        if (value->producer && visited.insert(value->producer).second) {
            for_each_read(*value->producer, [&](const Value* read) { open.push_back(read); });
        }
    }
    return needed;
}

void report_unsupported_types(const Graph& graph, Diagnostics& diagnostics)
{
    const auto needed = needed_values(graph);
    for (const auto& node : graph.nodes()) {
        if (std::ranges::any_of(node->outputs, [&](const Value* value) { return needed.contains(value); })) {
            report_node(*node, diagnostics);
        }
    }
    for (const Value* output : graph.outputs) {
        if (output->constant && unsupported(*output->constant)) {
            diagnostics.add({"output '" + output->name + "'", "is of type " + type_of(*output->constant), {}});
        }
    }
}

}  // namespace wasminfer::gen
