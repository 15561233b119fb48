#include "ops/resize_request.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/attributes.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

/// Tables hold 32-bit indices.
constexpr double most_elements = 2147483647;

struct Inputs {
    std::optional<std::size_t> roi, scales, sizes;
};

/// An input with elements: older exporters pass empty tensors for absent ones.
std::optional<std::size_t> given(const NodeView& view, std::size_t input)
{
    const bool there = view.has(input) && !(view.rank(input) == 1 && view.shape(input)[0] == Dim{0});
    return there ? std::optional{input} : std::nullopt;
}

/// Upsample 1 and 7 keep scales in attributes, Upsample 9 and Resize 10 in input 1, Resize 11 and newer in input 2.
Inputs inputs_of(const NodeView& view)
{
    const bool upsample = view.node().op == "Upsample";
    if (upsample && view.opset() < 9) {
        view.require_inputs(1, 1);
        return {};
    }
    if (view.opset() < 11) {
        view.require_inputs(2, 2);
        return {.roi = {}, .scales = given(view, 1), .sizes = {}};
    }
    view.require_inputs(1, 4);
    return {.roi = given(view, 1), .scales = given(view, 2), .sizes = given(view, 3)};
}

void check_attributes(const NodeView& view)
{
    const auto opset = view.opset();
    if (view.node().op == "Upsample") {
        opset < 7   ? only_attributes(view, {"mode", "width_scale", "height_scale"})
        : opset < 9 ? only_attributes(view, {"mode", "scales"})
                    : only_attributes(view, {"mode"});
    } else if (opset < 11) {
        only_attributes(view, {"mode"});
    } else if (opset < 18) {
        only_attributes(view, {"coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside",
                               "extrapolation_value", "mode", "nearest_mode"});
    } else {
        only_attributes(view,
                        {"antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside",
                         "extrapolation_value", "keep_aspect_ratio_policy", "mode", "nearest_mode"});
    }
}

template <std::size_t n>
std::size_t choice(const NodeView& view, const std::string& key, const std::array<std::string_view, n>& words)
{
    const std::string word = view.string_attribute(key, std::string{words[0]});
    const auto it = std::ranges::find(words, std::string_view{word});
    if (it == words.end()) {
        NodeView::fail("attribute '" + key + "' = '" + word + "' is not known at opset " +
                       std::to_string(view.opset()));
    }
    return static_cast<std::size_t>(it - words.begin());
}

resize_coordinates coordinates_of(const NodeView& view)
{
    if (view.opset() < 11) {
        return resize_coordinates::asymmetric;
    }
    static constexpr std::array<std::string_view, 7> words{
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
        "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"};
    return static_cast<resize_coordinates>(choice(view, "coordinate_transformation_mode", words));
}

