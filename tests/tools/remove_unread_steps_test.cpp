// Steps that nobody reads are taken out of a program; those that somebody does stay, however long the way.
#include <doctest/doctest.h>

#include "plan/remove_unread_steps.hpp"

using namespace wasminfer::gen;

namespace {

struct Made {
    Graph graph;
    Program program;

    Value* value(const std::string& name)
    {
        Value* value = graph.add_value(name);
        value->dtype = DType::i64;
        value->shape = Shape{Dim{4}};
        return value;
    }

    static Operand operand(const Value* value, bool written)
    {
        return {.kind = Operand::Kind::value, .value = value, .dtype = DType::i64, .written = written};
    }

    static Step step(const std::string& label, const std::vector<Value*>& read, const std::vector<Value*>& written)
    {
        Step step;
        step.label = label;
        for (const Value* value : read) {
            step.call.arguments.emplace_back(operand(value, false));
        }
        for (const Value* value : written) {
            step.call.arguments.emplace_back(operand(value, true));
        }
        return step;
    }

    static void list(const Steps& steps, std::string& text)
    {
        for (const Step& step : steps) {
            text += (text.empty() || text.ends_with('(') ? "" : " ") + step.label;
            for (const Steps& body : step.bodies) {
                text += "(";
                list(body, text);
                text += ")";
            }
        }
    }

    /// What is left: "a loop(b c)".
    std::string left(const std::vector<Value*>& outputs)
    {
        remove_unread_steps(program, outputs);
        std::string text;
        list(program.steps, text);
        return text;
    }
};

}  // namespace

TEST_CASE("unread steps: a chain that ends in nothing goes as a whole")
{
    Made made;
    Value* x = made.value("x");
    Value* a = made.value("a");
    Value* b = made.value("b");
    Value* y = made.value("y");
    made.program.steps.push_back(Made::step("shape", {}, {a}));
    made.program.steps.push_back(Made::step("gather", {a}, {b}));
    made.program.steps.push_back(Made::step("relu", {x}, {y}));
    CHECK(made.left({y}) == "relu");
}

TEST_CASE("unread steps: an output that is a view of a result needs it")
{
    Made made;
    Value* x = made.value("x");
    Value* a = made.value("a");
    Value* view = made.value("view");
    made.program.steps.push_back(Made::step("relu", {x}, {a}));
    made.program.aliases[view] = {a, 8};
    CHECK(made.left({view}) == "relu");
}

TEST_CASE("unread steps: every step that writes a part of what is read stays")
{
    Made made;
    Value* x = made.value("x");
    Value* parts = made.value("parts");
    made.program.steps.push_back(Made::step("first", {x}, {parts}));
    made.program.steps.push_back(Made::step("second", {x}, {parts}));
    CHECK(made.left({parts}) == "first second");
}

TEST_CASE("unread steps: a temporary's maker stays with its reader")
{
    Made made;
    Value* y = made.value("y");
    made.program.temporaries = {Dim{8}, Dim{8}};
    for (const std::size_t index : {0U, 1U}) {
        Step pack;
        pack.label = "pack" + std::to_string(index);
        pack.call.arguments.emplace_back(
            Operand{.kind = Operand::Kind::temporary, .index = index, .dtype = DType::f32, .written = true});
        made.program.steps.push_back(std::move(pack));
    }
    Step product = Made::step("product", {}, {y});
    product.call.arguments.emplace_back(Operand{.kind = Operand::Kind::temporary, .index = 1, .dtype = DType::f32});
    made.program.steps.push_back(std::move(product));
    CHECK(made.left({y}) == "pack1 product");
}

TEST_CASE("unread steps: what counts a size stays, though its result is not read")
{
    Made made;
    Value* x = made.value("x");
    Step count = Made::step("nonzero", {x}, {made.value("places")});
    count.measures = "n";
    made.program.steps.push_back(std::move(count));
    CHECK(made.left({}) == "nonzero");
}

TEST_CASE("unread steps: a loop stays with its condition where a step inside stays, and goes with the last of them")
{
    for (const bool read : {true, false}) {
        CAPTURE(read);
        Made made;
        Value* x = made.value("x");
        Value* state = made.value("state");
        Value* unread = made.value("unread");
        Value* go_on = made.value("go on");
        Value* counter = made.value("counter");
        Step loop;
        loop.label = "loop";
        loop.kind = Step::Kind::loop;
        loop.body_condition = Made::operand(go_on, false);
        loop.iteration = Made::operand(counter, true);
        Steps& body = loop.bodies.emplace_back();
        body.push_back(Made::step("less", {x}, {go_on}));
        body.push_back(Made::step("add", {state, x}, {state}));
        body.push_back(Made::step("size", {counter}, {unread}));
        made.program.steps.push_back(Made::step("start", {x}, {state}));
        made.program.steps.push_back(std::move(loop));
        if (read) {
            CHECK(made.left({state}) == "start loop(less add)");
            // The counter's only reader is gone.
            CHECK(made.program.steps[1].iteration.kind == Operand::Kind::none);
        } else {
            CHECK(made.left({}).empty());
        }
    }
}

TEST_CASE("unread steps: weights that were theirs alone go with them, and the others keep their readers")
{
    Made made;
    Value* y = made.value("y");
    Value* unread = made.value("unread");
    for (const char* name : {"first", "second", "third"}) {
        made.program.weights.push_back({name, DType::u8, {std::byte{1}}});
    }
    const auto reads = [&](Value* to, std::size_t index) {
        Step step = Made::step("read", {}, {to});
        step.call.arguments.emplace_back(Operand{.kind = Operand::Kind::weight, .index = index, .dtype = DType::u8});
        made.program.steps.push_back(std::move(step));
    };
    reads(unread, 0);
    reads(y, 2);
    reads(unread, 1);
    CHECK(made.left({y}) == "read");
    REQUIRE(made.program.weights.size() == 1);
    CHECK(made.program.weights[0].name == "third");
    CHECK(std::get<Operand>(made.program.steps[0].call.arguments[1]).index == 0);
}
