// Loops whose states grow: from the number of turns to the shapes, and what is refused.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>

#include "support/planned_model.hpp"

using namespace wasminfer::gen;

namespace {

struct Planned : test::PlannedModel {
    explicit Planned(const ModelBuilder& builder, const DimBindings& dims = {})
        : PlannedModel{builder, {.dims = dims}, {}}
    {
    }

    std::string type(std::size_t output) const { return type_string(*model->graph.outputs[output]); }
    std::int64_t most(const std::string& symbol) const { return largest(model->symbols.at(symbol).hi, model->symbols); }
};

const DimBindings rows_to_8{{"rows", {.lo = 1, .hi = 8}}};

Tensor scalar(std::int64_t number)
{
    return Tensor::ints({}, {number});
}

Tensor flag(bool value)
{
    const std::array elements{value};
    return Tensor::of<bool>(DType::boolean, {}, elements);
}

/// A body of the inputs i, go and those of the states, which begins with `list` and what has to be joined with it.
ModelBuilder body()
{
    ModelBuilder builder;
    builder.input("i", DType::i64, {}).input("go", DType::boolean, {});
    builder.initializer("axis", Tensor::ints({1}, {0})).initializer("one", scalar(1)).initializer("zero", scalar(0));
    return builder;
}

/// Collects row after row of x, as many as Range's, ArangeLike's and other scripts' arithmetic on the extent says.
ModelBuilder collector(const std::string& axis_value = "0")
{
    ModelBuilder turn = body();
    turn.input("list", DType::f32, {})
        .node("Gather", {"x", "i"}, {"row"}, {attribute("axis", 0)})
        .node("Unsqueeze", {"row", "axis"}, {"rows_of_one"})
        .node("Concat", {"list", "rows_of_one"}, {"longer"}, {attribute("axis", std::stoi(axis_value))})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("longer");
    return ModelBuilder{}
        .input("x", DType::f32, {"rows", 3})
        .initializer("none", Tensor::of<float>(DType::f32, {0, 3}, {}))
        .initializer("axis_0", scalar(0))
        .initializer("two", Tensor::of<float>(DType::f32, {}, std::array{2.0F}))
        .node("Shape", {"x"}, {"shape"})
        .node("Gather", {"shape", "axis_0"}, {"count"})
        .node("Cast", {"count"}, {"real"}, {attribute("to", 1)})
        .node("Div", {"real", "two"}, {"half"})
        .node("Ceil", {"half"}, {"up"})
        .node("Cast", {"up"}, {"turns"}, {attribute("to", 7)})
        .node("Loop", {"turns", "", "none"}, {"list"}, {attribute("body", turn)})
        .output("list");
}

/// Collects x[k], x[k - 1] … x[0] behind x[0], while k is not negative; k begins at rows - 1.
ModelBuilder walk_back(const std::string& compare, std::int64_t step, bool data_decides)
{
    ModelBuilder turn = body();
    turn.input("path", DType::f32, {})
        .input("k", DType::i64, {})
        .initializer("step", scalar(step))
        .initializer("limit", Tensor::of<float>(DType::f32, {1}, std::array{9.0F}))
        .node("Unsqueeze", {"k", "axis"}, {"at"})
        .node("Gather", {"x", "at"}, {"element"})
        .node("Concat", {"element", "path"}, {"longer"}, {attribute("axis", 0)})
        .node("Sub", {"k", "step"}, {"next"})
        .node(compare, {"next", "zero"}, {"above"})
        .node("Less", {"element", "limit"}, {"small"})
        .node("Squeeze", {"small", "axis"}, {"low"})
        .node("And", {"above", "low"}, {"both"})
        .node("Identity", {data_decides ? "both" : "above"}, {"go_on"})
        .output("go_on")
        .output("longer")
        .output("next");
    return ModelBuilder{}
        .input("x", DType::f32, {"rows"})
        .initializer("for_ever", scalar(std::numeric_limits<std::int64_t>::max()))
        .initializer("yes", flag(true))
        .initializer("first", Tensor::ints({1}, {0}))
        .initializer("axis_0", scalar(0))
        .initializer("one", scalar(1))
        .node("Gather", {"x", "first"}, {"start"})
        .node("Shape", {"x"}, {"shape"})
        .node("Gather", {"shape", "axis_0"}, {"count"})
        .node("Sub", {"count", "one"}, {"last"})
        .node("Loop", {"for_ever", "yes", "start", "last"}, {"path", "end"}, {attribute("body", turn)})
        .output("path");
}

}  // namespace

TEST_CASE("Loop: a state that grows has as many rows as there are turns, and room for the most that there may be")
{
    const Planned planned{collector(), rows_to_8};
    REQUIRE(planned.findings.empty());
    CHECK(planned.type(0) == "f32[(rows + 1)/2,3]");
    // 4 rows of 3 behind one another, the last turn's among them.
    const auto list = std::ranges::find(planned.plan.regions, "list", &Region::name);
    REQUIRE(list != planned.plan.regions.end());
    CHECK(list->bytes == 4 * 3 * 4);
    // Only the new row is written, and the state stays where it is.
    const std::string header = planned.header();
    INFO(header);
    CHECK(header.find("u32(list_at) + 3*turn_d") != std::string::npos);
    CHECK(header.find("3*turn_d + 3") == std::string::npos);
}

