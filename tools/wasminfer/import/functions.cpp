#include "import/functions.hpp"

#include "import/message.hpp"

namespace wasminfer::gen {

namespace {

std::uint64_t copy_cost(const onnx::NodeProto& node);

std::uint64_t copy_cost(const onnx::GraphProto& graph)
{
    std::uint64_t cost = 64;
    for (const auto& node : graph.node()) {
        cost += copy_cost(node);
    }
    for (const auto& initializer : graph.initializer()) {
        cost += 64 + initializer.name().size();
    }
    return cost;
}

std::uint64_t copy_cost(const onnx::NodeProto& node)
{
    std::uint64_t cost = 256;
    for (const auto* names : {&node.input(), &node.output()}) {
        for (const auto& name : *names) {
            cost += 32 + name.size();
        }
    }
    for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) {
            cost += copy_cost(attribute.g());
        } else if (!attribute.has_t()) {
            cost += attribute.ByteSizeLong();
        }
    }
    return cost;
}

std::map<std::string, onnx::AttributeProto> read_defaults(const onnx::FunctionProto& proto)
{
    std::map<std::string, onnx::AttributeProto> defaults;
    for (const auto bytes : unknown_fields(proto, field::function_attribute_proto)) {
        onnx::AttributeProto attribute;
        if (parse_message(attribute, std::as_bytes(std::span{bytes}))) {
            defaults.insert_or_assign(attribute.name(), attribute);
        }
    }
    return defaults;
}

}  // namespace

FunctionLibrary::FunctionLibrary(const onnx::ModelProto& model, const Opsets& opsets, Diagnostics& diagnostics)
{
    for (const auto& proto : model.functions()) {
        const std::string domain = normalise_domain(proto.domain());
        const std::string title = "function '" + domain_name(domain) + "::" + proto.name() + "'";
        auto function = std::make_unique<Function>();
        function->proto = &proto;
        function->title = title;
        function->opsets = read_opsets(proto.opset_import(), title, diagnostics);
        function->opsets.insert(opsets.begin(), opsets.end());
        function->defaults = read_defaults(proto);
        for (const auto& node : proto.node()) {
            function->cost += copy_cost(node);
        }
        Key key{domain, proto.name(), unknown_string(proto, field::function_overload)};
        if (!functions_.try_emplace(std::move(key), std::move(function)).second) {
            diagnostics.add({title, "is defined twice", {}});
        }
    }
}

const Function* FunctionLibrary::find(const onnx::NodeProto& node) const
{
    if (functions_.empty()) {
        return nullptr;
    }
    const auto it =
        functions_.find({normalise_domain(node.domain()), node.op_type(), unknown_string(node, field::node_overload)});
    return it == functions_.end() ? nullptr : it->second.get();
}

}  // namespace wasminfer::gen
