#include "passes/absorbed_reshape.hpp"

#include <algorithm>

#include "ops/node_view.hpp"

namespace wasminfer::gen {

namespace {

/// Weights that may be put into another order: a constant matrix, and a bias of one number a column.
bool has_plain_weights(const Node& product)
{
    const bool matmul = product.is("MatMul");
    if (!(matmul || product.is("Gemm")) || product.attributes.has("residual") || product.outputs[0]->rank() < 2) {
        return false;
    }
    const Value* weights = product.input(1);
    return weights && weights->constant && weights->rank() == 2 && NodeView{product}.int_attribute("transA", 0) == 0;
}

bool has_plain_bias(const Node& product)
{
    const Value* bias = product.input(2);
    if (!bias) {
        return true;
    }
    const Dim columns = product.outputs[0]->shape->back();
    return bias->constant && element_count(*bias->shape) == columns && !bias->shape->empty() &&
           bias->shape->back() == columns;
}

/// The first axis of `shape` from which on all axes together are the last axis of `flat`, those before being as they are
/// up to extents of 1.
std::optional<std::size_t> row_axes(const Shape& shape, const Shape& flat)
{
    if (flat.size() < 2 || shape.size() < 2 || !flat.back().is_constant()) {
        return std::nullopt;
    }
    const Shape outer(flat.begin(), flat.end() - 1);
    Dim row = 1;
    for (std::size_t first = shape.size(); first-- > 1;) {
        row = row * shape[first];
        const Shape before(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(first));
        if (row == flat.back() && known_equal(element_count(before), element_count(outer))) {
            // Extents of 1 belong to the row as well: a permutation may move them.
            while (first > 1 && shape[first - 1] == Dim{1}) {
                --first;
            }
            return first;
        }
    }
    return std::nullopt;
}

AxisSpace one_sided(const Node& reshape, bool input, std::size_t rank)
{
    AxisSpace space;
    space.rank = rank;
    space.data = 0;
    space.inputs.resize(reshape.inputs.size());
    space.outputs.resize(1);
    (input ? space.inputs[0] : space.outputs[0]) = identity_permutation(rank);
    return space;
}

/// The extents that one side of the weights stands for, in another order.
Tensor reordered(const Tensor& tensor, bool rows, const std::vector<std::int64_t>& row, const Permutation& order)
{
    // [outer, row..., inner]
    const std::int64_t outer = rows ? 1 : tensor.count() / tensor.shape().back();
    const std::int64_t inner = rows ? tensor.shape().back() : 1;
    std::vector<std::int64_t> split{outer};
    split.insert(split.end(), row.begin(), row.end());
    split.push_back(inner);
    Permutation full{0};
    for (const auto axis : order) {
        full.push_back(axis + 1);
    }
    full.push_back(row.size() + 1);
    return transposed(tensor.reshaped(split), full).reshaped(tensor.shape());
}

}  // namespace

std::optional<AbsorbedReshape> absorbed_reshape(const Node& reshape, const std::vector<Node*>& readers,
                                                const std::vector<Node*>& input_readers)
{
    if (!is_reshape(reshape)) {
        return std::nullopt;
    }
    const Value* input = reshape.inputs[0];
    const Value* output = reshape.outputs[0];
    AbsorbedReshape form;
    if (readers.size() == 1 && readers[0] && readers[0]->input(0) == output && has_plain_weights(*readers[0])) {
        form.product = readers[0];
        const auto first = row_axes(*input->shape, *output->shape);
        if (!first || input->is_constant()) {
            return std::nullopt;
        }
        form.first = *first;
        form.space = one_sided(reshape, true, input->shape->size());
        return form;
    }
    Node* product = input->producer;
    if (product && input_readers.size() == 1 && product->output(0) == input && has_plain_weights(*product) &&
        has_plain_bias(*product)) {
        form.product = product;
        form.reads = false;
        const auto first = row_axes(*output->shape, *input->shape);
        if (!first) {
            return std::nullopt;
        }
        form.first = *first;
        form.space = one_sided(reshape, false, output->shape->size());
        return form;
    }
    return std::nullopt;
}

bool can_absorb(const AbsorbedReshape& form, const Permutation& order)
{
    for (std::size_t i = 0; i < form.first; ++i) {
        if (order[i] != i) {
            return false;
        }
    }
    return true;
}

void absorb(Rewriter& rewriter, const AbsorbedReshape& form, const Shape& shape, const Permutation& order)
{
    const auto first = static_cast<std::ptrdiff_t>(form.first);
    const auto row = extents(Shape(shape.begin() + first, shape.end()));
    Permutation row_order;
    for (auto it = order.begin() + first; it != order.end(); ++it) {
        row_order.push_back(*it - form.first);
    }
    if (is_identity(row_order)) {
        return;
    }
    Node& product = *form.product;
    const bool transposed_weights = NodeView{product}.int_attribute("transB", 0) != 0;
    const auto replace = [&](std::size_t input, bool rows) {
        const Value* old = product.inputs[input];
        product.inputs[input] =
            rewriter.graph().add_constant(old->name, reordered(*old->constant, rows, row, row_order));
    };
    replace(1, form.reads != transposed_weights);
    if (!form.reads && product.input(2)) {
        replace(2, false);
    }
}

}  // namespace wasminfer::gen
