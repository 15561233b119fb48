// before: x (input and output)             after: x (input) -> Copy -> y (output)
//
// An output has bytes of its own: a caller may fill the next input while it still reads the last output. (An output that
// turns out to be a view of an input is copied when the graph is lowered, where views are known.)
#include <algorithm>

#include "passes/pass.hpp"

namespace wasminfer::gen {

void separate_outputs(Model& model, const PassOptions&, Diagnostics&)
{
    Graph& graph = model.graph;
    for (auto& output : graph.outputs) {
        if (std::ranges::find(graph.inputs, output) == graph.inputs.end()) {
            continue;
        }
        Value* own = graph.add_value(output->name + "_copy");
        own->dtype = output->dtype;
        own->shape = output->shape;
        auto node = std::make_unique<Node>();
        node->domain = "wasminfer";
        node->op = "Copy";
        node->opset = 1;
        node->inputs = {output};
        node->outputs = {own};
        graph.append_node(std::move(node));
        output = own;
    }
}

}  // namespace wasminfer::gen
