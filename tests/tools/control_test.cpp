// If, Loop and Scan from model to plan: what bodies know of the turn, and what is refused.
#include <doctest/doctest.h>

#include "support/planned_model.hpp"

using namespace wasminfer::gen;

namespace {

/// Constants stay in the graph, so that there is something to plan.
struct Planned : test::PlannedModel {
    explicit Planned(const ModelBuilder& builder, const ImportOptions& import = {})
        : PlannedModel{builder, import, {.fold = false, .channels_last_inputs = {}, .channels_last_outputs = {}}}
    {
    }
};

Tensor numbers(std::vector<std::int64_t> shape, const std::vector<std::int64_t>& elements)
{
    return Tensor::ints(std::move(shape), elements);
}

/// y[i] = sum of x[0..i], by a Slice whose ends are made of the turn.
ModelBuilder running_sum()
{
    ModelBuilder body;
    body.input("i", DType::i64, {})
        .input("go", DType::boolean, {})
        .input("sum", DType::f32, {1})
        .initializer("one", numbers({1}, {1}))
        .initializer("axis", numbers({1}, {0}))
        .node("Unsqueeze", {"i", "axis"}, {"start"})
        .node("Add", {"start", "one"}, {"end"})
        .node("Slice", {"x", "start", "end"}, {"element"})
        .node("Add", {"sum", "element"}, {"next"})
        .node("Identity", {"next"}, {"slice"})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("next")
        .output("slice");
    ModelBuilder model;
    model.input("x", DType::f32, {5})
        .input("trips", DType::i64, {})
        .input("zero", DType::f32, {1})
        .node("Loop", {"trips", "", "zero"}, {"sum", "y"}, {attribute("body", body)})
        .output("y");
    return model;
}

}  // namespace

TEST_CASE("Loop: the turn is an element of what its body computes shapes from")
{
    ImportOptions options;
    options.bind.emplace("trips", numbers({}, {5}));
    const Planned planned{running_sum(), options};
    REQUIRE(planned.findings.empty());
    CHECK(type_string(*planned.model->graph.outputs[0]) == "f32[5,1]");
    // The slice is read where it lies, and the arithmetic on its ends is not there at run time.
    CHECK(planned.header().find("f32(x_at) + std::min<wasminfer::index>(turn_d, 5), ") != std::string::npos);
    CHECK(planned.header().find("i64") == std::string::npos);
}

TEST_CASE("Loop: a trip count that sizes a stacked output says which input has to be bound")
{
    const Planned planned{running_sum()};
    CHECK(planned.findings.find("--bind 'trips=VALUE'") != std::string::npos);
}

TEST_CASE("Loop: stacked slices whose shape changes with the turn are refused")
{
    ModelBuilder body;
    body.input("i", DType::i64, {})
        .input("go", DType::boolean, {})
        .initializer("axis", numbers({1}, {0}))
        .node("Unsqueeze", {"i", "axis"}, {"end"})
        .initializer("zero", numbers({1}, {0}))
        .node("Slice", {"x", "zero", "end"}, {"slice"})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("slice");
    ModelBuilder model;
    model.input("x", DType::f32, {5})
        .initializer("trips", numbers({}, {5}))
        .node("Loop", {"trips", ""}, {"y"}, {attribute("body", body)})
        .output("y");
    CHECK(Planned{model}.findings.find("tensors of changing shape") != std::string::npos);
}

TEST_CASE("sizes that nodes measure keep their names when the nodes are inferred again")
{
    ModelBuilder model;
    model.input("x", DType::f32, {3, 4})
        .input("w", DType::f32, {3, 4})
        .node("NonZero", {"x"}, {"places"})
        .node("NonZero", {"w"}, {"others"})
        .output("places")
        .output("others");
    Planned planned{model};
    REQUIRE(planned.findings.empty());
    const auto& graph = planned.model->graph;
    const auto names = [&] { return type_string(*graph.outputs[0]) + " " + type_string(*graph.outputs[1]); };
    const std::string before = names();
    for (const auto& node : graph.nodes()) {
        infer_node(*node, planned.model->symbols, {});
    }
    CHECK(names() == before);
    CHECK(planned.model->symbols.size() == 2);
}