void read_mode(const NodeView& view, ResizeRequest& request)
{
    const auto opset = view.opset();
    const std::string mode = view.string_attribute("mode", "nearest");
    const bool linear = mode == "linear" || (opset < 7 && mode == "bilinear");
    if (mode != "nearest" && !linear && !(mode == "cubic" && opset >= 11)) {
        NodeView::fail("attribute 'mode' = '" + mode + "' is not known at opset " + std::to_string(opset));
    }
    request.nearest = mode == "nearest";
    request.filter.cubic = mode == "cubic";
    request.filter.antialias = view.int_attribute("antialias", 0) != 0 && !request.nearest;
    request.filter.exclude_outside = view.int_attribute("exclude_outside", 0) != 0;
    request.filter.a = view.float_attribute("cubic_coeff_a", -0.75f);
    request.extrapolation = static_cast<double>(view.float_attribute("extrapolation_value", 0));
    request.coordinates = coordinates_of(view);
    request.old_rounding = opset < 11;
    static constexpr std::array<std::string_view, 4> words{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
    request.rounding = static_cast<resize_rounding>(choice(view, "nearest_mode", words));
}

/// The axes that scales, sizes and roi speak of.
std::vector<std::size_t> axes_of(const NodeView& view, std::size_t rank)
{
    std::vector<std::size_t> axes;
    for (const auto axis : NodeView::normalize_axes(view.ints_attribute("axes"), static_cast<std::int64_t>(rank))) {
        axes.push_back(static_cast<std::size_t>(axis));
    }
    for (std::size_t i = 0; i < rank && !view.has_attribute("axes"); ++i) {
        axes.push_back(i);
    }
    return axes;
}

std::vector<double> scales_of(const NodeView& view, const Inputs& inputs, std::size_t rank)
{
    if (inputs.scales) {
        return view.known_numbers(*inputs.scales, "factors by which axes are resized");
    }
    if (view.node().op != "Upsample") {
        return {};
    }
    if (view.opset() < 7) {
        if (rank != 4) {
            NodeView::fail("input of rank " + std::to_string(rank) + ": this opset has images of rank 4 alone");
        }
        return {1, 1, static_cast<double>(view.float_attribute("height_scale", 0)),
                static_cast<double>(view.float_attribute("width_scale", 0))};
    }
    const auto list = view.floats_attribute("scales");
    return {list.begin(), list.end()};
}

/// floor(in * scale), as ONNX's own inference has it: in float.
Dim scaled(const Dim& in, float scale)
{
    if (in.is_constant()) {
        const float out = std::floor(static_cast<float>(in.constant()) * scale);
        if (!(static_cast<double>(out) <= most_elements)) {
            NodeView::fail("an axis of " + in.str() + " elements, " + literal(scale) + " times as long, is too long");
        }
        return static_cast<std::int64_t>(out);
    }
    double numerator = static_cast<double>(scale);
    std::int64_t denominator = 1;
    while (numerator != std::floor(numerator) && denominator < 4096) {
        numerator *= 2;
        denominator *= 2;
    }
    if (numerator != std::floor(numerator) || numerator > 65536) {
        NodeView::fail("a scale of " + literal(scale) + " on the free dimension " + in.str() + " is not supported",
                       "fix the dimension with --dim");
    }
    return floor_div(in * Dim{static_cast<std::int64_t>(numerator)}, denominator);
}

void apply_scales(const std::vector<double>& scales, const std::vector<std::size_t>& axes, ResizeRequest& request)
{
    if (scales.size() != axes.size()) {
        NodeView::fail(std::to_string(scales.size()) + " scales for " + std::to_string(axes.size()) + " axes");
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto scale = static_cast<float>(scales[i]);
        if (!(scale > 0) || std::isinf(scale)) {
            NodeView::fail("a scale of " + literal(scale) + " has no meaning");
        }
        request.out[axes[i]] = scaled(request.in[axes[i]], scale);
        request.maps[axes[i]].scale = scale;
    }
}

/// One scale for all axes: the largest with which none, or the smallest with which every one, exceeds its size.
void keep_aspect_ratio(bool not_larger, const std::vector<std::size_t>& axes, ResizeRequest& request)
{
    std::optional<double> scale;
    for (const auto axis : axes) {
        const Dim& in = request.in[axis];
        const Dim& out = request.out[axis];
        if (!in.is_constant() || !out.is_constant()) {
            NodeView::fail("keeping the aspect ratio depends on a free dimension", "fix the dimension with --dim");
        }
        if (in.constant() < 1) {
            NodeView::fail("an axis without elements has no aspect ratio");
        }
        const double own = static_cast<double>(out.constant()) / static_cast<double>(in.constant());
        scale = !scale ? own : not_larger ? std::min(*scale, own) : std::max(*scale, own);
    }
    for (const auto axis : axes) {
        const double out = std::floor(*scale * static_cast<double>(request.in[axis].constant()) + 0.5);
        if (!(out <= most_elements)) {
            NodeView::fail("keeping the aspect ratio makes an axis too long");
        }
        request.out[axis] = static_cast<std::int64_t>(out);
        request.maps[axis].scale = static_cast<float>(*scale);
    }
}

void apply_sizes(const NodeView& view, std::size_t input, const std::vector<std::size_t>& axes, ResizeRequest& request)
{
    const auto sizes = view.known_elements(input, "sizes to which axes are resized");
    if (sizes.size() != axes.size()) {
        NodeView::fail(std::to_string(sizes.size()) + " sizes for " + std::to_string(axes.size()) + " axes");
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const Dim& size = sizes[i];
        if (size.is_constant() && (size.constant() < 0 || static_cast<double>(size.constant()) > most_elements)) {
            NodeView::fail("a size of " + size.str() + " has no meaning");
        }
        request.out[axes[i]] = size;
    }
    static constexpr std::array<std::string_view, 3> policies{"stretch", "not_larger", "not_smaller"};
    const auto policy = choice(view, "keep_aspect_ratio_policy", policies);
    if (policy != 0) {
        keep_aspect_ratio(policy == 1, axes, request);
    }
}

void apply_roi(const NodeView& view, const Inputs& inputs, const std::vector<std::size_t>& axes, ResizeRequest& request)
{
    if (request.coordinates != resize_coordinates::tf_crop_and_resize) {
        return;
    }
    if (!inputs.roi) {
        NodeView::fail("tf_crop_and_resize without a region of interest");
    }
    const auto roi = view.known_numbers(*inputs.roi, "region of interest");
    if (roi.size() != 2 * axes.size()) {
        NodeView::fail("the region of interest has " + std::to_string(roi.size()) + " numbers for " +
                       std::to_string(axes.size()) + " axes");
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        request.maps[axes[i]].crop[0] = static_cast<float>(roi[i]);
        request.maps[axes[i]].crop[1] = static_cast<float>(roi[axes.size() + i]);
    }
}

}  // namespace

