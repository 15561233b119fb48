// GridSample, AffineGrid, RoiAlign: images read between their elements. X and Y are [N, C, spatial…], or [N, spatial…, C]
// with the attribute channels_last = 1: the kernels take strides.
#include <wasminfer/kernels/grid_sample.hpp>
#include <wasminfer/kernels/roi_align.hpp>

#include <algorithm>
#include <array>

#include "ops/attributes.hpp"
#include "ops/spatial.hpp"
#include "ops/type_set.hpp"
#include "ops/vision.hpp"

namespace wasminfer::gen {

namespace {

/// The strides of an image's pixels and channels.
struct ImageStrides {
    Dim pixel = 1, channel = 1;

    ImageStrides(const ImageLayout& layout, const Dim& channels, const std::vector<Dim>& spatial)
    {
        (layout.channels_last ? pixel : channel) = layout.channels_last ? channels : element_count(spatial);
    }
};

template <std::size_t n>
std::size_t choice(const NodeView& view, const std::string& key, const std::string& fallback,
                   const std::array<std::string_view, n>& words)
{
    const std::string word = view.string_attribute(key, fallback);
    const auto it = std::ranges::find(words, std::string_view{word});
    if (it == words.end()) {
        NodeView::fail("attribute '" + key + "' = '" + word + "' is not known at opset " +
                       std::to_string(view.opset()));
    }
    return static_cast<std::size_t>(it - words.begin());
}

// ---- GridSample ----

/// Opset 20 renamed bilinear and bicubic, and brought volumes.
sample_options grid_sample_options(const NodeView& view)
{
    const bool old = view.opset() < 20;
    const std::array<std::string_view, 3> modes{"nearest", old ? "bilinear" : "linear", old ? "bicubic" : "cubic"};
    static constexpr std::array<std::string_view, 3> paddings{"zeros", "border", "reflection"};
    return {.mode = static_cast<sample_mode>(choice(view, "mode", old ? "bilinear" : "linear", modes)),
            .padding = static_cast<sample_padding>(choice(view, "padding_mode", "zeros", paddings)),
            .align_corners = view.int_attribute("align_corners", 0) != 0};
}

void infer_grid_sample(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"align_corners", "mode", "padding_mode"});
    require_in(infer, 0, types::all);
    infer.require_float(1);
    grid_sample_options(infer);
    const Shape& x = infer.shape(0);
    const Shape& grid = infer.shape(1);
    if (x.size() != 4 && !(x.size() == 5 && infer.opset() >= 20)) {
        NodeView::fail("input of rank " + std::to_string(x.size()) +
                       ": supported are images of rank 4 and, from opset 20 on, volumes of rank 5");
    }
    if (grid.size() != x.size() || !(grid.back() == Dim{static_cast<std::int64_t>(x.size()) - 2})) {
        NodeView::fail("a grid of shape " + to_string(grid) + " does not fit an input of shape " + to_string(x));
    }
    require_equal(grid[0], x[0], "batches of the input and of the grid");
    const ImageLayout layout{infer};
    const auto spatial = layout.spatial(x);
    if (std::ranges::find(spatial, Dim{0}) != spatial.end()) {
        NodeView::fail("an input of shape " + to_string(x) + " has no elements to sample");
    }
    infer.set(0, infer.dtype(0), layout.join(x[0], layout.channels(x), {grid.begin() + 1, grid.end() - 1}));
}

std::string options_text(const sample_options& options)
{
    static constexpr std::array modes{"nearest", "linear", "cubic"};
    static constexpr std::array paddings{"zeros", "border", "reflection"};
    return std::string{"sample_options{sample_mode::"} + modes[static_cast<std::size_t>(options.mode)] +
           ", sample_padding::" + paddings[static_cast<std::size_t>(options.padding)] +
           (options.align_corners ? ", true}" : ", false}");
}

