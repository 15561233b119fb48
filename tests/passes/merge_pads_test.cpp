#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;
using Ints = std::vector<std::int64_t>;

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("a Pad of zeros becomes the Conv's own")
{
    PassTest t;
    Value* v = t.add("Pad", 13, {t.input("x", {1, 3, 5, 6}), t.ints({0, 0, 1, 0, 0, 0, 2, 1})});
    t.output(t.add("Conv", 13, {v, t.weights({4, 3, 3, 3})}, {{"pads", Ints{1, 1, 1, 1}}}));
    CHECK(t.difference(merge_pads) == 0);
    CHECK(t.ops() == "Conv");
    CHECK(*t.node(0).attributes.get<Ints>("pads") == Ints{2, 1, 3, 2});
}

TEST_CASE("a Pad before a channels-last Conv pads the middle axes")
{
    PassTest t;
    Value* v = t.add("Pad", 13, {t.input("x", {1, 5, 6, 3}), t.ints({0, 1, 2, 0, 0, 1, 0, 0})});
    t.output(t.add("Conv", 13, {v, t.weights({4, 3, 3, 3})}, {{"channels_last", std::int64_t{1}}}));
    CHECK(t.difference(merge_pads) == 0);
    CHECK(t.ops() == "Conv");
}

TEST_CASE("Pads that are not zeros, crop, or pad channels stay")
{
    const auto left = [](const Ints& pads, double value) {
        PassTest t;
        Value* v = t.add("Pad", 13, {t.input("x", {1, 3, 5, 6}), t.ints(pads), t.number(value)});
        const std::int64_t channels = 3 + pads[1] + pads[5];
        t.output(t.add("Conv", 13, {v, t.weights({4, channels, 3, 3})}));
        return t.run(merge_pads);
    };
    CHECK(left({0, 0, 1, 1, 0, 0, 1, 1}, 0) == "Conv");
    CHECK(left({0, 0, 1, 1, 0, 0, 1, 1}, 1) == "Pad Conv");
    CHECK(left({0, 0, -1, 1, 0, 0, 1, 1}, 0) == "Pad Conv");
    CHECK(left({0, 1, 1, 1, 0, 0, 1, 1}, 0) == "Pad Conv");
}

TEST_CASE("MaxPool takes a Pad of -inf, and zeros where nothing is negative")
{
    const auto left = [](double value, bool relu) {
        PassTest t;
        Value* v = t.input("x", {1, 3, 5, 6});
        v = relu ? t.add("Relu", 13, {v}) : v;
        v = t.add("Pad", 13, {v, t.ints({0, 0, 1, 1, 0, 0, 1, 1}), t.number(value)});
        t.output(t.add("MaxPool", 12, {v}, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}}));
        CHECK(t.difference(merge_pads) == 0);
        return t.ops();
    };
    CHECK(left(-infinity, false) == "MaxPool");
    CHECK(left(0, false) == "Pad MaxPool");
    CHECK(left(0, true) == "Relu MaxPool");
}

TEST_CASE("AveragePool counts a Pad's zeros")
{
    PassTest t;
    Value* v = t.add("Pad", 13, {t.input("x", {1, 3, 5, 6}), t.ints({0, 0, 1, 1, 0, 0, 1, 1})});
    t.output(t.add("AveragePool", 11, {v}, {{"kernel_shape", Ints{3, 3}}}));
    CHECK(t.difference(merge_pads) == 0);
    CHECK(t.ops() == "AveragePool");
}

TEST_CASE("AveragePool with padding of its own that it does not count keeps the Pad")
{
    PassTest t;
    Value* v = t.add("Pad", 13, {t.input("x", {1, 3, 5, 6}), t.ints({0, 0, 1, 1, 0, 0, 1, 1})});
    t.output(t.add("AveragePool", 11, {v}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}}));
    CHECK(t.run(merge_pads) == "Pad AveragePool");
}

}  // namespace
