#include "import/dims.hpp"

#include <doctest/doctest.h>

#include "import/face.hpp"
#include "support/files.hpp"
#include "support/model_builder.hpp"
#include "support/temporary_folder.hpp"

using namespace wasminfer::gen;

namespace {

ModelBuilder relu_of(const std::vector<ExtentText>& shape)
{
    return ModelBuilder{}.input("x", DType::f32, shape).node("Relu", {"x"}, {"y"}).output("y");
}

std::string refusal(std::string_view text)
{
    try {
        parse_dim_binding(text);
        return "none";
    } catch (const Refused& refused) {
        return refused.what();
    }
}

ModelFace face_of(const ModelBuilder& builder)
{
    const TemporaryFolder folder;
    write_file(folder / "model.onnx", builder.bytes());
    return read_model_face(folder / "model.onnx");
}

}  // namespace

TEST_CASE("parse_dim_binding: one size, a range, a range of multiples")
{
    using Pair = std::pair<std::string, DimBinding>;
    CHECK(parse_dim_binding("batch=1") == Pair{"batch", {1, 1, 1}});
    CHECK(parse_dim_binding("past=0") == Pair{"past", {0, 0, 1}});
    CHECK(parse_dim_binding("seq=1..128") == Pair{"seq", {1, 128, 1}});
    CHECK(parse_dim_binding("seq=1..128:8") == Pair{"seq", {8, 128, 8}});
    CHECK(parse_dim_binding("seq=1..130:8") == Pair{"seq", {8, 128, 8}});
    CHECK(parse_dim_binding("new + past=7") == Pair{"new + past", {7, 7, 1}});
    CHECK(parse_dim_binding("total=new + past").second.formula == "new + past");
}

TEST_CASE("parse_dim_binding: refuses what is no size, and quotes it")
{
    for (const char* text : {"batch", "=1", "b=", "b=x", "b=-1", "b=1.5", "b=1..", "b=..2", "b=1..2:", "b=99999999999",
                             "b=1...2", "b= 1"}) {
        CAPTURE(text);
        CHECK(refusal(text).find("'" + std::string{text} + "'") != std::string::npos);
    }
    CHECK(refusal("b=2..1").find("the range is empty") != std::string::npos);
    CHECK(refusal("b=1..7:8").find("no multiple of 8") != std::string::npos);
    CHECK(refusal("b=1..7:0").find("multiple of 0") != std::string::npos);
}

TEST_CASE("import: a free dimension that is bound to one size is a number")
{
    const auto model = relu_of({"batch", 3}).model({.dims = {{"batch", {4, 4, 1}}}});
    CHECK(to_string(*model->graph.inputs[0]->shape) == "[4,3]");
    CHECK(model->symbols.empty());
}

TEST_CASE("import: a free dimension that is bound to a range is a symbol with its bounds")
{
    const auto model = relu_of({"batch", "seq"}).model({.dims = {{"batch", {1, 1, 1}}, {"seq", {8, 128, 8}}}});
    CHECK(to_string(*model->graph.inputs[0]->shape) == "[1,seq]");
    REQUIRE(model->symbols.size() == 1);
    const Symbol& seq = model->symbols.at("seq");
    CHECK((seq.lo == Dim{8} && seq.hi == Dim{128} && seq.multiple == 8));
}

TEST_CASE("import: a formula takes the bindings of its symbols, or of its whole text")
{
    const auto builder = ModelBuilder{}
                             .input("x", DType::f32, {"new", "past"})
                             .input("mask", DType::f32, {"new + past"})
                             .node("Relu", {"x"}, {"y"})
                             .output("y");
    const auto sizes = builder.model({.dims = {{"new", {2, 2, 1}}, {"past", {5, 5, 1}}}});
    CHECK(to_string(*sizes->graph.inputs[1]->shape) == "[7]");
    const auto range = builder.model({.dims = {{"new", {2, 2, 1}}, {"past", {0, 5, 1}}}});
    CHECK(to_string(*range->graph.inputs[1]->shape) == "[past + 2]");
    const auto whole = builder.model({.dims = {{"new", {2, 2, 1}}, {"past", {0, 5, 1}}, {"new + past", {9, 9, 1}}}});
    CHECK(to_string(*whole->graph.inputs[1]->shape) == "[9]");
}

