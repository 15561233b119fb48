#include "ops/pool_geometry.hpp"

namespace wasminfer::gen {

void require_image(const NodeView& view)
{
    const auto rank = view.rank(0);
    if (rank < 3 || rank > 5) {
        NodeView::fail("input of rank " + std::to_string(rank) + ": supported are 1, 2 and 3 spatial axes");
    }
}

PoolGeometry pool_geometry(const NodeView& view)
{
    require_image(view);
    const Shape& x = view.shape(0);
    const ImageLayout layout{view};
    const auto window = view.ints_attribute("kernel_shape");
    if (window.empty()) {
        NodeView::fail("attribute 'kernel_shape' is missing");
    }
    PoolGeometry g{layout, slide_windows(view, layout.spatial(x), window), x[0], layout.channels(x)};
    for (std::size_t axis = 0; axis < window.size(); ++axis) {
        for (const Dim& pad : {g.windows.pad[axis], g.windows.pad_behind[axis]}) {
            if (pad.is_constant() && pad.constant() >= g.windows.reach(axis)) {
                NodeView::fail("padding of " + pad.str() + " is not less than the window's extent of " +
                               std::to_string(g.windows.reach(axis)) + ", and some windows hold nothing else");
            }
        }
    }
    return g;
}

std::vector<Field> volume_fields(const PoolGeometry& g)
{
    const Windows& w = g.windows;
    return {{"batch", g.batch},
            {"in", with_channels(three_axes(w.in, 1), g.channels)},
            {"out", with_channels(three_axes(w.out, 1), g.channels)},
            {"window", three_axes(dims(w.window), 1)},
            {"stride", three_axes(dims(w.stride), 1)},
            {"pad", three_axes(w.pad, 0)},
            {"pad_end", three_axes(w.pad_behind, 0)},
            {"dilation", three_axes(dims(w.dilation), 1)}};
}

}  // namespace wasminfer::gen
