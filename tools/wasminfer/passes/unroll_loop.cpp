// before: n, true, s -> Loop (body) -> t        after: s -> body's nodes -> … -> body's nodes -> t, n times
//
// For loops that carry sequences from turn to turn, as EmbeddingBag leaves them: written out, the sequence in every turn is
// known, and resolves to its tensors.
#include "passes/unroll_loop.hpp"

#include <algorithm>
#include <array>

#include "ops/node_view.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::size_t most_nodes = 4096;

using Mapped = std::map<const Value*, Value*>;

Value* image(const Mapped& mapped, Value* value)
{
    const auto it = mapped.find(value);
    return it == mapped.end() ? value : it->second;
}

void copy_constants(const Graph& from, Graph& to, Mapped& mapped)
{
    for (const auto& value : from.values()) {
        if (value->constant && !value->producer) {
            mapped[value.get()] = to.add_constant(value->name, *value->constant);
        }
    }
}

std::unique_ptr<Node> copy_node(const Node& node, Graph& to, Mapped& mapped);

std::shared_ptr<Graph> copy_graph(const Graph& from, Mapped mapped)
{
    auto copy = std::make_shared<Graph>();
    copy->name = from.name;
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

/// A copy that reads what the operands are mapped to; its outputs are new, and mapped.
std::unique_ptr<Node> copy_node(const Node& node, Graph& to, Mapped& mapped)
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

/// Whether the body hands its condition on as it is, or leaves a true of its own.
bool always_goes_on(const Graph& body)
{
    const Value* condition = body.outputs[0];
    while (condition->producer && condition->producer->is("Identity")) {
        condition = condition->producer->input(0);
    }
    if (condition->producer && condition->producer->is("Constant")) {
        const auto* tensor = condition->producer->attributes.get<Tensor>("value");
        return tensor && tensor->count() == 1 && tensor->to_ints()[0] != 0;
    }
    const Tensor* numbers = condition->numbers();
    return condition == body.inputs[1] || (numbers && numbers->count() == 1 && numbers->to_ints()[0] != 0);
}

std::size_t turns_of(const NodeView& view, const Graph& body)
{
    const Tensor* start = view.has(1) ? view.in(1).numbers() : nullptr;
    const bool starts = !view.has(1) || (start && start->count() == 1 && start->to_ints()[0] != 0);
    if (!view.has(0) || !starts || !always_goes_on(body)) {
        NodeView::fail("carries a sequence from turn to turn, and how many turns there are is not known");
    }
    const auto trips = view.known_ints(0, "number of turns of a loop that carries a sequence");
    const auto turns = static_cast<std::uint64_t>(std::max<std::int64_t>(trips.size() == 1 ? trips[0] : 0, 0));
    if (turns * std::max<std::size_t>(body.nodes().size(), 1) > most_nodes || turns > most_nodes) {
        NodeView::fail("carries a sequence through " + std::to_string(turns) + " turns, too many to be written out");
    }
    return static_cast<std::size_t>(turns);
}

/// The slices of a stacked output, joined along a new first axis.
void stack(ResolvedNode& resolved, const Node& loop, std::vector<Value*> slices, Value* output, Graph& graph)
{
    if (slices.empty()) {
        NodeView::fail("stacks outputs and takes no turn");
    }
    constexpr std::int64_t opset = 13;
    const auto add = [&](const char* op, std::vector<Value*> inputs, Value* made) -> Node& {
        auto& node = *resolved.nodes.emplace_back(std::make_unique<Node>());
        node.op = op;
        node.name = loop.name;
        node.opset = opset;
        node.inputs = std::move(inputs);
        node.outputs = {made};
        made->producer = &node;
        return node;
    };
    Value* axes = graph.add_constant(output->name + "_axes", Tensor::ints({1}, {0}));
    for (Value*& slice : slices) {
        Value* unsqueezed = graph.add_value(slice->name + "_unsqueezed");
        add("Unsqueeze", {slice, axes}, unsqueezed);
        slice = unsqueezed;
    }
    add("Concat", std::move(slices), output).attributes.set("axis", std::int64_t{0});
}

}  // namespace

ResolvedNode unroll_loop(const Node& loop, Graph& graph)
{
    const NodeView view{loop};
    const auto* attribute = loop.attributes.get<std::shared_ptr<Graph>>("body");
    const std::size_t states = loop.inputs.size() < 2 ? 0 : loop.inputs.size() - 2;
    if (!attribute || (*attribute)->inputs.size() != states + 2 || (*attribute)->outputs.size() < states + 1 ||
        loop.outputs.size() > (*attribute)->outputs.size() - 1) {
        NodeView::fail("the body's inputs and outputs do not match the node's");
    }
    const Graph& body = **attribute;
    const std::size_t turns = turns_of(view, body);
    ResolvedNode resolved;
    Mapped constants;
    copy_constants(body, graph, constants);
    const std::array yes{true};
    Value* go = graph.add_constant("true", Tensor::of<bool>(DType::boolean, {}, yes));
    std::vector<Value*> state(loop.inputs.begin() + 2, loop.inputs.end());
    std::vector<std::vector<Value*>> slices(body.outputs.size() - 1 - states);
    for (std::size_t turn = 0; turn < turns; ++turn) {
        Mapped mapped = constants;
        mapped[body.inputs[0]] =
            graph.add_constant(body.inputs[0]->name, Tensor::ints({}, {static_cast<std::int64_t>(turn)}));
        mapped[body.inputs[1]] = go;
        for (std::size_t i = 0; i < states; ++i) {
            mapped[body.inputs[i + 2]] = state[i];
        }
        for (const auto& node : body.nodes()) {
            resolved.nodes.push_back(copy_node(*node, graph, mapped));
        }
        for (std::size_t i = 0; i < states; ++i) {
            state[i] = image(mapped, body.outputs[i + 1]);
        }
        for (std::size_t i = 0; i < slices.size(); ++i) {
            slices[i].push_back(image(mapped, body.outputs[i + 1 + states]));
        }
    }
    for (std::size_t i = 0; i < loop.outputs.size(); ++i) {
        if (!loop.outputs[i]) {
            continue;
        }
        if (i < states) {
            resolved.replaced.emplace_back(loop.outputs[i], state[i]);
        } else {
            stack(resolved, loop, slices[i - states], loop.outputs[i], graph);
        }
    }
    return resolved;
}

}  // namespace wasminfer::gen
