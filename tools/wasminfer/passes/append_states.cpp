// before: Loop { state[t,c] -> Concat(axis 0, row) -> next[t+1,c] }
//  after: Loop { state[t,c] -> Append(row) -> next[t+1,c] }
//
// What a loop collects lies in one place through all turns, with room for those to come. Where its rows are outermost, what
// is there never moves: only the new ones are written, behind the others, and readers of the old state read the same bytes.
#include <algorithm>

#include "ops/loop.hpp"
#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

/// Whether the node puts something behind the state, along the outermost axis that is not 1.
bool appends(const Node* node, const Value& state)
{
    if (!node || !node->is("Concat") || node->inputs.size() != 2 || node->inputs[0] != &state) {
        return false;
    }
    const NodeView view{*node};
    const auto axis = NodeView::normalize_axis(view.int_attribute("axis"), state.rank());
    return std::ranges::all_of(state.shape->begin(), state.shape->begin() + axis,
                               [](const Dim& dim) { return dim == Dim{1}; });
}

}  // namespace

void append_states(Model& model, const PassOptions&, Diagnostics&)
{
    for (const auto& node : model.graph.nodes()) {
        if (!node->is("Loop")) {
            continue;
        }
        const LoopParts loop{NodeView{*node}};
        for (std::size_t i = 0; i < loop.inside.size(); ++i) {
            Node* concat = loop.after[i]->producer;
            if (appends(concat, *loop.inside[i])) {
                concat->domain = "wasminfer";
                concat->op = "Append";
                concat->opset = 1;
            }
        }
    }
}

}  // namespace wasminfer::gen
