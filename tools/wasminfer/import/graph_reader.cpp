#include "import/graph_reader.hpp"

#include <algorithm>

#include "import/call.hpp"
#include "import/face_proto.hpp"
#include "import/trace.hpp"

namespace wasminfer::gen {

GraphReader::GraphReader(const onnx::ModelProto& model, std::filesystem::path folder, Diagnostics& diagnostics)
    : diagnostics_{diagnostics}, opsets_{read_opsets(model.opset_import(), "model", diagnostics)},
      functions_{model, opsets_, diagnostics}, opset_check_{model.ir_version()}, tensors_{std::move(folder)}
{
}

void GraphReader::check_flood() const
{
    constexpr std::size_t most = 200;
    if (diagnostics_.findings().size() >= most) {
        throw Refused{"there are more findings than these " + std::to_string(most)};
    }
}

Tensor GraphReader::read_tensor(const onnx::TensorProto& proto)
{
    if (const auto it = read_.find(&proto); it != read_.end()) {
        return it->second;
    }
    return read_.emplace(&proto, tensors_.read(proto)).first->second;
}

std::string GraphReader::value_name(const std::string& name, const Frame& frame)
{
    if (!frame.call) {
        names_.insert(name);
        return name;
    }
    const std::string wanted = frame.call->prefix + name;
    std::string unique = wanted;
    while (!names_.insert(unique).second) {
        unique = wanted + "_" + std::to_string(++next_suffix_[wanted]);
    }
    return unique;
}

void GraphReader::read_body(const onnx::GraphProto& proto, const Frame& frame, const std::set<std::string>& replaced)
{
    read_initializers(proto, frame, replaced);
    read_nodes(proto.node(), frame);
    sort_nodes(frame.nodes, diagnostics_);
}

template <class Proto>
void GraphReader::read_initializer(const Proto& proto, const std::string& name, const Frame& frame)
{
    const std::string where = "initializer '" + name + "'";
    Value* value = nullptr;
    try {
        if constexpr (std::is_same_v<Proto, onnx::TensorProto>) {
            value = frame.graph.add_constant(value_name(name, frame), read_tensor(proto));
        } else {
            value = frame.graph.add_constant(value_name(name, frame), tensors_.read(proto));
        }
    } catch (const TensorError& error) {
        diagnostics_.add({where, error.what(), error.advice()});
        value = frame.graph.add_value(name);
    }
    if (name.empty()) {
        diagnostics_.add({"graph", "has an initializer without a name", {}});
    } else if (!frame.scope.define(name, value)) {
        diagnostics_.add({where, "has the name of another initializer or input", {}});
    }
    check_flood();
}

void GraphReader::read_initializers(const onnx::GraphProto& proto, const Frame& frame,
                                    const std::set<std::string>& replaced)
{
    for (const auto& initializer : proto.initializer()) {
        if (!replaced.contains(initializer.name())) {
            read_initializer(initializer, initializer.name(), frame);
        }
    }
    for (const auto& initializer : proto.sparse_initializer()) {
        if (!replaced.contains(initializer.values().name())) {
            read_initializer(initializer, initializer.values().name(), frame);
        }
    }
}

void GraphReader::read_nodes(const NodeProtos& protos, const Frame& frame, const std::map<std::string, Value*>& results)
{
    std::vector<std::vector<Value*>> outputs;
    outputs.reserve(static_cast<std::size_t>(protos.size()));
    for (const auto& proto : protos) {
        outputs.push_back(declare_outputs(proto, protos, frame, results));
    }
    for (int i = 0; i < protos.size(); ++i) {
        read_node(protos[i], std::move(outputs[static_cast<std::size_t>(i)]), frame);
        check_flood();
    }
}

std::vector<Value*> GraphReader::declare_outputs(const onnx::NodeProto& proto, const NodeProtos& all,
                                                 const Frame& frame, const std::map<std::string, Value*>& results)
{
    std::vector<Value*> outputs;
    for (const auto& name : proto.output()) {
        if (name.empty()) {
            outputs.push_back(nullptr);
            continue;
        }
        const auto result = results.find(name);
        Value* value = result == results.end() ? frame.graph.add_value(value_name(name, frame)) : result->second;
        if (!frame.scope.declare(name, value)) {
            const auto first = std::ranges::find_if(
                all, [&](const onnx::NodeProto& node) { return std::ranges::count(node.output(), name) > 0; });
            std::string where = proto.op_type() + (proto.name().empty() ? "" : " '" + proto.name() + "'");
            std::string maker = "an input or initializer";
            if (&*first != &proto) {
                maker = first->op_type() + (first->name().empty() ? "" : " '" + first->name() + "'");
            } else if (std::ranges::count(proto.output(), name) > 1) {
                maker = "the same node";
            }
            diagnostics_.add({std::move(where), "makes '" + name + "', which " + maker + " makes already",
                              "every value needs a name of its own"});
            check_flood();
            value = frame.graph.add_value(name);
        }
        outputs.push_back(value);
    }
    return outputs;
}

void GraphReader::read_node(const onnx::NodeProto& proto, std::vector<Value*> outputs, const Frame& frame)
{
    auto node = std::make_unique<Node>();
    node->domain = normalise_domain(proto.domain());
    node->op = proto.op_type();
    if (!proto.name().empty()) {
        node->name = (frame.call ? frame.call->prefix : "") + proto.name();
    }
    node->outputs = std::move(outputs);
    node->opset = opset_check_.version(node->domain, frame.opsets);
    node->trace = read_trace(proto);
    if (node->trace.empty() && frame.call) {
        node->trace = frame.call->trace;
    }
    read_inputs(proto, *node, frame);

    if (const Function* function = functions_.find(proto)) {
        inline_call(proto, *node, *function, frame);
    } else {
        if (node->op.empty()) {
            diagnostics_.add(*node, "has no operator type", {});
        }
        opset_check_.check(*node, diagnostics_);
        read_attributes(proto, *node, frame);
        for (Value* output : node->outputs) {
            if (output) {
                output->producer = node.get();
            }
        }
        frame.nodes.push_back(std::move(node));
    }
    for (const auto& name : proto.output()) {
        if (!name.empty()) {
            frame.scope.mark_made(name);
        }
    }
}

void GraphReader::read_inputs(const onnx::NodeProto& proto, Node& node, const Frame& frame)
{
    for (const auto& name : proto.input()) {
        if (name.empty()) {
            node.inputs.push_back(nullptr);
            continue;
        }
        const Scope::Entry* entry = frame.scope.find(name);
        Value* value = entry ? entry->value : frame.graph.add_value(name);
        if (!entry) {
            diagnostics_.add(node, "reads '" + name + "', which nothing makes",
                             "it is no input, initializer or output of another node: is the model complete?");
        }
        node.inputs.push_back(value);
    }
    while (!node.inputs.empty() && !node.inputs.back()) {
        node.inputs.pop_back();
    }
}

std::shared_ptr<Graph> GraphReader::read_subgraph(const onnx::GraphProto& proto, const Frame& around, const Node& node)
{
    const NestingGuard guard{depth_};
    auto graph = std::make_shared<Graph>();
    graph->name = proto.name();
    Scope scope{&around.scope};
    Nodes nodes;
    const Frame frame{*graph, nodes, scope, around.opsets, around.call};
    const auto constants = initializer_names(proto);
    for (const auto& input : proto.input()) {
        if (constants.contains(input.name())) {
            continue;
        }
        Value* value = graph->add_value(value_name(input.name(), frame));
        graph->inputs.push_back(value);
        if (input.name().empty() || !scope.define(input.name(), value)) {
            diagnostics_.add(node, "has a subgraph with two inputs named '" + input.name() + "', or one without a name",
                             {});
        }
    }
    read_body(proto, frame);
    graph->set_nodes(std::move(nodes));
    for (const auto& output : proto.output()) {
        const Scope::Entry* entry = scope.find(output.name());
        if (!entry || !entry->value) {
            diagnostics_.add(node, "has a subgraph whose output '" + output.name() + "' nothing makes", {});
            graph->outputs.push_back(graph->add_value(output.name()));
            continue;
        }
        graph->outputs.push_back(entry->value);
    }
    return graph;
}

}  // namespace wasminfer::gen
