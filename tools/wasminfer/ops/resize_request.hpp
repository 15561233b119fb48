// What a Resize or Upsample asks for, read from attributes and inputs at every opset.
#pragma once

#include <wasminfer/kernels/resize_taps.hpp>

#include "ops/operator.hpp"

namespace wasminfer::gen {

/// Axes are in ONNX's order, [N, C, spatial…], whatever the layout.
struct ResizeRequest {
    Shape in, out;
    std::vector<resize_map> maps;
    bool nearest = true;
    resize_coordinates coordinates = resize_coordinates::half_pixel;
    resize_rounding rounding = resize_rounding::prefer_floor;
    /// Before opset 11: down where an axis grows, up where it shrinks, as runtimes do.
    bool old_rounding = false;
    resize_filter filter;
    double extrapolation = 0;

    resize_rounding rounding_of(const resize_map& map) const
    {
        return !old_rounding ? rounding : map.scale < 1 ? resize_rounding::ceil : resize_rounding::floor;
    }
    /// False where every element of the output is the one of the input at its place.
    bool changes(std::size_t axis) const;
};

/// Refuses what is not defined, and scales that are not known at generation.
ResizeRequest read_resize(const NodeView& view);

}  // namespace wasminfer::gen
