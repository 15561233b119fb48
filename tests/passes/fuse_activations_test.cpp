#include <doctest/doctest.h>

#include "support/pass_test.hpp"

namespace {

using namespace wasminfer::gen;
using test::PassTest;

constexpr double close = 1e-5;

Value* clipped(PassTest& t, Value* x, double lo, double hi)
{
    return t.add("Clip", 13, {x, t.number(lo), t.number(hi)});
}

TEST_CASE("x * sigmoid(x) is Swish, scaled inside or not")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    t.output(t.add("Mul", 13, {x, t.add("Sigmoid", 13, {x})}));
    t.output(t.add("Mul", 13, {t.add("Sigmoid", 13, {t.add("Mul", 13, {x, t.number(1.702)})}), x}));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops() == "Swish Swish");
}

TEST_CASE("HardSwish, as the steps may stand")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    const auto shifted = [&] { return clipped(t, t.add("Add", 13, {x, t.number(3)}), 0, 6); };
    t.output(t.add("Div", 13, {t.add("Mul", 13, {x, shifted()}), t.number(6)}));
    t.output(t.add("Mul", 13, {x, t.add("Div", 13, {shifted(), t.number(6)})}));
    t.output(t.add("Mul", 13, {t.add("Mul", 13, {x, t.number(1.0 / 6.0)}), shifted()}));
    Value* line = t.add("Add", 13, {t.add("Div", 13, {x, t.number(6)}), t.number(0.5)});
    t.output(t.add("Mul", 13, {clipped(t, line, 0, 1), x}));
    Value* hard = t.add("HardSigmoid", 6, {x}, {{"alpha", 1.0f / 6.0f}, {"beta", 0.5f}});
    t.output(t.add("Mul", 13, {x, hard}));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops() == "HardSwish HardSwish HardSwish HardSwish HardSwish");
}

TEST_CASE("clip(x + 3, 0, 6) / 6 is HardSigmoid")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    t.output(t.add("Div", 13, {clipped(t, t.add("Add", 13, {x, t.number(3)}), 0, 6), t.number(6)}));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops() == "HardSigmoid");
}

TEST_CASE("Gelu by erf")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    Value* one = t.number(1);
    Value* erf = t.add("Erf", 13, {t.add("Div", 13, {x, t.number(1.4142135)})});
    t.output(t.add("Mul", 13, {t.add("Mul", 13, {x, t.add("Add", 13, {erf, one})}), t.number(0.5)}));
    Value* other = t.add("Erf", 13, {t.add("Mul", 13, {x, t.number(0.70710678)})});
    t.output(t.add("Mul", 13, {t.add("Mul", 13, {t.number(0.5), x}), t.add("Add", 13, {one, other})}));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops() == "Gelu Gelu");
}

TEST_CASE("Gelu by tanh")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    const auto outer = [&](Value* inner) {
        Value* tanh = t.add("Tanh", 13, {t.add("Mul", 13, {inner, t.number(0.7978846)})});
        Value* sum = t.add("Add", 13, {tanh, t.number(1)});
        return t.add("Mul", 13, {t.add("Mul", 13, {t.number(0.5), x}), sum});
    };
    Value* cube = t.add("Mul", 13, {t.number(0.044715), t.add("Pow", 13, {x, t.number(3)})});
    t.output(outer(t.add("Add", 13, {x, cube})));
    Value* by_hand = t.add("Mul", 13, {x, t.add("Mul", 13, {x, t.add("Mul", 13, {x, t.number(0.044715)})})});
    t.output(outer(t.add("Add", 13, {by_hand, x})));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops() == "Gelu Gelu");
    CHECK(t.node(0).attributes.get_or("approximate", std::string{}) == "tanh");
}

TEST_CASE("Mish")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    t.output(t.add("Mul", 13, {x, t.add("Tanh", 13, {t.add("Softplus", 1, {x})})}));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops() == "Mish");
}

TEST_CASE("Max and Min with a number are Clip")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    t.output(t.add("Min", 13, {t.add("Max", 13, {t.number(-0.5), x}), t.number(0.75)}));
    CHECK(t.difference(fuse_activations) == 0);
    CHECK(t.ops() == "Clip Clip");
}

TEST_CASE("what only looks alike stays")
{
    PassTest t;
    Value* x = t.input("x", {4, 5});
    Value* z = t.input("z", {4, 5});
    Value* shared = t.add("Sigmoid", 13, {x});
    t.output(shared).output(t.add("Mul", 13, {x, shared}));
    t.output(t.add("Mul", 13, {z, t.add("Sigmoid", 13, {x})}));
    Value* clip = clipped(t, t.add("Add", 13, {x, t.number(2)}), 0, 6);
    t.output(t.add("Div", 13, {t.add("Mul", 13, {x, clip}), t.number(6)}));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops().find("Swish") == std::string::npos);
}

TEST_CASE("a factor that broadcasts keeps the product from being an activation")
{
    PassTest t;
    Value* x = t.input("x", {1, 5});
    Value* scale = t.constant(test::tensor(DType::f32, {2, 1}, {1, 1}));
    t.output(t.add("Mul", 13, {t.add("Mul", 13, {x, t.add("Sigmoid", 13, {x})}), scale}));
    CHECK(t.difference(fuse_activations) < close);
    CHECK(t.ops() == "Swish Mul");
}

TEST_CASE("PRelu with one slope is LeakyRelu")
{
    PassTest t;
    Value* x = t.input("x", {2, 3, 4});
    t.output(t.add("PRelu", 16, {x, t.constant(test::tensor(DType::f32, {3, 1}, {0.5, 0.5, 0.5}))}));
    t.output(t.add("PRelu", 16, {x, t.constant(test::tensor(DType::f32, {3, 1}, {0.5, 0.5, 0.25}))}));
    CHECK(t.difference(fuse_activations) == 0);
    CHECK(t.ops() == "LeakyRelu PRelu");
}

}  // namespace