void lower_grid_sample(Lower& lower)
{
    const ImageLayout layout{lower};
    const Shape& x = lower.shape(0);
    const auto in = layout.spatial(x);
    const auto out = layout.spatial(*lower.out(0).shape);
    const Dim channels = layout.channels(x);
    const ImageStrides from{layout, channels, in};
    const ImageStrides to{layout, channels, out};
    const sample_options options = grid_sample_options(lower);
    lower.call("grid_sample", "kernels/grid_sample.hpp")
        .read(lower.operand(0))
        .read(lower.operand(1))
        .write(lower.result(0))
        .extents({{"batch", x[0]},
                  {"channels", channels},
                  {"in", three_axes(in, 1)},
                  {"out", three_axes(out, 1)},
                  {"axes", static_cast<std::int64_t>(in.size())},
                  {"in_pixel", from.pixel},
                  {"in_channel", from.channel},
                  {"out_pixel", to.pixel},
                  {"out_channel", to.channel}})
        .text(options_text(options))
        .host([options](const HostCall& host) {
            dispatch(host.dtypes[0], [&]<class T>() {
                dispatch_float(host.dtypes[1], [&]<class G>() {
                    grid_sample(host.in<T>(0), host.in<G>(1), host.out<T>(2), host.extents<grid_sample_extents>(),
                                options);
                });
            });
        });
}

// ---- AffineGrid ----

void infer_affine_grid(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"align_corners"});
    infer.require_float(0);
    infer.require_types(1, {DType::i64});
    infer.int_attribute("align_corners", 0);
    const auto size = infer.known_elements(1, "size of the image");
    if (size.size() != 4 && size.size() != 5) {
        NodeView::fail("a size of " + std::to_string(size.size()) + " axes: supported are 4 and 5");
    }
    const auto axes = static_cast<std::int64_t>(size.size()) - 2;
    const Shape& theta = infer.shape(0);
    if (theta.size() != 3 || !(theta[1] == Dim{axes}) || !(theta[2] == Dim{axes + 1})) {
        NodeView::fail("theta of shape " + to_string(theta) + " does not fit a size of " + std::to_string(size.size()) +
                       " axes");
    }
    require_equal(theta[0], size[0], "batches of theta and of the size");
    Shape grid{theta[0]};
    grid.insert(grid.end(), size.begin() + 2, size.end());
    grid.emplace_back(axes);
    infer.set(0, infer.dtype(0), std::move(grid));
}

void lower_affine_grid(Lower& lower)
{
    const Shape& grid = *lower.out(0).shape;
    const bool align = lower.int_attribute("align_corners", 0) != 0;
    lower.call("affine_grid", "kernels/grid_sample.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents(
            {{"batch", grid[0]}, {"out", three_axes({grid.begin() + 1, grid.end() - 1}, 1)}, {"axes", grid.back()}})
        .text(align ? "true" : "false")
        .host([align](const HostCall& host) {
            dispatch_float(host.dtypes[0], [&]<class T>() {
                affine_grid(host.in<T>(0), host.out<T>(1), host.extents<affine_grid_extents>(), align);
            });
        });
}

// ---- RoiAlign ----

/// Opset 16 brought coordinate_transformation_mode; before, coordinates are as in output_half_pixel.
roi_align_options roi_options(const NodeView& view)
{
    static constexpr std::array<std::string_view, 2> modes{"avg", "max"};
    static constexpr std::array<std::string_view, 2> coordinates{"output_half_pixel", "half_pixel"};
    const auto samples = view.int_attribute("sampling_ratio", 0);
    if (samples < 0 || samples > 1024) {
        NodeView::fail("a sampling_ratio of " + std::to_string(samples) + " is out of range");
    }
    return {.scale = view.float_attribute("spatial_scale", 1),
            .samples = static_cast<index>(samples),
            .half_pixel =
                view.opset() >= 16 && choice(view, "coordinate_transformation_mode", "half_pixel", coordinates) == 1,
            .maximum = choice(view, "mode", "avg", modes) == 1};
}

