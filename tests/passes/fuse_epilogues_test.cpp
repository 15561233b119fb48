#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;

constexpr double close = 1e-4;

Value* conv(PassTest& t, Value* x)
{
    return t.add("Conv", 13, {x, t.weights({3, 3, 1, 1})}, {{"channels_last", std::int64_t{1}}});
}

TEST_CASE("a function of each element goes into the Conv")
{
    PassTest t;
    t.output(t.add("Relu", 13, {conv(t, t.input("x", {1, 4, 5, 3}))}));
    CHECK(t.difference(fuse_epilogues) == 0);
    CHECK(t.ops() == "Conv");
    CHECK(t.node(0).attributes.get_or("fused_activation", std::string{}) == "relu{}");
}

TEST_CASE("functions in a row are chained")
{
    PassTest t;
    Value* v = t.add("Gemm", 13, {t.input("x", {3, 4}), t.weights({4, 5}), t.weights({5})});
    v = t.add("LeakyRelu", 13, {v}, {{"alpha", 0.25f}});
    t.output(t.add("Clip", 13, {v, t.number(-0.5), t.number(1)}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "Gemm");
}

TEST_CASE("an Add of a number is a function like any other")
{
    PassTest t;
    Value* v = t.add("Relu", 13, {conv(t, t.input("x", {1, 4, 5, 3}))});
    v = t.add("Mul", 13, {v, t.number(0.5)});
    t.output(t.add("Add", 13, {v, t.number(-0.25)}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "Conv");
    CHECK_FALSE(t.node(0).attributes.has("residual"));
}

TEST_CASE("residual, then activation")
{
    PassTest t;
    Value* x = t.input("x", {1, 4, 5, 3});
    t.output(t.add("Relu", 13, {t.add("Add", 13, {x, conv(t, x)})}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "Conv");
    CHECK(t.node(0).inputs.size() == 4);
    CHECK(t.node(0).inputs.back() == x);
}

TEST_CASE("of two Convs that are added, the later takes the earlier one's result")
{
    PassTest t;
    Value* x = t.input("x", {1, 4, 5, 3});
    Value* first = conv(t, x);
    Value* second = conv(t, x);
    t.output(t.add("Add", 13, {first, second}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "Conv Conv");
    CHECK(t.node(1).attributes.has("residual"));
    CHECK(t.node(1).inputs.back() == first);
}

TEST_CASE("a Conv moves behind what it adds")
{
    PassTest t;
    Value* x = t.input("x", {1, 4, 5, 3});
    Value* product = conv(t, x);
    Value* later = t.add("Exp", 13, {x});
    t.output(t.add("Add", 13, {product, later}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "Exp Conv");
}

TEST_CASE("what broadcasts, or is read twice, or has an activation already, is not added in the Conv")
{
    PassTest t;
    Value* x = t.input("x", {1, 4, 5, 3});
    t.output(t.add("Add", 13, {conv(t, x), t.input("row", {1, 1, 5, 3})}));
    Value* twice = conv(t, x);
    t.output(t.add("Add", 13, {twice, t.add("Exp", 13, {twice})}));
    t.output(t.add("Add", 13, {t.add("Relu", 13, {conv(t, x)}), x}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "Conv Add Conv Exp Add Conv Add");
}

TEST_CASE("MatMul with a batch takes both")
{
    PassTest t;
    Value* v = t.add("MatMul", 13, {t.input("x", {2, 3, 4}), t.weights({4, 5})});
    v = t.add("Add", 13, {v, t.input("r", {2, 3, 5})});
    t.output(t.add("Sigmoid", 13, {v}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "MatMul");
}

TEST_CASE("a product of operands in another order of axes takes both")
{
    PassTest t;
    Value* v = t.add("wasminfer::StridedMatMul", 1, {t.input("x", {2, 3, 4}), t.input("w", {2, 5, 4})},
                     {{"perm_b", std::vector<std::int64_t>{0, 2, 1}}});
    v = t.add("Add", 13, {v, t.input("r", {2, 3, 5})});
    t.output(t.add("Sigmoid", 13, {v}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "StridedMatMul");
    CHECK(t.node(0).inputs.size() == 3);
}

TEST_CASE("a function behind a Reshape goes into the product before it")
{
    PassTest t;
    Value* v = t.add("MatMul", 13, {t.input("x", {2, 3, 4}), t.weights({4, 6})});
    v = t.add("Reshape", 13, {v, t.ints({2, 3, 2, 3})});
    t.output(t.add("Mul", 13, {v, t.number(0.5)}));
    CHECK(t.difference(fuse_epilogues) < close);
    CHECK(t.ops() == "MatMul Reshape");
}

}  // namespace