TEST_CASE("import: a dimension that is bound to a formula of others, which are free or not")
{
    const auto builder = ModelBuilder{}
                             .input("x", DType::f32, {"new", "past"})
                             .input("mask", DType::f32, {"total"})
                             .node("Relu", {"x"}, {"y"})
                             .output("y");
    DimBindings dims{{"new", {2, 2, 1}}, {"past", {0, 5, 1}}, parse_dim_binding("total=past+new")};
    CHECK(to_string(*builder.model({.dims = dims})->graph.inputs[1]->shape) == "[past + 2]");
    dims.erase("past");
    CHECK(builder.findings({.dims = dims}).find("has the free dimension 'past'") != std::string::npos);
    dims.insert(parse_dim_binding("past=total+1"));
    CHECK(builder.findings({.dims = dims}).find("which is a formula itself") != std::string::npos);
}

TEST_CASE("import: each free dimension without a binding is named, with the option that binds it")
{
    const std::string findings = relu_of({"batch", "h*w", "", "a b"}).findings();
    CHECK(findings.find("input 'x': has the free dimension 'batch'") != std::string::npos);
    CHECK(findings.find("--dim batch=1, or a range, as in --dim batch=1..64") != std::string::npos);
    CHECK(findings.find("dimension 'h'") != std::string::npos);
    CHECK(findings.find("dimension 'w'") != std::string::npos);
    CHECK(findings.find("--dim x_dim2=1,") != std::string::npos);
    CHECK(findings.find("--dim 'a b=1',") != std::string::npos);
}

TEST_CASE("import: an unnamed dimension is named after its input")
{
    const auto model =
        ModelBuilder{}
            .input("in:0", DType::f32, {"", -1, "?"})
            .node("Relu", {"in:0"}, {"y"})
            .output("y")
            .model({.dims = {{"in_0_dim0", {1, 1, 1}}, {"in_0_dim1", {2, 2, 1}}, {"in_0_dim2", {3, 3, 1}}}});
    CHECK(to_string(*model->graph.inputs[0]->shape) == "[1,2,3]");
}

TEST_CASE("import: unnamed dimensions of inputs with like names stay apart")
{
    const auto findings =
        ModelBuilder{}.input("a:b", DType::f32, {""}).input("a.b", DType::f32, {""}).output("a:b").findings();
    CHECK(findings.find("input 'a:b': has the free dimension 'a_b_dim0'") != std::string::npos);
    CHECK(findings.find("input 'a.b': has the free dimension 'a_b__dim0'") != std::string::npos);
}

TEST_CASE("import: numbers that are written as names are numbers")
{
    CHECK(to_string(*relu_of({"3", 0}).model()->graph.inputs[0]->shape) == "[3,0]");
}

TEST_CASE("import: a binding that no input uses is a finding")
{
    const std::string findings = relu_of({"batch"}).findings({.dims = {{"batch", {1, 1, 1}}, {"bach", {1, 1, 1}}}});
    CHECK(findings.find("--dim bach: no input of the model has a dimension of this name") != std::string::npos);
    CHECK(findings.find("its free dimensions are 'batch'") != std::string::npos);
}

TEST_CASE("import: extents that no tensor has are refused")
{
    CHECK(relu_of({std::int64_t{1} << 40}).findings().find("its extent 1099511627776") != std::string::npos);
    CHECK(relu_of({"n - 5"}).findings({.dims = {{"n", {2, 2, 1}}}}).find("its extent n - 5, here -3") !=
          std::string::npos);
    CHECK(relu_of({"n // (n - 2)"}).findings({.dims = {{"n", {2, 2, 1}}}}).find("its extent n // (n - 2)") !=
          std::string::npos);
}

