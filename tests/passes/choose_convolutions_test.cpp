#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;

using Ints = std::vector<std::int64_t>;

struct Layer {
    std::int64_t size = 28, in = 16, out = 16;
    Ints window{3, 3};
    Ints strides{1, 1};
    std::int64_t group = 1;
    Ints dilations{1, 1};
};

Value* conv(PassTest& t, const Layer& l)
{
    Value* x = t.input("x", {1, l.size, l.size, l.in});
    return t.add("Conv", 13, {x, t.weights({l.out, l.in / l.group, l.window[0], l.window[1]}), t.weights({l.out})},
                 {{"channels_last", std::int64_t{1}},
                  {"pads", Ints{1, 1, 1, 1}},
                  {"strides", l.strides},
                  {"group", l.group},
                  {"dilations", l.dilations}});
}

std::string chosen(const Layer& layer, std::optional<ConvAlgorithm> wanted = {})
{
    PassTest t;
    t.output(conv(t, layer));
    t.options.convolution = wanted;
    t.run(choose_convolutions);
    return std::string{name(algorithm_of(t.node(0)))};
}

TEST_CASE("large images are cheapest by F(4x4), few pixels and many channels by the direct sum")
{
    CHECK(chosen({.size = 56, .in = 64, .out = 64}) == "winograd4");
    CHECK(chosen({.size = 28, .in = 16, .out = 16}) == "winograd4");
    CHECK(chosen({.size = 4, .in = 512, .out = 512}) == "direct");
    CHECK(chosen({.size = 2, .in = 8, .out = 8}) == "direct");
    // F(2x2) would save half the work, and take 25 times the arena.
    CHECK(chosen({.size = 8, .in = 16, .out = 32}) == "direct");
}

TEST_CASE("windows along one axis and dilated ones are cheapest by F(4), but for few channels or tiles")
{
    CHECK(chosen({.window = {1, 3}}) == "winograd4");
    CHECK(chosen({.window = {3, 1}}) == "winograd4");
    CHECK(chosen({.window = {1, 3}, .dilations = {1, 2}}) == "winograd4");
    CHECK(chosen({.size = 56, .dilations = {4, 4}}) == "winograd4");
    CHECK(chosen({.in = 8, .out = 8, .window = {1, 3}}) == "direct");
    // Each of a line's pixels is of another phase, and takes a tile.
    CHECK(chosen({.size = 56, .window = {1, 3}, .dilations = {1, 28}}) == "direct");
    CHECK(chosen({.size = 2, .in = 96, .out = 96, .window = {1, 3}}) == "direct");
}

TEST_CASE("what Winograd's algorithms don't compute stays direct, whatever is asked for")
{
    const auto wanted = ConvAlgorithm::winograd4;
    CHECK(chosen({.window = {5, 3}}, wanted) == "direct");
    CHECK(chosen({.window = {1, 1}}, wanted) == "direct");
    CHECK(chosen({.window = {1, 3}}, wanted) == "winograd4");
    CHECK(chosen({.strides = {2, 1}}, wanted) == "direct");
    CHECK(chosen({.group = 2}, wanted) == "direct");
    CHECK(chosen({.in = 7}, wanted) == "direct");
    CHECK(chosen({}, wanted) == "winograd4");
    CHECK(chosen({}, ConvAlgorithm::winograd2) == "winograd2");
    CHECK(chosen({.size = 56, .in = 64}, ConvAlgorithm::direct) == "direct");
}

TEST_CASE("weights that are not constant, or too large, stay direct")
{
    PassTest t;
    Value* x = t.input("x", {1, 28, 28, 16});
    t.output(t.add("Conv", 13, {x, t.input("w", {16, 16, 3, 3})}, {{"channels_last", std::int64_t{1}}}));
    std::vector<double> huge(16 * 16 * 9, 1.0);
    huge[7] = 1e31;
    Value* w = t.constant(test::tensor(DType::f32, {16, 16, 3, 3}, huge));
    t.output(t.add("Conv", 13, {x, w}, {{"channels_last", std::int64_t{1}}}));
    t.run(choose_convolutions);
    CHECK(algorithm_of(t.node(0)) == ConvAlgorithm::direct);
    CHECK(algorithm_of(t.node(1)) == ConvAlgorithm::direct);
}

TEST_CASE("every algorithm computes the same sums")
{
    for (const auto algorithm : {ConvAlgorithm::winograd2, ConvAlgorithm::winograd4}) {
        PassTest t;
        t.output(conv(t, {.size = 11, .in = 9, .out = 13}));
        t.options.convolution = algorithm;
        CHECK(t.difference(choose_convolutions) < 1e-3);
        CHECK(algorithm_of(t.node(0)) == algorithm);
    }
}

TEST_CASE("costs: direct first, work and weights as they are")
{
    PassTest t;
    t.output(conv(t, {.size = 8, .in = 16, .out = 16}));
    const auto costs = conv_costs(t.node(0), t.model.symbols);
    REQUIRE(costs.size() == 3);
    CHECK(costs[0].algorithm == ConvAlgorithm::direct);
    CHECK(costs[0].weight_bytes == 16 * 16 * 9 * 4);
    CHECK(costs[1].weight_bytes == 16 * 16 * 16 * 4);
    CHECK(costs[2].weight_bytes == 16 * 16 * 36 * 4);
    CHECK(costs[2].work < costs[0].work);
}

TEST_CASE("names of algorithms")
{
    CHECK(conv_algorithm("winograd4") == ConvAlgorithm::winograd4);
    CHECK(!conv_algorithm("fft"));
}

}  // namespace
