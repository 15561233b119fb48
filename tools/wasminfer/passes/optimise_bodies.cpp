// before: If, Loop or Scan with a body as the model has it      after: the same with the body optimised
//
// A body is a graph like any other but for the values that it reads of the graphs around it. While its passes run, inputs
// of its own stand for them: a pass that follows a value to its producer, or counts its readers, must not look past the
// body's edge.
#include <algorithm>
#include <set>

#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

void collect_own(const Graph& graph, std::set<const Value*>& own)
{
    for (const auto& value : graph.values()) {
        own.insert(value.get());
    }
    for (const auto& node : graph.nodes()) {
        own.insert(node->outputs.begin(), node->outputs.end());
        for_each_subgraph(*node, [&](const Graph& body) { collect_own(body, own); });
    }
    own.insert(graph.inputs.begin(), graph.inputs.end());
}

void collect_read(const Graph& graph, std::vector<Value*>& read)
{
    for (const auto& node : graph.nodes()) {
        read.insert(read.end(), node->inputs.begin(), node->inputs.end());
        for_each_subgraph(*node, [&](const Graph& body) { collect_read(body, read); });
    }
    read.insert(read.end(), graph.outputs.begin(), graph.outputs.end());
}

/// What the body reads of the graphs around it, constants left out: anybody may read those.
std::vector<Value*> captured_values(const Graph& body)
{
    std::set<const Value*> own;
    collect_own(body, own);
    std::vector<Value*> read;
    collect_read(body, read);
    std::vector<Value*> captured;
    for (Value* value : read) {
        if (value && !value->is_constant() && !own.contains(value) &&
            std::ranges::find(captured, value) == captured.end()) {
            captured.push_back(value);
        }
    }
    return captured;
}

void optimise_body(Graph& body, Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    const auto captured = captured_values(body);
    const std::size_t own_inputs = body.inputs.size();
    for (Value* outer : captured) {
        Value* inner = body.add_value(outer->name);
        inner->dtype = outer->dtype;
        inner->shape = outer->shape;
        inner->known = outer->known;
        inner->elements = outer->elements;
        body.replace_uses(outer, inner);
        body.inputs.push_back(inner);
    }
    Model inner;
    inner.file = model.file;
    inner.graph = std::move(body);
    inner.symbols = std::move(model.symbols);
    run_body_passes(inner, options, diagnostics);
    model.symbols = std::move(inner.symbols);
    body = std::move(inner.graph);
    for (std::size_t i = 0; i < captured.size(); ++i) {
        body.replace_uses(body.inputs[own_inputs + i], captured[i]);
    }
    body.inputs.resize(own_inputs);
    body.collect_values();
}

}  // namespace

void optimise_bodies(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    for (const auto& node : model.graph.nodes()) {
        for (const auto& [key, attribute] : node->attributes) {
            if (const auto* body = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
                optimise_body(**body, model, options, diagnostics);
            }
        }
    }
}

}  // namespace wasminfer::gen
