// make_models FOLDER [FACTOR [SUMMAND]]: scale.onnx, y = x * FACTOR + SUMMAND with the factor in a file of external data,
// and refused.onnx, which no generator takes. Files that stay as they are keep their dates.
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "support/model_builder.hpp"

using namespace wasminfer::gen;

namespace {

void write(const std::string& path, std::span<const std::byte> bytes)
{
    const std::string text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    std::ifstream old{path, std::ios::binary};
    if (!old || std::string{std::istreambuf_iterator<char>{old}, {}} != text) {
        std::ofstream{path, std::ios::binary} << text;
    }
}

ModelBuilder scale(float summand)
{
    auto builder = ModelBuilder{}
                       .input("x", DType::f32, {4})
                       .initializer("summand", floats({4}, {summand, summand, summand, summand}))
                       .node("Mul", {"x", "factor"}, {"product"})
                       .node("Add", {"product", "summand"}, {"y"})
                       .output("y");
    auto* tensor = builder.proto.mutable_graph()->add_initializer();
    tensor->set_name("factor");
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->add_dims(4);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    auto* location = tensor->add_external_data();
    location->set_key("location");
    location->set_value("numbers of scale.bin");
    return builder;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        return 1;
    }
    const std::string folder = argv[1];
    const float factor = argc > 2 ? std::strtof(argv[2], nullptr) : 2.0F;
    const float summand = argc > 3 ? std::strtof(argv[3], nullptr) : 1.0F;
    const float numbers[4]{factor, factor, factor, factor};
    write(folder + "/numbers of scale.bin", std::as_bytes(std::span{numbers}));
    write(folder + "/scale.onnx", scale(summand).bytes());
    write(
        folder + "/refused.onnx",
        ModelBuilder{}.input("x", DType::f32, {4}).node("Frobnicate", {"x"}, {"y"}, {}, "layer7").output("y").bytes());
}
