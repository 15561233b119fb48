#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "passes/pass.hpp"
#include "support/model_builder.hpp"
#include "support/run_graph.hpp"

using namespace wasminfer::gen;

namespace {

struct Inferred {
    std::unique_ptr<Model> model;
    std::string findings;

    explicit Inferred(const ModelBuilder& builder) : model{builder.model()}
    {
        Diagnostics diagnostics{"test.onnx"};
        infer_shapes(*model, {}, diagnostics);
        findings = diagnostics.text();
    }

    std::string ops() const
    {
        std::string text;
        for (const auto& node : model->graph.nodes()) {
            text += (text.empty() ? "" : " ") + node->op;
        }
        return text;
    }

    std::vector<double> run(const Tensor& input) const
    {
        return test::run_graph(model->graph, {input}).at(0).to_doubles();
    }
};

Tensor ramp(std::vector<std::int64_t> shape)
{
    std::vector<float> elements;
    const Tensor counted{
        DType::u8, shape,
        std::vector<std::byte>(static_cast<std::size_t>(element_count(Shape(shape.begin(), shape.end())).constant()))};
    for (std::int64_t i = 0; i < counted.count(); ++i) {
        elements.push_back(static_cast<float>(i));
    }
    return Tensor::of<float>(DType::f32, std::move(shape), elements);
}

Tensor scalar(std::int64_t number)
{
    return Tensor::ints({}, {number});
}

}  // namespace

TEST_CASE("sequences: a tensor split and one of its pieces taken is a Split")
{
    const Inferred inferred{ModelBuilder{}
                                .input("x", DType::f32, {5, 2})
                                .initializer("two", scalar(2))
                                .initializer("last", scalar(-1))
                                .node("SplitToSequence", {"x", "two"}, {"s"}, {attribute("axis", 0)})
                                .node("SequenceAt", {"s", "last"}, {"y"})
                                .output("y")};
    REQUIRE(inferred.findings.empty());
    CHECK(inferred.ops() == "Split");
    CHECK(inferred.run(ramp({5, 2})) == std::vector<double>{8, 9});
    CHECK(inferred.model->graph.output_name(0) == "y");
}

TEST_CASE("sequences: without sizes the pieces are single, and lose their axis where keepdims is 0")
{
    for (const int keep : {0, 1}) {
        CAPTURE(keep);
        const Inferred inferred{
            ModelBuilder{}
                .input("x", DType::f32, {2, 3})
                .initializer("one", scalar(1))
                .node("SplitToSequence", {"x"}, {"s"}, {attribute("axis", -1), attribute("keepdims", keep)})
                .node("SequenceAt", {"s", "one"}, {"y"})
                .output("y")};
        REQUIRE(inferred.findings.empty());
        CHECK(type_string(*inferred.model->graph.outputs[0]) == (keep == 0 ? "f32[2]" : "f32[2,1]"));
        CHECK(inferred.run(ramp({2, 3})) == std::vector<double>{1, 4});
    }
}

TEST_CASE("sequences: pieces of given sizes")
{
    const auto model = [](const std::vector<std::int64_t>& sizes) {
        return ModelBuilder{}
            .input("x", DType::f32, {6})
            .initializer("sizes", Tensor::ints({static_cast<std::int64_t>(sizes.size())}, sizes))
            .initializer("one", scalar(1))
            .node("SplitToSequence", {"x", "sizes"}, {"s"})
            .node("SequenceAt", {"s", "one"}, {"y"})
            .output("y");
    };
    CHECK(Inferred{model({1, 3, 2})}.run(ramp({6})) == std::vector<double>{1, 2, 3});
    CHECK(Inferred{model({1, 3})}.findings.find("do not add up") != std::string::npos);
    CHECK(Inferred{model({7, -1})}.findings.find("do not add up") != std::string::npos);
}

