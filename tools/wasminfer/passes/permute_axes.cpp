#include <algorithm>
#include <array>

#include "ops/operator.hpp"
#include "passes/axis_space.hpp"

namespace wasminfer::gen {

namespace {

using Nodes = std::vector<std::unique_ptr<Node>>;

/// One node on its way to permuted axes.
struct Edit {
    Rewriter& rewriter;
    Node& node;
    const Permutation& order;
    const std::vector<Shape>& outputs;

    /// Where an axis (negative ones count from the end) goes.
    std::int64_t moved(std::int64_t axis) const
    {
        const auto rank = static_cast<std::int64_t>(order.size());
        return static_cast<std::int64_t>(inverse(order)[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)]);
    }

    std::vector<std::int64_t> moved(std::vector<std::int64_t> axes) const
    {
        std::ranges::transform(axes, axes.begin(), [this](std::int64_t axis) { return moved(axis); });
        return axes;
    }

    void move_axis(std::int64_t fallback) const
    {
        node.attributes.set("axis", moved(node.attributes.get_or("axis", fallback)));
    }

    void set_ints(std::size_t input, const std::vector<std::int64_t>& numbers) const
    {
        node.inputs[input] = rewriter.ints(node.inputs[input] ? node.inputs[input]->name : node.op + "_axes", numbers);
    }
};

bool always(const Node&, const Permutation&)
{
    return true;
}

/// Integers of an input that are known; those that are absent are no obstacle.
template <std::size_t input>
bool knows_input(const Node& node, const Permutation&)
{
    const NodeView view{node};
    const auto elements = view.has(input) ? view.elements(input) : std::vector<Dim>{};
    return elements && is_static(*elements);
}

std::vector<std::int64_t> numbers_of(const Node& node, std::size_t input)
{
    return extents(*NodeView{node}.elements(input));
}

void no_change(const Edit&) {}

template <std::int64_t fallback>
void axis_attribute(const Edit& edit)
{
    edit.move_axis(fallback);
}

// ---- Softmax, LogSoftmax, Hardmax ----

/// Before opset 13 all axes from `axis` on are normalised together. That is one axis where the others are 1.
std::optional<std::int64_t> normalised_axis(const Node& node)
{
    const NodeView view{node};
    const auto rank = view.rank(0);
    if (view.opset() >= 13) {
        return NodeView::normalize_axis(view.int_attribute("axis", -1), rank);
    }
    const auto first = NodeView::normalize_axis(view.int_attribute("axis", 1), rank);
    std::optional<std::int64_t> axis;
    for (auto i = first; i < rank; ++i) {
        if (!(view.shape(0)[static_cast<std::size_t>(i)] == Dim{1})) {
            if (axis) {
                return std::nullopt;
            }
            axis = i;
        }
    }
    return axis.value_or(first);
}

bool normalises_one_axis(const Node& node, const Permutation&)
{
    return normalised_axis(node).has_value();
}

void softmax(const Edit& edit)
{
    edit.node.attributes.set("axis", *normalised_axis(edit.node));
    edit.node.opset = std::max<std::int64_t>(edit.node.opset, 13);
    edit.move_axis(-1);
}

// ---- operators along trailing axes ----

bool keeps_normalised_axes(const Node& node, const Permutation& order)
{
    const NodeView view{node};
    const auto axis = NodeView::normalize_axis(view.int_attribute("axis", -1), view.rank(0));
    for (auto i = static_cast<std::size_t>(axis); i < order.size(); ++i) {
        if (order[i] != i) {
            return false;
        }
    }
    return !view.has_output(1);
}

void layer_normalization(const Edit& edit)
{
    const auto rank = static_cast<std::int64_t>(edit.order.size());
    edit.node.attributes.set("axis",
                             NodeView::normalize_axis(edit.node.attributes.get_or<std::int64_t>("axis", -1), rank));
}

bool keeps_last_axis(const Node&, const Permutation& order)
{
    return order.back() + 1 == order.size();
}

// ---- axes in lists ----

/// Axes in an attribute up to some opset, in an input from then on; none at all where all axes are meant.
void axes_list(const Edit& edit)
{
    if (const auto* axes = edit.node.attributes.get<std::vector<std::int64_t>>("axes")) {
        edit.node.attributes.set("axes", edit.moved(*axes));
    } else if (edit.node.input(1)) {
        edit.set_ints(1, edit.moved(numbers_of(edit.node, 1)));
    }
}

bool slice_axes_are_known(const Node& node, const Permutation& order)
{
    const NodeView view{node};
    const bool attributes = view.opset() < 10;
    return attributes || (view.elements(1).has_value() && knows_input<3>(node, order));
}

void slice(const Edit& edit)
{
    const bool attributes = edit.node.opset < 10;
    const NodeView view{edit.node};
    const std::size_t count = attributes ? view.ints_attribute("starts").size() : view.elements(1)->size();
    std::vector<std::int64_t> axes;
    for (std::size_t i = 0; i < count; ++i) {
        axes.push_back(static_cast<std::int64_t>(i));
    }
    if (attributes) {
        edit.node.attributes.set("axes", edit.moved(view.ints_attribute("axes", axes)));
        return;
    }
    if (view.has(3)) {
        axes = numbers_of(edit.node, 3);
    }
    edit.node.inputs.resize(std::max<std::size_t>(edit.node.inputs.size(), 4));
    edit.set_ints(3, edit.moved(axes));
}

bool pads_are_known(const Node& node, const Permutation& order)
{
    return node.opset < 11 || (NodeView{node}.has(3) ? knows_input<3>(node, order) : knows_input<1>(node, order));
}

void pad(const Edit& edit)
{
    const NodeView view{edit.node};
    if (view.has(3)) {
        edit.set_ints(3, edit.moved(numbers_of(edit.node, 3)));
        return;
    }
    const std::string key = edit.node.opset < 2 ? "paddings" : "pads";
    const auto pads = edit.node.opset < 11 ? view.ints_attribute(key) : numbers_of(edit.node, 1);
    const auto half = static_cast<std::ptrdiff_t>(pads.size() / 2);
    auto result = permuted(std::vector<std::int64_t>(pads.begin(), pads.begin() + half), edit.order);
    const auto end = permuted(std::vector<std::int64_t>(pads.begin() + half, pads.end()), edit.order);
    result.insert(result.end(), end.begin(), end.end());
    if (edit.node.opset < 11) {
        edit.node.attributes.set(key, result);
    } else {
        edit.set_ints(1, result);
    }
}

bool repeats_are_known(const Node& node, const Permutation& order)
{
    return node.opset >= 6 && knows_input<1>(node, order);
}

void tile(const Edit& edit)
{
    edit.set_ints(1, permuted(numbers_of(edit.node, 1), edit.order));
}

bool output_is_static(const Node& node, const Permutation&)
{
    return is_static(*node.outputs[0]->shape);
}

void expand(const Edit& edit)
{
    edit.set_ints(1, extents(edit.outputs[0]));
}

void cumulative_sum(const Edit& edit)
{
    const auto axis = numbers_of(edit.node, 1).at(0);
    edit.node.inputs[1] =
        edit.rewriter.graph().add_constant(edit.node.inputs[1]->name, Tensor::ints({}, {edit.moved(axis)}));
}

void quantization(const Edit& edit)
{
    // One scale for all: the axis says nothing.
    if (edit.node.inputs[1]->rank() == 1 && edit.node.opset >= 13) {
        edit.move_axis(1);
    }
}

void concat(const Edit& edit)
{
    edit.move_axis(1);
}

// ---- Reshape ----

void reshape(const Edit& edit)
{
    become_reshape(edit.rewriter, edit.node, edit.node.inputs[0], edit.outputs[0]);
}

// ---- channels_last ----

bool is_layout_switch(const Node& node, const Permutation& order)
{
    const std::size_t rank = order.size();
    const bool last = node.attributes.get_or<std::int64_t>("channels_last", 0) != 0;
    return is_identity(order) ||
           (rank >= 3 && rank <= 5 && order == (last ? to_channels_first(rank) : to_channels_last(rank)));
}

void layout_switch(const Edit& edit)
{
    if (!is_identity(edit.order)) {
        const bool last = edit.node.attributes.get_or<std::int64_t>("channels_last", 0) != 0;
        edit.node.attributes.set("channels_last", std::int64_t{last ? 0 : 1});
    }
}

struct PermuteRule {
    std::string_view op;
    bool (*allows)(const Node&, const Permutation&);
    void (*rewrite)(const Edit&);
};

constexpr std::array rules{
    PermuteRule{"ArgMax", always, axis_attribute<0>},
    PermuteRule{"ArgMin", always, axis_attribute<0>},
    PermuteRule{"Concat", always, concat},
    PermuteRule{"CumSum", knows_input<1>, cumulative_sum},
    PermuteRule{"DequantizeLinear", always, quantization},
    PermuteRule{"Dropout", always, no_change},
    PermuteRule{"Expand", output_is_static, expand},
    PermuteRule{"Gather", always, axis_attribute<0>},
    PermuteRule{"GatherElements", always, axis_attribute<0>},
    PermuteRule{"Hardmax", normalises_one_axis, softmax},
    PermuteRule{"Identity", always, no_change},
    PermuteRule{"LayerNormalization", keeps_normalised_axes, layer_normalization},
    PermuteRule{"LogSoftmax", normalises_one_axis, softmax},
    PermuteRule{"LpNormalization", always, axis_attribute<-1>},
    PermuteRule{"MatMul", keeps_last_axis, no_change},
    PermuteRule{"Pad", pads_are_known, pad},
    PermuteRule{"QuantizeLinear", always, quantization},
    PermuteRule{"RMSNormalization", keeps_normalised_axes, layer_normalization},
    PermuteRule{"ScatterElements", always, axis_attribute<0>},
    PermuteRule{"Slice", slice_axes_are_known, slice},
    PermuteRule{"Softmax", normalises_one_axis, softmax},
    PermuteRule{"Split", always, axis_attribute<0>},
    PermuteRule{"Tile", repeats_are_known, tile},
    PermuteRule{"TopK", always, axis_attribute<-1>},
};

PermuteRule rule_of(const Node& node)
{
    const Operator* row = find_operator(node.domain, node.op, node.opset);
    if (row && row->elementwise) {
        return {node.op, always, no_change};
    }
    if (row && row->channels_last == ChannelsLast::possible) {
        return {node.op, is_layout_switch, layout_switch};
    }
    if (is_reshape(node)) {
        return {node.op, always, reshape};
    }
    if (node.op.starts_with("Reduce")) {
        return {node.op, knows_input<1>, axes_list};
    }
    return *std::ranges::find(rules, node.op, &PermuteRule::op);
}

/// The input with leading axes of extent 1 up to the rank of `order`, and then permuted.
Value* adapted(Rewriter& rewriter, Nodes& list, Value* input, const Permutation& order)
{
    const std::size_t added = order.size() - input->shape->size();
    if (input->constant) {
        std::vector<std::int64_t> shape(added, 1);
        shape.insert(shape.end(), input->constant->shape().begin(), input->constant->shape().end());
        return rewriter.graph().add_constant(input->name, transposed(input->constant->reshaped(shape), order));
    }
    Shape full(added, Dim{1});
    full.insert(full.end(), input->shape->begin(), input->shape->end());
    const Shape result = permuted(full, order);
    if (moves_nothing(full, order) && can_reshape(*input->shape, result)) {
        return rewriter.append_reshape(list, input, result);
    }
    if (added > 0) {
        std::vector<std::int64_t> axes;
        for (std::size_t i = 0; i < added; ++i) {
            axes.push_back(static_cast<std::int64_t>(i));
        }
        input = rewriter.append(list, {.op = "Unsqueeze",
                                       .inputs = {input, rewriter.ints(input->name + "_axes", axes)},
                                       .attributes = {},
                                       .output = input->name + "_unsqueezed"});
    }
    return rewriter.append(list, {.op = "Transpose",
                                  .inputs = {input},
                                  .attributes = {{"perm", to_attribute(order)}},
                                  .output = input->name + "_transposed"});
}

}  // namespace

bool can_permute(const Node& node, const AxisSpace&, const Permutation& order)
{
    return is_identity(order) || rule_of(node).allows(node, order);
}

void permute_axes(Rewriter& rewriter, Nodes& list, Node& node, const AxisSpace& space, const Permutation& order,
                  const std::vector<Shape>& outputs)
{
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const bool data = i >= 32 ? space.data == ~0U : (space.data >> i & 1U) != 0;
        Value*& input = node.inputs[i];
        if (!data || !input || space.inputs[i]) {
            continue;
        }
        if (const auto moved = adapted_order(*input, space, order)) {
            input = adapted(rewriter, list, input, *moved);
        }
    }
    // A Reshape's groups may stay in order while the axes inside an operand, of extent 1, do not.
    if (!is_identity(order) || space.reshapes) {
        rule_of(node).rewrite({rewriter, node, order, outputs});
    }
}

}  // namespace wasminfer::gen
