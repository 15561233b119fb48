// Operators that ask for a tensor's shape, or give the same bytes another one.
#include <algorithm>

#include <wasminfer/kernels/generate.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/symbolic.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

void same_bytes(Lower& lower)
{
    lower.alias(lower.out(0), lower.in(0));
}

// ---- Shape, Size ----

/// Opset 15 brought start and end, which select a stretch of the shape as a slice does, clamped.
std::pair<std::int64_t, std::int64_t> shape_stretch(const NodeView& view)
{
    const auto rank = view.rank(0);
    const auto place = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const auto start = place(view.int_attribute("start", 0));
    return {start, std::max(start, place(view.int_attribute("end", rank)))};
}

void infer_shape(Infer& infer)
{
    infer.require_inputs(1, 1);
    infer.opset() < 15 ? only_attributes(infer, {}) : only_attributes(infer, {"start", "end"});
    const auto [start, end] = shape_stretch(infer);
    const Shape& shape = infer.shape(0);
    infer.set(0, DType::i64, {end - start});
    infer.set_elements(0, {shape.begin() + start, shape.begin() + end});
}

void infer_size(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {});
    infer.set(0, DType::i64, {});
    infer.set_elements(0, {element_count(infer.shape(0))});
}

void lower_shape(Lower& lower)
{
    const auto [start, end] = shape_stretch(lower);
    const Shape& shape = lower.shape(0);
    lower_sizes(lower, {shape.begin() + start, shape.begin() + end});
}

void lower_size(Lower& lower)
{
    lower_sizes(lower, {element_count(lower.shape(0))});
}

// ---- Reshape, Flatten ----

/// Opset 1 had the shape in an attribute, opset 14 brought allowzero. Opset 1 asks for dimensions of 0 to be copied too.
void infer_reshape(Infer& infer)
{
    const bool attribute = infer.opset() < 5;
    infer.require_inputs(attribute ? 1 : 2, attribute ? 1 : 2);
    attribute            ? only_attributes(infer, {"shape", "consumed_inputs"})
    : infer.opset() < 14 ? only_attributes(infer, {})
                         : only_attributes(infer, {"allowzero"});
    std::vector<Dim> wanted;
    if (attribute) {
        const auto list = infer.ints_attribute("shape");
        wanted.assign(list.begin(), list.end());
    } else {
        infer.require_types(1, {DType::i64});
        if (infer.rank(1) != 1) {
            NodeView::fail("the shape, input 1, should have one dimension and has " + std::to_string(infer.rank(1)));
        }
        wanted = infer.known_elements(1, "shape");
    }
    const Shape asked = wanted;
    const bool allow_zero = infer.int_attribute("allowzero", 0) != 0;
    const Shape& shape = infer.shape(0);
    std::optional<std::size_t> free;
    Dim others = 1;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        Dim& dim = wanted[i];
        if (dim == Dim{-1}) {
            if (free) {
                NodeView::fail("the shape " + to_string(wanted) + " has more than one -1");
            }
            free = i;
            continue;
        }
        if (dim == Dim{0} && !allow_zero) {
            if (i >= shape.size()) {
                NodeView::fail("the shape has a 0 in place " + std::to_string(i) + ", and the input " +
                               to_string(shape) + " no such axis to copy");
            }
            dim = shape[i];
        }
        if (dim.is_constant() && dim.constant() < 0) {
            NodeView::fail("the shape has the extent " + dim.str());
        }
        others = others * dim;
    }
    const Dim total = element_count(shape);
    if (free) {
        if (others == Dim{0}) {
            NodeView::fail("the shape has a -1 beside a 0: the -1 could be anything");
        }
        wanted[*free] = floor_div(total, others);
        others = others * wanted[*free];
    }
    // A quotient of symbols is taken to be exact; everything else has to be seen to fit.
    const bool decided = others.is_constant() && total.is_constant();
    if (!known_equal(others, total) && (decided || !free)) {
        NodeView::fail(to_string(shape) + " does not fit into the shape " + to_string(asked),
                       decided ? "" : "fix the free dimensions with --dim");
    }
    infer.set(0, infer.dtype(0), std::move(wanted));
}

void infer_flatten(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"axis"});
    const Shape& shape = infer.shape(0);
    const auto rank = infer.rank(0);
    auto axis = infer.int_attribute("axis", 1);
    if (axis > rank || axis < (infer.opset() < 11 ? 0 : -rank)) {
        NodeView::fail("axis " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(rank));
    }
    axis += axis < 0 ? rank : 0;
    const Shape outer(shape.begin(), shape.begin() + axis);
    const Shape inner(shape.begin() + axis, shape.end());
    infer.set(0, infer.dtype(0), {element_count(outer), element_count(inner)});
}

// ---- Squeeze, Unsqueeze ----