TEST_CASE("with --no-fold too, arithmetic on shapes that is read at generation alone is no step")
{
    ModelBuilder model;
    model.input("x", DType::f32, {2, 6})
        .initializer("two", numbers({1}, {2}))
        .node("Shape", {"x"}, {"shape"})
        .node("Mul", {"shape", "two"}, {"doubled"})
        .node("Expand", {"x", "shape"}, {"same"})
        .node("ReduceProd", {"doubled"}, {"count"}, {attribute("keepdims", 1)})
        .node("Div", {"count", "two"}, {"half"})
        .node("Div", {"half", "two"}, {"quarter"})
        .node("Reshape", {"same", "quarter"}, {"flat"})
        .node("Relu", {"flat"}, {"y"})
        .output("y");
    const Planned planned{model};
    INFO(planned.findings);
    CHECK(type_string(*planned.model->graph.outputs[0]) == "f32[12]");
    CHECK(planned.plan.step_count == 1);
}

TEST_CASE("values may be called what the runtime calls its own")
{
    ModelBuilder model;
    model.input("weight", DType::f32, {4})
        .input("arena", DType::f32, {4})
        .node("Add", {"weight", "arena"}, {"sum"})
        .node("Relu", {"sum"}, {"y"})
        .output("y");
    const std::string header = Planned{model}.header();
    CHECK(header.find("arena_at weight_at{") == std::string::npos);
    CHECK(header.find("arena_at arena_at{") == std::string::npos);
}

namespace {

/// y = x seen as 2 rows if `flip`, as `rows` rows otherwise; x has six elements.
ModelBuilder two_shapes(std::int64_t then_columns, std::int64_t else_columns)
{
    const auto branch = [](std::int64_t columns) {
        return ModelBuilder{}
            .initializer("shape", numbers({2}, {2, columns}))
            .node("Reshape", {"x", "shape"}, {"seen"}, {}, "see")
            .output("seen");
    };
    return ModelBuilder{}
        .input("flip", DType::boolean, {})
        .input("x", DType::f32, {6})
        .node("If", {"flip"}, {"y"},
              {attribute("then_branch", branch(then_columns)), attribute("else_branch", branch(else_columns))})
        .output("y");
}

}  // namespace

TEST_CASE("If: a branch that can't run at these sizes is a trap, and its reason stands beside it")
{
    for (const bool then_is_sound : {true, false}) {
        const Planned planned{then_is_sound ? two_shapes(3, 4) : two_shapes(4, 3)};
        REQUIRE(planned.findings.empty());
        CHECK(type_string(*planned.model->graph.outputs[0]) == "f32[2,3]");
        const std::string header = planned.header();
        CHECK(header.find("trap(f32(y_at));") != std::string::npos);
        CHECK(header.find(then_is_sound ? "can't run: else branch" : "can't run: then branch") != std::string::npos);
    }
}

TEST_CASE("If: where neither branch can run, the model is refused")
{
    CHECK(Planned{two_shapes(4, 5)}.findings.find("Reshape 'see'") != std::string::npos);
}

TEST_CASE("If: a branch that an input's value would settle is no trap: the input has to be bound")
{
    const auto sound = ModelBuilder{}.node("Neg", {"x"}, {"negative"}).output("negative");
    const auto open = ModelBuilder{}.node("Reshape", {"x", "asked"}, {"seen"}).output("seen");
    ModelBuilder model;
    model.input("flip", DType::boolean, {})
        .input("x", DType::f32, {6})
        .input("asked", DType::i64, {1})
        .node("If", {"flip"}, {"y"}, {attribute("then_branch", sound), attribute("else_branch", open)})
        .output("y");
    CHECK(Planned{model}.findings.find("--bind 'asked=VALUE'") != std::string::npos);
}
