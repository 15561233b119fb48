// before: x -> SplitToSequence -> s, SequenceAt (s, 1) -> y       after: x -> Split -> …, y, …
//         a, b -> SequenceConstruct -> ConcatFromSequence -> y           a, b -> Concat -> y
//
// A sequence whose members and positions are known is nothing but names for tensors.
#include "passes/resolve_sequences.hpp"

#include <algorithm>
#include <array>

#include "ops/node_view.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::array<std::string_view, 11> sequence_types{"ConcatFromSequence", "Optional",       "OptionalGetElement",
                                                          "OptionalHasElement", "SequenceAt",     "SequenceConstruct",
                                                          "SequenceEmpty",      "SequenceErase",  "SequenceInsert",
                                                          "SequenceLength",     "SplitToSequence"};

/// The nodes put in are of this operator set, whatever the model's.
constexpr std::int64_t opset_of_ours = 13;

Node& add_node(ResolvedNode& resolved, const Node& origin, const char* op, std::vector<Value*> inputs,
               std::vector<Value*> outputs)
{
    auto node = std::make_unique<Node>();
    node->op = op;
    node->name = origin.name;
    node->opset = opset_of_ours;
    node->trace = origin.trace;
    node->inputs = std::move(inputs);
    node->outputs = std::move(outputs);
    for (Value* output : node->outputs) {
        output->producer = node.get();
    }
    return *resolved.nodes.emplace_back(std::move(node));
}

Value* ints(Graph& graph, const std::string& name, const std::vector<std::int64_t>& numbers)
{
    return graph.add_constant(name, Tensor::ints({static_cast<std::int64_t>(numbers.size())}, numbers));
}

void become_constant(Value& value, DType dtype, const Tensor& tensor)
{
    value.dtype = dtype;
    value.shape = Shape{};
    value.constant = tensor;
    value.producer = nullptr;
}

/// A place in a list of `count` members; one more is allowed where something is put in.
std::size_t position(const NodeView& view, std::size_t input, std::size_t count, std::size_t places)
{
    const auto given = view.known_ints(input, "position in the sequence");
    const auto size = static_cast<std::int64_t>(count);
    if (given.size() != 1 || given[0] < -size || given[0] >= static_cast<std::int64_t>(places)) {
        NodeView::fail("has a position outside its sequence of " + std::to_string(count));
    }
    return static_cast<std::size_t>(given[0] < 0 ? given[0] + size : given[0]);
}

/// The extents of the pieces along the axis.
std::vector<std::int64_t> pieces_of(const NodeView& view, std::int64_t axis)
{
    const Dim& extent = view.shape(0)[static_cast<std::size_t>(axis)];
    if (!extent.is_constant()) {
        NodeView::fail("splits the free dimension " + extent.str() + " into pieces whose number is not known",
                       "fix the dimension with --dim");
    }
    std::vector<std::int64_t> pieces{1};
    bool sizes = false;
    if (view.has(1)) {
        pieces = view.known_ints(1, "split");
        sizes = view.rank(1) == 1;
    }
    std::int64_t left = extent.constant();
    if (!sizes) {
        const std::int64_t chunk = pieces.at(0);
        constexpr std::int64_t most_pieces = 1 << 16;
        if (chunk < 1 || left / chunk > most_pieces) {
            NodeView::fail("cannot split " + std::to_string(left) + " into pieces of " + std::to_string(chunk));
        }
        pieces.clear();
        for (; left > 0; left -= pieces.back()) {
            pieces.push_back(std::min(chunk, left));
        }
        return pieces;
    }
    for (const auto piece : pieces) {
        left -= piece;
        if (piece < 0 || left < 0) {
            break;
        }
    }
    if (left != 0) {
        NodeView::fail("its pieces do not add up to the extent " + extent.str());
    }
    return pieces;
}