/// Axes are an attribute before opset 13 and an input from then on; negative ones came with opset 11.
std::optional<std::vector<std::int64_t>> axes_of(Infer& infer)
{
    const bool attribute = infer.opset() < 13;
    infer.require_inputs(1, attribute ? 1 : 2);
    attribute ? only_attributes(infer, {"axes"}) : only_attributes(infer, {});
    if (infer.has(1)) {
        infer.require_types(1, {DType::i64});
    }
    auto axes = infer.ints_of("axes", 1);
    for (const auto axis : axes.value_or(std::vector<std::int64_t>{})) {
        if (axis < 0 && infer.opset() < 11) {
            NodeView::fail("axis " + std::to_string(axis) + " is negative, which opset 11 brought");
        }
    }
    return axes;
}

void infer_squeeze(Infer& infer)
{
    const auto given = axes_of(infer);
    const Shape& shape = infer.shape(0);
    std::vector<std::int64_t> axes;
    if (given) {
        axes = NodeView::normalize_axes(*given, infer.rank(0));
    } else {
        for (std::size_t i = 0; i < shape.size(); ++i) {
            if (shape[i] == Dim{1}) {
                axes.push_back(static_cast<std::int64_t>(i));
            } else if (!shape[i].is_constant()) {
                NodeView::fail("axes are not given, and whether axis " + std::to_string(i) + " (" + shape[i].str() +
                                   ") is 1 is not known",
                               "fix the dimension with --dim");
            }
        }
    }
    Shape rest;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (std::ranges::find(axes, static_cast<std::int64_t>(i)) == axes.end()) {
            rest.push_back(shape[i]);
        } else if (!(shape[i] == Dim{1})) {
            NodeView::fail("axis " + std::to_string(i) + " has the extent " + shape[i].str() + ", not 1");
        }
    }
    infer.set(0, infer.dtype(0), std::move(rest));
}

void infer_unsqueeze(Infer& infer)
{
    const auto given = axes_of(infer);
    if (!given) {
        NodeView::fail("axes are missing");
    }
    const Shape& shape = infer.shape(0);
    const auto rank = infer.rank(0) + static_cast<std::int64_t>(given->size());
    const auto axes = NodeView::normalize_axes(*given, rank);
    Shape result;
    auto next = shape.begin();
    for (std::int64_t i = 0; i < rank; ++i) {
        result.push_back(std::ranges::find(axes, i) == axes.end() ? *next++ : Dim{1});
    }
    infer.set(0, infer.dtype(0), std::move(result));
}

// ---- Identity, Dropout, BitCast ----

void infer_identity(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {});
    infer.set(0, infer.dtype(0), infer.shape(0));
}

/// Inference alone: the output is the input, the mask all true. The mask is of the data's type before opset 10.
/// Opset 12 made ratio and training_mode inputs; before 7, is_test says what all runtimes take for granted.
void infer_dropout(Infer& infer)
{
    const bool inputs = infer.opset() >= 12;
    infer.require_inputs(1, inputs ? 3 : 1);
    inputs               ? only_attributes(infer, {"seed"})
    : infer.opset() >= 7 ? only_attributes(infer, {"ratio"})
                         : only_attributes(infer, {"ratio", "is_test", "consumed_inputs"});
    infer.require_float(0);
    if (infer.has(2)) {
        infer.require_types(2, {DType::boolean});
        const bool training = infer.known_ints(2, "training mode") != std::vector<std::int64_t>{0};
        const bool drops = !infer.has(1) || infer.known_numbers(1, "ratio") != std::vector<double>{0};
        if (training && drops) {
            NodeView::fail("drops at random in training mode, which is not supported",
                           "export the model for inference (training_mode false)");
        }
    }
    infer.set(0, infer.dtype(0), infer.shape(0));
    infer.set(1, infer.opset() < 10 ? infer.dtype(0) : DType::boolean, infer.shape(0));
}

void lower_dropout(Lower& lower)
{
    if (lower.has_output(0)) {
        same_bytes(lower);
    }
    if (lower.has_output(1)) {
        const Value& mask = lower.out(1);
        dispatch_in<types::floats | types::booleans>(mask.dtype, [&]<class T>() {
            const auto yes = static_cast<T>(1);
            lower.call("fill", "kernels/generate.hpp")
                .write(lower.operand(mask))
                .extents({{"n", element_count(*mask.shape)}})
                .text(element_literal(yes))
                .host([](const HostCall& call) { fill(call.out<T>(0), {.n = call.numbers[0]}, static_cast<T>(1)); });
        });
    }
}

}  // namespace

std::span<const Operator> shape_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Dropout", .infer = infer_dropout, .lower = lower_dropout},
        {.type = "Flatten", .infer = infer_flatten, .lower = same_bytes, .moves = 1},
        {.type = "Identity", .infer = infer_identity, .lower = same_bytes, .moves = 1},
        {.type = "Reshape", .infer = infer_reshape, .lower = same_bytes, .moves = 1},
        {.type = "Shape", .infer = infer_shape, .lower = lower_shape},
        {.type = "Size", .infer = infer_size, .lower = lower_size},
        {.type = "Squeeze", .infer = infer_squeeze, .lower = same_bytes, .moves = 1},
        {.type = "Unsqueeze", .infer = infer_unsqueeze, .lower = same_bytes, .moves = 1},
    };
    return rows;
}

}  // namespace wasminfer::gen
