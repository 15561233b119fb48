// before: Expand (s[1,8,1,1], [1,8,56,56]) -> e; Mul (x[1,8,56,56], e) -> y     after: Mul (x, s) -> y
//         Add (x[1,8,56,56], b[1,8,56,56], equal along H and W) -> y                   Add (x, b[1,8,1,1]) -> y
//         Mul (number, x) -> y                                                         Mul (x, number) -> y
//
// Elementwise operators broadcast by themselves: an operand that repeats itself along an axis may have extent 1 there, as
// long as another operand keeps the result's shape. A constant on the right can become part of a functor.
#include <algorithm>

#include "ops/operator.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

/// Whether the shapes that remain, with `candidate` for input `replaced`, still broadcast to the output's.
bool keeps_result(const Node& node, std::size_t replaced, const Shape& candidate)
{
    Shape shape = candidate;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (i != replaced && node.inputs[i]) {
            shape = broadcast(shape, *node.inputs[i]->shape);
        }
    }
    return same_shape(shape, *node.outputs[0]->shape);
}

/// The tensor with extent 1 along the axis, if all its slices there are the same.
std::optional<Tensor> first_slice(const Tensor& tensor, std::size_t axis)
{
    const auto& shape = tensor.shape();
    std::size_t inner = size_of(tensor.dtype());
    for (std::size_t i = axis + 1; i < shape.size(); ++i) {
        inner *= static_cast<std::size_t>(shape[i]);
    }
    const auto count = static_cast<std::size_t>(shape[axis]);
    const auto bytes = tensor.bytes();
    std::vector<std::byte> first;
    for (std::size_t outer = 0; outer < bytes.size(); outer += inner * count) {
        const auto slice = bytes.subspan(outer, inner);
        for (std::size_t i = 1; i < count; ++i) {
            if (!std::ranges::equal(slice, bytes.subspan(outer + i * inner, inner))) {
                return std::nullopt;
            }
        }
        first.insert(first.end(), slice.begin(), slice.end());
    }
    auto smaller = shape;
    smaller[axis] = 1;
    return Tensor{tensor.dtype(), smaller, std::move(first)};
}

bool shrink_constant(Rewriter& rewriter, Node& node, std::size_t input)
{
    Tensor tensor = *node.inputs[input]->constant;
    bool changed = false;
    for (std::size_t axis = 0; axis < tensor.shape().size(); ++axis) {
        auto shape = tensor.shape();
        if (shape[axis] <= 1) {
            continue;
        }
        shape[axis] = 1;
        if (!keeps_result(node, input, Shape(shape.begin(), shape.end()))) {
            continue;
        }
        if (auto smaller = first_slice(tensor, axis)) {
            tensor = *std::move(smaller);
            changed = true;
        }
    }
    if (changed) {
        node.inputs[input] = rewriter.graph().add_constant(node.inputs[input]->name, std::move(tensor));
    }
    return changed;
}

bool shrink(Rewriter& rewriter, Node& node, std::size_t input)
{
    const Value* value = node.inputs[input];
    if (value->constant) {
        return shrink_constant(rewriter, node, input);
    }
    const Node* expand = producer_of(value, {"Expand"});
    if (!expand || !keeps_result(node, input, *expand->inputs[0]->shape)) {
        return false;
    }
    node.inputs[input] = expand->inputs[0];
    return true;
}

void put_constant_last(Node& node)
{
    const bool commutes = node.is("Add") || node.is("Mul") || node.is("Max") || node.is("Min");
    if (commutes && node.inputs.size() == 2 && node.inputs[0]->constant && !node.inputs[1]->constant) {
        std::swap(node.inputs[0], node.inputs[1]);
    }
}

}  // namespace

void shrink_broadcasts(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    for (const auto& node : model.graph.nodes()) {
        const Operator* row = find_operator(node->domain, node->op, node->opset);
        const bool known = std::ranges::all_of(node->inputs, [](const Value* value) { return !value || value->shape; });
        if (!row || !row->elementwise || !known || node->outputs.size() != 1 || node->inputs.size() < 2) {
            continue;
        }
        bool changed = false;
        for (std::size_t i = 0; i < node->inputs.size(); ++i) {
            while (node->inputs[i] && shrink(rewriter, *node, i)) {
                changed = true;
            }
        }
        put_constant_last(*node);
        if (changed) {
            rewriter.infer(*node);
        }
    }
    remove_dead(model.graph);
}

}  // namespace wasminfer::gen
