// before: s -> Loop (body) -> t        after: s -> body's nodes -> … -> body's nodes -> t
//
// For loops whose state is a sequence, as EmbeddingBag leaves them, or changes its shape from turn to turn, as scripts do
// that collect tensors: written out, sequence and shape are known in every turn. The turns are taken one at a time, so that
// each is inferred, and its condition perhaps known, before the next is.
#include "passes/unroll_loop.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "ir/copy.hpp"
#include "ops/loop.hpp"

namespace wasminfer::gen {

namespace {

/// An attribute of ours: how many turns stand before the Loop. Behind the states, its inputs are then the slices of stacked
/// outputs so far.
constexpr const char* turns_done = "turns_done";

std::optional<bool> known_flag(const Value* value)
{
    const Tensor* numbers = value ? value->numbers() : nullptr;
    return numbers && numbers->count() == 1 ? std::optional{numbers->to_ints()[0] != 0} : std::nullopt;
}

/// Whether the loop takes a turn after those that are done.
bool goes_on(const NodeView& view, std::int64_t done)
{
    if (view.has(1)) {
        const auto condition = known_flag(view.node().input(1));
        if (!condition) {
            NodeView::fail(
                "carries a sequence or a growing state from turn to turn, and whether it goes on after turn " +
                    std::to_string(done) + " is not known when the header is made",
                "fix the dimensions that decide it with --dim, or the inputs with --bind");
        }
        if (!*condition) {
            return false;
        }
    }
    if (!view.has(0)) {
        return true;
    }
    const auto trips = view.known_ints(0, "number of turns of a loop that carries a sequence or a growing state");
    return trips.size() == 1 && done < trips[0];
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

bool is_partly_unrolled(const Node& node)
{
    return node.is("Loop") && node.attributes.has(turns_done);
}

ResolvedNode unroll_turn(const Node& loop, Graph& graph)
{
    const NodeView view{loop};
    const auto* attribute = loop.attributes.get<std::shared_ptr<Graph>>("body");
    const std::int64_t done = loop.attributes.get_or<std::int64_t>(turns_done, 0);
    const std::size_t states = attribute && (*attribute)->inputs.size() >= 2 ? (*attribute)->inputs.size() - 2 : 0;
    const std::size_t given = std::max<std::size_t>(loop.inputs.size(), 2) - 2;
    const bool fits = attribute && (*attribute)->inputs.size() == states + 2 &&
                      (*attribute)->outputs.size() >= states + 1 && (done > 0 ? given >= states : given == states) &&
                      loop.outputs.size() <= (*attribute)->outputs.size() - 1;
    if (!fits) {
        NodeView::fail("the body's inputs and outputs do not match the node's");
    }
    const Graph& body = **attribute;
    const std::size_t stacked = body.outputs.size() - 1 - states;
    const auto state = [&](std::size_t i) { return loop.inputs[2 + i]; };
    ResolvedNode resolved;
    if (!goes_on(view, done)) {
        for (std::size_t i = 0; i < loop.outputs.size(); ++i) {
            if (!loop.outputs[i]) {
                continue;
            }
            if (i < states) {
                resolved.replaced.emplace_back(loop.outputs[i], state(i));
                continue;
            }
            std::vector<Value*> slices;
            for (std::size_t at = 2 + i; at < loop.inputs.size(); at += stacked) {
                slices.push_back(loop.inputs[at]);
            }
            stack(resolved, loop, std::move(slices), loop.outputs[i], graph);
        }
        return resolved;
    }
    if (static_cast<std::size_t>(done + 1) * std::max<std::size_t>(body.nodes().size(), 1) > most_written_out) {
        NodeView::fail("carries a sequence or a growing state through more than " + std::to_string(done) +
                       " turns, too many to be written out");
    }
    ValueMap mapped;
    copy_constants(body, graph, mapped);
    const std::array yes{true};
    mapped[body.inputs[0]] = graph.add_constant(body.inputs[0]->name, Tensor::ints({}, {done}));
    mapped[body.inputs[1]] = graph.add_constant(body.inputs[1]->name, Tensor::of<bool>(DType::boolean, {}, yes));
    for (std::size_t i = 0; i < states; ++i) {
        mapped[body.inputs[i + 2]] = state(i);
    }
    for (const auto& node : body.nodes()) {
        resolved.nodes.push_back(copy_node(*node, graph, mapped));
    }
    auto rest = std::make_unique<Node>(loop);
    rest->attributes.set(turns_done, done + 1);
    rest->inputs.resize(std::max<std::size_t>(rest->inputs.size(), 2));
    rest->inputs[1] = image(mapped, body.outputs[0]);
    for (std::size_t i = 0; i < states; ++i) {
        rest->inputs[i + 2] = image(mapped, body.outputs[i + 1]);
    }
    for (std::size_t i = 0; i < stacked; ++i) {
        rest->inputs.push_back(image(mapped, body.outputs[i + 1 + states]));
    }
    for (Value* output : rest->outputs) {
        if (output) {
            output->producer = rest.get();
        }
    }
    resolved.nodes.push_back(std::move(rest));
    return resolved;
}

}  // namespace wasminfer::gen
