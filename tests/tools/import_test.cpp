#include "import/import.hpp"

#include <doctest/doctest.h>

#include "support/model_builder.hpp"

using namespace wasminfer::gen;

namespace {

const auto f32 = DType::f32;

/// One input "x" and whatever nodes follow.
ModelBuilder with_x(std::int64_t opset = 18)
{
    return ModelBuilder{opset}.input("x", f32, {2, 3});
}

bool contains(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

std::vector<std::string> operators(const Graph& graph)
{
    std::vector<std::string> list;
    for (const auto& node : graph.nodes()) {
        list.push_back(node->op);
    }
    return list;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("import: nodes, values and the model's head")
{
    auto builder = with_x(17).node("Relu", {"x"}, {"a"}, {}, "first").node("Neg", {"a"}, {"y"}).output("y");
    builder.proto.set_producer_name("pytorch");
    builder.proto.set_producer_version("2.4");
    const auto model = builder.model();
    CHECK(model->file == "test.onnx");
    CHECK(model->producer == "pytorch 2.4");
    CHECK(model->ir_version == 8);
    CHECK(model->opsets.at("") == 17);
    CHECK(model->sha256.size() == 64);
    const Graph& graph = model->graph;
    REQUIRE(operators(graph) == Names{"Relu", "Neg"});
    const Node& relu = *graph.nodes()[0];
    const Node& neg = *graph.nodes()[1];
    CHECK(relu.name == "first");
    CHECK(relu.opset == 17);
    CHECK(relu.input(0) == graph.inputs[0]);
    CHECK(relu.input(0)->dtype == f32);
    CHECK(to_string(*relu.input(0)->shape) == "[2,3]");
    CHECK(neg.input(0) == relu.output(0));
    CHECK(relu.output(0)->producer == &relu);
    CHECK(graph.outputs == std::vector<Value*>{neg.output(0)});
}

TEST_CASE("import: declared shapes of outputs and inner values are not believed")
{
    auto builder = with_x().node("Relu", {"x"}, {"y"}).output("y");
    auto* info = builder.proto.mutable_graph()->mutable_output(0);
    info->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT64);
    info->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(99);
    *builder.proto.mutable_graph()->add_value_info() = *info;
    const auto model = builder.model();
    CHECK(model->graph.outputs[0]->dtype == DType::undefined);
    CHECK_FALSE(model->graph.outputs[0]->shape);
}

TEST_CASE("import: operands that are left out")
{
    const auto model = with_x().node("Clip", {"x", "", "x", "", ""}, {"y", "", "z"}).output("y").model();
    const Node& clip = *model->graph.nodes()[0];
    REQUIRE(clip.inputs.size() == 3);
    CHECK(clip.inputs[1] == nullptr);
    REQUIRE(clip.outputs.size() == 3);
    CHECK(clip.outputs[1] == nullptr);
}

TEST_CASE("import: attributes of every kind")
{
    const auto model =
        with_x()
            .node("Op", {"x"}, {"y"},
                  {attribute("i", 7), attribute("f", 0.5F), attribute("s", "text"), attribute("is", {1, 2, 3}),
                   attribute("fs", {1.5F, 2.5F}), attribute("ss", {"a", "b"}),
                   attribute("t", Tensor::ints({2}, {8, 9})), attribute("none", std::vector<std::int64_t>{}),
                   attribute("g", ModelBuilder{}.node("Neg", {"x"}, {"n"}).output("n"))})
            .output("y")
            .model();
    const Attributes& attributes = model->graph.nodes()[0]->attributes;
    CHECK(*attributes.get<std::int64_t>("i") == 7);
    CHECK(*attributes.get<float>("f") == 0.5F);
    CHECK(*attributes.get<std::string>("s") == "text");
    CHECK(*attributes.get<std::vector<std::int64_t>>("is") == std::vector<std::int64_t>{1, 2, 3});
    CHECK(*attributes.get<std::vector<float>>("fs") == std::vector<float>{1.5F, 2.5F});
    CHECK(*attributes.get<std::vector<std::string>>("ss") == Names{"a", "b"});
    CHECK(attributes.get<Tensor>("t")->to_ints() == std::vector<std::int64_t>{8, 9});
    CHECK(attributes.get<std::vector<std::int64_t>>("none")->empty());
    CHECK((*attributes.get<std::shared_ptr<Graph>>("g"))->nodes().size() == 1);
}

TEST_CASE("import: what passes say to operators can't come from the model")
{
    for (const char* key : {"fused_activation", "algorithm", "channels_last", "residual"}) {
        const std::string findings = with_x().node("Op", {"x"}, {"y"}, {attribute(key, 1)}).output("y").findings();
        CHECK(contains(findings, std::string{"attribute '"} + key + "' is none of ONNX's"));
    }
}

TEST_CASE("import: an attribute without a kind is of the kind of its value")
{
    auto builder = with_x().node("Op", {"x"}, {"y"}, {attribute("axis", 1), attribute("axes", {1, 2})}).output("y");
    for (auto& entry : *builder.proto.mutable_graph()->mutable_node(0)->mutable_attribute()) {
        entry.clear_type();
    }
    const auto model = builder.model();
    CHECK(model->graph.nodes()[0]->attributes.get<std::int64_t>("axis"));
    CHECK(model->graph.nodes()[0]->attributes.get<std::vector<std::int64_t>>("axes"));
}

TEST_CASE("import: an integer attribute that is 0 may leave its value out")
{
    auto builder = with_x().node("Op", {"x"}, {"y"}, {attribute("axis", 1)}).output("y");
    builder.proto.mutable_graph()->mutable_node(0)->mutable_attribute(0)->clear_i();
    CHECK(*builder.model()->graph.nodes()[0]->attributes.get<std::int64_t>("axis") == 0);
}

TEST_CASE("import: kinds of attributes that are not supported name the node")
{
    auto builder =
        with_x().node("Op", {"x"}, {"y"}, {attribute("list", onnx::AttributeProto::TENSORS)}, "n").output("y");
    CHECK(contains(builder.findings(), "Op 'n' (opset 18): attribute 'list' is of the kind TENSORS"));
    builder.proto.mutable_graph()->mutable_node(0)->mutable_attribute(0)->clear_type();
    CHECK(contains(builder.findings(), "attribute 'list' has no value of a known kind"));
}

TEST_CASE("import: initializers are constants, those that are inputs too")
{
    const auto model = with_x()
                           .input("w", f32, {3})
                           .initializer("w", floats({3}, {1, 2, 3}))
                           .node("Add", {"x", "w"}, {"y"})
                           .output("y")
                           .model();
    CHECK(model->graph.inputs.size() == 1);
    const Value& w = *model->graph.nodes()[0]->input(1);
    REQUIRE(w.is_constant());
    CHECK(w.constant->as<float>() == std::vector<float>{1, 2, 3});
    CHECK(to_string(*w.shape) == "[3]");
}

TEST_CASE("import: a constant can replace the initializer of an input")
{
    const auto model = with_x()
                           .input("w", f32, {3})
                           .initializer("w", floats({3}, {1, 2, 3}))
                           .node("Add", {"x", "w"}, {"y"})
                           .output("y")
                           .model({.bind = {{"w", floats({3}, {7, 8, 9})}}});
    CHECK(model->graph.nodes()[0]->input(1)->constant->as<float>() == std::vector<float>{7, 8, 9});
}

TEST_CASE("import: chosen outputs, inner values too")
{
    const auto builder = with_x().node("Relu", {"x"}, {"a"}).node("Neg", {"a"}, {"y"}).output("y");
    const auto model = builder.model({.outputs = {"a", "y", "a"}});
    REQUIRE(model->graph.outputs.size() == 2);
    CHECK(model->graph.outputs[0]->name == "a");
    const std::string findings = builder.findings({.outputs = {"b", "c"}});
    CHECK(contains(findings, "--output b: nothing in the model makes it"));
    CHECK(contains(findings, "--output c: "));
    CHECK(contains(findings, "the model's outputs are 'y'"));
}

TEST_CASE("import: unsorted graphs are sorted, sorted ones stay as they are")
{
    const auto model =
        with_x().node("C", {"b", "a"}, {"y"}).node("A", {"x"}, {"a"}).node("B", {"a"}, {"b"}).output("y").model();
    CHECK(operators(model->graph) == Names{"A", "B", "C"});
    const auto sorted =
        with_x().node("B", {"x"}, {"b"}).node("A", {"x"}, {"a"}).node("C", {"a", "b"}, {"y"}).output("y").model();
    CHECK(operators(sorted->graph) == Names{"B", "A", "C"});
}

TEST_CASE("import: a subgraph's reads count when nodes are sorted")
{
    const auto branch = ModelBuilder{}.node("Neg", {"late"}, {"n"}).output("n");
    const auto model = with_x()
                           .node("If", {"x"}, {"y"}, {attribute("then_branch", branch)})
                           .node("Relu", {"x"}, {"late"})
                           .output("y")
                           .model();
    CHECK(operators(model->graph) == Names{"Relu", "If"});
}

TEST_CASE("import: a cycle is named by its nodes")
{
    const std::string findings = with_x()
                                     .node("Before", {"x"}, {"p"})
                                     .node("A", {"c", "p"}, {"a"}, {}, "first")
                                     .node("B", {"a"}, {"b"}, {}, "second")
                                     .node("C", {"b"}, {"c"}, {}, "third")
                                     .node("After", {"c"}, {"y"})
                                     .output("y")
                                     .findings();
    CHECK(contains(findings, "has a cycle: "));
    for (const char* step : {"A 'first' -> B 'second'", "B 'second' -> C 'third'", "C 'third' -> A 'first'"}) {
        CHECK((contains(findings, step) || contains(findings, "A 'first'\n")));
    }
    CHECK_FALSE(contains(findings, "Before"));
    CHECK_FALSE(contains(findings, "After"));
}

TEST_CASE("import: a node that feeds its own subgraph is a cycle")
{
    const auto branch = ModelBuilder{}.node("Neg", {"y"}, {"n"}).output("n");
    CHECK(contains(with_x().node("If", {"x"}, {"y"}, {attribute("then_branch", branch)}, "if").output("y").findings(),
                   "has a cycle: If 'if' -> If 'if'"));
}

TEST_CASE("import: a value that nothing makes is named with its reader, every one of them")
{
    const std::string findings = with_x()
                                     .node("Add", {"x", "lost"}, {"a"}, {}, "n1")
                                     .node("Mul", {"a", "gone"}, {"y"}, {}, "n2")
                                     .output("y")
                                     .output("z")
                                     .findings();
    CHECK(contains(findings, "Add 'n1' (opset 18): reads 'lost', which nothing makes"));
    CHECK(contains(findings, "Mul 'n2' (opset 18): reads 'gone', which nothing makes"));
    CHECK(contains(findings, "output 'z': nothing in the model makes it"));
}

TEST_CASE("import: a value that is made twice")
{
    CHECK(
        contains(with_x().node("A", {"x"}, {"y"}, {}, "one").node("B", {"x"}, {"y"}, {}, "two").output("y").findings(),
                 "B 'two': makes 'y', which A 'one' makes already"));
    CHECK(contains(with_x().node("A", {"x"}, {"x"}).output("x").findings(),
                   "A: makes 'x', which an input or initializer makes already"));
    CHECK(contains(with_x().node("Split", {"x"}, {"y", "y"}).output("y").findings(),
                   "which the same node makes already"));
    CHECK(contains(with_x()
                       .initializer("w", floats({1}, {1}))
                       .initializer("w", floats({1}, {2}))
                       .node("Add", {"x", "w"}, {"y"})
                       .output("y")
                       .findings(),
                   "initializer 'w': has the name of another initializer or input"));
}

TEST_CASE("import: names that are missing or doubled in the model's face")
{
    CHECK(
        contains(with_x().input("x", f32, {1}).node("A", {"x"}, {"y"}).output("y").findings(), "two inputs named 'x'"));
    CHECK(contains(with_x().input("", f32, {1}).node("A", {"x"}, {"y"}).output("y").findings(),
                   "an input without a name"));
    CHECK(contains(with_x().node("A", {"x"}, {"y"}).output("y").output("y").findings(), "output 'y': is listed twice"));
    CHECK(contains(with_x().node("A", {"x"}, {"y"}).output("y").output("").findings(), "an output without a name"));
    CHECK(contains(with_x().node("A", {"x"}, {"y"}).findings(), "has no outputs"));
    CHECK(contains(with_x().node("", {"x"}, {"y"}).output("y").findings(), "has no operator type"));
    CHECK(contains(with_x().initializer("", floats({1}, {1})).node("A", {"x"}, {"y"}).output("y").findings(),
                   "an initializer without a name"));
}

TEST_CASE("import: inputs that are no tensors, or of a type that cannot be passed")
{
    auto sequence = with_x().node("A", {"x"}, {"y"}).output("y");
    auto* info = sequence.proto.mutable_graph()->add_input();
    info->set_name("list");
    info->mutable_type()->mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(1);
    CHECK(contains(sequence.findings(), "input 'list': is a sequence, which is not supported"));
    // Where the chosen outputs don't need it, it is left out.
    CHECK(sequence.model({.outputs = {"y"}})->graph.inputs.size() == 1);
    CHECK(contains(with_x().input("t", DType::string, {1}).node("A", {"x", "t"}, {"y"}).output("y").findings(),
                   "input 't': is a tensor of string"));
    auto untyped = ModelBuilder{}.node("A", {"x"}, {"y"}).output("y");
    untyped.proto.mutable_graph()->add_input()->set_name("x");
    CHECK(contains(untyped.findings(), "input 'x': is a value without a type"));
}

TEST_CASE("import: an input without a shape")
{
    auto builder = with_x().node("A", {"x"}, {"y"}).output("y");
    builder.proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
    CHECK(contains(builder.findings(), "input 'x': is declared without a shape"));
    CHECK(builder.findings({.bind = {{"x", floats({1}, {1})}}}).empty());
}

TEST_CASE("import: subgraphs read values around them, and their own names come first")
{
    const auto inner = ModelBuilder{}.node("Neg", {"a"}, {"r"}).output("r");
    const auto branch = ModelBuilder{}
                            .initializer("c", floats({1}, {5}))
                            .node("Add", {"a", "c"}, {"sum"})
                            .node("If", {"sum"}, {"x2"}, {attribute("then_branch", inner)})
                            .node("Mul", {"x2", "x"}, {"x"})
                            .output("x");
    const auto model = with_x()
                           .node("Relu", {"x"}, {"a"})
                           .node("If", {"a"}, {"y"}, {attribute("then_branch", branch)})
                           .output("y")
                           .model();
    const Graph& graph = model->graph;
    const Graph& body = **graph.nodes()[1]->attributes.get<std::shared_ptr<Graph>>("then_branch");
    REQUIRE(operators(body) == Names{"Add", "If", "Mul"});
    CHECK(body.nodes()[0]->input(0) == graph.nodes()[0]->output(0));
    CHECK(body.nodes()[0]->input(1)->is_constant());
    // Mul reads the x around it and makes another one.
    CHECK(body.nodes()[2]->input(1) == graph.inputs[0]);
    CHECK(body.outputs[0] == body.nodes()[2]->output(0));
    CHECK(body.outputs[0] != graph.inputs[0]);
    const Graph& innermost = **body.nodes()[1]->attributes.get<std::shared_ptr<Graph>>("then_branch");
    CHECK(innermost.nodes()[0]->input(0) == graph.nodes()[0]->output(0));
}

TEST_CASE("import: what is wrong in a subgraph is found too")
{
    const auto branch = ModelBuilder{}.node("Neg", {"lost"}, {"n"}, {}, "deep").output("m");
    const std::string findings =
        with_x().node("If", {"x"}, {"y"}, {attribute("then_branch", branch)}, "if").output("y").findings();
    CHECK(contains(findings, "Neg 'deep' (opset 18): reads 'lost'"));
    CHECK(contains(findings, "If 'if' (opset 18): has a subgraph whose output 'm' nothing makes"));
}

TEST_CASE("import: a loop body's inputs and outputs; one value may be given back twice")
{
    const auto body = ModelBuilder{}
                          .input("i", DType::i64, {})
                          .input("cond", DType::boolean, {})
                          .input("state", f32, {"free"})
                          .node("Neg", {"state"}, {"next"})
                          .output("cond")
                          .output("next")
                          .output("next");
    const auto model = with_x().node("Loop", {"", "", "x"}, {"y", "z"}, {attribute("body", body)}).output("y").model();
    const Graph& graph = **model->graph.nodes()[0]->attributes.get<std::shared_ptr<Graph>>("body");
    REQUIRE(graph.inputs.size() == 3);
    CHECK(graph.inputs[2]->name == "state");
    CHECK(graph.outputs[0] == graph.inputs[1]);
    CHECK(graph.outputs[1] == graph.outputs[2]);
}

TEST_CASE("import: operator sets that are too new are refused where a node needs them")
{
    CHECK(contains(with_x(28).node("Relu", {"x"}, {"y"}, {}, "r").output("y").findings(),
                   "Relu 'r' (opset 28): is of version 28 of the operator set ai.onnx; versions up to 27 are known"));
    CHECK(with_x(27).node("Relu", {"x"}, {"y"}).output("y").findings().empty());
    CHECK(with_x().opset("ai.onnx.ml", 6).node("Relu", {"x"}, {"y"}).output("y").findings().empty());
    CHECK(contains(with_x().opset("ai.onnx.ml", 6).node("ai.onnx.ml::Scaler", {"x"}, {"y"}).output("y").findings(),
                   "versions up to 5 are known"));
}

TEST_CASE("import: domains")
{
    const auto model = with_x()
                           .opset("com.example", 3)
                           .node("ai.onnx::Relu", {"x"}, {"a"})
                           .node("com.example::Magic", {"a"}, {"b"})
                           .node("com.microsoft::QLinearAdd", {"b"}, {"c"})
                           .node("unheard.of::Op", {"c"}, {"y"})
                           .output("y")
                           .model();
    const auto& nodes = model->graph.nodes();
    CHECK((nodes[0]->domain.empty() && nodes[0]->opset == 18));
    CHECK((nodes[1]->domain == "com.example" && nodes[1]->opset == 3));
    CHECK(nodes[2]->opset == 1);
    CHECK(nodes[3]->opset == 0);
}

TEST_CASE("import: operators that only passes put in can't come from a model")
{
    const auto findings = ModelBuilder{}
                              .opset("wasminfer", 1)
                              .input("x", DType::u8, {1, 2, 2, 4})
                              .node("wasminfer::Pixels", {"x"}, {"y"})
                              .output("y")
                              .findings();
    CHECK(contains(findings, "is of the domain wasminfer"));
}

TEST_CASE("import: a model without an operator set means version 1 in the first files, and nothing later")
{
    auto builder = with_x().node("Relu", {"x"}, {"y"}).output("y");
    builder.proto.clear_opset_import();
    CHECK(contains(builder.findings(), "needs the operator set ai.onnx, of which the model imports no version"));
    builder.proto.set_ir_version(1);
    CHECK(builder.model()->graph.nodes()[0]->opset == 1);
    CHECK(contains(with_x().opset("ai.onnx", 12).node("Relu", {"x"}, {"y"}).output("y").findings(),
                   "imports two versions of the operator set ai.onnx, 18 and 12"));
}

TEST_CASE("import: a node's trace is the exporting program's line, without folders")
{
    auto builder = with_x().node("Relu", {"x"}, {"y"}).output("y");
    onnx::StringStringEntryProto entry;
    entry.set_key("pkg.torch.onnx.stack_trace");
    entry.set_value("File \"/home/me/net.py\", line 12, in forward\n    x = relu(x)\n"
                    "File \"/usr/lib/python3/torch/nn/functional.py\", line 900, in relu\n    return input.relu()");
    auto* node = builder.proto.mutable_graph()->mutable_node(0);
    node->mutable_unknown_fields()->AddLengthDelimited(field::node_metadata_props, entry.SerializeAsString());
    CHECK(builder.model()->graph.nodes()[0]->trace == "net.py:12 in forward");
}

TEST_CASE("import: an output may be an input or a constant")
{
    const auto model = with_x().initializer("w", floats({1}, {1})).output("x").output("w").model();
    CHECK(model->graph.outputs[0] == model->graph.inputs[0]);
    CHECK(model->graph.outputs[1]->is_constant());
}

TEST_CASE("import: a flood of findings is cut off")
{
    auto builder = with_x();
    for (int i = 0; i < 5000; ++i) {
        builder.node("Relu", {"lost" + std::to_string(i)}, {"y" + std::to_string(i)});
    }
    const std::string findings = builder.output("y0").findings();
    CHECK(contains(findings, "there are more findings than these 200"));
    CHECK(findings.size() < 60'000);
}
