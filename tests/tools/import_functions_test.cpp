#include <doctest/doctest.h>

#include "support/model_builder.hpp"

using namespace wasminfer::gen;

namespace {

ModelBuilder with_x(std::int64_t opset = 18)
{
    return ModelBuilder{opset}.input("x", DType::f32, {2, 3});
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

onnx::AttributeProto reference(const std::string& name, const std::string& parameter,
                               onnx::AttributeProto::AttributeType type)
{
    auto proto = attribute(name, type);
    proto.set_ref_attr_name(parameter);
    return proto;
}

void set_overload(onnx::NodeProto& node, const std::string& overload)
{
    node.mutable_unknown_fields()->AddLengthDelimited(field::node_overload, overload);
}

void set_overload(onnx::FunctionProto& function, const std::string& overload)
{
    function.mutable_unknown_fields()->AddLengthDelimited(field::function_overload, overload);
}

}  // namespace

TEST_CASE("functions: a call becomes the nodes of the body, at its place and with names of its own")
{
    const auto body = ModelBuilder{17}.node("Neg", {"a"}, {"t"}, {}, "n").node("Exp", {"t"}, {"b"}, {}, "e");
    const auto model = with_x()
                           .function("pkg", "f", {"a"}, {"b"}, body)
                           .node("pkg::f", {"x"}, {"u"}, {}, "call1")
                           .node("Relu", {"u"}, {"v"})
                           .node("pkg::f", {"v"}, {"y"}, {}, "call2")
                           .output("y")
                           .model();
    const auto& nodes = model->graph.nodes();
    REQUIRE(operators(model->graph) == Names{"Neg", "Exp", "Relu", "Neg", "Exp"});
    CHECK(nodes[0]->name == "call1/n");
    CHECK(nodes[3]->name == "call2/n");
    CHECK(nodes[0]->output(0)->name == "call1/t");
    CHECK(nodes[3]->output(0)->name == "call2/t");
    CHECK(nodes[1]->output(0)->name == "u");
    CHECK(nodes[4]->output(0) == model->graph.outputs[0]);
    CHECK(nodes[0]->opset == 17);
    CHECK(nodes[2]->opset == 18);
}

TEST_CASE("functions: values of two calls with one name stay apart")
{
    const auto body = ModelBuilder{}.node("Neg", {"a"}, {"t"}).node("Exp", {"t"}, {"b"});
    const auto model = with_x()
                           .function("pkg", "f", {"a"}, {"b"}, body)
                           .node("pkg::f", {"x"}, {"u"})
                           .node("pkg::f", {"u"}, {"y"})
                           .output("y")
                           .model();
    const auto& nodes = model->graph.nodes();
    CHECK(nodes[0]->output(0)->name == "f/t");
    CHECK(nodes[2]->output(0)->name == "f/t_1");
}

TEST_CASE("functions: nested calls, and attributes handed through them")
{
    const auto inner =
        ModelBuilder{}.node("LeakyRelu", {"a"}, {"b"}, {reference("alpha", "slope", onnx::AttributeProto::FLOAT)}, "l");
    const auto outer =
        ModelBuilder{}.node("pkg::inner", {"p"}, {"q"}, {reference("slope", "s", onnx::AttributeProto::FLOAT)}, "i");
    const auto model = with_x()
                           .function("pkg", "outer", {"p"}, {"q"}, outer)
                           .function("pkg", "inner", {"a"}, {"b"}, inner)
                           .node("pkg::outer", {"x"}, {"y"}, {attribute("s", 0.25F)}, "o")
                           .output("y")
                           .model();
    REQUIRE(operators(model->graph) == Names{"LeakyRelu"});
    CHECK(model->graph.nodes()[0]->name == "o/i/l");
    CHECK(*model->graph.nodes()[0]->attributes.get<float>("alpha") == 0.25F);
}

TEST_CASE("functions: an attribute that the caller leaves out has the function's default, or the operator's")
{
    const auto body = ModelBuilder{}.node("Op", {"a"}, {"b"},
                                          {reference("p", "given", onnx::AttributeProto::INT),
                                           reference("q", "default", onnx::AttributeProto::INT),
                                           reference("r", "neither", onnx::AttributeProto::INT)});
    auto builder = with_x().function("pkg", "f", {"a"}, {"b"}, body);
    for (const auto& value : {attribute("given", 1), attribute("default", 2)}) {
        builder.proto.mutable_functions(0)->mutable_unknown_fields()->AddLengthDelimited(
            field::function_attribute_proto, value.SerializeAsString());
    }
    const auto model = builder.node("pkg::f", {"x"}, {"y"}, {attribute("given", 9)}).output("y").model();
    const Attributes& attributes = model->graph.nodes()[0]->attributes;
    CHECK(*attributes.get<std::int64_t>("p") == 9);
    CHECK(*attributes.get<std::int64_t>("q") == 2);
    CHECK_FALSE(attributes.has("r"));
}

TEST_CASE("functions: a subgraph that is handed to a function reads the caller's values")
{
    const auto branch = ModelBuilder{}.node("Neg", {"u"}, {"n"}).output("n");
    const auto body =
        ModelBuilder{}.node("If", {"a"}, {"b"}, {reference("then_branch", "g", onnx::AttributeProto::GRAPH)});
    const auto model = with_x()
                           .function("pkg", "f", {"a"}, {"b"}, body)
                           .node("Relu", {"x"}, {"u"})
                           .node("pkg::f", {"x"}, {"y"}, {attribute("g", branch)})
                           .output("y")
                           .model();
    REQUIRE(operators(model->graph) == Names{"Relu", "If"});
    const auto& graph = **model->graph.nodes()[1]->attributes.get<std::shared_ptr<Graph>>("then_branch");
    CHECK(graph.nodes()[0]->input(0) == model->graph.nodes()[0]->output(0));
}

TEST_CASE("functions: inside a subgraph, and subgraphs inside a function")
{
    const auto neg = ModelBuilder{}.node("Neg", {"a"}, {"b"});
    const auto inner_branch = ModelBuilder{}.node("pkg::neg", {"a"}, {"m"}).output("m");
    const auto choose = ModelBuilder{}.node("If", {"a"}, {"b"}, {attribute("then_branch", inner_branch)});
    const auto branch = ModelBuilder{}.node("pkg::choose", {"x"}, {"n"}).output("n");
    const auto model = with_x()
                           .function("pkg", "neg", {"a"}, {"b"}, neg)
                           .function("pkg", "choose", {"a"}, {"b"}, choose)
                           .node("If", {"x"}, {"y"}, {attribute("then_branch", branch)})
                           .output("y")
                           .model();
    const auto& first = **model->graph.nodes()[0]->attributes.get<std::shared_ptr<Graph>>("then_branch");
    REQUIRE(operators(first) == Names{"If"});
    CHECK(first.outputs[0] == first.nodes()[0]->output(0));
    const auto& second = **first.nodes()[0]->attributes.get<std::shared_ptr<Graph>>("then_branch");
    REQUIRE(operators(second) == Names{"Neg"});
    CHECK(second.nodes()[0]->input(0) == model->graph.inputs[0]);
}

TEST_CASE("functions: a result that is an input, or given twice, is passed on by Identity")
{
    const auto body = ModelBuilder{}.node("Neg", {"a"}, {"b"});
    const auto model = with_x()
                           .function("pkg", "f", {"a"}, {"a", "b", "b"}, body)
                           .node("pkg::f", {"x"}, {"p", "q", "r"})
                           .output("p")
                           .output("q")
                           .output("r")
                           .model();
    CHECK(operators(model->graph) == Names{"Neg", "Identity", "Identity"});
    for (const Value* output : model->graph.outputs) {
        REQUIRE(output->producer != nullptr);
    }
    CHECK(model->graph.nodes()[1]->input(0) == model->graph.inputs[0]);
}

TEST_CASE("functions: inputs and outputs that the caller leaves out")
{
    const auto body = ModelBuilder{}.node("Clip", {"a", "lo", "hi"}, {"b"}).node("Neg", {"b"}, {"c"});
    const auto model = with_x()
                           .function("pkg", "f", {"a", "lo", "hi"}, {"b", "c"}, body)
                           .node("pkg::f", {"x", "", "x"}, {"", "y"})
                           .output("y")
                           .model();
    const Node& clip = *model->graph.nodes()[0];
    REQUIRE(clip.inputs.size() == 3);
    CHECK(clip.inputs[1] == nullptr);
    CHECK(clip.output(0)->name == "f/b");
}

TEST_CASE("functions: overloads are told apart")
{
    auto builder = with_x()
                       .function("pkg", "f", {"a"}, {"b"}, ModelBuilder{}.node("Neg", {"a"}, {"b"}))
                       .function("pkg", "f", {"a"}, {"b"}, ModelBuilder{}.node("Exp", {"a"}, {"b"}))
                       .node("pkg::f", {"x"}, {"u"})
                       .node("pkg::f", {"u"}, {"y"})
                       .output("y");
    set_overload(*builder.proto.mutable_functions(1), "fast");
    set_overload(*builder.proto.mutable_graph()->mutable_node(0), "fast");
    CHECK(operators(builder.model()->graph) == Names{"Exp", "Neg"});
}

TEST_CASE("functions: what a body reads is not looked for around the call")
{
    const auto body = ModelBuilder{}.node("Add", {"a", "x"}, {"b"}, {}, "add");
    CHECK(contains(with_x()
                       .function("pkg", "f", {"a"}, {"b"}, body)
                       .node("pkg::f", {"x"}, {"y"}, {}, "call")
                       .output("y")
                       .findings(),
                   "Add 'call/add' (opset 18): reads 'x', which nothing makes"));
}

TEST_CASE("functions: recursion is refused")
{
    const std::string findings =
        with_x()
            .function("pkg", "f", {"a"}, {"b"}, ModelBuilder{}.node("pkg::g", {"a"}, {"b"}, {}, "to_g"))
            .function("pkg", "g", {"a"}, {"b"}, ModelBuilder{}.node("pkg::f", {"a"}, {"b"}, {}, "to_f"))
            .node("pkg::f", {"x"}, {"y"}, {}, "call")
            .output("y")
            .findings();
    CHECK(contains(findings, "'call/to_g/to_f'"));
    CHECK(contains(findings, "calls the function 'pkg::f', whose body it is part of"));
}

TEST_CASE("functions: calls that do not fit")
{
    const auto body = ModelBuilder{}.node("Neg", {"a"}, {"b"});
    CHECK(contains(
        with_x().function("pkg", "f", {"a"}, {"b"}, body).node("pkg::f", {"x", "x"}, {"y"}).output("y").findings(),
        "has more inputs or outputs than the function 'pkg::f'"));
    CHECK(
        contains(with_x().function("pkg", "f", {"a"}, {"c"}, body).node("pkg::f", {"x"}, {"y"}).output("y").findings(),
                 "takes the output 'c' of the function 'pkg::f', which nothing in its body makes"));
    CHECK(contains(with_x()
                       .function("pkg", "f", {"a"}, {"b"}, body)
                       .function("pkg", "f", {"a"}, {"b"}, body)
                       .node("pkg::f", {"x"}, {"y"})
                       .output("y")
                       .findings(),
                   "function 'pkg::f': is defined twice"));
    CHECK(contains(
        with_x().node("Op", {"x"}, {"y"}, {reference("p", "given", onnx::AttributeProto::INT)}).output("y").findings(),
        "attribute 'p' stands for 'given' of a function"));
}

TEST_CASE("functions: operator sets that a function does not import are the model's")
{
    auto builder = with_x()
                       .opset("com.example", 3)
                       .function("pkg", "f", {"a"}, {"b"}, ModelBuilder{16}.node("com.example::Op", {"a"}, {"b"}))
                       .node("pkg::f", {"x"}, {"y"})
                       .output("y");
    CHECK(builder.model()->graph.nodes()[0]->opset == 3);
}

TEST_CASE("functions: expansion beyond all measure is refused in time")
{
    auto builder = with_x();
    const auto bulk = attribute("bulk", std::vector<std::int64_t>(10'000, 1));
    for (int i = 0; i < 60; ++i) {
        const std::string callee = "pkg::f" + std::to_string(i + 1);
        builder.function("pkg", "f" + std::to_string(i), {"a"}, {"b"},
                         ModelBuilder{}.node(callee, {"a"}, {"t"}, {bulk}).node(callee, {"t"}, {"b"}));
    }
    builder.function("pkg", "f60", {"a"}, {"b"}, ModelBuilder{}.node("Neg", {"a"}, {"b"}));
    CHECK(contains(builder.node("pkg::f0", {"x"}, {"y"}).output("y").findings(), "the graph outgrows any use"));
}

TEST_CASE("functions: nesting beyond all measure is refused")
{
    auto builder = with_x();
    for (int i = 0; i < 5000; ++i) {
        builder.function("pkg", "f" + std::to_string(i), {"a"}, {"b"},
                         ModelBuilder{}.node("pkg::f" + std::to_string(i + 1), {"a"}, {"b"}));
    }
    CHECK(contains(builder.node("pkg::f0", {"x"}, {"y"}).output("y").findings(), "nest deeper than 100 levels"));
}