TEST_CASE("sequences: built, inserted into, erased from, joined")
{
    for (const int new_axis : {0, 1}) {
        CAPTURE(new_axis);
        const Inferred inferred{
            ModelBuilder{}
                .input("x", DType::f32, {2})
                .node("Neg", {"x"}, {"n"})
                .node("Abs", {"x"}, {"a"})
                .initializer("front", scalar(0))
                .initializer("second", scalar(1))
                .node("SequenceEmpty", {}, {"s0"})
                .node("SequenceInsert", {"s0", "x"}, {"s1"})
                .node("SequenceInsert", {"s1", "n", "front"}, {"s2"})
                .node("SequenceInsert", {"s2", "a"}, {"s3"})
                .node("SequenceErase", {"s3", "second"}, {"s4"})
                .node("ConcatFromSequence", {"s4"}, {"y"}, {attribute("axis", 0), attribute("new_axis", new_axis)})
                .output("y")};
        REQUIRE(inferred.findings.empty());
        CHECK(type_string(*inferred.model->graph.outputs[0]) == (new_axis == 0 ? "f32[4]" : "f32[2,2]"));
        CHECK(inferred.run(ramp({2})) == std::vector<double>{0, -1, 0, 1});
    }
}

TEST_CASE("sequences: the length, and whether an optional value has an element, are constants")
{
    const Inferred inferred{ModelBuilder{}
                                .input("x", DType::f32, {2})
                                .node("SequenceConstruct", {"x", "x", "x"}, {"s"})
                                .node("SequenceLength", {"s"}, {"n"})
                                .node("Optional", {"x"}, {"some"})
                                .node("OptionalHasElement", {"some"}, {"has"})
                                .node("OptionalGetElement", {"some"}, {"element"})
                                .node("Relu", {"element"}, {"y"})
                                .output("n")
                                .output("has")
                                .output("y")};
    REQUIRE(inferred.findings.empty());
    CHECK(inferred.ops() == "Relu");
    CHECK(inferred.model->graph.outputs[0]->constant->to_ints() == std::vector<std::int64_t>{3});
    CHECK(inferred.model->graph.outputs[1]->constant->to_ints() == std::vector<std::int64_t>{1});
}

TEST_CASE("sequences: what does not resolve is refused by name")
{
    const auto built = [] {
        ModelBuilder builder;
        builder.input("x", DType::f32, {2}).input("at", DType::i64, {});
        builder.node("SequenceConstruct", {"x", "x"}, {"s"});
        return builder;
    };
    auto position = built();
    position.node("SequenceAt", {"s", "at"}, {"y"}).output("y");
    CHECK(Inferred{position}.findings.find("--bind 'at=VALUE'") != std::string::npos);
    auto outside = built();
    outside.initializer("two", scalar(2)).node("SequenceAt", {"s", "two"}, {"y"}).output("y");
    CHECK(Inferred{outside}.findings.find("position outside its sequence of 2") != std::string::npos);
    auto output = built();
    output.output("s");
    CHECK(Inferred{output}.findings.find("is a sequence or optional value, which is not supported") !=
          std::string::npos);
}