std::vector<Value*> split(const Node& node, Graph& graph, ResolvedNode& resolved)
{
    const NodeView view{node};
    const auto axis = NodeView::normalize_axis(view.int_attribute("axis", 0), view.rank(0));
    const auto pieces = pieces_of(view, axis);
    std::vector<Value*> parts;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        parts.push_back(graph.add_value(node.outputs[0]->name + "_" + std::to_string(i)));
    }
    Node& made = add_node(resolved, node, "Split",
                          {node.inputs[0], ints(graph, node.outputs[0]->name + "_split", pieces)}, parts);
    made.attributes.set("axis", axis);
    if (view.has(1) || view.int_attribute("keepdims", 1) != 0) {
        return parts;
    }
    Value* axes = ints(graph, node.outputs[0]->name + "_axes", {axis});
    for (Value*& part : parts) {
        Value* squeezed = graph.add_value(part->name + "_squeezed");
        add_node(resolved, node, "Squeeze", {part, axes}, {squeezed});
        part = squeezed;
    }
    return parts;
}

void concat(const Node& node, std::vector<Value*> parts, Graph& graph, ResolvedNode& resolved)
{
    const NodeView view{node};
    const auto axis = view.int_attribute("axis");
    if (parts.empty()) {
        NodeView::fail("joins a sequence without tensors");
    }
    if (view.int_attribute("new_axis", 0) != 0) {
        Value* axes = ints(graph, node.outputs[0]->name + "_axes", {axis});
        for (Value*& part : parts) {
            Value* unsqueezed = graph.add_value(part->name + "_unsqueezed");
            add_node(resolved, node, "Unsqueeze", {part, axes}, {unsqueezed});
            part = unsqueezed;
        }
    }
    add_node(resolved, node, "Concat", std::move(parts), {node.outputs[0]}).attributes.set("axis", axis);
}

}  // namespace

bool Sequences::concerns(const Node& node) const
{
    if (!node.domain.empty() || node.outputs.size() != 1 || !node.outputs[0]) {
        return false;
    }
    return std::ranges::find(sequence_types, node.op) != sequence_types.end() ||
           (node.op == "Identity" && members_.contains(node.input(0)));
}

const std::vector<Value*>& Sequences::members(const Node& node, std::size_t input) const
{
    const auto it = members_.find(node.input(input));
    if (it == members_.end()) {
        NodeView::fail(
            "reads a sequence or optional value whose tensors are not known when the header is made",
            "sequences are supported where neither a loop nor a branch that is chosen at run time makes them");
    }
    return it->second;
}

ResolvedNode Sequences::resolve(Node& node, Graph& graph)
{
    const NodeView view{node};
    Value* output = node.outputs[0];
    ResolvedNode resolved;
    if (node.op == "SequenceEmpty") {
        members_[output] = {};
    } else if (node.op == "SequenceConstruct" || node.op == "Optional") {
        members_[output] = node.inputs;
    } else if (node.op == "Identity") {
        members_[output] = members(node, 0);
    } else if (node.op == "SplitToSequence") {
        members_[output] = split(node, graph, resolved);
    } else if (node.op == "SequenceInsert") {
        auto list = members(node, 0);
        const auto at = view.has(2) ? position(view, 2, list.size(), list.size() + 1) : list.size();
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), &view.in(1));
        members_[output] = std::move(list);
    } else if (node.op == "SequenceErase") {
        auto list = members(node, 0);
        const auto at = view.has(1) ? position(view, 1, list.size(), list.size()) : list.size() - 1;
        if (list.empty()) {
            NodeView::fail("takes a tensor out of a sequence without any");
        }
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
        members_[output] = std::move(list);
    } else if (node.op == "SequenceAt") {
        const auto& list = members(node, 0);
        resolved.replaced = {{output, list[position(view, 1, list.size(), list.size())]}};
    } else if (node.op == "SequenceLength") {
        become_constant(*output, DType::i64, Tensor::ints({}, {static_cast<std::int64_t>(members(node, 0).size())}));
    } else if (node.op == "ConcatFromSequence") {
        concat(node, members(node, 0), graph, resolved);
    } else if (node.op == "OptionalHasElement") {
        const bool has = view.has(0) && (!members_.contains(&view.in(0)) || !members(node, 0).empty());
        const std::array flag{has};
        become_constant(*output, DType::boolean, Tensor::of<bool>(DType::boolean, {}, flag));
    } else if (!members_.contains(node.input(0))) {
        // OptionalGetElement takes tensors too from opset 18 on.
        resolved.replaced = {{output, &view.in(0)}};
    } else if (members(node, 0).size() == 1) {
        resolved.replaced = {{output, members(node, 0)[0]}};
    } else {
        NodeView::fail("takes the element of an optional value without one");
    }
    return resolved;
}

}  // namespace wasminfer::gen
