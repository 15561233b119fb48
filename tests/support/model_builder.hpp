#pragma once

// Makes ONNX models in memory, for tests of the generator.
//
//     ModelBuilder{}.input("x", DType::f32, {1, 3}).node("Relu", {"x"}, {"y"}).output("y").model()

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "import/import.hpp"
#include "import/proto.hpp"

namespace wasminfer::gen {

class ModelBuilder;

/// One attribute: attribute("alpha", 0.1F), attribute("pads", {0, 0, 1, 1}), attribute("value", tensor),
/// attribute("then_branch", ModelBuilder{}…), whose graph becomes the subgraph.
inline onnx::AttributeProto attribute(std::string name, onnx::AttributeProto::AttributeType type)
{
    onnx::AttributeProto proto;
    proto.set_name(std::move(name));
    proto.set_type(type);
    return proto;
}

template <std::integral T>
onnx::AttributeProto attribute(std::string name, T value)
{
    auto proto = attribute(std::move(name), onnx::AttributeProto::INT);
    proto.set_i(static_cast<std::int64_t>(value));
    return proto;
}

template <std::floating_point T>
onnx::AttributeProto attribute(std::string name, T value)
{
    auto proto = attribute(std::move(name), onnx::AttributeProto::FLOAT);
    proto.set_f(static_cast<float>(value));
    return proto;
}

inline onnx::AttributeProto attribute(std::string name, const char* text)
{
    auto proto = attribute(std::move(name), onnx::AttributeProto::STRING);
    proto.set_s(text);
    return proto;
}

template <class T>
onnx::AttributeProto attribute(std::string name, const std::vector<T>& values)
{
    if constexpr (std::is_same_v<T, std::string>) {
        auto proto = attribute(std::move(name), onnx::AttributeProto::STRINGS);
        proto.mutable_strings()->Assign(values.begin(), values.end());
        return proto;
    } else if constexpr (std::is_floating_point_v<T>) {
        auto proto = attribute(std::move(name), onnx::AttributeProto::FLOATS);
        for (const T value : values) {
            proto.add_floats(static_cast<float>(value));
        }
        return proto;
    } else {
        auto proto = attribute(std::move(name), onnx::AttributeProto::INTS);
        proto.mutable_ints()->Assign(values.begin(), values.end());
        return proto;
    }
}

template <class T>
onnx::AttributeProto attribute(std::string name, std::initializer_list<T> values)
{
    if constexpr (std::is_convertible_v<T, std::string>) {
        return attribute(std::move(name), std::vector<std::string>(values.begin(), values.end()));
    } else {
        return attribute(std::move(name), std::vector<T>(values));
    }
}

inline onnx::TensorProto tensor_proto(const Tensor& tensor, const std::string& name = {})
{
    onnx::TensorProto proto;
    proto.set_name(name);
    proto.set_data_type(onnx_of_dtype(tensor.dtype()));
    proto.mutable_dims()->Assign(tensor.shape().begin(), tensor.shape().end());
    proto.set_raw_data(tensor.bytes().data(), tensor.bytes().size());
    return proto;
}

inline onnx::AttributeProto attribute(std::string name, const Tensor& tensor)
{
    auto proto = attribute(std::move(name), onnx::AttributeProto::TENSOR);
    *proto.mutable_t() = tensor_proto(tensor);
    return proto;
}

inline Tensor floats(std::vector<std::int64_t> shape, const std::vector<float>& elements)
{
    return Tensor::of<float>(DType::f32, std::move(shape), elements);
}

/// An extent of an input: a number, a name or formula, or nothing said ("").
struct ExtentText {
    ExtentText(std::int64_t value) : extent{value} {}
    ExtentText(int value) : extent{std::int64_t{value}} {}
    ExtentText(const char* text) : extent{std::string{text}} {}
    std::variant<std::int64_t, std::string> extent;
};

class ModelBuilder {
public:
    explicit ModelBuilder(std::int64_t opset = 18)
    {
        proto.set_ir_version(8);
        this->opset("", opset);
        proto.mutable_graph()->set_name("test");
    }

