#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using test::tensor;

TEST_CASE("an Expand before an operator that broadcasts by itself goes")
{
    PassTest t;
    Value* expanded = t.add("Expand", 13, {t.input("s", {1, 3, 1}), t.ints({2, 3, 4})});
    t.output(t.add("Mul", 13, {t.input("x", {2, 3, 4}), expanded}));
    CHECK(t.difference(shrink_broadcasts) == 0);
    CHECK(t.ops() == "Mul");
}

TEST_CASE("an Expand that gives the result its shape stays")
{
    PassTest t;
    Value* expanded = t.add("Expand", 13, {t.input("s", {1, 3, 1}), t.ints({2, 3, 4})});
    t.output(t.add("Mul", 13, {t.input("x", {1, 3, 4}), expanded}));
    CHECK(t.run(shrink_broadcasts) == "Expand Mul");
}

TEST_CASE("a constant keeps one slice of those that are equal")
{
    PassTest t;
    Value* constant = t.constant(tensor(DType::f32, {1, 2, 2, 2}, {1, 1, 1, 1, 2, 2, 2, 2}));
    t.output(t.add("Add", 13, {t.input("x", {3, 2, 2, 2}), constant}));
    CHECK(t.difference(shrink_broadcasts) == 0);
    CHECK(t.node(0).inputs[1]->constant->shape() == std::vector<std::int64_t>{1, 2, 1, 1});
}

TEST_CASE("slices that differ stay, so do those that the result's shape comes from")
{
    PassTest t;
    Value* varied = t.constant(tensor(DType::f32, {2, 2}, {1, 2, 1, 3}));
    t.output(t.add("Add", 13, {t.input("x", {2, 2}), varied}));
    t.output(t.add("Add", 13, {t.input("z", {1, 2}), t.constant(tensor(DType::f32, {2, 2}, {1, 2, 1, 2}))}));
    CHECK(t.difference(shrink_broadcasts) == 0);
    CHECK(t.node(0).inputs[1]->constant->shape() == std::vector<std::int64_t>{2, 2});
    CHECK(t.node(1).inputs[1]->constant->shape() == std::vector<std::int64_t>{2, 2});
}

TEST_CASE("constants stand on the right where the order does not matter")
{
    PassTest t;
    Value* x = t.input("x", {2, 2});
    t.output(t.add("Mul", 13, {t.number(2), x}));
    t.output(t.add("Sub", 13, {t.number(2), x}));
    CHECK(t.difference(shrink_broadcasts) == 0);
    CHECK(t.node(0).inputs[0] == x);
    CHECK(t.node(1).inputs[1] == x);
}

}  // namespace
