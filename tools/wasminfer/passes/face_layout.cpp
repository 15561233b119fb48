// before: x[1,3,224,224] (input) -> Conv                 after: x[1,224,224,3] (input) -> Transpose -> Conv
//         Conv -> y[1,8,112,112] (output)                       Conv -> t -> Transpose -> y[1,112,112,8] (output)
//
// The caller asked to hold these inputs and outputs channels-last. The Transpose says what that means; the passes behind
// this one cancel it against the layout that the kernels want.
#include <algorithm>

#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

/// The permutation that brings channels to the back, or (to_front) from there to axis 1.
std::vector<std::int64_t> channel_permutation(std::int64_t rank, bool to_front)
{
    std::vector<std::int64_t> permutation{0};
    if (to_front) {
        permutation.push_back(rank - 1);
    }
    for (std::int64_t axis = to_front ? 1 : 2; axis < rank - (to_front ? 1 : 0); ++axis) {
        permutation.push_back(axis);
    }
    if (!to_front) {
        permutation.push_back(1);
    }
    return permutation;
}

Shape permuted(const Shape& shape, const std::vector<std::int64_t>& permutation)
{
    Shape result;
    for (const auto axis : permutation) {
        result.push_back(shape[static_cast<std::size_t>(axis)]);
    }
    return result;
}

std::unique_ptr<Node> transpose(Value* from, Value* to, std::vector<std::int64_t> permutation)
{
    auto node = std::make_unique<Node>();
    node->op = "Transpose";
    node->opset = 13;
    node->inputs = {from};
    node->outputs = {to};
    node->attributes.set("perm", std::move(permutation));
    return node;
}

bool has_channels(const Value& value)
{
    return value.shape && value.rank() >= 3;
}

void refuse(const std::string& name, const std::string& option, Diagnostics& diagnostics)
{
    diagnostics.add({.where = option + " " + name,
                     .message = "names no value of the model's face with channels (rank 3 or more)",
                     .advice = "'wasminfer inspect' lists inputs and outputs"});
}

void face_inputs(Graph& graph, const std::set<std::string>& names, Diagnostics& diagnostics)
{
    for (const auto& name : names) {
        const auto it = std::ranges::find(graph.inputs, name, &Value::name);
        if (it == graph.inputs.end() || !has_channels(**it)) {
            refuse(name, "--input-layout", diagnostics);
            continue;
        }
        Value* inner = *it;
        Value* face = graph.add_value(name);
        inner->name = name + "_nchw";
        face->dtype = inner->dtype;
        face->shape = permuted(*inner->shape, channel_permutation(inner->rank(), false));
        *it = face;
        graph.insert_node(0, transpose(face, inner, channel_permutation(inner->rank(), true)));
    }
}

void face_outputs(Graph& graph, const std::set<std::string>& names, Diagnostics& diagnostics)
{
    for (const auto& name : names) {
        const auto it = std::ranges::find(graph.outputs, name, &Value::name);
        if (it == graph.outputs.end() || !has_channels(**it)) {
            refuse(name, "--output-layout", diagnostics);
            continue;
        }
        Value* inner = *it;
        Value* face = graph.add_value(name);
        inner->name = name + "_nchw";
        face->dtype = inner->dtype;
        face->shape = permuted(*inner->shape, channel_permutation(inner->rank(), false));
        *it = face;
        graph.append_node(transpose(inner, face, channel_permutation(inner->rank(), false)));
    }
}

}  // namespace

void face_layout(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    face_inputs(model.graph, options.channels_last_inputs, diagnostics);
    face_outputs(model.graph, options.channels_last_outputs, diagnostics);
}

}  // namespace wasminfer::gen