bool ResizeRequest::changes(std::size_t axis) const
{
    const resize_map& map = maps[axis];
    const bool crops = coordinates == resize_coordinates::tf_crop_and_resize;
    if (!(in[axis] == out[axis]) || (crops && (map.crop[0] != 0 || map.crop[1] != 1))) {
        return true;
    }
    // All places of an axis of one element are that element.
    const bool shifts = coordinates == resize_coordinates::tf_half_pixel_for_nn;
    return !(in[axis] == Dim{1}) && (shifts || (map.scale != 0 && map.scale != 1));
}

ResizeRequest read_resize(const NodeView& view)
{
    const Inputs inputs = inputs_of(view);
    check_attributes(view);
    ResizeRequest request;
    read_mode(view, request);
    require_in(view, 0, types::all);
    request.in = view.shape(0);
    if (view.int_attribute("channels_last", 0) != 0) {
        if (request.in.size() < 3) {
            NodeView::fail("input of rank " + std::to_string(request.in.size()) + " has no spatial axes");
        }
        std::rotate(request.in.begin() + 1, request.in.end() - 1, request.in.end());
    }
    request.out = request.in;
    request.maps.assign(request.in.size(), {.coordinates = request.coordinates});
    const auto axes = axes_of(view, request.in.size());
    const auto scales = scales_of(view, inputs, request.in.size());
    if (inputs.sizes && !scales.empty()) {
        NodeView::fail("has both scales and sizes");
    }
    if (inputs.sizes) {
        apply_sizes(view, *inputs.sizes, axes, request);
    } else {
        apply_scales(scales, axes, request);
    }
    apply_roi(view, inputs, axes, request);
    for (std::size_t axis = 0; axis < request.in.size(); ++axis) {
        const bool empty = request.in[axis] == Dim{0} && !(request.out[axis] == Dim{0});
        const bool long_axis =
            request.in[axis].is_constant() && static_cast<double>(request.in[axis].constant()) > most_elements;
        if (empty || long_axis) {
            NodeView::fail("an axis of " + request.in[axis].str() + " elements can't be resized to " +
                           request.out[axis].str());
        }
    }
    return request;
}

}  // namespace wasminfer::gen
