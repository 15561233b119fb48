// Col2Im and DeformConv, in ONNX's order of axes.
#include <wasminfer/kernels/columns.hpp>

#include "ops/attributes.hpp"
#include "ops/spatial.hpp"
#include "ops/strided_product.hpp"
#include "ops/type_set.hpp"
#include "ops/vision.hpp"

namespace wasminfer::gen {

namespace {

// ---- Col2Im ----

struct Blocks {
    Windows windows;  ///< Of the image that is made: `in` is its extents, `out` the number of blocks.
    Dim channels;
};

Blocks blocks_of(const NodeView& view)
{
    const auto image = view.known_elements(1, "extents of the image");
    const auto block = view.known_ints(2, "extents of a block");
    if (image.size() != block.size() || image.empty() || image.size() > 3) {
        NodeView::fail("an image of " + std::to_string(image.size()) + " axes and blocks of " +
                       std::to_string(block.size()) + ": supported are 1, 2 and 3, the same of both");
    }
    Blocks blocks{slide_windows(view, image, block), 0};
    Dim taps = 1;
    for (const auto extent : block) {
        taps *= extent;
    }
    const Shape& x = view.shape(0);
    if (x.size() != 3 || !known_equal(mod(x[1], taps), 0)) {
        NodeView::fail("input of shape " + to_string(x) + ": expected is [N, C * " + taps.str() + ", blocks]");
    }
    require_equal(x[2], element_count(blocks.windows.out), "numbers of blocks");
    blocks.channels = floor_div(x[1], taps);
    return blocks;
}

void infer_col2im(Infer& infer)
{
    infer.require_inputs(3, 3);
    only_attributes(infer, {"dilations", "pads", "strides"});
    require_in(infer, 0, types::all);
    infer.require_types(1, {DType::i64});
    infer.require_types(2, {DType::i64});
    const Blocks blocks = blocks_of(infer);
    Shape shape{infer.shape(0)[0], blocks.channels};
    shape.insert(shape.end(), blocks.windows.in.begin(), blocks.windows.in.end());
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_col2im(Lower& lower)
{
    const Blocks blocks = blocks_of(lower);
    const Windows& w = blocks.windows;
    lower.call("col2im", "kernels/columns.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"batch", lower.shape(0)[0]},
                  {"channels", blocks.channels},
                  {"image", three_axes(w.in, 1)},
                  {"window", three_axes(dims(w.window), 1)},
                  {"out", three_axes(w.out, 1)},
                  {"stride", three_axes(dims(w.stride), 1)},
                  {"pad", three_axes(w.pad, 0)},
                  {"dilation", three_axes(dims(w.dilation), 1)}})
        .host([](const HostCall& host) {
            dispatch(host.dtypes[0],
                     [&]<class T>() { col2im(host.in<T>(0), host.out<T>(1), host.extents<col2im_extents>()); });
        });
}

// ---- DeformConv ----

struct Deformable {
    Windows windows;
    std::int64_t group, offset_group;
    Dim filters, depth;  ///< Of the output; and elements that one filter meets.
};

void require_shape(const NodeView& view, std::size_t input, const Shape& expected)
{
    const Shape& shape = view.shape(input);
    bool same = shape.size() == expected.size();
    for (std::size_t axis = 0; same && axis < shape.size(); ++axis) {
        same = known_equal(shape[axis], expected[axis]);
    }
    if (!same) {
        NodeView::fail("input " + std::to_string(input) + " has the shape " + to_string(shape) + ", not " +
                       to_string(expected));
    }
}

Deformable deformable(const NodeView& view)
{
    const Shape& x = view.shape(0);
    const Shape& weights = view.shape(1);
    if (x.size() != 4 || weights.size() != 4) {
        NodeView::fail("inputs of shapes " + to_string(x) + " and " + to_string(weights) +
                       ": supported are images of two spatial axes");
    }
    if (!weights[2].is_constant() || !weights[3].is_constant()) {
        NodeView::fail("weights of shape " + to_string(weights) + " with free extents");
    }
    const std::vector<std::int64_t> window{weights[2].constant(), weights[3].constant()};
    if (view.has_attribute("kernel_shape") && view.ints_attribute("kernel_shape") != window) {
        NodeView::fail("attribute 'kernel_shape' is not the weights'");
    }
    Deformable d{.windows = slide_windows(view, {x[2], x[3]}, window),
                 .group = view.int_attribute("group", 1),
                 .offset_group = view.int_attribute("offset_group", 1),
                 .filters = weights[0],
                 .depth = element_count({weights.begin() + 1, weights.end()})};
    if (d.group < 1 || d.offset_group < 1 || !known_equal(mod(weights[0], d.group), 0) ||
        !known_equal(mod(x[1], d.offset_group), 0)) {
        NodeView::fail("groups of " + std::to_string(d.group) + " and " + std::to_string(d.offset_group) +
                       " do not divide the channels");
    }
    require_equal(weights[1] * d.group, x[1], "channels of the input and of the weights");
    return d;
}

void infer_deform_conv(Infer& infer)
{
    infer.require_inputs(3, 5);
    only_attributes(infer, {"dilations", "group", "kernel_shape", "offset_group", "pads", "strides"});
    infer.require_float(0);
    for (std::size_t input = 1; input <= 4; ++input) {
        if (infer.has(input)) {
            infer.require_same_type(0, input);
        }
    }
    const Deformable d = deformable(infer);
    const auto& out = d.windows.out;
    const Dim batch = infer.shape(0)[0];
    const std::int64_t taps = d.windows.window[0] * d.windows.window[1] * d.offset_group;
    require_shape(infer, 2, {batch, 2 * taps, out[0], out[1]});
    if (infer.has(3)) {
        require_shape(infer, 3, {d.filters});
    }
    if (infer.has(4)) {
        require_shape(infer, 4, {batch, taps, out[0], out[1]});
    }
    infer.set(0, infer.dtype(0), {batch, d.filters, out[0], out[1]});
}

void lower_deform_conv(Lower& lower)
{
    const Deformable d = deformable(lower);
    const Windows& w = d.windows;
    const Shape& x = lower.shape(0);
    const DType type = lower.dtype(0);
    const Dim pixels = element_count(w.out);
    const Dim depth = d.depth * d.group;
    const Operand columns = lower.temporary(type, x[0] * depth * pixels * static_cast<std::int64_t>(size_of(type)));
    lower.call("deform_columns", "kernels/columns.hpp")
        .read(lower.operand(0))
        .read(lower.operand(2))
        .read(lower.operand(4))
        .write(columns)
        .extents({{"batch", x[0]},
                  {"channels", x[1]},
                  {"groups", d.offset_group},
                  {"in", w.in},
                  {"out", w.out},
                  {"window", dims(w.window)},
                  {"stride", dims(w.stride)},
                  {"pad", w.pad},
                  {"dilation", dims(w.dilation)}})
        .host([type](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                deform_columns(host.in<T>(0), host.in<T>(1), host.in<T>(2), host.out<T>(3),
                               host.extents<deform_extents>());
            });
        });
    const Dim filters = floor_div(d.filters, d.group);
    lower_product(lower, lower.operand(1), columns, lower.result(0),
                  {.loops = {{x[0], 0, depth * pixels, d.filters * pixels},
                             {d.group, filters * d.depth, d.depth * pixels, filters * pixels}},
                   .m = filters,
                   .n = pixels,
                   .k = d.depth,
                   .a_row = d.depth,
                   .a_col = 1,
                   .b_row = pixels,
                   .b_col = 1,
                   .out_row = pixels});
    if (lower.has(3)) {
        lower.call("add_channel_bias", "kernels/columns.hpp")
            .read(lower.operand(3))
            .write(lower.result(0))
            .extents({{"batch", x[0]}, {"channels", d.filters}, {"inner", pixels}})
            .host([type](const HostCall& host) {
                dispatch_float(type, [&]<class T>() {
                    add_channel_bias(host.in<T>(0), host.out<T>(1), host.extents<channel_bias_extents>());
                });
            });
    }
}

}  // namespace

std::span<const Operator> columns_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Col2Im", .since = 18, .infer = infer_col2im, .lower = lower_col2im},
        {.type = "DeformConv", .since = 19, .infer = infer_deform_conv, .lower = lower_deform_conv},
    };
    return rows;
}

}  // namespace wasminfer::gen
