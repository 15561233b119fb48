// DepthToSpace and SpaceToDepth: strided copies between channels and blocks of pixels.
#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/strided.hpp"

namespace wasminfer::gen {

namespace {

/// Where batch, channels, height and width stand.
struct ImageAxes {
    std::size_t n = 0, c = 1, h = 2, w = 3;
};

ImageAxes image_axes(const NodeView& view)
{
    if (view.rank(0) != 4) {
        NodeView::fail("the input should have the dimensions N, C, H, W and has the shape " + to_string(view.shape(0)));
    }
    return view.int_attribute("channels_last", 0) != 0 ? ImageAxes{0, 3, 1, 2} : ImageAxes{};
}

std::int64_t block_size(const NodeView& view)
{
    const auto block = view.int_attribute("blocksize");
    if (block < 1) {
        NodeView::fail("blocksize is " + std::to_string(block));
    }
    return block;
}

Dim divided(const Dim& extent, std::int64_t divisor, const char* what)
{
    const Dim quotient = floor_div(extent, divisor);
    if (!known_equal(quotient * Dim{divisor}, extent)) {
        NodeView::fail(std::string{what} + " of " + extent.str() + " is not a multiple of " + std::to_string(divisor));
    }
    return quotient;
}

/// The copy between a deep tensor, whose channels hold blocks of pixels, and the wide one where they are side by side.
/// Blocks come before the channels, or (CRD) after them.
void lower_blocks(Lower& lower, const Value& deep, const Value& wide, bool blocks_last)
{
    const auto axes = image_axes(lower);
    const Dim block = block_size(lower);
    const auto outer = strides_of(*deep.shape);
    const auto inner = strides_of(*wide.shape);
    const Shape& small = *deep.shape;
    const Dim channels = (*wide.shape)[axes.c];
    const Dim channel = blocks_last ? outer[axes.c] * block * block : outer[axes.c];
    const Dim column = blocks_last ? outer[axes.c] : outer[axes.c] * channels;
    const bool to_wide = &wide == lower.node().output(0);
    struct BlockAxis {
        Dim extent, deep, wide;
    };
    const BlockAxis n{small[axes.n], outer[axes.n], inner[axes.n]};
    const BlockAxis c{channels, channel, inner[axes.c]};
    const BlockAxis h{small[axes.h], outer[axes.h], inner[axes.h] * block};
    const BlockAxis w{small[axes.w], outer[axes.w], inner[axes.w] * block};
    const BlockAxis row{block, column * block, inner[axes.h]};
    const BlockAxis pixel{block, column, inner[axes.w]};
    // The order of the loops is that of the output's memory.
    std::vector<BlockAxis> order;
    if (axes.c == 1) {
        order = to_wide ? std::vector{n, c, h, row, w, pixel} : std::vector{n, row, pixel, c, h, w};
    } else {
        order = to_wide ? std::vector{n, h, row, w, pixel, c} : std::vector{n, h, w, row, pixel, c};
    }
    StridedCopy copy;
    for (const auto& axis : order) {
        copy.axes.push_back({axis.extent, to_wide ? axis.deep : axis.wide, to_wide ? axis.wide : axis.deep});
    }
    lower_copy_or_alias(lower, to_wide ? wide : deep, to_wide ? deep : wide, copy);
}

bool column_row_depth(const NodeView& view)
{
    const auto mode = view.string_attribute("mode", "DCR");
    if (mode != "DCR" && mode != "CRD") {
        NodeView::fail("the mode '" + mode + "' is neither DCR nor CRD");
    }
    return mode == "CRD";
}

void infer_depth_to_space(Infer& infer)
{
    infer.require_inputs(1, 1);
    infer.opset() < 11 ? only_attributes(infer, {"blocksize"}) : only_attributes(infer, {"blocksize", "mode"});
    const auto axes = image_axes(infer);
    const auto block = block_size(infer);
    column_row_depth(infer);
    Shape shape = infer.shape(0);
    shape[axes.c] = divided(shape[axes.c], block * block, "a depth");
    shape[axes.h] *= block;
    shape[axes.w] *= block;
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_depth_to_space(Lower& lower)
{
    lower_blocks(lower, lower.in(0), lower.out(0), column_row_depth(lower));
}

void infer_space_to_depth(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"blocksize"});
    const auto axes = image_axes(infer);
    const auto block = block_size(infer);
    Shape shape = infer.shape(0);
    shape[axes.h] = divided(shape[axes.h], block, "a height");
    shape[axes.w] = divided(shape[axes.w], block, "a width");
    shape[axes.c] *= block * block;
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_space_to_depth(Lower& lower)
{
    lower_blocks(lower, lower.out(0), lower.in(0), false);
}

}  // namespace

std::span<const Operator> depth_to_space_operators()
{
    static constexpr Operator rows[] = {
        {.type = "DepthToSpace",
         .infer = infer_depth_to_space,
         .lower = lower_depth_to_space,
         .channels_last = ChannelsLast::possible},
        {.type = "SpaceToDepth",
         .infer = infer_space_to_depth,
         .lower = lower_space_to_depth,
         .channels_last = ChannelsLast::possible},
    };
    return rows;
}

}  // namespace wasminfer::gen
