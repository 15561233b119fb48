#include "passes/axis_space.hpp"

#include <algorithm>
#include <array>

#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

using Map = AxisSpace::Map;

Map straight(std::size_t rank)
{
    return identity_permutation(rank);
}

bool has_say(const Value* value, std::size_t rank)
{
    return value && !value->is_constant() && value->shape->size() == rank;
}

/// Inputs in `data` and all outputs of one rank, axis by axis.
AxisSpace same_axes(const Node& node, std::size_t rank, std::uint32_t data)
{
    AxisSpace space{.rank = rank, .inputs = {}, .outputs = {}, .data = data};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const bool is_data = i >= 32 ? data == ~0U : (data >> i & 1U) != 0;
        space.inputs.push_back(is_data && has_say(node.inputs[i], rank) ? std::optional{straight(rank)} : std::nullopt);
    }
    for (const Value* output : node.outputs) {
        space.outputs.push_back(output ? std::optional{straight(rank)} : std::nullopt);
    }
    return space;
}

std::optional<AxisSpace> same_axes_as_output(const Node& node, std::uint32_t data)
{
    for (const Value* output : node.outputs) {
        if (output && output->rank() != node.outputs[0]->rank()) {
            return std::nullopt;
        }
    }
    return same_axes(node, node.outputs[0]->shape->size(), data);
}

std::optional<AxisSpace> elementwise(const Node& node)
{
    // Before opset 7 broadcasting may start from any axis, and PRelu's slope from the second.
    if (node.opset < 7 && (node.attributes.has("axis") || node.op == "PRelu")) {
        return std::nullopt;
    }
    return same_axes_as_output(node, ~0U);
}

std::optional<AxisSpace> all_inputs(const Node& node)
{
    return same_axes_as_output(node, ~0U);
}

/// The input may have fewer axes than the output.
std::optional<AxisSpace> expand(const Node& node)
{
    return same_axes_as_output(node, 1);
}

std::optional<AxisSpace> first_input(const Node& node)
{
    const Value* input = node.inputs[0];
    return input->rank() == node.outputs[0]->rank() ? same_axes_as_output(node, 1) : std::nullopt;
}

std::optional<AxisSpace> first_two_inputs(const Node& node)
{
    return same_axes_as_output(node, 0b11);
}

std::optional<AxisSpace> first_three_inputs(const Node& node)
{
    return same_axes_as_output(node, 0b111);
}

/// One scale, or one for each place along an axis; not one for each block.
std::optional<AxisSpace> quantization(const Node& node)
{
    return node.inputs[1]->rank() <= 1 ? first_input(node) : std::nullopt;
}

/// Constants on the right, along the last axis alone.
std::optional<AxisSpace> matmul(const Node& node)
{
    const bool plain = !node.attributes.has("residual") && node.inputs[1]->is_constant() && node.inputs[1]->rank() == 2;
    return plain ? first_input(node) : std::nullopt;
}

/// Axes that the output lacks (keepdims = 0) are axes of the space still.
std::optional<AxisSpace> without_axes(const Node& node, const std::vector<std::int64_t>& axes)
{
    const std::size_t rank = node.inputs[0]->shape->size();
    AxisSpace space = same_axes(node, rank, 1);
    if (node.outputs[0]->shape->size() == rank) {
        return space;
    }
    Map kept = straight(rank);
    std::erase_if(
        kept, [&](std::size_t axis) { return std::ranges::find(axes, static_cast<std::int64_t>(axis)) != axes.end(); });
    if (kept.size() != node.outputs[0]->shape->size()) {
        return std::nullopt;
    }
    space.outputs[0] = kept;
    return space;
}

std::optional<AxisSpace> reduction(const Node& node)
{
    const NodeView view{node};
    if (view.has(1) && !view.elements(1)) {
        return std::nullopt;
    }
    const auto axes = view.ints_of("axes", 1);
    // All axes are reduced, or none: nothing to rewrite where the rank stays.
    return without_axes(node, NodeView::normalize_axes(axes.value_or(std::vector<std::int64_t>{}), view.rank(0)));
}

std::optional<AxisSpace> arg_reduction(const Node& node)
{
    const NodeView view{node};
    return without_axes(node, {NodeView::normalize_axis(view.int_attribute("axis", 0), view.rank(0))});
}

std::optional<AxisSpace> gather(const Node& node)
{
    const NodeView view{node};
    if (view.rank(1) > 1) {
        return std::nullopt;
    }
    return without_axes(node, {NodeView::normalize_axis(view.int_attribute("axis", 0), view.rank(0))});
}

Dim product(const Shape& shape, std::size_t first, std::size_t count)
{
    const auto begin = shape.begin() + static_cast<std::ptrdiff_t>(first);
    return element_count(Shape(begin, begin + static_cast<std::ptrdiff_t>(count)));
}

/// The least numbers of axes from i and j on whose products agree.
std::optional<std::pair<std::size_t, std::size_t>> next_group(const Shape& from, std::size_t i, const Shape& to,
                                                              std::size_t j)
{
    for (std::size_t both = 2; both <= from.size() - i + to.size() - j; ++both) {
        for (std::size_t left = 1; left < both; ++left) {
            const std::size_t right = both - left;
            if (i + left <= from.size() && j + right <= to.size() &&
                known_equal(product(from, i, left), product(to, j, right))) {
                return std::pair{left, right};
            }
        }
    }
    return std::nullopt;
}

