#include "ops/spatial.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

enum class AutoPad { notset, valid, same_upper, same_lower };

AutoPad auto_pad(const NodeView& view)
{
    const std::string word = view.string_attribute("auto_pad", "NOTSET");
    if (word.empty() || word == "NOTSET") {
        return AutoPad::notset;
    }
    if (word == "VALID") {
        return AutoPad::valid;
    }
    if (word == "SAME_UPPER") {
        return AutoPad::same_upper;
    }
    if (word == "SAME_LOWER") {
        return AutoPad::same_lower;
    }
    NodeView::fail("auto_pad '" + word + "' is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER");
}

/// Divides padding among the two sides of an axis.
void split(const Dim& total, bool more_in_front, Dim& front, Dim& behind)
{
    const Dim less = floor_div(total, 2);
    front = more_in_front ? total - less : less;
    behind = more_in_front ? less : total - less;
}

void explicit_pads(const NodeView& view, Windows& w)
{
    const std::size_t rank = w.rank();
    const auto pads = axis_attribute(view, "pads", 2 * rank, 0, 0);
    for (std::size_t axis = 0; axis < rank; ++axis) {
        w.pad[axis] = pads[axis];
        w.pad_behind[axis] = pads[rank + axis];
    }
}

Windows read_windows(const NodeView& view, std::vector<Dim> in, std::vector<std::int64_t> window)
{
    Windows w;
    w.in = std::move(in);
    w.window = std::move(window);
    const std::size_t rank = w.rank();
    if (w.in.size() != rank) {
        NodeView::fail("a window of rank " + std::to_string(rank) + " does not fit " + std::to_string(w.in.size()) +
                       " spatial axes");
    }
    // The products of hostile numbers must not overflow.
    constexpr std::int64_t most = std::int64_t{1} << 31;
    w.stride = axis_attribute(view, "strides", rank, 1, 1);
    w.dilation = axis_attribute(view, "dilations", rank, 1, 1);
    for (std::size_t axis = 0; axis < rank; ++axis) {
        if (w.window[axis] < 1 || w.window[axis] > most || w.dilation[axis] > most || w.stride[axis] > most) {
            NodeView::fail("window " + std::to_string(w.window[axis]) + " with dilation " +
                           std::to_string(w.dilation[axis]) + " and stride " + std::to_string(w.stride[axis]) +
                           " is out of range");
        }
    }
    w.out.resize(rank);
    w.pad.resize(rank);
    w.pad_behind.resize(rank);
    return w;
}

}  // namespace

std::vector<Dim> ImageLayout::spatial(const Shape& shape) const
{
    const auto first = shape.begin() + (channels_last ? 1 : 2);
    const auto last = shape.end() - (channels_last ? 1 : 0);
    return {first, last};
}

Shape ImageLayout::join(Dim batch, Dim channels, const std::vector<Dim>& spatial) const
{
    Shape shape{std::move(batch)};
    if (!channels_last) {
        shape.push_back(channels);
    }
    shape.insert(shape.end(), spatial.begin(), spatial.end());
    if (channels_last) {
        shape.push_back(channels);
    }
    return shape;
}

bool Windows::common() const
{
    const auto fits = [](std::int64_t n) { return n <= 7 && (n % 2 == 1 || n == 2); };
    return std::ranges::all_of(window, fits) && std::ranges::all_of(stride, [](std::int64_t n) { return n <= 2; });
}

Windows slide_windows(const NodeView& view, std::vector<Dim> in, std::vector<std::int64_t> window)
{
    Windows w = read_windows(view, std::move(in), std::move(window));
    const AutoPad mode = auto_pad(view);
    const bool ceil = view.int_attribute("ceil_mode", 0) != 0;
    if (mode == AutoPad::notset) {
        explicit_pads(view, w);
    }
    for (std::size_t axis = 0; axis < w.rank(); ++axis) {
        const Dim& extent = w.in[axis];
        const std::int64_t step = w.stride[axis];
        if (mode == AutoPad::same_upper || mode == AutoPad::same_lower) {
            w.out[axis] = ceil_div(extent, step);
            const Dim total = max((w.out[axis] - 1) * step + w.reach(axis) - extent, 0);
            split(total, mode == AutoPad::same_lower, w.pad[axis], w.pad_behind[axis]);
            continue;
        }
        const Dim room = extent + w.pad[axis] + w.pad_behind[axis] - w.reach(axis);
        if (room.is_constant() && room.constant() < 0) {
            NodeView::fail("a window of " + std::to_string(w.reach(axis)) + " does not fit into the extent " +
                           extent.str() + " with its padding");
        }
        w.out[axis] =
            ceil ? min(ceil_div(room, step) + 1, ceil_div(extent + w.pad[axis], step)) : floor_div(room, step) + 1;
    }
    return w;
}

