#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;

/// Keys or values [B,H,N,D] repeated for G query heads each.
Value* repeat(PassTest& t, Value* x, std::int64_t groups)
{
    const auto shape = extents(*x->shape);
    Value* v = t.add("Unsqueeze", 13, {x, t.ints({2})});
    v = t.add("Expand", 13, {v, t.ints({shape[0], shape[1], groups, shape[2], shape[3]})});
    return t.add("Reshape", 13, {v, t.ints({shape[0], shape[1] * groups, shape[2], shape[3]})});
}

TEST_CASE("keys and values that are repeated for groups of heads are broadcast instead")
{
    PassTest t;
    Value* q = t.input("q", {2, 6, 5, 4});
    Value* k = t.transpose(repeat(t, t.input("k", {2, 3, 7, 4}), 2), {0, 1, 3, 2});
    Value* scores = t.add("Softmax", 13, {t.add("MatMul", 13, {q, k})});
    t.output(t.add("MatMul", 13, {scores, repeat(t, t.input("v", {2, 3, 7, 4}), 2)}));
    CHECK(t.difference(unexpand_products) < 1e-5);
    CHECK(t.ops().find("Expand") == std::string::npos);
}

TEST_CASE("the left operand may be the repeated one")
{
    PassTest t;
    t.output(t.add("MatMul", 13, {repeat(t, t.input("k", {1, 3, 7, 4}), 2), t.input("q", {1, 6, 4, 5})}));
    CHECK(t.difference(unexpand_products) < 1e-5);
    CHECK(t.ops().find("Expand") == std::string::npos);
}

TEST_CASE("free dimensions: tokens and those of the past")
{
    PassTest t;
    const Dim tokens = Dim::symbol("tokens");
    const Dim total = Dim::symbol("past") + tokens;
    Value* q = t.input("q", {1, 6, tokens, 4});
    Value* k = t.input("k", {1, 3, 1, 4, total});
    Value* wide = t.add("Mul", 13, {t.add("Shape", 13, {k}), t.ints({1, 1, 2, 1, 1})});
    k = t.add("Reshape", 13, {t.add("Expand", 13, {k, wide}), t.ints({1, 6, 4, -1})});
    t.output(t.add("MatMul", 13, {q, k}));
    CHECK(t.run(unexpand_products) == "Reshape MatMul View");
    CHECK(*t.model.graph.outputs[0]->shape == Shape{1, 6, tokens, total});
}

TEST_CASE("heads repeated the other way round stay")
{
    PassTest t;
    Value* k = t.add("Unsqueeze", 13, {t.input("k", {2, 3, 4, 7}), t.ints({1})});
    k = t.add("Reshape", 13, {t.add("Expand", 13, {k, t.ints({2, 2, 3, 4, 7})}), t.ints({2, 6, 4, 7})});
    t.output(t.add("MatMul", 13, {t.input("q", {2, 6, 5, 4}), k}));
    CHECK(t.difference(unexpand_products) == 0);
    CHECK(t.ops() == "Unsqueeze Expand Reshape MatMul");
}

TEST_CASE("a factor between the repetition and the product goes before the repetition")
{
    PassTest t;
    Value* k = t.add("Mul", 13, {repeat(t, t.input("k", {2, 3, 7, 4}), 2), t.number(0.5)});
    t.output(t.add("MatMul", 13, {t.input("q", {2, 6, 5, 4}), t.transpose(k, {0, 1, 3, 2})}));
    CHECK(t.difference(unexpand_products) < 1e-5);
    CHECK(t.ops().find("Expand") == std::string::npos);
}

}  // namespace
