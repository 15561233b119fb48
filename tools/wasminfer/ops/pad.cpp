// Pad and CenterCropPad.
#include <wasminfer/kernels/pad.hpp>

#include <algorithm>
#include <numeric>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/strided.hpp"

namespace wasminfer::gen {

namespace {

/// What is put before and behind an axis; cut off where it is negative.
struct Padding {
    Dim before = 0;
    Dim after = 0;
};

/// An input of a few integers, as known elements; from opset 18 on it is about the axes that another input names.
std::vector<Padding> padding_of(const NodeView& view)
{
    const auto opset = view.opset();
    const auto rank = static_cast<std::size_t>(view.rank(0));
    std::vector<Dim> pads;
    if (opset < 11) {
        const auto list = view.ints_attribute(opset < 2 ? "paddings" : "pads");
        pads.assign(list.begin(), list.end());
    } else {
        pads = view.known_elements(1, "padding");
    }
    std::vector<std::int64_t> axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    if (opset >= 18 && view.has(3)) {
        axes = NodeView::normalize_axes(view.known_ints(3, "axes"), view.rank(0));
    }
    if (pads.size() != 2 * axes.size()) {
        NodeView::fail("has " + std::to_string(pads.size()) + " pads for " + std::to_string(axes.size()) + " axes");
    }
    std::vector<Padding> padding(rank);
    for (std::size_t i = 0; i < axes.size(); ++i) {
        padding[static_cast<std::size_t>(axes[i])] = {pads[i], pads[axes.size() + i]};
    }
    return padding;
}

pad_mode mode_of(const NodeView& view)
{
    static constexpr std::array names{"constant", "edge", "reflect", "wrap"};
    const auto asked = view.string_attribute("mode", "constant");
    const auto found = std::ranges::find(names, asked);
    if (found == names.end() || (asked == "wrap" && view.opset() < 19)) {
        NodeView::fail("the mode '" + asked + "' is not known at opset " + std::to_string(view.opset()));
    }
    return static_cast<pad_mode>(found - names.begin());
}

void infer_pad(Infer& infer)
{
    const auto opset = infer.opset();
    const bool attributes = opset < 11;
    infer.require_inputs(attributes ? 1 : 2, attributes ? 1 : opset < 18 ? 3 : 4);
    !attributes ? only_attributes(infer, {"mode"})
    : opset < 2 ? only_attributes(infer, {"mode", "paddings", "value"})
                : only_attributes(infer, {"mode", "pads", "value"});
    const bool constant = mode_of(infer) == pad_mode::constant;
    if (infer.has(2)) {
        infer.require_same_type(0, 2);
        if (!(element_count(infer.shape(2)) == Dim{1})) {
            NodeView::fail("the constant value, input 2, should be one number and has the shape " +
                           to_string(infer.shape(2)));
        }
    }
    if (attributes) {
        infer.require_float(0);
        infer.float_attribute("value", 0);
    }
    const auto padding = padding_of(infer);
    Shape shape = infer.shape(0);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const Dim before = shape[i];
        shape[i] += padding[i].before + padding[i].after;
        if (!constant && before == Dim{0} && !(shape[i] == Dim{0})) {
            NodeView::fail("axis " + std::to_string(i) + " has no elements to repeat");
        }
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

/// An axis of the kernel's walk.
struct PadAxis {
    Dim in, out, before;
};

/// Neighbours become one where the inner one is whole, and (if a constant is put around) only the outer one is padded.
std::vector<PadAxis> merged(const Shape& in, const Shape& out, const std::vector<Dim>& before, bool constant)
{
    std::vector<PadAxis> axes;
    for (std::size_t i = 0; i < in.size(); ++i) {
        const auto whole = [](const PadAxis& axis) { return axis.in == axis.out && axis.before == Dim{0}; };
        const PadAxis axis{in[i], out[i], before[i]};
        if (!axes.empty() && whole(axis) && (constant || whole(axes.back()))) {
            PadAxis& outer = axes.back();
            outer = {outer.in * axis.in, outer.out * axis.out, outer.before * axis.in};
        } else {
            axes.push_back(axis);
        }
    }
    return axes;
}

constexpr std::size_t most_axes = 6;

template <pad_mode mode>
void run_pad(const HostCall& call)
{
    const std::size_t rank = call.numbers.size() / 3;
    pad_extents<most_axes> e;
    for (std::size_t i = 0; i < most_axes; ++i) {
        const bool filler = i + rank < most_axes;
        const std::size_t axis = i + rank - most_axes;
        e.in[i] = filler ? 1 : call.numbers[axis];
        e.out[i] = filler ? 1 : call.numbers[rank + axis];
        e.before[i] = filler ? 0 : call.numbers[2 * rank + axis];
    }
    dispatch_size(call.dtypes[0], [&]<class T>() { pad<mode>(call.in<T>(0), call.in<T>(1), call.out<T>(2), e); });
}

/// The elements of in, `before` of them put in front of each axis, as large as out is.
void lower_padding(Lower& lower, pad_mode mode, const std::vector<Dim>& before, Operand value)
{
    static constexpr std::array names{"constant", "edge", "reflect", "wrap"};
    static constexpr std::array hosts{run_pad<pad_mode::constant>, run_pad<pad_mode::edge>, run_pad<pad_mode::reflect>,
                                      run_pad<pad_mode::wrap>};
    const Shape& in = lower.shape(0);
    const Value& out = lower.out(0);
    const auto axes = merged(in, *out.shape, before, mode == pad_mode::constant);
    const auto kept = [](const PadAxis& axis) { return axis.in == axis.out && axis.before == Dim{0}; };
    if (std::ranges::all_of(axes, kept)) {
        lower.alias(out, lower.in(0));
        return;
    }
    if (axes.size() > most_axes) {
        NodeView::fail("pads " + std::to_string(axes.size()) + " axes; at most " + std::to_string(most_axes) +
                       " are supported");
    }
    std::vector<Dim> lists[3];
    for (const PadAxis& axis : axes) {
        lists[0].push_back(axis.in);
        lists[1].push_back(axis.out);
        lists[2].push_back(axis.before);
    }
    const auto which = static_cast<std::size_t>(mode);
    value.dtype = value.kind == Operand::Kind::none ? DType::undefined : bits_of(out.dtype);
    lower.call("pad", "kernels/pad.hpp")
        .templates("pad_mode::" + std::string{names[which]} + ", " + std::to_string(axes.size()))
        .read(lower.bits(lower.in(0)))
        .read(std::move(value))
        .write(lower.bits(out))
        .extents({{"in", lists[0]}, {"out", lists[1]}, {"before", lists[2]}})
        .host(hosts[which]);
}

/// Nothing where the value is 0: it needs no memory.
Operand value_operand(Lower& lower)
{
    if (lower.opset() >= 11) {
        return lower.has(2) ? lower.operand(2) : Operand{};
    }
    const float value = lower.float_attribute("value", 0);
    if (std::bit_cast<std::uint32_t>(value) == 0) {
        return {};
    }
    return dispatch_float(lower.dtype(0), [&]<class T>() {
        return lower.weight("pad_value", lower.dtype(0), std::vector<T>{static_cast<T>(value)});
    });
}

void lower_pad(Lower& lower)
{
    std::vector<Dim> before;
    for (const Padding& padding : padding_of(lower)) {
        before.push_back(padding.before);
    }
    const auto mode = mode_of(lower);
    lower_padding(lower, mode, before, mode == pad_mode::constant ? value_operand(lower) : Operand{});
}

// ---- CenterCropPad ----

/// The extents asked for, by axis.
std::vector<Dim> target_extents(const NodeView& view)
{
    std::vector<Dim> targets = view.shape(0);
    const auto asked = view.known_elements(1, "shape");
    std::vector<std::int64_t> axes(targets.size());
    std::iota(axes.begin(), axes.end(), 0);
    axes = NodeView::normalize_axes(view.ints_attribute("axes", axes), view.rank(0));
    if (asked.size() != axes.size()) {
        NodeView::fail("has " + std::to_string(asked.size()) + " extents for " + std::to_string(axes.size()) + " axes");
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        targets[static_cast<std::size_t>(axes[i])] = asked[i];
    }
    return targets;
}

void infer_center_crop_pad(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"axes"});
    infer.require_types(1, {DType::i32, DType::i64});
    infer.set(0, infer.dtype(0), target_extents(infer));
}

/// An odd rest is cut off or put in at the end.
void lower_center_crop_pad(Lower& lower)
{
    const Shape& in = lower.shape(0);
    const Shape& out = *lower.out(0).shape;
    std::vector<Dim> before;
    for (std::size_t i = 0; i < in.size(); ++i) {
        const Dim added = out[i] - in[i];
        before.push_back(floor_div(max(added, 0), 2) - floor_div(max(-added, 0), 2));
    }
    lower_padding(lower, pad_mode::constant, before, {});
}

}  // namespace

std::span<const Operator> pad_operators()
{
    static constexpr Operator rows[] = {
        {.type = "CenterCropPad", .since = 18, .infer = infer_center_crop_pad, .lower = lower_center_crop_pad},
        {.type = "Pad", .infer = infer_pad, .lower = lower_pad},
    };
    return rows;
}

}  // namespace wasminfer::gen
