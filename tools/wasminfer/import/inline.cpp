// Local functions have no being of their own in the generated code: each call is replaced by the nodes of the body.
#include "import/call.hpp"

namespace wasminfer::gen {

namespace {

/// Functions that call functions can make any amount of nodes out of a small file.
constexpr std::uint64_t most_inlined_bytes = std::uint64_t{1} << 26;
constexpr std::size_t longest_prefix = 200;

}  // namespace

std::map<std::string, GraphReader::Parameter> GraphReader::read_parameters(const onnx::NodeProto& proto,
                                                                           const Node& caller, const Function& function,
                                                                           const Frame& frame)
{
    std::map<std::string, Parameter> parameters;
    for (const auto& [name, attribute] : function.defaults) {
        parameters[name] = {&attribute, nullptr};
    }
    for (const auto& attribute : proto.attribute()) {
        if (const auto source = resolve(attribute, caller, frame)) {
            parameters[attribute.name()] = *source;
        }
    }
    return parameters;
}

void GraphReader::inline_call(const onnx::NodeProto& proto, const Node& caller, const Function& function,
                              const Frame& frame)
{
    for (const Call* call = frame.call; call; call = call->around) {
        if (&call->function == &function) {
            diagnostics_.add(caller,
                             "calls the " + function.title +
                                 ", whose body it is part of: functions cannot "
                                 "call themselves",
                             {});
            return;
        }
    }
    const NestingGuard guard{depth_};
    inlined_bytes_ += function.cost;
    if (inlined_bytes_ > most_inlined_bytes) {
        throw Refused{"the model's functions call one another so often that the graph outgrows any use"};
    }
    const onnx::FunctionProto& body = *function.proto;
    if (caller.inputs.size() > static_cast<std::size_t>(body.input_size()) ||
        caller.outputs.size() > static_cast<std::size_t>(body.output_size())) {
        diagnostics_.add(caller, "has more inputs or outputs than the " + function.title, {});
        return;
    }
    std::string prefix = (caller.name.empty() ? (frame.call ? frame.call->prefix : "") + caller.op : caller.name) + "/";
    if (prefix.size() > longest_prefix) {
        prefix.erase(0, prefix.size() - longest_prefix);
    }
    const Call call{function, read_parameters(proto, caller, function, frame), std::move(prefix), caller.trace,
                    frame.call};
    Scope scope;
    for (int i = 0; i < body.input_size(); ++i) {
        if (body.input(i).empty() || !scope.define(body.input(i), caller.input(static_cast<std::size_t>(i)))) {
            diagnostics_.add(
                {function.title, "has two inputs named '" + body.input(i) + "', or one without a name", {}});
        }
    }
    std::map<std::string, Value*> results;
    for (std::size_t i = 0; i < caller.outputs.size(); ++i) {
        if (caller.outputs[i]) {
            results.try_emplace(body.output(static_cast<int>(i)), caller.outputs[i]);
        }
    }
    const Frame inner{frame.graph, frame.nodes, scope, function.opsets, &call};
    read_nodes(body.node(), inner, results);
    connect_results(caller, function, inner);
}

/// Where a function gives back one of its inputs, or one value twice, no node of the body makes the caller's value.
void GraphReader::connect_results(const Node& caller, const Function& function, const Frame& body)
{
    for (std::size_t i = 0; i < caller.outputs.size(); ++i) {
        Value* wanted = caller.outputs[i];
        if (!wanted) {
            continue;
        }
        const std::string& name = function.proto->output(static_cast<int>(i));
        const Scope::Entry* entry = body.scope.find(name);
        if (!entry || !entry->value) {
            diagnostics_.add(
                caller,
                "takes the output '" + name + "' of the " + function.title + ", which nothing in its body makes", {});
        } else if (entry->value != wanted) {
            auto identity = std::make_unique<Node>();
            identity->op = "Identity";
            identity->name = body.call->prefix + name;
            identity->opset = opset_check_.version("", body.opsets);
            identity->inputs = {entry->value};
            identity->outputs = {wanted};
            wanted->producer = identity.get();
            body.nodes.push_back(std::move(identity));
        }
    }
}

}  // namespace wasminfer::gen
