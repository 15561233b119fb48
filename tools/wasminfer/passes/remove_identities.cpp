// before: x -> Identity -> y          after: y is x
//         x -> Reshape -> Reshape -> y       x -> Reshape -> y
//         x -> Transpose (of extents of 1 alone) -> y       x -> Reshape -> y
//
// Nodes whose output has the input's bits: Identity, Dropout (outside training), Cast to the same type, movements that
// move nothing, x * 1, x / 1, x - 0, x ^ 1 (but not x + 0, which turns -0 into 0).
#include <algorithm>
#include <bit>

#include "ops/node_view.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

bool all_are(const NodeView& view, std::size_t input, std::int64_t number)
{
    const auto elements = view.has(input) ? view.elements(input) : std::nullopt;
    return elements && std::ranges::all_of(*elements, [&](const Dim& element) { return element == Dim{number}; });
}

/// Shape and type stay: with the elements in their order, nothing is left to do.
bool same_type(const Node& node, std::size_t input = 0)
{
    const Value* from = node.input(input);
    const Value* to = node.output(0);
    return from && to && from->dtype == to->dtype && same_shape(*from->shape, *to->shape);
}

bool is_number(const Value* value, double number)
{
    const auto all = uniform(value);
    return all && std::bit_cast<std::uint64_t>(*all) == std::bit_cast<std::uint64_t>(number);
}

/// x - 0 keeps -0 as it is, so does x + -0; integers have one zero.
bool adds_nothing(const Value* value, double zero)
{
    return is_number(value, zero) || (value && is_integer(value->dtype) && is_number(value, 0.0));
}

bool is_slice_of_all(const NodeView& view)
{
    // The shape did not change, so that everything is left: it could still be turned round.
    return view.opset() < 10 || !view.has(4) || all_are(view, 4, 1);
}

/// The input that the node hands on unchanged, or nullptr.
Value* unchanged(const Node& node)
{
    const NodeView view{node};
    if (!node.input(0) || !node.output(0)) {
        return nullptr;
    }
    Value* first = node.input(0);
    if (is_reshape(node)) {
        return same_type(node) ? first : nullptr;
    }
    if (!node.domain.empty()) {
        return nullptr;
    }
    const auto is = [&](std::initializer_list<std::string_view> types) {
        return std::ranges::find(types, node.op) != types.end();
    };
    if (node.op == "Dropout") {
        const bool training = view.has(2) && !all_are(view, 2, 0);
        return !training && !node.output(1) ? first : nullptr;
    }
    if (is({"Concat", "Sum", "Max", "Min", "Mean"}) && node.inputs.size() == 1) {
        return first;
    }
    if (is({"Mul", "Add"}) && same_type(node, 1) &&
        (node.op == "Mul" ? is_number(first, 1.0) : adds_nothing(first, -0.0))) {
        return node.input(1);
    }
    if (is({"And", "Or", "Where"}) || !same_type(node)) {
        return nullptr;
    }
    if (is({"Identity", "Cast", "CastLike", "Expand", "Tile", "Split"})) {
        // A Split into several parts changes the shape, unless the others are empty.
        return node.outputs.size() == 1 ? first : nullptr;
    }
    if (is({"Slice"})) {
        return is_slice_of_all(view) ? first : nullptr;
    }
    if (is({"Pad"})) {
        const auto pads = view.opset() < 11 ? std::nullopt : view.elements(1);
        const auto* attribute = node.attributes.get<std::vector<std::int64_t>>(view.opset() < 2 ? "paddings" : "pads");
        const auto zero = [](const auto& pad) { return pad == 0; };
        return (pads && std::ranges::all_of(*pads, zero)) ||
                       (view.opset() < 11 && attribute && std::ranges::all_of(*attribute, zero))
                   ? first
                   : nullptr;
    }
    if (is({"Transpose"})) {
        return is_identity(permutation_of(node)) ? first : nullptr;
    }
    if (is({"Mul", "Div", "Pow"})) {
        return is_number(node.input(1), 1.0) ? first : nullptr;
    }
    if (is({"Sub"})) {
        return adds_nothing(node.input(1), 0.0) ? first : nullptr;
    }
    if (is({"Add"})) {
        return adds_nothing(node.input(1), -0.0) ? first : nullptr;
    }
    return nullptr;
}

/// The node becomes a Reshape of `from`; false where free dimensions don't let it.
bool reshape_of(Rewriter& rewriter, Node& node, Value* from)
{
    const Shape to = *node.outputs[0]->shape;
    if (!can_reshape(*from->shape, to)) {
        return false;
    }
    become_reshape(rewriter, node, from, to);
    rewriter.infer(node);
    return true;
}

bool simplify(Rewriter& rewriter, Node& node)
{
    if (Value* same = unchanged(node)) {
        return rewriter.replace(node.outputs[0], same);
    }
    if (is_reshape(node)) {
        const Node* inner = node.inputs[0]->producer;
        return inner && is_reshape(*inner) && reshape_of(rewriter, node, inner->inputs[0]);
    }
    if (node.is("Transpose")) {
        Value* from = node.input(0);
        const auto order = permutation_of(node);
        if (moves_nothing(*from->shape, order)) {
            return reshape_of(rewriter, node, from);
        }
        if (const Node* inner = producer_of(from, {"Transpose"})) {
            node.attributes.set("perm", to_attribute(compose(permutation_of(*inner), order)));
            node.inputs[0] = inner->input(0);
            rewriter.infer(node);
            return true;
        }
    }
    return false;
}

}  // namespace

void remove_identities(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    bool changed = true;
    while (changed) {
        changed = false;
        for (const auto& node : model.graph.nodes()) {
            // What was replaced stays in the list, unread, until the walk is over.
            if (node->output(0) && !node->output(0)->is_constant()) {
                changed = simplify(rewriter, *node) || changed;
            }
        }
        remove_dead(model.graph);
    }
}

}  // namespace wasminfer::gen
