#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;

TEST_CASE("equal constants are one")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    t.output(t.add("Add", 13, {t.add("Mul", 13, {x, t.number(2)}), t.number(2)}));
    CHECK(t.difference(share_values) == 0);
    CHECK(t.node(0).inputs[1] == t.node(1).inputs[1]);
}

TEST_CASE("constants of other bits, shape or type stay apart")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    Value* v = t.add("Add", 13, {x, t.number(0.0)});
    v = t.add("Add", 13, {v, t.number(-0.0)});
    t.output(t.add("Add", 13, {v, t.constant(test::tensor(DType::f32, {1}, {0}))}));
    t.run(share_values);
    CHECK(t.node(0).inputs[1] != t.node(1).inputs[1]);
    CHECK(t.node(0).inputs[1] != t.node(2).inputs[1]);
}

TEST_CASE("what is computed twice is computed once, and all that follows from it")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    const auto branch = [&] { return t.add("Exp", 13, {t.add("LeakyRelu", 13, {x}, {{"alpha", 0.5f}})}); };
    Value* first = branch();
    t.output(t.add("Sub", 13, {first, branch()}));
    CHECK(t.difference(share_values) == 0);
    CHECK(t.ops() == "LeakyRelu Exp Sub");
}

TEST_CASE("other attributes, other results")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    Value* first = t.add("LeakyRelu", 13, {x}, {{"alpha", 0.5f}});
    t.output(t.add("Sub", 13, {first, t.add("LeakyRelu", 13, {x}, {{"alpha", 0.25f}})}));
    CHECK(t.run(share_values) == "LeakyRelu LeakyRelu Sub");
}

TEST_CASE("an output keeps its own node")
{
    PassTest t;
    Value* x = t.input("x", {2, 3});
    t.output(t.add("Exp", 13, {x})).output(t.add("Exp", 13, {x}));
    CHECK(t.run(share_values) == "Exp Exp");
}

}  // namespace