TEST_CASE("sequences: a loop that collects tensors is written out, with the branches that its turns choose")
{
    // The first turn inserts the piece as it is, the second its negation.
    const auto plain = ModelBuilder{}.node("Identity", {"piece"}, {"a"}).output("a");
    const auto negated = ModelBuilder{}.node("Neg", {"piece"}, {"b"}).output("b");
    ModelBuilder body;
    body.input("i", DType::i64, {})
        .input("go", DType::boolean, {})
        .input("list", DType::f32, {})
        .initializer("zero", scalar(0))
        .initializer("axis", Tensor::ints({1}, {0}))
        .initializer("one", Tensor::ints({1}, {1}))
        .node("Unsqueeze", {"i", "axis"}, {"start"})
        .node("Add", {"start", "one"}, {"end"})
        .node("Slice", {"x", "start", "end"}, {"piece"})
        .node("Equal", {"i", "zero"}, {"first"})
        .node("If", {"first"}, {"chosen"}, {attribute("then_branch", plain), attribute("else_branch", negated)})
        .node("SequenceInsert", {"list", "chosen"}, {"longer"})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("longer")
        .output("piece");
    const Inferred inferred{ModelBuilder{}
                                .input("x", DType::f32, {2, 2})
                                .initializer("two", scalar(2))
                                .node("SequenceEmpty", {}, {"empty"})
                                .node("Loop", {"two", "", "empty"}, {"list", "stacked"}, {attribute("body", body)})
                                .node("ConcatFromSequence", {"list"}, {"joined"}, {attribute("axis", 0)})
                                .node("Squeeze", {"stacked", "one"}, {"flat"})
                                .initializer("one", Tensor::ints({1}, {1}))
                                .node("Add", {"joined", "flat"}, {"y"})
                                .output("y")};
    INFO(inferred.findings);
    REQUIRE(inferred.findings.empty());
    CHECK(inferred.ops().find("Loop") == std::string::npos);
    CHECK(inferred.ops().find("If") == std::string::npos);
    CHECK(inferred.run(ramp({2, 2})) == std::vector<double>{0, 2, 0, 0});
}

TEST_CASE("loops whose state grows are written out, while their condition is known")
{
    // Collects x[k], x[k - 1], … x[0]: as many turns as k has positions down to 0, which the condition alone says.
    ModelBuilder body;
    body.input("i", DType::i64, {})
        .input("go", DType::boolean, {})
        .input("path", DType::f32, {})
        .input("k", DType::i64, {})
        .initializer("axis", Tensor::ints({1}, {0}))
        .initializer("one", scalar(1))
        .initializer("zero", scalar(0))
        .node("Unsqueeze", {"k", "axis"}, {"at"})
        .node("Gather", {"x", "at"}, {"element"})
        .node("Concat", {"path", "element"}, {"longer"}, {attribute("axis", 0)})
        .node("Sub", {"k", "one"}, {"next"})
        .node("GreaterOrEqual", {"next", "zero"}, {"go_on"})
        .output("go_on")
        .output("longer")
        .output("next");
    constexpr std::array elements{true};
    const Tensor yes = Tensor::of<bool>(DType::boolean, {}, elements);
    const auto model = [&](bool known) {
        ModelBuilder builder;
        builder.input("x", DType::f32, {3}).initializer("yes", yes);
        if (known) {
            builder.initializer("last", scalar(2));
        } else {
            builder.input("last", DType::i64, {});
        }
        return Inferred{builder.initializer("first", Tensor::ints({1}, {1}))
                            .node("Gather", {"x", "first"}, {"start"})
                            .node("Loop", {"", "yes", "start", "last"}, {"y", "end"}, {attribute("body", body)})
                            .output("y")};
    };
    const Inferred inferred = model(true);
    INFO(inferred.findings);
    REQUIRE(inferred.findings.empty());
    CHECK(inferred.ops().find("Loop") == std::string::npos);
    CHECK(inferred.run(ramp({3})) == std::vector<double>{1, 2, 1, 0});
    CHECK(model(false).findings.find("whether it goes on after turn 1 is not known when the header is made") !=
          std::string::npos);
}

TEST_CASE("a loop that keeps its state's shape stays one")
{
    ModelBuilder body;
    body.input("i", DType::i64, {})
        .input("go", DType::boolean, {})
        .input("sum", DType::f32, {})
        .node("Identity", {"go"}, {"go_on"})
        .node("Add", {"sum", "x"}, {"more"})
        .output("go_on")
        .output("more");
    const Inferred inferred{ModelBuilder{}
                                .input("x", DType::f32, {2})
                                .initializer("trips", scalar(3))
                                .node("Loop", {"trips", "", "x"}, {"y"}, {attribute("body", body)})
                                .output("y")};
    CHECK(inferred.findings.empty());
    CHECK(inferred.ops() == "Loop");
}
