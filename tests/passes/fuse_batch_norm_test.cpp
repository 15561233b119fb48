#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using test::tensor;
using Ints = std::vector<std::int64_t>;

constexpr double close = 1e-4;

Value* positive(PassTest& t, std::int64_t count)
{
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < count; ++i) {
        numbers.push_back(0.5 + 0.25 * static_cast<double>(i));
    }
    return t.constant(tensor(DType::f32, {count}, numbers));
}

Value* batch_norm(PassTest& t, Value* x, std::int64_t channels, const PassTest::AttributeList& attributes = {})
{
    return t.add("BatchNormalization", 15,
                 {x, t.weights({channels}), t.weights({channels}), t.weights({channels}), positive(t, channels)},
                 attributes);
}

TEST_CASE("BatchNormalization goes into the Conv before it")
{
    PassTest t;
    Value* v = t.add("Conv", 13, {t.input("x", {2, 3, 5, 4}), t.weights({6, 3, 3, 3}), t.weights({6})});
    t.output(batch_norm(t, v, 6));
    CHECK(t.difference(fuse_batch_norm) < close);
    CHECK(t.ops() == "Conv");
}

TEST_CASE("a Conv without bias gets one")
{
    PassTest t;
    Value* v = t.add("Conv", 13, {t.input("x", {2, 4, 5, 4}), t.weights({8, 2, 3, 3})}, {{"group", std::int64_t{2}}});
    t.output(batch_norm(t, v, 8));
    CHECK(t.difference(fuse_batch_norm) < close);
    CHECK(t.ops() == "Conv");
    CHECK(t.node(0).inputs.size() == 3);
}

TEST_CASE("a channels-last Conv has its channels last")
{
    PassTest t;
    const PassTest::AttributeList last{{"channels_last", std::int64_t{1}}};
    Value* v = t.add("Conv", 13, {t.input("x", {2, 5, 4, 3}), t.weights({6, 3, 3, 3})}, last);
    v = t.add("Add", 13, {v, t.weights({6})});
    t.output(t.add("Mul", 13, {t.weights({1, 1, 6}), v}));
    CHECK(t.difference(fuse_batch_norm) < close);
    CHECK(t.ops() == "Conv");
}

TEST_CASE("ConvTranspose counts its output channels within groups")
{
    PassTest t;
    Value* v = t.add("ConvTranspose", 11, {t.input("x", {1, 4, 3, 3}), t.weights({4, 3, 2, 2}), t.weights({6})},
                     {{"group", std::int64_t{2}}});
    t.output(batch_norm(t, v, 6));
    CHECK(t.difference(fuse_batch_norm) < close);
    CHECK(t.ops() == "ConvTranspose");
}

TEST_CASE("BatchNormalization goes into Gemm, whose beta is spent")
{
    for (const std::int64_t transposed : {0, 1}) {
        PassTest t;
        Value* weights = transposed ? t.weights({5, 7}) : t.weights({7, 5});
        Value* v = t.add("Gemm", 13, {t.input("x", {3, 7}), weights, t.weights({1, 5})},
                         {{"transB", transposed}, {"alpha", 0.5f}, {"beta", 0.25f}});
        t.output(batch_norm(t, v, 5));
        CHECK(t.difference(fuse_batch_norm) < close);
        CHECK(t.ops() == "Gemm");
    }
}

TEST_CASE("MatMul takes what follows along its last axis")
{
    PassTest t;
    Value* v = t.add("MatMul", 13, {t.input("x", {2, 3, 7}), t.weights({7, 5})});
    v = t.add("Add", 13, {v, t.weights({5})});
    t.output(t.add("Div", 13, {v, t.number(8)}));
    CHECK(t.difference(fuse_batch_norm) < close);
    CHECK(t.ops() == "MatMul");
    CHECK(t.node(0).attributes.has("bias"));
}

TEST_CASE("arithmetic with one number, on either side")
{
    PassTest t;
    Value* v = t.add("Conv", 13, {t.input("x", {1, 2, 4}), t.weights({3, 2, 3}), t.weights({3})});
    v = t.add("Sub", 13, {t.number(2), v});
    v = t.add("Sub", 13, {v, t.number(0.5)});
    v = t.add("Mul", 13, {t.number(-3), v});
    t.output(t.add("Div", 13, {v, t.number(4)}));
    CHECK(t.difference(fuse_batch_norm) < close);
    CHECK(t.ops() == "Conv");
}

TEST_CASE("what changes within a channel, or enlarges the result, stays")
{
    const auto left = [](Ints shape) {
        PassTest t;
        Value* v = t.add("Conv", 13, {t.input("x", {1, 2, 4}), t.weights({3, 2, 3})});
        t.output(t.add("Mul", 13, {v, t.weights(std::move(shape))}));
        return t.run(fuse_batch_norm);
    };
    CHECK(left({3, 1}) == "Conv");
    CHECK(left({2}) == "Conv Mul");
    CHECK(left({1, 3, 2}) == "Conv Mul");
    CHECK(left({2, 3, 1}) == "Conv Mul");
}

TEST_CASE("a Conv that somebody else reads keeps its weights")
{
    PassTest t;
    Value* v = t.add("Conv", 13, {t.input("x", {1, 2, 4}), t.weights({3, 2, 3})});
    t.output(t.add("Relu", 13, {v}));
    t.output(batch_norm(t, v, 3));
    CHECK(t.run(fuse_batch_norm) == "Conv Relu BatchNormalization");
}

TEST_CASE("weights that are no constant take an Add and no Mul")
{
    PassTest t;
    Value* weights = t.input("w", {7, 5});
    Value* v = t.add("Gemm", 13, {t.input("x", {3, 7}), weights});
    v = t.add("Add", 13, {v, t.weights({5})});
    t.output(t.add("Mul", 13, {v, t.weights({5})}));
    CHECK(t.difference(fuse_batch_norm) < close);
    CHECK(t.ops() == "Gemm Mul");
}

}  // namespace