void infer_roi_align(Infer& infer)
{
    infer.require_inputs(3, 3);
    infer.opset() < 16
        ? only_attributes(infer, {"mode", "output_height", "output_width", "sampling_ratio", "spatial_scale"})
        : only_attributes(infer, {"coordinate_transformation_mode", "mode", "output_height", "output_width",
                                  "sampling_ratio", "spatial_scale"});
    infer.require_float(0);
    infer.require_same_type(0, 1);
    infer.require_types(2, {DType::i64});
    roi_options(infer);
    const Shape& x = infer.shape(0);
    const Shape& regions = infer.shape(1);
    if (x.size() != 4 || regions.size() != 2 || !(regions[1] == Dim{4}) || infer.rank(2) != 1) {
        NodeView::fail("inputs of shapes " + to_string(x) + ", " + to_string(regions) + " and " +
                       to_string(infer.shape(2)) + ": expected are [N, C, H, W], [regions, 4] and [regions]");
    }
    require_equal(regions[0], infer.shape(2)[0], "numbers of regions");
    const ImageLayout layout{infer};
    const std::vector<Dim> bins{infer.int_attribute("output_height", 1), infer.int_attribute("output_width", 1)};
    if (bins[0].constant() < 1 || bins[1].constant() < 1) {
        NodeView::fail("an output of " + bins[0].str() + " x " + bins[1].str() + " has no meaning");
    }
    for (std::size_t axis = 0; axis < 4; ++axis) {
        if (x[axis] == Dim{0} && axis != layout.channel_axis(4)) {
            NodeView::fail("an input of shape " + to_string(x) + " has no elements to sample");
        }
    }
    infer.set(0, infer.dtype(0), layout.join(regions[0], layout.channels(x), bins));
}

void lower_roi_align(Lower& lower)
{
    const ImageLayout layout{lower};
    const Shape& x = lower.shape(0);
    const auto in = layout.spatial(x);
    const auto bins = layout.spatial(*lower.out(0).shape);
    const Dim channels = layout.channels(x);
    const ImageStrides from{layout, channels, in};
    const ImageStrides to{layout, channels, bins};
    const roi_align_options options = roi_options(lower);
    const DType computed = lower.dtype(0) == DType::f64 ? DType::f64 : DType::f32;
    lower.call("roi_align", "kernels/roi_align.hpp")
        .read(lower.operand(0))
        .read(lower.operand(1))
        .read(lower.operand(2))
        .write(lower.result(0))
        .write(lower.temporary(computed, channels * static_cast<std::int64_t>(size_of(computed))))
        .extents({{"batch", x[0]},
                  {"channels", channels},
                  {"in", in},
                  {"regions", lower.shape(1)[0]},
                  {"bins", bins},
                  {"in_pixel", from.pixel},
                  {"in_channel", from.channel},
                  {"out_pixel", to.pixel},
                  {"out_channel", to.channel}})
        .text("roi_align_options{.scale = " + literal(options.scale) + ", .samples = " +
              std::to_string(options.samples) + ", .half_pixel = " + (options.half_pixel ? "true" : "false") +
              ", .maximum = " + (options.maximum ? "true" : "false") + "}")
        .host([options](const HostCall& host) {
            dispatch_float(host.dtypes[0], [&]<class T>() {
                roi_align(host.in<T>(0), host.in<T>(1), host.in<std::int64_t>(2), host.out<T>(3),
                          host.out<compute_t<T>>(4), host.extents<roi_align_extents>(), options);
            });
        });
}

}  // namespace

std::span<const Operator> sample_operators()
{
    static constexpr Operator rows[] = {
        {.type = "AffineGrid", .since = 20, .infer = infer_affine_grid, .lower = lower_affine_grid},
        {.type = "GridSample",
         .since = 16,
         .infer = infer_grid_sample,
         .lower = lower_grid_sample,
         .channels_last = ChannelsLast::possible},
        {.type = "RoiAlign",
         .since = 10,
         .infer = infer_roi_align,
         .lower = lower_roi_align,
         .channels_last = ChannelsLast::possible},
    };
    return rows;
}

}  // namespace wasminfer::gen
