#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using Ints = std::vector<std::int64_t>;

Value* half(PassTest& t, Ints shape)
{
    return t.constant(test::noise(DType::f16, std::move(shape), 7));
}

TEST_CASE("halves stay in f32 from a convolution on, and are rounded where they leave")
{
    PassTest t;
    Value* x = t.input("x", {1, 6, 6, 3}, DType::f16);
    Value* v = t.add("Conv", 13, {x, half(t, {4, 3, 3, 3}), half(t, {4})}, {{"channels_last", std::int64_t{1}}});
    v = t.add("Relu", 13, {v});
    v = t.add("MaxPool", 12, {v}, {{"kernel_shape", Ints{2, 2}}, {"channels_last", std::int64_t{1}}});
    t.output(v);
    CHECK(t.difference(widen_halves) < 0.01);
    CHECK(t.ops() == "Cast Conv Relu MaxPool Cast");
    CHECK(t.model.graph.outputs[0]->dtype == DType::f16);
    CHECK(t.node(1).outputs[0]->dtype == DType::f32);
}

TEST_CASE("a value is widened once, and rounded for those that read halves")
{
    PassTest t;
    Value* x = t.input("x", {4, 5}, DType::f16);
    Value* a = t.add("MatMul", 13, {x, half(t, {5, 5})});
    Value* b = t.add("MatMul", 13, {x, half(t, {5, 5})});
    t.output(t.add("Add", 13, {a, b}));
    t.output(t.add("Sign", 13, {a}));
    CHECK(t.difference(widen_halves) < 0.01);
    CHECK(t.ops() == "Cast MatMul Cast MatMul Add Cast Sign");
}

TEST_CASE("what only moves or adds halves, and what is no half, stays")
{
    PassTest t;
    Value* x = t.input("x", {4, 5}, DType::f16);
    t.output(t.add("Add", 13, {t.transpose(x, {1, 0}), half(t, {4})}));
    t.output(t.add("MatMul", 13, {t.input("y", {4, 5}), t.weights({5, 3})}));
    CHECK(t.run(widen_halves) == "Transpose Add MatMul");
}

TEST_CASE("a condition and indices keep their types")
{
    PassTest t;
    Value* x = t.input("x", {4, 5}, DType::f16);
    Value* v = t.add("Softmax", 13, {x}, {{"axis", std::int64_t{1}}});
    v = t.add("Where", 16, {t.input("c", {4, 5}, DType::boolean), v, half(t, {1})});
    v = t.add("Slice", 13, {v, t.ints({1}), t.ints({3}), t.ints({0})});
    t.output(v);
    CHECK(t.difference(widen_halves) < 0.001);
    CHECK(t.ops() == "Cast Softmax Where Slice Cast");
}

}  // namespace
