// before: k[B,H,1,N,D] -> Expand [B,H,G,N,D] -> Reshape [B,H*G,N,D] -> Transpose -> MatMul (q[B,H*G,M,D]) -> y
//  after: q -> Reshape [B,H,G,M,D]; k -> Transpose -> MatMul (q) -> Reshape [B,H*G,M,N] -> y
//
// Attention in which a group of query heads shares keys and values copies them for each head. MatMul broadcasts: with the
// heads of a group as an axis of their own, on which k has extent 1, nothing is copied. The products are the same.
#include <algorithm>
#include <ranges>

#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

using Nodes = std::vector<std::unique_ptr<Node>>;

/// An operand that repeats itself: `from` expanded along `axis`, then merged with the axis before.
struct Repeated {
    Value* from = nullptr;
    std::size_t axis = 0;
    std::optional<Permutation> transpose;  ///< Of the operand, after merging: of its last two axes alone.
    std::vector<const Node*> functions;    ///< Of each element, applied after merging; the last one first.
};

std::optional<Repeated> repeated(const Value* operand)
{
    Repeated found;
    const std::size_t rank = operand->shape->size();
    const auto take_functions = [&] {
        while (operand->producer && function_of(*operand->producer)) {
            found.functions.push_back(operand->producer);
            operand = operand->producer->inputs[0];
        }
    };
    take_functions();
    if (const Node* transpose = producer_of(operand, {"Transpose"})) {
        found.transpose = permutation_of(*transpose);
        for (std::size_t i = 0; i + 2 < rank; ++i) {
            if ((*found.transpose)[i] != i) {
                return std::nullopt;
            }
        }
        operand = transpose->inputs[0];
        take_functions();
    }
    const Node* merge = operand->producer && is_reshape(*operand->producer) ? operand->producer : nullptr;
    const Node* expand = merge ? producer_of(merge->inputs[0], {"Expand"}) : nullptr;
    if (!expand || rank < 3) {
        return std::nullopt;
    }
    found.from = expand->inputs[0];
    const Shape& small = *found.from->shape;
    const Shape& large = *expand->outputs[0]->shape;
    const Shape& merged = *operand->shape;
    if (small.size() != rank + 1 || large.size() != rank + 1) {
        return std::nullopt;
    }
    while (found.axis < small.size() && known_equal(small[found.axis], large[found.axis])) {
        ++found.axis;
    }
    // Merged into a batch axis, and all others as they were.
    if (found.axis == 0 || found.axis + 2 > rank || !(small[found.axis] == Dim{1})) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < rank; ++i) {
        const Dim expected = i + 1 < found.axis    ? small[i]
                             : i + 1 == found.axis ? small[i] * large[i + 1]
                                                   : small[i + 1];
        if (!known_equal(merged[i], expected) || (i >= found.axis && !known_equal(small[i + 1], large[i + 1]))) {
            return std::nullopt;
        }
    }
    return found;
}

/// The shape with axis `at` replaced by two.
Shape split(Shape shape, std::size_t at, const Dim& first, const Dim& second)
{
    shape[at] = second;
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(at), first);
    return shape;
}

/// Rewrites the product, whose operand `side` repeats itself. False where the other one doesn't go along.
bool unexpand(Rewriter& rewriter, Nodes& list, Node& product, std::size_t side, const Repeated& found)
{
    Value* other = product.inputs[1 - side];
    const Shape& shape = *other->shape;
    const Dim heads = (*found.from->shape)[found.axis - 1];
    const std::size_t merged = found.axis - 1;
    if (other->is_constant() || shape.size() != product.inputs[side]->shape->size() ||
        !known_equal(shape[merged], (*product.inputs[side]->shape)[merged]) || heads == Dim{0}) {
        return false;
    }
    const Dim group = floor_div(shape[merged], heads);
    const Shape split_other = split(shape, merged, heads, group);
    Value* result = product.outputs[0];
    const Shape split_result = split(*result->shape, merged, heads, group);
    if (!known_equal(heads * group, shape[merged]) || !can_reshape(shape, split_other) ||
        !can_reshape(split_result, *result->shape)) {
        return false;
    }
    product.inputs[1 - side] = rewriter.append_reshape(list, other, split_other);
    Value* small = found.from;
    for (const auto& function : std::views::reverse(found.functions)) {
        small = rewriter.append_copy(list, *function, small);
    }
    product.inputs[side] = small;
    if (found.transpose) {
        Permutation order = identity_permutation(shape.size() + 1);
        for (std::size_t i = shape.size() - 2; i < shape.size(); ++i) {
            order[i + 1] = (*found.transpose)[i] + 1;
        }
        product.inputs[side] = rewriter.append(list, {.op = "Transpose",
                                                      .inputs = {small},
                                                      .attributes = {{"perm", to_attribute(order)}},
                                                      .output = small->name + "_transposed"});
    }
    Value* made = rewriter.graph().add_value(result->name + "_groups");
    made->producer = &product;
    product.outputs[0] = made;
    rewriter.infer(product);
    return true;
}

}  // namespace

void unexpand_products(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    Nodes list;
    for (auto& node : model.graph.take_nodes()) {
        Value* result = node->output(0);
        bool changed = false;
        for (std::size_t side = 0; node->is("MatMul") && node->inputs.size() == 2 && side < 2 && !changed; ++side) {
            const auto found = repeated(node->inputs[side]);
            changed = found && unexpand(rewriter, list, *node, side, *found);
        }
        const Value* made = node->output(0);
        list.push_back(std::move(node));
        if (changed) {
            auto merge = std::make_unique<Node>();
            become_reshape(rewriter, *merge, const_cast<Value*>(made), *result->shape);
            merge->outputs = {result};
            result->producer = merge.get();
            rewriter.infer(*merge);
            list.push_back(std::move(merge));
        }
    }
    model.graph.set_nodes(std::move(list));
    remove_dead(model.graph);
}

}  // namespace wasminfer::gen
