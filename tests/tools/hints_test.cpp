#include "hints/hints.hpp"

#include <doctest/doctest.h>

#include "passes/pass.hpp"
#include "support/files.hpp"
#include "support/model_builder.hpp"
#include "support/temporary_folder.hpp"

using namespace wasminfer::gen;

namespace {

using Extents = std::vector<ExtentText>;

/// An output with a declared type.
void declare(ModelBuilder& builder, const std::string& name, const Extents& shape)
{
    ModelBuilder other;
    other.input(name, DType::f32, shape);
    builder.proto.mutable_graph()->mutable_output()->Add()->CopyFrom(other.proto.graph().input(0));
}

/// Each output is an input's negative; {input, its shape, output, its declared shape}.
struct Pair {
    const char* input;
    Extents in_shape;
    const char* output;
    Extents out_shape;
};

ModelBuilder pairs(const std::vector<Pair>& list)
{
    ModelBuilder builder;
    for (const Pair& pair : list) {
        builder.input(pair.input, DType::f32, pair.in_shape).node("Neg", {pair.input}, {pair.output});
    }
    for (const Pair& pair : list) {
        declare(builder, pair.output, pair.out_shape);
    }
    return builder;
}

ModelFace face_of(const ModelBuilder& builder)
{
    const TemporaryFolder folder;
    write_file(folder / "model.onnx", builder.bytes());
    return read_model_face(folder / "model.onnx");
}

std::unique_ptr<Model> graph_of(const ModelBuilder& builder)
{
    // Free dimensions are findings, and no matter here.
    Diagnostics diagnostics{"test.onnx"};
    return import_model_bytes(builder.bytes(), {}, "test.onnx", {}, diagnostics);
}

/// The options, one behind the other.
std::string options(const ModelBuilder& builder)
{
    const auto model = graph_of(builder);
    std::string text;
    for (const StatePair& pair : find_state_pairs(face_of(builder), model->graph)) {
        text += (text.empty() ? "" : " ") + pair.option();
    }
    return text;
}

std::string losses(const ModelBuilder& builder)
{
    const auto model = graph_of(builder);
    std::string text;
    Diagnostics diagnostics{"test.onnx"};
    const ImportOptions free{.dims = bind_all_freely(face_of(builder), {})};
    const auto inferred = import_model_bytes(builder.bytes(), {}, "test.onnx", free, diagnostics);
    infer_graph(inferred->graph, inferred->symbols, {}, diagnostics);
    for (const TraceLoss& loss : find_trace_losses(model->graph, inferred->graph)) {
        text += loss.where + " " + loss.message + " (" + loss.trace + ")\n";
    }
    return text;
}

bool has(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("state pairs: names that differ in which side they are of")
{
    CHECK(options(pairs({{"x", {1, 4}, "y", {1, 4}}, {"state", {2, 8}, "stateN", {2, 8}}})) == "--state state=stateN");
    CHECK(options(pairs({{"h_in", {1, 8}, "h_out", {1, 8}}, {"c_in", {1, 8}, "c_out", {1, 8}}})) ==
          "--state h_in=h_out --state c_in=c_out");
    CHECK(options(pairs({{"h0", {1, 8}, "hn", {1, 8}}, {"c0", {1, 8}, "cn", {1, 8}}})) ==
          "--state h0=hn --state c0=cn");
    CHECK(options(pairs({{"conv_cache", {2, 3}, "conv_cache_out", {"a", "b"}}})) ==
          "--state conv_cache=conv_cache_out");
}

TEST_CASE("state pairs: what grows by a free extent is a cache")
{
    CHECK(options(pairs({{"past.0.key", {1, 4, "past", 8}, "present.0.key", {1, 4, "total", 8}},
                         {"past.0.value", {1, 4, "past", 8}, "present.0.value", {1, 4, "past + 1", 8}}})) ==
          "--cache past.0.key=present.0.key:ROWS --cache past.0.value=present.0.value:ROWS");
}

TEST_CASE("state pairs: pictures in and out, other shapes and other names are none")
{
    CHECK(options(pairs({{"input", {1, 3, 8, 8}, "output", {1, 3, 8, 8}}})).empty());
    CHECK(options(pairs({{"input_2", {1, 257}, "activation_2", {1, 257}}})).empty());
    CHECK(options(pairs({{"h_in", {1, 8}, "h_out", {1, 9}}})).empty());
}

TEST_CASE("state pairs: the first state of a recurrent layer, whatever its name")
{
    ModelBuilder builder;
    builder.input("x", DType::f32, {5, 1, 2})
        .input("input_3", DType::f32, {1, 1, 4})
        .initializer("w", floats({1, 4, 2}, std::vector<float>(8)))
        .initializer("r", floats({1, 4, 4}, std::vector<float>(16)))
        .node("RNN", {"x", "w", "r", "", "", "input_3"}, {"", "after"}, {attribute("hidden_size", 4)});
    declare(builder, "after", {1, 1, 4});
    CHECK(options(builder) == "--state input_3=after");
}

TEST_CASE("trace losses: a free dimension reshaped to constants, with the line that did it")
{
    ModelBuilder builder;
    builder.input("x", DType::f32, {"batch", 6})
        .initializer("frozen", Tensor::ints({2}, {2, 3}))
        .initializer("open", Tensor::ints({2}, {-1, 3}))
        .node("Reshape", {"x", "open"}, {"fine"}, {}, "fine")
        .node("Relu", {"fine"}, {"r"})
        .node("Reshape", {"r", "frozen"}, {"y"}, {}, "view")
        // Of a mean over the batch: nothing is lost.
        .node("ReduceMean", {"fine", "axis"}, {"mean"}, {attribute("keepdims", 0)})
        .initializer("axis", Tensor::ints({1}, {0}))
        .initializer("three", Tensor::ints({2}, {3, 1}))
        .node("Reshape", {"mean", "three"}, {"column"}, {}, "column")
        .output("column")
        .output("y");
    CHECK(has(losses(builder), "Reshape 'view'"));
    CHECK(has(losses(builder), "reshapes what has a free dimension to the constant [2,3]"));
    CHECK(losses(builder).find("'fine'") == std::string::npos);
    CHECK(losses(builder).find("'column'") == std::string::npos);
    auto fixed = builder;
    fixed.proto.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(0)
        ->set_dim_value(1);
    CHECK(losses(fixed).empty());
}

TEST_CASE("trace losses: weights that layer behind layer reads are a loop; shared by heads side by side they are not")
{
    ModelBuilder chain;
    ModelBuilder heads;
    for (ModelBuilder* builder : {&chain, &heads}) {
        builder->input("x0", DType::f32, {1, 4}).initializer("w", floats({4, 4}, std::vector<float>(16)));
        for (int i = 0; i < 5; ++i) {
            builder->node("MatMul", {builder == &chain ? "x" + std::to_string(i) : "x0", "w"},
                          {"x" + std::to_string(i + 1)}, {}, "step" + std::to_string(i));
            builder->output("x" + std::to_string(i + 1));
        }
    }
    CHECK(has(losses(chain), "MatMul 'step0'"));
    CHECK(has(losses(chain), "a loop of 5 turns is written out"));
    CHECK(losses(heads).empty());
}

TEST_CASE("trace losses: an input that nothing reads, a constant condition, a first state for one batch")
{
    const auto branch = ModelBuilder{}.node("Neg", {"x"}, {"negative"}).output("negative");
    ModelBuilder builder;
    builder.input("x", DType::f32, {3, "batch", 2})
        .input("flag", DType::boolean, {})
        .initializer("yes", Tensor::of<bool>(DType::boolean, {}, std::array{true}))
        .initializer("w", floats({1, 4, 2}, std::vector<float>(8)))
        .initializer("r", floats({1, 4, 4}, std::vector<float>(16)))
        .initializer("zeros", floats({1, 1, 4}, std::vector<float>(4)))
        .node("If", {"yes"}, {"y"}, {attribute("then_branch", branch), attribute("else_branch", branch)}, "choose")
        .node("RNN", {"x", "w", "r", "", "", "zeros"}, {"", "after"}, {attribute("hidden_size", 4)}, "rnn")
        .output("y")
        .output("after");
    CHECK(has(losses(builder), "input 'flag' is read by nothing"));
    CHECK(has(losses(builder), "If 'choose'"));
    CHECK(has(losses(builder), "has a constant condition"));
    CHECK(has(losses(builder), "starts from a constant for a batch of 1"));
}
