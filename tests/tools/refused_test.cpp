// What is not supported on purpose says so by name, with what to do about it.
#include <doctest/doctest.h>

#include "passes/pass.hpp"
#include "support/model_builder.hpp"

using namespace wasminfer::gen;

namespace {

/// All that stands against a model, of import and of inference.
std::string findings(const ModelBuilder& builder)
{
    Diagnostics diagnostics{"test.onnx"};
    const auto model = import_model_bytes(builder.bytes(), {}, "test.onnx", {}, diagnostics);
    if (model && diagnostics.empty()) {
        infer_shapes(*model, {}, diagnostics);
    } else if (model) {
        check_operators(model->graph, diagnostics);
    }
    return diagnostics.text();
}

bool says(const ModelBuilder& builder, const std::string& words)
{
    const std::string text = findings(builder);
    INFO(text);
    CHECK(text.find(words) != std::string::npos);
    return text.find(words) != std::string::npos;
}

ModelBuilder one_node(const std::string& op, const std::vector<onnx::AttributeProto>& attributes = {})
{
    ModelBuilder builder;
    if (const auto colons = op.find("::"); colons != std::string::npos) {
        builder.opset(op.substr(0, colons), 1);
    }
    return builder.input("x", DType::f32, {2}).node(op, {"x"}, {"y"}, attributes, "n").output("y");
}

}  // namespace

TEST_CASE("refused: operators that draw random numbers")
{
    for (const char* op : {"Bernoulli", "Multinomial", "RandomNormalLike", "RandomUniformLike"}) {
        CHECK(says(one_node(op), "draws random numbers"));
    }
    CHECK(says(
        ModelBuilder{}.node("RandomNormal", {}, {"y"}, {attribute("shape", std::vector<std::int64_t>{2})}).output("y"),
        "draws random numbers"));
    CHECK(says(
        ModelBuilder{}.node("RandomUniform", {}, {"y"}, {attribute("shape", std::vector<std::int64_t>{2})}).output("y"),
        "draws random numbers"));
}

TEST_CASE("refused: training and preview domains")
{
    CHECK(says(one_node("ai.onnx.training::Adam"), "is for training"));
    CHECK(says(one_node("ai.onnx.preview.training::Gradient"), "is for training"));
    CHECK(says(one_node("ai.onnx.preview::Anything"), "is of a preview domain"));
}

TEST_CASE("refused: strings, maps, files")
{
    CHECK(says(one_node("StringNormalizer"), "computes on strings"));
    CHECK(says(one_node("ai.onnx.ml::DictVectorizer"), "reads a map"));
    CHECK(says(one_node("ImageDecoder"), "decodes image files"));
}

TEST_CASE("refused: inputs of types without kernels, each by its name")
{
    for (const DType type : {DType::string, DType::bf16, DType::f8e4m3fn, DType::f8e5m2, DType::i4, DType::u4}) {
        CHECK(says(ModelBuilder{}.input("x", type, {2}).node("Identity", {"x"}, {"y"}).output("y"),
                   "is a tensor of " + std::string{name(type)} + ", which is not supported"));
    }
}

TEST_CASE("refused: casts to types without kernels")
{
    for (const DType type : {DType::string, DType::bf16, DType::f8e4m3fn, DType::i4}) {
        CHECK(says(one_node("Cast", {attribute("to", onnx_of_dtype(type))}), std::string{name(type)}));
    }
}

TEST_CASE("refused: inputs that are sequences, optional values or maps")
{
    for (const char* kind : {"sequence", "optional", "map"}) {
        ModelBuilder builder = ModelBuilder{}.input("x", DType::f32, {2}).node("Identity", {"x"}, {"y"}).output("y");
        onnx::TypeProto type;
        onnx::TypeProto element;
        element.mutable_tensor_type()->set_elem_type(onnx_of_dtype(DType::f32));
        if (kind == std::string{"sequence"}) {
            *type.mutable_sequence_type()->mutable_elem_type() = element;
        } else if (kind == std::string{"optional"}) {
            *type.mutable_optional_type()->mutable_elem_type() = element;
        } else {
            type.mutable_map_type()->set_key_type(onnx_of_dtype(DType::i64));
            *type.mutable_map_type()->mutable_value_type() = element;
        }
        *builder.proto.mutable_graph()->mutable_input(0)->mutable_type() = type;
        CHECK(says(builder, std::string{"is a "} + kind + ", which is not supported"));
    }
}

TEST_CASE("refused: a sequence that a loop makes")
{
    ModelBuilder body;
    body.input("i", DType::i64, {})
        .input("go", DType::boolean, {})
        .node("Identity", {"go"}, {"go_on"})
        .node("SequenceConstruct", {"x"}, {"s"})
        .output("go_on")
        .output("s");
    const std::string text = findings(ModelBuilder{}
                                          .input("x", DType::f32, {2})
                                          .initializer("trips", Tensor::ints({}, {2}))
                                          .node("Loop", {"trips", ""}, {"y"}, {attribute("body", body)})
                                          .output("y"));
    INFO(text);
    CHECK(text.find("sequence") != std::string::npos);
}

TEST_CASE("refused: a sequence that goes through a loop of unknown length, or into a branch that is chosen at run time")
{
    ModelBuilder loop;
    loop.input("i", DType::i64, {})
        .input("go", DType::boolean, {})
        .input("state", DType::f32, {})
        .node("Identity", {"go"}, {"go_on"})
        .node("Identity", {"state"}, {"next"})
        .output("go_on")
        .output("next");
    CHECK(says(ModelBuilder{}
                   .input("x", DType::f32, {2})
                   .input("trips", DType::i64, {})
                   .node("SequenceConstruct", {"x"}, {"s"})
                   .node("Loop", {"trips", "", "s"}, {"y"}, {attribute("body", loop)})
                   .output("y"),
               "number of turns of a loop that carries a sequence"));
    ModelBuilder branch;
    branch.initializer("at", Tensor::ints({}, {0})).node("SequenceAt", {"s", "at"}, {"element"}).output("element");
    CHECK(says(ModelBuilder{}
                   .input("x", DType::f32, {2})
                   .input("which", DType::boolean, {})
                   .node("SequenceConstruct", {"x"}, {"s"})
                   .node("If", {"which"}, {"y"}, {attribute("then_branch", branch), attribute("else_branch", branch)})
                   .output("y"),
               "made of a sequence"));
}
