#include "policy_file.hpp"

#include <onnx/onnx_pb.h>

#include <cstring>
#include <fstream>

#include "network.hpp"

namespace ember {

namespace {

void describe(onnx::ValueInfoProto& value, const char* name, int columns)
{
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("moths");
    type.mutable_shape()->add_dim()->set_dim_value(columns);
}

void add_tensor(onnx::GraphProto& graph, const std::string& name, std::initializer_list<int> shape, const float* from)
{
    onnx::TensorProto& tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    std::size_t elements = 1;
    for (const int extent : shape) {
        tensor.add_dims(extent);
        elements *= static_cast<std::size_t>(extent);
    }
    tensor.set_raw_data(from, elements * sizeof(float));
}

void add_node(onnx::GraphProto& graph, const char* type, std::initializer_list<std::string> inputs,
              const std::string& output)
{
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type(type);
    node.set_name(output);
    for (const std::string& input : inputs) {
        node.add_input(input);
    }
    node.add_output(output);
}

}  // namespace

bool save_policy(const std::string& path, std::span<const float> weights)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.set_producer_name("examples/game/train.cpp");
    model.add_opset_import()->set_version(17);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name("policy");
    describe(*graph.add_input(), "seen", senses);
    describe(*graph.add_output(), "answer", answers);
    std::string value = "seen";
    for (int layer = 0; layer < layers; ++layer) {
        const std::string number = std::to_string(layer + 1);
        const int in = widths[layer], out = widths[layer + 1];
        const float* from = &weights[layer_begin(layer)];
        add_tensor(graph, "weights" + number, {in, out}, from);
        add_tensor(graph, "biases" + number, {out}, from + in * out);
        add_node(graph, "Gemm", {value, "weights" + number, "biases" + number}, "sum" + number);
        value = layer + 1 < layers ? "hidden" + number : "answer";
        add_node(graph, layer + 1 < layers ? "Relu" : "Tanh", {"sum" + number}, value);
    }
    std::ofstream file{path, std::ios::binary};
    return model.SerializeToOstream(&file) && file.flush();
}

std::vector<float> load_policy(const std::string& path)
{
    onnx::ModelProto model;
    std::ifstream file{path, std::ios::binary};
    std::vector<float> weights;
    if (model.ParseFromIstream(&file)) {
        for (const onnx::TensorProto& tensor : model.graph().initializer()) {
            const std::size_t begin = weights.size();
            weights.resize(begin + tensor.raw_data().size() / sizeof(float));
            std::memcpy(weights.data() + begin, tensor.raw_data().data(), (weights.size() - begin) * sizeof(float));
        }
    }
    return weights.size() == all_weights ? weights : std::vector<float>{};
}

}  // namespace ember