TEST_CASE("Loop: what grows along an inner axis is copied, whole, from turn to turn")
{
    ModelBuilder turn = body();
    turn.input("list", DType::f32, {})
        .node("Concat", {"list", "x"}, {"longer"}, {attribute("axis", 1)})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("longer");
    const auto model = ModelBuilder{}
                           .input("x", DType::f32, {2, "rows"})
                           .initializer("axis_1", scalar(1))
                           .node("Shape", {"x"}, {"shape"})
                           .node("Gather", {"shape", "axis_1"}, {"turns"})
                           .node("Loop", {"turns", "", "x"}, {"list"}, {attribute("body", turn)})
                           .output("list");
    const Planned planned{model, rows_to_8};
    REQUIRE(planned.findings.empty());
    CHECK(planned.type(0) == "f32[2,rows**2 + rows]");
    CHECK(planned.header().find("2*rows_d*turn_d + 4*rows_d") != std::string::npos);
}

TEST_CASE("Loop: a condition that compares a counter says how many turns there are, or may be")
{
    const Planned exact{walk_back("GreaterOrEqual", 1, false), rows_to_8};
    REQUIRE(exact.findings.empty());
    CHECK(exact.type(0) == "f32[max(rows, 1) + 1]");
    const Planned strict{walk_back("Greater", 2, false), rows_to_8};
    REQUIRE(strict.findings.empty());
    // k = rows - 1, rows - 3 … above 0.
    CHECK(strict.type(0) == "f32[max(rows/2, 1) + 1]");
    const Planned bounded{walk_back("GreaterOrEqual", 1, true), rows_to_8};
    REQUIRE(bounded.findings.empty());
    CHECK(bounded.type(0) == "f32[loop_turns + 1]");
    CHECK(bounded.most("loop_turns") == 8);
    // The trip count means "for ever", which is none: it would not fit into 32 bits.
    CHECK(bounded.header().find("9223372036854775807") == std::string::npos);
}

TEST_CASE("Loop: a growing state whose counter never reaches its end is refused")
{
    CHECK(Planned{walk_back("GreaterOrEqual", -1, false), rows_to_8}.findings.find("growing state") !=
          std::string::npos);
}

TEST_CASE("Loop: states that grow by more from turn to turn are refused where the turns can't be written out")
{
    ModelBuilder turn = body();
    turn.input("list", DType::f32, {})
        .node("Concat", {"list", "list"}, {"longer"}, {attribute("axis", 0)})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("longer");
    const auto model = [&] {
        return ModelBuilder{}
            .input("x", DType::f32, {"rows"})
            .initializer("axis_0", scalar(0))
            .node("Shape", {"x"}, {"shape"})
            .node("Gather", {"shape", "axis_0"}, {"turns"})
            .node("Loop", {"turns", "", "x"}, {"list"}, {attribute("body", turn)})
            .output("list");
    };
    CHECK(Planned{model(), rows_to_8}.findings.find(
              "the state 0 changes from f32[rows*turn + rows] to f32[2*rows*turn + 2*rows] in one turn") !=
          std::string::npos);
    const Planned written_out{model(), {{"rows", {.lo = 3, .hi = 3}}}};
    CHECK(written_out.findings.empty());
    CHECK(written_out.type(0) == "f32[24]");
}

/// So many Loops, one inside the other, each of which appends a row in each of its turns.
ModelBuilder nested(int levels)
{
    ModelBuilder turn = body();
    turn.input("list", DType::f32, {});
    if (levels > 1) {
        turn.node("Loop", {"count", "", "list"}, {"inner"}, {attribute("body", nested(levels - 1))});
    } else {
        turn.node("Identity", {"list"}, {"inner"});
    }
    turn.node("Concat", {"inner", "row"}, {"longer"}, {attribute("axis", 0)})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("longer");
    return turn;
}

TEST_CASE("Loop: those that nest deeper than can be inferred in time are refused")
{
    const auto findings = [](int levels) {
        const auto model = ModelBuilder{}
                               .input("x", DType::f32, {1})
                               .input("sizes", DType::f32, {"rows"})
                               .initializer("row", Tensor::of<float>(DType::f32, {1}, std::array{1.0F}))
                               .node("Size", {"sizes"}, {"count"})
                               .node("Loop", {"count", "", "x"}, {"list"}, {attribute("body", nested(levels - 1))})
                               .output("list");
        return Planned{model, {{"rows", {.lo = 1, .hi = 2}}}}.findings;
    };
    CHECK(findings(4).empty());
    CHECK(findings(30).find("nest deeper than 8 levels") != std::string::npos);
}

TEST_CASE("Loop: outputs are stacked where the condition alone bounds the turns")
{
    ModelBuilder turn = body();
    turn.input("k", DType::i64, {})
        .node("Gather", {"x", "k"}, {"element"}, {attribute("axis", 0)})
        .node("Sub", {"k", "one"}, {"next"})
        .node("GreaterOrEqual", {"next", "zero"}, {"go_on"})
        .output("go_on")
        .output("next")
        .output("element");
    const auto model = ModelBuilder{}
                           .input("x", DType::f32, {4})
                           .initializer("last", scalar(3))
                           .node("Loop", {"", "", "last"}, {"end", "y"}, {attribute("body", turn)})
                           .output("y");
    const Planned planned{model};
    REQUIRE(planned.findings.empty());
    CHECK(planned.type(0) == "f32[4]");
}

TEST_CASE("Loop: one that never ends is refused")
{
    ModelBuilder turn = body();
    turn.input("sum", DType::f32, {1})
        .node("Add", {"sum", "x"}, {"more"})
        .node("Identity", {"go"}, {"go_on"})
        .output("go_on")
        .output("more");
    const auto model = ModelBuilder{}
                           .input("x", DType::f32, {1})
                           .node("Loop", {"", "", "x"}, {"y"}, {attribute("body", turn)})
                           .output("y");
    CHECK(Planned{model}.findings.find("never ends") != std::string::npos);
}
