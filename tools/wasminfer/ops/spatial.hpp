// What convolutions and pools share: where their windows lie, and the layout of images.
#pragma once

#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// An image's axes: [N, C, spatial…], or [N, spatial…, C] where the node's attribute channels_last is 1.
struct ImageLayout {
    bool channels_last = false;

    explicit ImageLayout(const NodeView& view) : channels_last{view.int_attribute("channels_last", 0) != 0} {}

    std::size_t channel_axis(std::size_t rank) const { return channels_last ? rank - 1 : 1; }
    Dim channels(const Shape& shape) const { return shape[channel_axis(shape.size())]; }
    std::vector<Dim> spatial(const Shape& shape) const;
    Shape join(Dim batch, Dim channels, const std::vector<Dim>& spatial) const;
};

/// Sliding windows, one entry a spatial axis everywhere.
struct Windows {
    std::vector<Dim> in;
    std::vector<Dim> out;
    std::vector<std::int64_t> window;
    std::vector<std::int64_t> stride;
    std::vector<std::int64_t> dilation;
    std::vector<Dim> pad;  ///< In front.
    std::vector<Dim> pad_behind;

    std::size_t rank() const { return window.size(); }
    /// Extent of the window with its dilation.
    std::int64_t reach(std::size_t axis) const { return (window[axis] - 1) * dilation[axis] + 1; }
    /// Whether kernels take window and stride as template arguments: what models are made of. All others share one body
    /// with the window at run time.
    bool common() const;
};

/// Reads strides, dilations, pads and auto_pad, and works the output's extents out.
/// - NOTSET: explicit pads; VALID: none; SAME_UPPER, SAME_LOWER: out = ceil(in / stride), an odd element of padding
///   behind or in front.
/// - Rounds down, or up with ceil_mode = 1: then windows that would start in the padding behind are dropped.
Windows slide_windows(const NodeView& view, std::vector<Dim> in, std::vector<std::int64_t> window);

/// The same for a transposed convolution: out = (in - 1) * stride + output_padding + reach - pads, or `output_shape`,
/// which then decides the pads; auto_pad SAME gives out = in * stride.
Windows slide_transposed_windows(const NodeView& view, std::vector<Dim> in, std::vector<std::int64_t> window);

/// One spatial axis as two, the first of extent 1; two stay as they are.
Windows as_plane(Windows w);
/// Template arguments of a kernel over two axes: "window{3, 3}, stride{1, 1}".
std::string structure(const Windows& w);

/// The ints attribute with one entry a spatial axis (`count` of them), all at least `least`; `fallback` where absent.
std::vector<std::int64_t> axis_attribute(const NodeView& view, const std::string& key, std::size_t count,
                                         std::int64_t fallback, std::int64_t least);

/// Refuses dims that are not surely equal.
void require_equal(const Dim& a, const Dim& b, const std::string& what);

/// Dims of plain integers.
std::vector<Dim> dims(const std::vector<std::int64_t>& integers);
/// One entry a spatial axis, as three: the axes that are missing come first.
std::vector<Dim> three_axes(std::vector<Dim> list, std::int64_t missing);
/// [spatial…, C]
std::vector<Dim> with_channels(std::vector<Dim> spatial, const Dim& channels);

}  // namespace wasminfer::gen