/// Extents of 1 belong to no group; the others are taken from both sides until the products agree.
std::optional<AxisSpace> reshape(const Node& node)
{
    const Shape& from = *node.inputs[0]->shape;
    const Shape& to = *node.outputs[0]->shape;
    const auto empty = [](const Dim& dim) { return dim == Dim{0}; };
    if (!has_say(node.inputs[0], from.size()) || std::ranges::any_of(from, empty)) {
        return std::nullopt;
    }
    AxisSpace space;
    space.reshapes = true;
    Map in(from.size(), AxisSpace::none);
    Map out(to.size(), AxisSpace::none);
    const auto is_one = [](const Dim& dim) { return dim == Dim{1}; };
    for (std::size_t i = 0, j = 0; i < from.size() || j < to.size();) {
        if (i < from.size() && is_one(from[i])) {
            ++i;
        } else if (j < to.size() && is_one(to[j])) {
            ++j;
        } else if (const auto group = next_group(from, i, to, j)) {
            const auto number = [&](Map& map, const Shape& shape, std::size_t& at, std::size_t count) {
                for (const std::size_t end = at + count; at < end; ++at) {
                    map[at] = is_one(shape[at]) ? AxisSpace::none : space.rank;
                }
            };
            number(in, from, i, group->first);
            number(out, to, j, group->second);
            ++space.rank;
        } else {
            return std::nullopt;
        }
    }
    space.inputs.resize(node.inputs.size());
    space.inputs[0] = in;
    space.outputs = {out};
    return space;
}

struct SpaceRule {
    std::string_view op;
    std::optional<AxisSpace> (*space)(const Node&);
};

constexpr std::array space_rules{
    SpaceRule{"ArgMax", arg_reduction},
    SpaceRule{"ArgMin", arg_reduction},
    SpaceRule{"Concat", all_inputs},
    SpaceRule{"CumSum", first_input},
    SpaceRule{"DequantizeLinear", quantization},
    SpaceRule{"Dropout", first_input},
    SpaceRule{"Expand", expand},
    SpaceRule{"Gather", gather},
    SpaceRule{"GatherElements", first_two_inputs},
    SpaceRule{"Hardmax", first_input},
    SpaceRule{"Identity", first_input},
    SpaceRule{"LayerNormalization", first_input},
    SpaceRule{"LogSoftmax", first_input},
    SpaceRule{"LpNormalization", first_input},
    SpaceRule{"MatMul", matmul},
    SpaceRule{"Pad", first_input},
    SpaceRule{"QuantizeLinear", quantization},
    SpaceRule{"RMSNormalization", first_input},
    SpaceRule{"ScatterElements", first_three_inputs},
    SpaceRule{"Slice", first_input},
    SpaceRule{"Softmax", first_input},
    SpaceRule{"Split", first_input},
    SpaceRule{"Tile", first_input},
    SpaceRule{"TopK", first_input},
};

bool is_inferred(const Node& node)
{
    const auto known = [](const Value* value) { return !value || value->shape; };
    return node.input(0) && node.output(0) && std::ranges::all_of(node.inputs, known) &&
           std::ranges::all_of(node.outputs, known);
}

}  // namespace

std::optional<AxisSpace> axis_space(const Node& node)
{
    const Operator* row = find_operator(node.domain, node.op, node.opset);
    if (!row || !is_inferred(node)) {
        return std::nullopt;
    }
    if (row->elementwise) {
        return elementwise(node);
    }
    if (row->channels_last == ChannelsLast::possible) {
        return first_input(node);
    }
    if (is_reshape(node)) {
        return reshape(node);
    }
    if (!node.domain.empty()) {
        return std::nullopt;
    }
    if (node.op.starts_with("Reduce")) {
        return reduction(node);
    }
    const auto rule = std::ranges::find(space_rules, node.op, &SpaceRule::op);
    return rule == space_rules.end() ? std::nullopt : rule->space(node);
}

std::optional<Permutation> space_order(const AxisSpace& space, const Map& map, const Permutation& stored)
{
    std::vector<std::size_t> seen;  // The operand's axes as they are stored, axes of no group left out.
    for (const auto axis : stored) {
        if (map[axis] != AxisSpace::none) {
            seen.push_back(axis);
        }
    }
    Permutation order;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const std::size_t group = map[seen[i]];
        if (i > 0 && map[seen[i - 1]] == group) {
            if (seen[i - 1] > seen[i]) {
                return std::nullopt;
            }
            continue;
        }
        if (std::ranges::find(order, group) != order.end()) {
            return std::nullopt;
        }
        order.push_back(group);
    }
    return order.size() == space.rank ? std::optional{order} : std::nullopt;
}

Permutation operand_order(const Map& map, const Permutation& order)
{
    // An axis of no group goes where the axis before it goes, or to the front.
    Map groups = map;
    Permutation stored;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] == AxisSpace::none) {
            if (i == 0 || groups[i - 1] == AxisSpace::none) {
                stored.push_back(i);
            } else {
                groups[i] = groups[i - 1];
            }
        }
    }
    for (const auto group : order) {
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (groups[i] == group) {
                stored.push_back(i);
            }
        }
    }
    return stored;
}

std::optional<Permutation> adapted_order(const Value& input, const AxisSpace& space, const Permutation& order)
{
    if (element_count(*input.shape) == Dim{1} || input.shape->size() > space.rank) {
        return std::nullopt;
    }
    // Nothing to do where the input's own axes, which are the last ones, stay in their places.
    const auto first = static_cast<std::ptrdiff_t>(space.rank - input.shape->size());
    const auto straight_order = straight(space.rank);
    const bool stays = std::equal(order.begin() + first, order.end(), straight_order.begin() + first);
    return stays ? std::nullopt : std::optional{order};
}

}  // namespace wasminfer::gen
