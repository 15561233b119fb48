#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using Ints = std::vector<std::int64_t>;

constexpr double close = 1e-4;

Value* mean(PassTest& t, Value* x, std::int64_t axis)
{
    return t.add("ReduceMean", 13, {x}, {{"axes", Ints{axis}}});
}

struct Centred {
    Value* difference;
    Value* root;
};

Centred centred(PassTest& t, Value* x, std::int64_t axis)
{
    Value* difference = t.add("Sub", 13, {x, mean(t, x, axis)});
    Value* variance = mean(t, t.add("Pow", 13, {difference, t.number(2)}), axis);
    return {difference, t.add("Sqrt", 13, {t.add("Add", 13, {variance, t.number(1e-5)})})};
}

TEST_CASE("LayerNormalization with scale and bias")
{
    PassTest t;
    const auto [difference, root] = centred(t, t.input("x", {2, 3, 8}), -1);
    Value* v = t.add("Mul", 13, {t.add("Div", 13, {difference, root}), t.weights({8})});
    t.output(t.add("Add", 13, {t.weights({8}), v}));
    CHECK(t.difference(fuse_normalization) < close);
    CHECK(t.ops() == "LayerNormalization");
    CHECK(t.node(0).inputs.size() == 3);
}

TEST_CASE("LayerNormalization without scale and bias")
{
    PassTest t;
    const auto [difference, root] = centred(t, t.input("x", {2, 3, 8}), 2);
    t.output(t.add("Mul", 13, {difference, t.add("Reciprocal", 13, {root})}));
    CHECK(t.difference(fuse_normalization) < close);
    CHECK(t.ops() == "LayerNormalization");
}

TEST_CASE("over channels it goes between Transposes")
{
    PassTest t;
    const auto [difference, root] = centred(t, t.input("x", {2, 8, 3, 2}), 1);
    Value* v = t.add("Mul", 13, {t.add("Div", 13, {difference, root}), t.weights({8, 1, 1})});
    t.output(t.add("Add", 13, {v, t.weights({8, 1, 1})}));
    CHECK(t.difference(fuse_normalization) < close);
    CHECK(t.ops() == "Transpose LayerNormalization Transpose");
}

TEST_CASE("RMSNormalization")
{
    PassTest t;
    Value* x = t.input("x", {2, 3, 8});
    Value* square = mean(t, t.add("Mul", 13, {x, x}), -1);
    Value* root = t.add("Sqrt", 13, {t.add("Add", 13, {square, t.number(1e-5)})});
    Value* v = t.add("Mul", 13, {x, t.add("Div", 13, {t.number(1), root})});
    t.output(t.add("Mul", 13, {t.weights({8}), v}));
    CHECK(t.difference(fuse_normalization) < close);
    CHECK(t.ops() == "RMSNormalization");
}

TEST_CASE("a Mul along another axis is not the scale")
{
    PassTest t;
    const auto [difference, root] = centred(t, t.input("x", {2, 3, 8}), -1);
    t.output(t.add("Mul", 13, {t.add("Div", 13, {difference, root}), t.weights({3, 1})}));
    CHECK(t.difference(fuse_normalization) < close);
    CHECK(t.ops() == "LayerNormalization Mul");
}

TEST_CASE("means over different axes are no normalisation")
{
    PassTest t;
    Value* x = t.input("x", {2, 8, 8});
    Value* difference = t.add("Sub", 13, {x, mean(t, x, 1)});
    Value* square = mean(t, t.add("Pow", 13, {difference, t.number(2)}), 2);
    Value* root = t.add("Sqrt", 13, {t.add("Add", 13, {square, t.number(1e-5)})});
    t.output(t.add("Div", 13, {difference, root}));
    CHECK(t.difference(fuse_normalization) < close);
    CHECK(t.ops() == "ReduceMean Sub RMSNormalization");
}

TEST_CASE("a variance that somebody else reads is left alone")
{
    PassTest t;
    const auto [difference, root] = centred(t, t.input("x", {2, 3, 8}), -1);
    t.output(root);
    t.output(t.add("Div", 13, {difference, root}));
    CHECK(t.run(fuse_normalization).find("LayerNormalization") == std::string::npos);
}

}  // namespace
