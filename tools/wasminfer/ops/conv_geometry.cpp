#include "ops/conv_geometry.hpp"

#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

/// W's extents, which have to be numbers: they are structure, not size.
std::vector<std::int64_t> weight_extents(const NodeView& view, std::size_t input)
{
    const Shape& w = view.shape(input);
    if (!is_static(w)) {
        NodeView::fail("the weights' shape " + to_string(w) + " has to be static");
    }
    const auto rank = view.rank(0);
    if (rank < 3 || rank > 5 || static_cast<std::int64_t>(w.size()) != rank) {
        NodeView::fail("input of rank " + std::to_string(rank) + " with weights of rank " + std::to_string(w.size()) +
                       ": supported are 1, 2 and 3 spatial axes, and the ranks must agree");
    }
    return extents(w);
}

std::int64_t group_count(const NodeView& view, std::int64_t divided, const std::string& what)
{
    const auto groups = view.int_attribute("group", 1);
    if (groups < 1 || divided % groups != 0) {
        NodeView::fail("group = " + std::to_string(groups) + " does not divide the " + std::to_string(divided) + " " +
                       what);
    }
    return groups;
}

std::vector<std::int64_t> window_of(const NodeView& view, const std::vector<std::int64_t>& w)
{
    std::vector<std::int64_t> window(w.begin() + 2, w.end());
    const auto declared = view.ints_attribute("kernel_shape");
    if (!declared.empty() && declared != window) {
        NodeView::fail("attribute 'kernel_shape' is not the window of the weights");
    }
    return window;
}

}  // namespace

ConvGeometry conv_geometry(const NodeView& view, std::size_t input)
{
    const auto w = weight_extents(view, input);
    ConvGeometry g{.layout = ImageLayout{view}, .windows = {}, .batch = view.shape(0)[0]};
    g.groups = group_count(view, w[0], "output channels");
    g.in_channels = w[1] * g.groups;
    g.out_channels = w[0];
    require_equal(g.layout.channels(view.shape(0)), g.in_channels, "channels of the input and of the weights");
    g.windows = slide_windows(view, g.layout.spatial(view.shape(0)), window_of(view, w));
    return g;
}

ConvGeometry transposed_geometry(const NodeView& view)
{
    const auto w = weight_extents(view, 1);
    ConvGeometry g{.layout = ImageLayout{view}, .windows = {}, .batch = view.shape(0)[0]};
    g.groups = group_count(view, w[0], "input channels");
    g.in_channels = w[0];
    g.out_channels = w[1] * g.groups;
    require_equal(g.layout.channels(view.shape(0)), g.in_channels, "channels of the input and of the weights");
    g.windows = slide_transposed_windows(view, g.layout.spatial(view.shape(0)), window_of(view, w));
    return g;
}

}  // namespace wasminfer::gen