Windows slide_transposed_windows(const NodeView& view, std::vector<Dim> in, std::vector<std::int64_t> window)
{
    Windows w = read_windows(view, std::move(in), std::move(window));
    const std::size_t rank = w.rank();
    const AutoPad mode = auto_pad(view);
    const auto extra = axis_attribute(view, "output_padding", rank, 0, 0);
    auto shape = view.ints_attribute("output_shape");
    if (shape.size() == rank + 2) {
        shape.erase(shape.begin(), shape.begin() + 2);  // Some writers give batch and channels too.
    }
    if (!shape.empty() && shape.size() != rank) {
        NodeView::fail("attribute 'output_shape' has " + std::to_string(shape.size()) + " entries for " +
                       std::to_string(rank) + " spatial axes");
    }
    const bool same = mode == AutoPad::same_upper || mode == AutoPad::same_lower;
    if (shape.empty() && mode == AutoPad::notset) {
        explicit_pads(view, w);
    }
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const Dim full = (w.in[axis] - 1) * w.stride[axis] + extra[axis] + w.reach(axis);
        if (!shape.empty() || same) {
            w.out[axis] = shape.empty() ? w.in[axis] * w.stride[axis] : Dim{shape[axis]};
            // Where more is asked for than there is, the rest lies behind, and no window reaches it.
            const Dim total = max(full - w.out[axis], 0);
            split(total, mode != AutoPad::same_upper, w.pad[axis], w.pad_behind[axis]);
        } else {
            w.out[axis] = full - w.pad[axis] - w.pad_behind[axis];
        }
    }
    return w;
}

Windows as_plane(Windows w)
{
    if (w.rank() == 1) {
        w.in.insert(w.in.begin(), 1);
        w.out.insert(w.out.begin(), 1);
        w.window.insert(w.window.begin(), 1);
        w.stride.insert(w.stride.begin(), 1);
        w.dilation.insert(w.dilation.begin(), 1);
        w.pad.insert(w.pad.begin(), 0);
        w.pad_behind.insert(w.pad_behind.begin(), 0);
    }
    return w;
}

std::string structure(const Windows& w)
{
    const auto pair = [](const char* type, const std::vector<std::int64_t>& list) {
        return std::string{type} + "{" + std::to_string(list[0]) + ", " + std::to_string(list[1]) + "}";
    };
    return pair("window", w.window) + ", " + pair("stride", w.stride);
}

std::vector<std::int64_t> axis_attribute(const NodeView& view, const std::string& key, std::size_t count,
                                         std::int64_t fallback, std::int64_t least)
{
    auto list = view.ints_attribute(key);
    if (list.empty()) {
        return std::vector<std::int64_t>(count, fallback);
    }
    if (list.size() != count) {
        NodeView::fail("attribute '" + key + "' has " + std::to_string(list.size()) + " entries, not " +
                       std::to_string(count));
    }
    for (const auto entry : list) {
        if (entry < least) {
            NodeView::fail("attribute '" + key + "' has the entry " + std::to_string(entry) + ", less than " +
                           std::to_string(least));
        }
    }
    return list;
}

void require_equal(const Dim& a, const Dim& b, const std::string& what)
{
    if (!known_equal(a, b)) {
        NodeView::fail(what + ": " + a.str() + " and " + b.str() + " have to be the same");
    }
}

std::vector<Dim> dims(const std::vector<std::int64_t>& integers)
{
    return {integers.begin(), integers.end()};
}

std::vector<Dim> three_axes(std::vector<Dim> list, std::int64_t missing)
{
    list.insert(list.begin(), 3 - list.size(), Dim{missing});
    return list;
}

std::vector<Dim> with_channels(std::vector<Dim> spatial, const Dim& channels)
{
    spatial.push_back(channels);
    return spatial;
}

}  // namespace wasminfer::gen