TEST_CASE("import: a constant in place of an input tells the dimensions that it shares")
{
    const auto builder = ModelBuilder{}
                             .input("x", DType::f32, {"n", 2})
                             .input("table", DType::f32, {"n", 2})
                             .node("Add", {"x", "table"}, {"y"})
                             .output("y");
    ImportOptions options;
    options.bind["table"] = floats({3, 2}, {1, 2, 3, 4, 5, 6});
    const auto model = builder.model(options);
    REQUIRE(model->graph.inputs.size() == 1);
    CHECK(to_string(*model->graph.inputs[0]->shape) == "[3,2]");
    CHECK(model->graph.nodes()[0]->input(1)->is_constant());
    options.dims["n"] = {4, 4, 1};
    CHECK(builder.findings(options).find("input 'table': is bound to a tensor of shape [3,2], and takes [n,2]") !=
          std::string::npos);
}

TEST_CASE("import: a constant in place of an input has to have its type and rank")
{
    const auto builder = relu_of({2, 2});
    CHECK(builder.findings({.bind = {{"x", Tensor::ints({2, 2}, {1, 2, 3, 4})}}})
              .find("input 'x': is bound to a tensor of i64, and takes f32") != std::string::npos);
    CHECK(builder.findings({.bind = {{"x", floats({4}, {1, 2, 3, 4})}}}).find("of shape [4], and takes [2,2]") !=
          std::string::npos);
    CHECK(builder.findings({.bind = {{"z", floats({1}, {1})}}}).find("--bind z: the model has no input") !=
          std::string::npos);
}

TEST_CASE("dims_from_shapes: solves names first, then formulas with one unknown")
{
    const auto face = face_of(ModelBuilder{}
                                  .input("ids", DType::i64, {"batch", "new"})
                                  .input("mask", DType::i64, {"batch", "new + past"})
                                  .input("frames", DType::f32, {"32*(((L - 1)//32)) + 32", ""})
                                  .node("Relu", {"frames"}, {"y"})
                                  .output("y"));
    const auto dims = dims_from_shapes(face, {{2, 4}, {2, 7}, {64, 5}});
    CHECK(dims.at("batch") == DimBinding{2, 2, 1});
    CHECK(dims.at("new") == DimBinding{4, 4, 1});
    CHECK(dims.at("past") == DimBinding{3, 3, 1});
    CHECK(dims.at("L") == DimBinding{33, 33, 1});
    CHECK(dims.at("frames_dim1") == DimBinding{5, 5, 1});
}

TEST_CASE("dims_from_shapes: refuses shapes that contradict the model")
{
    const auto face = face_of(relu_of({"n", "n", 3}));
    CHECK_THROWS_AS(dims_from_shapes(face, {{2, 3, 3}}), Refused);
    CHECK_THROWS_AS(dims_from_shapes(face, {{2, 2, 4}}), Refused);
    CHECK_THROWS_AS(dims_from_shapes(face, {{2, 2}}), Refused);
    CHECK_THROWS_AS(dims_from_shapes(face, {}), Refused);
    CHECK(dims_from_shapes(face, {{2, 2, 3}}).at("n") == DimBinding{2, 2, 1});
}

TEST_CASE("read_model_face: initializers are no inputs")
{
    const auto face = face_of(ModelBuilder{}
                                  .input("x", DType::f32, {"n"})
                                  .input("w", DType::f32, {1})
                                  .initializer("w", floats({1}, {1}))
                                  .node("Add", {"x", "w"}, {"y"})
                                  .output("y"));
    REQUIRE(face.inputs.size() == 1);
    CHECK(face.inputs[0].name == "x");
    CHECK(face.inputs[0].dtype == DType::f32);
    CHECK(face.inputs[0].shape->at(0).name == "n");
    CHECK(face.outputs == std::vector<std::string>{"y"});
    CHECK_THROWS_AS(read_model_face("/nonexistent/model.onnx"), Refused);
}
