// before: x -> MaxPool (9×9) -> y        after: x -> MaxPool (1×9) -> MaxPool (9×1) -> y
//
// The largest of a window is the largest of its lines' largest: 18 comparisons in place of 81, and the same element. It pays
// where windows overlap: neighbouring windows share their lines.
#include "ops/pool_geometry.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

using Ints = std::vector<std::int64_t>;

/// A pixel of the result takes window h · w loads in one walk; in two, a line's largest is found for each line of the image
/// that the strides leave between results.
bool pays(const Windows& w)
{
    const auto together = w.window[0] * w.window[1];
    const auto apart = w.window[1] * w.stride[0] + w.window[0];
    return 5 * apart < 3 * together;
}

bool splits(const Node& node)
{
    if (!node.is("MaxPool") || node.output(1) || node.input(0)->rank() != 4) {
        return false;
    }
    const PoolGeometry g = pool_geometry(NodeView{node});
    return g.windows.window[0] > 1 && g.windows.window[1] > 1 && pays(g.windows);
}

/// The node's attributes for one of its two axes; the other is left alone.
std::vector<std::pair<std::string, Attribute>> along(const Node& node, std::size_t axis)
{
    std::vector<std::pair<std::string, Attribute>> attributes;
    for (const auto& [key, attribute] : node.attributes) {
        Attribute kept = attribute;
        if (key == "kernel_shape" || key == "strides" || key == "dilations") {
            Ints list = std::get<Ints>(attribute);
            list[1 - axis] = 1;
            kept = std::move(list);
        } else if (key == "pads") {
            Ints list = std::get<Ints>(attribute);
            list[1 - axis] = list[3 - axis] = 0;
            kept = std::move(list);
        }
        attributes.emplace_back(key, std::move(kept));
    }
    return attributes;
}

}  // namespace

void split_pools(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    std::vector<Node*> pools;
    for (const auto& node : model.graph.nodes()) {
        if (splits(*node)) {
            pools.push_back(node.get());
        }
    }
    for (Node* node : pools) {
        Value* lines = rewriter.insert_before(*node, {.op = "MaxPool",
                                                      .opset = node->opset,
                                                      .inputs = {node->inputs[0]},
                                                      .attributes = along(*node, 1),
                                                      .output = node->outputs[0]->name + "_lines"});
        for (auto& [key, attribute] : along(*node, 0)) {
            node->attributes.set(key, std::move(attribute));
        }
        node->inputs[0] = lines;
        rewriter.infer(*node);
    }
}

}  // namespace wasminfer::gen
