// before: x -> Pad (zeros) -> Conv          after: x -> Conv (pads)
//         x -> Pad (zeros) -> AveragePool          x -> AveragePool (pads, count_include_pad)
//         x -> Pad (-inf) -> MaxPool               x -> MaxPool (pads)
//
// The operators' own padding means the same elements: zeros for Conv, nothing at all for MaxPool, which is what -inf is
// to a maximum, and what 0 is to one of numbers that are not negative. AveragePool divides by the padded elements' number
// too, if it is told so. Pads that crop, or that add channels, stay.
#include <algorithm>
#include <limits>

#include "ops/node_view.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

struct Padding {
    double value = 0.0;
    std::vector<std::int64_t> begin, end;  ///< By axis.
};

/// What a Pad adds, if all of it is known.
std::optional<Padding> padding_of(const Node& pad)
{
    const NodeView view{pad};
    const auto rank = static_cast<std::size_t>(view.rank(0));
    if (view.string_attribute("mode", "constant") != "constant") {
        return std::nullopt;
    }
    std::vector<std::int64_t> pads;
    Padding padding{.begin = std::vector<std::int64_t>(rank, 0), .end = std::vector<std::int64_t>(rank, 0)};
    std::vector<std::int64_t> axes;
    if (view.opset() < 11) {
        pads = view.ints_attribute(view.opset() < 2 ? "paddings" : "pads");
        padding.value = static_cast<double>(view.float_attribute("value", 0.0f));
    } else {
        const auto elements = view.elements(1);
        if (!elements || !is_static(*elements)) {
            return std::nullopt;
        }
        pads = extents(*elements);
        if (view.has(2)) {
            const auto value = uniform(pad.inputs[2]);
            if (!value) {
                return std::nullopt;
            }
            padding.value = *value;
        }
        if (view.has(3)) {
            const auto given = view.elements(3);
            if (!given || !is_static(*given)) {
                return std::nullopt;
            }
            axes = NodeView::normalize_axes(extents(*given), view.rank(0));
        }
    }
    for (std::size_t i = 0; i < pads.size() / 2; ++i) {
        const std::size_t axis = axes.empty() ? i : static_cast<std::size_t>(axes[i]);
        padding.begin[axis] = pads[i];
        padding.end[axis] = pads[pads.size() / 2 + i];
    }
    return padding;
}

/// The pads of the spatial axes, in the order of the attribute `pads`: all begins, all ends. nullopt where others are
/// padded too, or one is cropped.
std::optional<std::vector<std::int64_t>> spatial_pads(const Padding& padding, bool channels_last)
{
    const std::size_t rank = padding.begin.size();
    const std::size_t channel = channels_last ? rank - 1 : 1;
    std::vector<std::int64_t> pads;
    for (const auto* side : {&padding.begin, &padding.end}) {
        for (std::size_t axis = 0; axis < rank; ++axis) {
            const bool spatial = axis != 0 && axis != channel;
            if ((*side)[axis] < 0 || (!spatial && (*side)[axis] != 0)) {
                return std::nullopt;
            }
            if (spatial) {
                pads.push_back((*side)[axis]);
            }
        }
    }
    return pads;
}

bool never_negative(const Value* value)
{
    const Node* clip = producer_of(value, {"Clip"});
    if (!clip) {
        return producer_of(value, {"Relu", "Sigmoid", "HardSigmoid", "Softmax", "Abs", "Exp"}) != nullptr;
    }
    const auto lowest = clip->opset < 11 ? std::optional<double>{static_cast<double>(
                                               clip->attributes.get_or("min", std::numeric_limits<float>::lowest()))}
                                         : uniform(clip->input(1));
    return lowest && *lowest >= 0.0;
}

/// Whether every window has an element that is not padding.
bool windows_reach_in(const NodeView& view, const std::vector<std::int64_t>& pads)
{
    const auto window = view.ints_attribute("kernel_shape");
    for (std::size_t i = 0; i < pads.size(); ++i) {
        if (pads[i] >= window[i % window.size()]) {
            return false;
        }
    }
    return true;
}

/// Whether the operator's own padding means what the Pad put there.
bool means_the_same(const Node& node, const Padding& padding, const std::vector<std::int64_t>& pads)
{
    const NodeView view{node};
    if (node.is("Conv")) {
        return padding.value == 0.0;
    }
    if (view.int_attribute("ceil_mode", 0) != 0 || !windows_reach_in(view, pads)) {
        return false;
    }
    if (node.is("MaxPool")) {
        const bool least = padding.value == -std::numeric_limits<double>::infinity();
        return !view.has_output(1) &&
               (least || (padding.value == 0.0 && never_negative(node.inputs[0]->producer->inputs[0])));
    }
    // Padding of its own that is not counted can't be told from ours.
    const auto own = view.ints_attribute("pads");
    const bool counts = view.int_attribute("count_include_pad", 0) != 0;
    return padding.value == 0.0 && (counts || std::ranges::all_of(own, [](auto pad) { return pad == 0; }));
}

bool merge(Rewriter& rewriter, Node& node)
{
    Node* pad = (node.is("Conv") || node.is("MaxPool") || node.is("AveragePool")) ? producer_of(node.input(0), {"Pad"})
                                                                                  : nullptr;
    if (!pad) {
        return false;
    }
    const NodeView view{node};
    const auto automatic = view.string_attribute("auto_pad", "NOTSET");
    const auto padding = padding_of(*pad);
    if (!padding || (automatic != "NOTSET" && automatic != "VALID")) {
        return false;
    }
    auto pads = spatial_pads(*padding, view.int_attribute("channels_last", 0) != 0);
    if (!pads || (node.is("AveragePool") && view.opset() < 7)) {
        return false;
    }
    const auto own = view.ints_attribute("pads", std::vector<std::int64_t>(pads->size(), 0));
    std::ranges::transform(*pads, own, pads->begin(), std::plus{});
    if (!means_the_same(node, *padding, *pads)) {
        return false;
    }
    if (node.is("AveragePool")) {
        node.attributes.set("count_include_pad", std::int64_t{1});
    }
    node.attributes.erase("auto_pad");
    node.attributes.set("pads", *std::move(pads));
    node.inputs[0] = pad->inputs[0];
    rewriter.infer(node);
    return true;
}

}  // namespace

void merge_pads(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    for (const auto& node : model.graph.nodes()) {
        while (merge(rewriter, *node)) {
        }
    }
    remove_dead(model.graph);
}

}  // namespace wasminfer::gen
