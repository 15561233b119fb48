#include "import/call.hpp"

#include <algorithm>
#include <array>

namespace wasminfer::gen {

namespace {

/// What passes say to lower(): a model has no say in it.
constexpr std::array<std::string_view, 4> set_by_passes{"fused_activation", "algorithm", "channels_last", "residual"};

/// The kind; early writers left it out, and it is that of the field which is there.
onnx::AttributeProto::AttributeType kind_of(const onnx::AttributeProto& proto)
{
    if (proto.type() != onnx::AttributeProto::UNDEFINED) {
        return proto.type();
    }
    return proto.has_f()              ? onnx::AttributeProto::FLOAT
           : proto.has_i()            ? onnx::AttributeProto::INT
           : proto.has_s()            ? onnx::AttributeProto::STRING
           : proto.has_t()            ? onnx::AttributeProto::TENSOR
           : proto.has_g()            ? onnx::AttributeProto::GRAPH
           : proto.floats_size() > 0  ? onnx::AttributeProto::FLOATS
           : proto.ints_size() > 0    ? onnx::AttributeProto::INTS
           : proto.strings_size() > 0 ? onnx::AttributeProto::STRINGS
                                      : onnx::AttributeProto::UNDEFINED;
}

}  // namespace

std::optional<GraphReader::Parameter> GraphReader::resolve(const onnx::AttributeProto& proto, const Node& node,
                                                           const Frame& frame)
{
    if (proto.ref_attr_name().empty()) {
        return Parameter{&proto, &frame};
    }
    if (!frame.call) {
        diagnostics_.add(node,
                         "attribute '" + proto.name() + "' stands for '" + proto.ref_attr_name() +
                             "' of a function, and the node is in no function",
                         {});
        return std::nullopt;
    }
    const auto it = frame.call->parameters.find(proto.ref_attr_name());
    if (it == frame.call->parameters.end()) {
        return std::nullopt;  // Left out by the caller: the operator's own default holds.
    }
    return Parameter{it->second.proto, it->second.frame ? it->second.frame : &frame};
}

void GraphReader::read_attributes(const onnx::NodeProto& proto, Node& node, const Frame& frame)
{
    for (const auto& attribute : proto.attribute()) {
        const auto source = resolve(attribute, node, frame);
        if (!source) {
            continue;
        }
        if (attribute.name().empty() || node.attributes.has(attribute.name())) {
            diagnostics_.add(node, "has two attributes named '" + attribute.name() + "', or one without a name", {});
            continue;
        }
        if (node.domain.empty() && std::ranges::find(set_by_passes, attribute.name()) != set_by_passes.end()) {
            diagnostics_.add(node, "attribute '" + attribute.name() + "' is none of ONNX's", {});
            continue;
        }
        try {
            if (auto value = read_attribute(*source->proto, node, *source->frame)) {
                node.attributes.set(attribute.name(), *std::move(value));
            }
        } catch (const TensorError& error) {
            diagnostics_.add(node, "attribute '" + attribute.name() + "': " + error.what(), error.advice());
        }
    }
}

std::optional<Attribute> GraphReader::read_attribute(const onnx::AttributeProto& proto, const Node& node,
                                                     const Frame& frame)
{
    switch (kind_of(proto)) {
    case onnx::AttributeProto::FLOAT: return proto.f();
    case onnx::AttributeProto::INT: return proto.i();
    case onnx::AttributeProto::STRING: return proto.s();
    case onnx::AttributeProto::TENSOR: return read_tensor(proto.t());
    case onnx::AttributeProto::SPARSE_TENSOR: return tensors_.read(proto.sparse_tensor());
    case onnx::AttributeProto::GRAPH: return read_subgraph(proto.g(), frame, node);
    case onnx::AttributeProto::FLOATS: return std::vector<float>{proto.floats().begin(), proto.floats().end()};
    case onnx::AttributeProto::INTS: return std::vector<std::int64_t>{proto.ints().begin(), proto.ints().end()};
    case onnx::AttributeProto::STRINGS: return std::vector<std::string>{proto.strings().begin(), proto.strings().end()};
    case onnx::AttributeProto::UNDEFINED:
        diagnostics_.add(node, "attribute '" + proto.name() + "' has no value of a known kind", {});
        return std::nullopt;
    default:
        diagnostics_.add(node,
                         "attribute '" + proto.name() + "' is of the kind " +
                             onnx::AttributeProto::AttributeType_Name(proto.type()) + ", which is not supported",
                         {});
        return std::nullopt;
    }
}

}  // namespace wasminfer::gen
