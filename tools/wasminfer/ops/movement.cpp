// Operators that put elements elsewhere without looking at them, by axes: strided copies, all of them. See also
// depth_to_space.cpp.
#include <algorithm>
#include <numeric>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/slice_range.hpp"
#include "ops/strided.hpp"

namespace wasminfer::gen {

namespace {

using Axes = std::vector<std::size_t>;

/// The copy between tensors of one shape.
StridedCopy straight(const Shape& extents, const std::vector<Dim>& from, const std::vector<Dim>& to)
{
    StridedCopy copy;
    for (std::size_t i = 0; i < extents.size(); ++i) {
        copy.axes.push_back({extents[i], from[i], to[i]});
    }
    return copy;
}

// ---- Transpose ----

Axes permutation_of(const NodeView& view)
{
    const auto rank = view.shape(0).size();
    if (!view.has_attribute("perm")) {
        Axes reversed(rank);
        std::iota(reversed.rbegin(), reversed.rend(), std::size_t{0});
        return reversed;
    }
    const auto given = view.ints_attribute("perm");
    if (given.size() != rank) {
        NodeView::fail("perm has " + std::to_string(given.size()) + " axes, and the input " + std::to_string(rank));
    }
    const auto axes = NodeView::normalize_axes(given, view.rank(0));
    return {axes.begin(), axes.end()};
}

void infer_transpose(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"perm"});
    Shape shape;
    for (const auto axis : permutation_of(infer)) {
        shape.push_back(infer.shape(0)[axis]);
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_transpose(Lower& lower)
{
    const Shape& shape = *lower.out(0).shape;
    const auto from = strides_of(lower.shape(0));
    const auto to = strides_of(shape);
    StridedCopy copy;
    for (std::size_t i = 0; const auto axis : permutation_of(lower)) {
        copy.axes.push_back({shape[i], from[axis], to[i]});
        ++i;
    }
    lower_copy_or_alias(lower, lower.out(0), lower.in(0), copy);
}

// ---- Concat ----

/// Opset 4 made the axis mandatory, opset 11 allowed negative ones.
std::int64_t concat_axis(const NodeView& view)
{
    const auto axis = view.opset() < 4 ? view.int_attribute("axis", 1) : view.int_attribute("axis");
    return NodeView::normalize_axis(axis, view.rank(0));
}

void infer_concat(Infer& infer)
{
    only_attributes(infer, {"axis"});
    const auto axis = static_cast<std::size_t>(concat_axis(infer));
    Shape shape = infer.shape(0);
    for (std::size_t i = 1; i < infer.input_count(); ++i) {
        infer.require_same_type(0, i);
        const Shape& other = infer.shape(i);
        const auto mismatch = [&] {
            NodeView::fail("inputs of shapes " + to_string(infer.shape(0)) + " and " + to_string(other) +
                           " can't be joined along axis " + std::to_string(axis));
        };
        if (other.size() != shape.size()) {
            mismatch();
        }
        for (std::size_t j = 0; j < shape.size(); ++j) {
            if (j == axis) {
                shape[j] += other[j];
            } else if (!known_equal(shape[j], other[j])) {
                mismatch();
            }
        }
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_concat(Lower& lower)
{
    const auto axis = static_cast<std::size_t>(concat_axis(lower));
    const Value& out = lower.out(0);
    const auto to = strides_of(*out.shape);
    if (lower.input_count() == 1) {
        lower.alias(out, lower.in(0));
        return;
    }
    Dim at = 0;
    for (std::size_t i = 0; i < lower.input_count(); ++i) {
        const Shape& shape = lower.shape(i);
        StridedCopy copy = straight(shape, strides_of(shape), to);
        copy.to_offset = at * to[axis];
        lower_copy(lower, out, lower.in(i), copy);
        at += shape[axis];
    }
}

// ---- Split ----

std::int64_t split_axis(const NodeView& view)
{
    return NodeView::normalize_axis(view.int_attribute("axis", 0), view.rank(0));
}

/// Sizes are an attribute before opset 13 and an input from then on, and in opset 1 one of the two. Opset 18 brought
/// num_outputs, and uneven parts where it is used: all of one size, but the last one.
std::vector<Dim> split_sizes(const NodeView& view)
{
    const Dim& whole = view.shape(0)[static_cast<std::size_t>(split_axis(view))];
    const auto count = static_cast<std::int64_t>(view.output_count());
    std::vector<Dim> sizes;
    if (view.has(1)) {
        sizes = view.known_elements(1, "sizes of the parts");
    } else if (view.has_attribute("split")) {
        const auto list = view.ints_attribute("split");
        sizes.assign(list.begin(), list.end());
    } else if (view.opset() >= 18) {
        const Dim part = ceil_div(whole, count);
        sizes.assign(static_cast<std::size_t>(count - 1), part);
        sizes.push_back(whole - part * Dim{count - 1});
    } else {
        const Dim part = floor_div(whole, count);
        if (!known_equal(part * Dim{count}, whole)) {
            NodeView::fail("an extent of " + whole.str() + " can't be split into " + std::to_string(count) +
                           " equal parts");
        }
        sizes.assign(static_cast<std::size_t>(count), part);
    }
    return sizes;
}

void infer_split(Infer& infer)
{
    const auto opset = infer.opset();
    infer.require_inputs(1, opset >= 13 || opset == 1 ? 2 : 1);
    opset >= 18   ? only_attributes(infer, {"axis", "num_outputs"})
    : opset >= 13 ? only_attributes(infer, {"axis"})
                  : only_attributes(infer, {"axis", "split"});
    const auto axis = static_cast<std::size_t>(split_axis(infer));
    const auto outputs = static_cast<std::int64_t>(infer.output_count());
    if (const auto count = infer.int_attribute("num_outputs", outputs); count != outputs) {
        NodeView::fail("num_outputs is " + std::to_string(count) + ", and there are " + std::to_string(outputs) +
                       " outputs");
    }
    if (infer.has(1) && infer.has_attribute("num_outputs")) {
        NodeView::fail("has sizes of its parts and num_outputs, of which one is allowed");
    }
    const auto sizes = split_sizes(infer);
    if (sizes.size() != infer.output_count()) {
        NodeView::fail("has " + std::to_string(sizes.size()) + " parts and " + std::to_string(outputs) + " outputs");
    }
    Shape shape = infer.shape(0);
    const Dim total = std::accumulate(sizes.begin(), sizes.end(), Dim{0});
    if (!known_equal(total, shape[axis])) {
        NodeView::fail("the parts " + to_string(sizes) + " do not add up to " + shape[axis].str());
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        shape[axis] = sizes[i];
        infer.set(i, infer.dtype(0), shape);
    }
}

void lower_split(Lower& lower)
{
    const auto axis = static_cast<std::size_t>(split_axis(lower));
    const auto from = strides_of(lower.shape(0));
    const auto sizes = split_sizes(lower);
    Dim at = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (lower.has_output(i)) {
            const Shape& shape = *lower.out(i).shape;
            StridedCopy copy = straight(shape, from, strides_of(shape));
            copy.from_offset = at * from[axis];
            lower_copy_or_alias(lower, lower.out(i), lower.in(0), copy);
        }
        at += sizes[i];
    }
}

// ---- Slice ----

struct SliceAxis {
    std::size_t axis;
    SliceRange range;
    std::int64_t step;
};

/// Positions are attributes before opset 10 and inputs from then on, with steps.
std::vector<SliceAxis> slice_axes(const NodeView& view, const Symbols& symbols)
{
    const bool attributes = view.opset() < 10;
    const auto list = [&](const char* name, std::size_t input) {
        if (!attributes) {
            return view.known_elements(input, name);
        }
        const auto ints = view.ints_attribute(name);
        return std::vector<Dim>(ints.begin(), ints.end());
    };
    const auto starts = list("starts", 1);
    const auto ends = list("ends", 2);
    std::vector<std::int64_t> axes(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
    if (attributes) {
        axes = view.ints_attribute("axes", axes);
    } else if (view.has(3)) {
        axes = view.known_ints(3, "axes");
    }
    std::vector<std::int64_t> steps(starts.size(), 1);
    if (!attributes && view.has(4)) {
        steps = view.known_ints(4, "steps");
    }
    if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
        NodeView::fail("starts, ends, axes and steps have " + std::to_string(starts.size()) + ", " +
                       std::to_string(ends.size()) + ", " + std::to_string(axes.size()) + " and " +
                       std::to_string(steps.size()) + " elements: they must agree");
    }
    axes = NodeView::normalize_axes(axes, view.rank(0));
    std::vector<SliceAxis> slices;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (steps[i] == 0) {
            NodeView::fail("the step of axis " + std::to_string(axes[i]) + " is 0");
        }
        const auto axis = static_cast<std::size_t>(axes[i]);
        slices.push_back({axis, slice_range(view.shape(0)[axis], starts[i], ends[i], steps[i], symbols), steps[i]});
    }
    return slices;
}

void infer_slice(Infer& infer)
{
    const bool attributes = infer.opset() < 10;
    infer.require_inputs(attributes ? 1 : 3, attributes ? 1 : 5);
    attributes ? only_attributes(infer, {"axes", "ends", "starts"}) : only_attributes(infer, {});
    for (std::size_t i = 1; i < infer.input_count(); ++i) {
        if (infer.has(i)) {
            infer.require_types(i, {DType::i32, DType::i64});
        }
    }
    Shape shape = infer.shape(0);
    for (const auto& [axis, range, step] : slice_axes(infer, infer.symbols())) {
        shape[axis] = range.extent;
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_slice(Lower& lower)
{
    const Shape& shape = *lower.out(0).shape;
    const auto from = strides_of(lower.shape(0));
    StridedCopy copy = straight(shape, from, strides_of(shape));
    for (const auto& [axis, range, step] : slice_axes(lower, {})) {
        copy.from_offset += range.start * from[axis];
        copy.axes[axis].from = from[axis] * Dim{step};
    }
    lower_copy_or_alias(lower, lower.out(0), lower.in(0), copy);
}

// ---- Expand, Tile ----

void infer_expand(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {});
    infer.require_types(1, {DType::i64});
    infer.set(0, infer.dtype(0), broadcast(infer.shape(0), infer.known_elements(1, "shape")));
}

void lower_expand(Lower& lower)
{
    const Shape& shape = *lower.out(0).shape;
    const Shape& in = lower.shape(0);
    const auto strides = strides_of(in);
    const auto added = shape.size() - in.size();
    std::vector<Dim> from(shape.size(), Dim{0});
    for (std::size_t i = 0; i < in.size(); ++i) {
        from[added + i] = in[i] == Dim{1} ? Dim{0} : strides[i];
    }
    lower_copy_or_alias(lower, lower.out(0), lower.in(0), straight(shape, from, strides_of(shape)));
}

/// Opset 1 repeats along one axis, both given as inputs; opset 6 has a count for each.
std::vector<Dim> tile_repeats(const NodeView& view)
{
    if (view.opset() >= 6) {
        return view.known_elements(1, "repeats");
    }
    const auto tiles = view.known_numbers(1, "tiles");
    const auto axis = view.known_numbers(2, "axis");
    if (tiles.size() != 1 || axis.size() != 1) {
        NodeView::fail("tiles and axis should have one element each");
    }
    std::vector<Dim> repeats(view.shape(0).size(), Dim{1});
    const auto at = NodeView::normalize_axis(static_cast<std::int64_t>(axis[0]), view.rank(0));
    repeats[static_cast<std::size_t>(at)] = static_cast<std::int64_t>(tiles[0]);
    return repeats;
}

void infer_tile(Infer& infer)
{
    infer.opset() < 6 ? infer.require_inputs(3, 3) : infer.require_inputs(2, 2);
    only_attributes(infer, {});
    const auto repeats = tile_repeats(infer);
    Shape shape = infer.shape(0);
    if (repeats.size() != shape.size()) {
        NodeView::fail("has " + std::to_string(repeats.size()) + " repeats for an input of rank " +
                       std::to_string(shape.size()));
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        shape[i] = shape[i] * repeats[i];
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_tile(Lower& lower)
{
    const auto repeats = tile_repeats(lower);
    const Shape& in = lower.shape(0);
    const auto from = strides_of(in);
    const auto to = strides_of(*lower.out(0).shape);
    StridedCopy copy;
    for (std::size_t i = 0; i < in.size(); ++i) {
        copy.axes.push_back({repeats[i], 0, to[i] * in[i]});
        copy.axes.push_back({in[i], from[i], to[i]});
    }
    lower_copy_or_alias(lower, lower.out(0), lower.in(0), copy);
}

}  // namespace

std::span<const Operator> movement_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Concat", .infer = infer_concat, .lower = lower_concat, .moves = ~0U},
        {.type = "Expand", .since = 8, .infer = infer_expand, .lower = lower_expand, .moves = 1},
        {.type = "Slice", .infer = infer_slice, .lower = lower_slice, .moves = 1},
        {.type = "Split", .infer = infer_split, .lower = lower_split, .moves = 1},
        {.type = "Tile", .infer = infer_tile, .lower = lower_tile, .moves = 1},
        {.type = "Transpose", .infer = infer_transpose, .lower = lower_transpose, .moves = 1},
    };
    return rows;
}

}  // namespace wasminfer::gen