    ModelBuilder& opset(const std::string& domain, std::int64_t version)
    {
        auto* import = proto.add_opset_import();
        import->set_domain(domain);
        import->set_version(version);
        return *this;
    }

    ModelBuilder& input(const std::string& name, DType dtype, const std::vector<ExtentText>& shape)
    {
        auto* info = proto.mutable_graph()->add_input();
        info->set_name(name);
        auto* type = info->mutable_type()->mutable_tensor_type();
        type->set_elem_type(onnx_of_dtype(dtype));
        type->mutable_shape();
        for (const auto& [extent] : shape) {
            auto* dim = type->mutable_shape()->add_dim();
            if (const auto* value = std::get_if<std::int64_t>(&extent)) {
                dim->set_dim_value(*value);
            } else if (const auto& text = std::get<std::string>(extent); !text.empty()) {
                dim->set_dim_param(text);
            }
        }
        return *this;
    }

    ModelBuilder& initializer(const std::string& name, const Tensor& tensor)
    {
        *proto.mutable_graph()->add_initializer() = tensor_proto(tensor, name);
        return *this;
    }

    /// "" stands for an operand that is left out; `op` may be "domain::Op".
    ModelBuilder& node(const std::string& op, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs,
                       const std::vector<onnx::AttributeProto>& attributes = {}, const std::string& name = {})
    {
        auto* node = proto.mutable_graph()->add_node();
        const auto colons = op.find("::");
        node->set_domain(colons == std::string::npos ? "" : op.substr(0, colons));
        node->set_op_type(colons == std::string::npos ? op : op.substr(colons + 2));
        node->set_name(name);
        node->mutable_input()->Assign(inputs.begin(), inputs.end());
        node->mutable_output()->Assign(outputs.begin(), outputs.end());
        node->mutable_attribute()->Assign(attributes.begin(), attributes.end());
        return *this;
    }

    /// A graph output, or a subgraph's, without a declared type.
    ModelBuilder& output(const std::string& name)
    {
        proto.mutable_graph()->add_output()->set_name(name);
        return *this;
    }

    /// A local function; its body is the nodes of another builder, whose operator sets it imports.
    ModelBuilder& function(const std::string& domain, const std::string& name, const std::vector<std::string>& inputs,
                           const std::vector<std::string>& outputs, const ModelBuilder& body)
    {
        auto* function = proto.add_functions();
        function->set_domain(domain);
        function->set_name(name);
        function->mutable_input()->Assign(inputs.begin(), inputs.end());
        function->mutable_output()->Assign(outputs.begin(), outputs.end());
        *function->mutable_node() = body.proto.graph().node();
        *function->mutable_opset_import() = body.proto.opset_import();
        return *this;
    }

    std::vector<std::byte> bytes() const
    {
        const std::string text = proto.SerializeAsString();
        const auto view = std::as_bytes(std::span{text});
        return {view.begin(), view.end()};
    }

    /// The imported model. Throws with the findings' text where there are any.
    std::unique_ptr<Model> model(const ImportOptions& options = {}) const
    {
        Diagnostics diagnostics{"test.onnx"};
        auto imported = import_model_bytes(bytes(), {}, "test.onnx", options, diagnostics);
        if (!imported || !diagnostics.empty()) {
            throw std::runtime_error{diagnostics.text()};
        }
        return imported;
    }

    /// The findings' text; "" where there are none.
    std::string findings(const ImportOptions& options = {}) const
    {
        Diagnostics diagnostics{"test.onnx"};
        import_model_bytes(bytes(), {}, "test.onnx", options, diagnostics);
        return diagnostics.text();
    }

    onnx::ModelProto proto;  ///< For what the functions above can't say.
};

inline onnx::AttributeProto attribute(std::string name, const ModelBuilder& body)
{
    auto proto = attribute(std::move(name), onnx::AttributeProto::GRAPH);
    *proto.mutable_g() = body.proto.graph();
    return proto;
}

}  // namespace wasminfer::gen
