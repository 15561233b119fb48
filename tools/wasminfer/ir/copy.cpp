#include "ir/copy.hpp"

namespace wasminfer::gen {

Value* image(const ValueMap& mapped, Value* value)
{
    const auto it = mapped.find(value);
    return it == mapped.end() ? value : it->second;
}

void copy_constants(const Graph& from, Graph& to, ValueMap& mapped)
{
    for (const auto& value : from.values()) {
        if (value->constant && !value->producer) {
            mapped[value.get()] = to.add_constant(value->name, *value->constant);
        }
    }
}

std::unique_ptr<Node> copy_node(const Node& node, Graph& to, ValueMap& mapped)
{
    auto copy = std::make_unique<Node>(node);
    for (Value*& input : copy->inputs) {
        input = image(mapped, input);
    }
    for (const auto& [key, attribute] : node.attributes) {
        if (const auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
            copy->attributes.set(key, copy_graph(**graph, mapped));
        }
    }
    for (Value*& output : copy->outputs) {
        if (output) {
            Value* fresh = to.add_value(output->name);
            fresh->producer = copy.get();
            mapped[output] = fresh;
            output = fresh;
        }
    }
    return copy;
}

std::shared_ptr<Graph> copy_graph(const Graph& from, ValueMap mapped)
{
    auto copy = std::make_shared<Graph>();
    copy->name = from.name;
    copy->output_names = from.output_names;
    copy_constants(from, *copy, mapped);
    for (const Value* input : from.inputs) {
        copy->inputs.push_back(mapped[input] = copy->add_value(input->name));
    }
    for (const auto& node : from.nodes()) {
        copy->append_node(copy_node(*node, *copy, mapped));
    }
    for (Value* output : from.outputs) {
        copy->outputs.push_back(image(mapped, output));
    }
    return copy;
}

}  // namespace wasminfer::gen
