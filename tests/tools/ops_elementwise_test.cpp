#include <doctest/doctest.h>

#include "ops/elementwise.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

constexpr std::int64_t newest = newest_opset;

OperatorTest op(const std::string& type, std::int64_t opset = newest)
{
    return {elementwise_operators(), type, opset};
}

Tensor f32(std::vector<std::int64_t> shape, const std::vector<double>& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

Tensor i64(std::vector<std::int64_t> shape, const std::vector<std::int64_t>& numbers)
{
    return Tensor::ints(std::move(shape), numbers);
}

const KernelCall& only_call(const Program& program)
{
    REQUIRE(program.steps.size() == 1);
    return program.steps[0].call;
}

std::string text_of(const KernelCall& call)
{
    for (const Argument& argument : call.arguments) {
        if (const auto* text = std::get_if<Text>(&argument)) {
            return text->text;
        }
    }
    return "";
}

using Doubles = std::vector<double>;

}  // namespace

TEST_CASE("a unary operator applies its functor to every type it has")
{
    for (const DType type : {DType::f32, DType::f16, DType::f64, DType::i8, DType::i16, DType::i32, DType::i64}) {
        CAPTURE(name(type));
        CHECK(op("Relu").input(tensor(type, {4}, {-2, 0, 1, 3})).run() == Doubles{0, 0, 1, 3});
    }
    CHECK(op("Relu").input(tensor(DType::u8, {1}, {1})).error() ==
          "input 0 'input_0' has elements of type u8; supported are f32, f16, f64, i8, i16, i32, i64");
}

TEST_CASE("attributes become members of the functor")
{
    auto test = op("LeakyRelu").input(f32({2}, {-2, 2})).attribute("alpha", 0.5f);
    CHECK(text_of(only_call(test.lower())) == "leaky_relu{0.5f}");
    CHECK(test.run() == Doubles{-1, 2});
    CHECK(text_of(only_call(op("HardSigmoid").input(f32({1}, {0})).lower())) == "hard_sigmoid{0.2f, 0.5f}");
    CHECK(op("Shrink").input(f32({3}, {-2, 0.5, 2})).attribute("bias", 1.0f).attribute("lambd", 1.0f).run() ==
          Doubles{-1, 0, 1});
    CHECK(op("Elu").input(f32({1}, {1})).attribute("beta", 1.0f).error() ==
          "attribute 'beta' is not known to this operator at opset 27");
}

TEST_CASE("Selu's constants depend on the opset")
{
    CHECK(text_of(only_call(op("Selu", 5).input(f32({1}, {1})).lower())) == "selu{1.6732f, 1.0507f}");
    CHECK(text_of(only_call(op("Selu", 6).input(f32({1}, {1})).lower())) == "selu{1.6732632f, 1.050701f}");
}

TEST_CASE("a choice picks the functor")
{
    CHECK(text_of(only_call(op("Gelu").input(f32({1}, {1})).lower())) == "gelu{}");
    CHECK(text_of(only_call(op("Gelu").input(f32({1}, {1})).attribute("approximate", std::string{"tanh"}).lower())) ==
          "gelu_tanh{}");
    CHECK(op("Gelu").input(f32({1}, {1})).attribute("approximate", std::string{"sin"}).error() ==
          "does not know the choice 'sin'");
    CHECK(op("IsInf").input(f32({3}, {INFINITY, -INFINITY, 1})).attribute("detect_negative", std::int64_t{0}).run() ==
          Doubles{1, 0, 0});
    CHECK(op("IsNaN").input(f32({1}, {0})).type() == "bool[1]");
}

TEST_CASE("operands broadcast in every form, with the same numbers")
{
    struct Case {
        std::vector<std::int64_t> a, b;
        std::string form, shape;
    };
    const Case cases[] = {
        {{2, 3}, {2, 3}, "", "f32[2,3]"},
        {{2, 3}, {}, "pattern::scalar_b", "f32[2,3]"},
        {{1}, {2, 3}, "pattern::scalar_a", "f32[2,3]"},
        {{2, 3}, {3}, "pattern::row_b", "f32[2,3]"},
        {{3}, {2, 2, 3}, "pattern::row_a", "f32[2,2,3]"},
        {{2, 3}, {2, 1}, "pattern::column_b", "f32[2,3]"},
        {{2, 1, 1}, {2, 2, 3}, "pattern::column_a", "f32[2,2,3]"},
        {{2, 1}, {1, 3}, "2", "f32[2,3]"},
        {{2, 3, 4}, {1, 3, 1}, "3", "f32[2,3,4]"},
        {{1, 2, 1, 3, 1, 2}, {2, 1, 2, 1, 2, 1}, "6", "f32[2,2,2,3,2,2]"},
        {{2, 0}, {1}, "pattern::scalar_b", "f32[2,0]"},
    };
    for (const Case& example : cases) {
        CAPTURE(example.shape);
        CAPTURE(example.form);
        const Tensor a = noise(DType::f32, example.a, 3);
        const Tensor b = noise(DType::f32, example.b, 5);
        auto test = op("Sub").input(a).input(b);
        CHECK(test.type() == example.shape);
        CHECK(only_call(test.lower()).template_arguments == example.form);
        const auto extents_of = wasminfer::gen::extents(*test.node().outputs[0]->shape);
        const auto x = a.to_doubles();
        const auto y = b.to_doubles();
        Doubles expected;
        std::int64_t count = 1;
        for (const auto extent : extents_of) {
            count *= extent;
        }
        const auto offset = [&](std::int64_t flat, const std::vector<std::int64_t>& shape) {
            std::int64_t at = 0;
            std::int64_t stride = 1;
            for (std::size_t i = 0; i < extents_of.size(); ++i) {
                const auto extent = extents_of[extents_of.size() - 1 - i];
                const auto coordinate = flat % extent;
                flat /= extent;
                if (i < shape.size() && shape[shape.size() - 1 - i] != 1) {
                    at += coordinate * stride;
                    stride *= shape[shape.size() - 1 - i];
                }
            }
            return static_cast<std::size_t>(at);
        };
        for (std::int64_t i = 0; i < count; ++i) {
            expected.push_back(x[offset(i, example.a)] - y[offset(i, example.b)]);
        }
        CHECK(test.run() == expected);
    }
    CHECK(op("Add").input(f32({2}, {1, 2})).input(f32({3}, {1, 2, 3})).error() ==
          "shapes [2] and [3] do not broadcast");
}

TEST_CASE("before opset 7 broadcasting takes an attribute, and an axis")
{
    const Tensor a = f32({2, 2, 2}, {0, 0, 0, 0, 0, 0, 0, 0});
    const Tensor b = f32({2}, {1, 2});
    CHECK(op("Add", 6).input(a).input(b).error() ==
          "shapes [2,2,2] and [2] differ, which takes the attribute broadcast = 1 before opset 7");
    const auto legacy = [&](std::int64_t axis) {
        return op("Add", 6).input(a).input(b).attribute("broadcast", std::int64_t{1}).attribute("axis", axis).run();
    };
    CHECK(legacy(0) == Doubles{1, 1, 1, 1, 2, 2, 2, 2});
    CHECK(legacy(1) == Doubles{1, 1, 2, 2, 1, 1, 2, 2});
    CHECK(legacy(-1) == Doubles{1, 2, 1, 2, 1, 2, 1, 2});
    CHECK(op("PRelu", 6).input(f32({1, 2, 2}, {-1, -1, -1, -1})).input(f32({2}, {2, 3})).run() ==
          Doubles{-2, -2, -3, -3});
    CHECK(op("PRelu").input(f32({1, 2, 2}, {-1, -1, -1, -1})).input(f32({2}, {2, 3})).run() == Doubles{-2, -3, -2, -3});
}

TEST_CASE("integers divide towards zero, and remainders follow fmod")
{
    const Tensor a = tensor(DType::i32, {4}, {7, -7, 7, -7});
    const Tensor b = tensor(DType::i32, {4}, {3, 3, -3, -3});
    CHECK(op("Div").input(a).input(b).run() == Doubles{2, -2, -2, 2});
    CHECK(op("Mod").input(a).input(b).run() == Doubles{1, 2, -2, -1});
    CHECK(op("Mod").input(a).input(b).attribute("fmod", std::int64_t{1}).run() == Doubles{1, -1, 1, -1});
    CHECK(op("Mod").input(f32({1}, {5})).input(f32({1}, {3})).error() ==
          "input 0 'input_0' has elements of type f32; supported are i8, i16, i32, i64, u8, u16, u32, u64");
}

TEST_CASE("shifts need a direction")
{
    const Tensor a = tensor(DType::u8, {2}, {1, 128});
    const Tensor b = tensor(DType::u8, {2}, {1, 3});
    CHECK(op("BitShift").input(a).input(b).attribute("direction", std::string{"LEFT"}).run() == Doubles{2, 0});
    CHECK(op("BitShift").input(a).input(b).attribute("direction", std::string{"RIGHT"}).run() == Doubles{0, 16});
    CHECK(op("BitShift").input(a).input(b).error() == "attribute 'direction' is missing");
}

TEST_CASE("comparisons give bool")
{
    auto test = op("GreaterOrEqual").input(f32({3}, {1, 2, NAN})).input(f32({1}, {2}));
    CHECK(test.type() == "bool[3]");
    CHECK(test.run() == Doubles{0, 1, 0});
}

TEST_CASE("a power of 2 or 3 is a product; other exponents have any type")
{
    const Tensor base = f32({3}, {1, 2, 3});
    auto square = op("Pow").input(base).constant(f32({}, {2}));
    CHECK(text_of(only_call(square.lower())) == "square{}");
    CHECK(square.run() == Doubles{1, 4, 9});
    auto any = op("Pow").input(base).input(tensor(DType::i32, {3}, {3, 2, 1}));
    CHECK(only_call(any.lower()).function == "binary");
    CHECK(any.run() == Doubles{1, 4, 3});
    // The exponent's shape reaches beyond the base's: a product would have another shape.
    CHECK(only_call(op("Pow").input(base).constant(f32({1, 1}, {2})).lower()).function == "binary");
}

TEST_CASE("variadic operators work two at a time")
{
    const Tensor a = f32({2, 1}, {1, 5});
    const Tensor b = f32({2}, {2, 4});
    const Tensor c = f32({}, {3});
    CHECK(op("Max").input(a).input(b).input(c).run() == Doubles{3, 4, 5, 5});
    CHECK(op("Min").input(a).input(b).input(c).run() == Doubles{1, 1, 2, 3});
    CHECK(op("Sum").input(a).input(b).input(c).run() == Doubles{6, 8, 10, 12});
    CHECK(op("Mean").input(a).input(b).input(c).run() == Doubles{2, 8.0f / 3, 10.0f / 3, 4});
    CHECK(op("Max").input(a).lower().steps.empty());
    CHECK(op("Max", 7).input(a).input(b).error() == "shapes [2,1] and [2] differ, which opset 8 brought");
}

TEST_CASE("later operands of a variadic operator outlive its first call")
{
    auto test = op("Max").input(f32({2}, {1, 2})).input(f32({2}, {1, 2})).input(f32({2}, {1, 2}));
    const Program program = test.lower();
    REQUIRE(program.steps.size() == 2);
    REQUIRE(program.steps[0].in_place.size() == 1);
    CHECK(program.steps[0].in_place[0].input->name == "input_0");
    CHECK(program.steps[1].in_place.empty());
}

TEST_CASE("Clip is one functor where its bounds are numbers, and two calls where they are not")
{
    const Tensor x = f32({3}, {-1, 2, 9});
    auto known = op("Clip").input(x).constant(f32({}, {0})).constant(f32({}, {6}));
    CHECK(text_of(only_call(known.lower())) == "clip{0.0f, 6.0f}");
    CHECK(known.run() == Doubles{0, 2, 6});
    auto dynamic = op("Clip").input(x).input(f32({}, {0})).input(f32({}, {6}));
    CHECK(dynamic.lower().steps.size() == 2);
    CHECK(dynamic.run() == Doubles{0, 2, 6});
    CHECK(op("Clip").input(x).absent().input(f32({}, {6})).run() == Doubles{-1, 2, 6});
    CHECK(op("Clip").input(x).lower().steps.empty());
    CHECK(op("Clip", 6).input(x).attribute("max", 6.0f).run() == Doubles{-1, 2, 6});
    auto bytes = op("Clip").input(tensor(DType::i8, {2}, {-100, 5})).constant(tensor(DType::i8, {}, {-3}));
    CHECK(text_of(only_call(bytes.lower())) == "clip<std::int8_t>{-3, 127}");
    CHECK(bytes.run() == Doubles{-3, 5});
    // The upper bound wins where they cross.
    CHECK(op("Clip").input(x).input(f32({}, {6})).input(f32({}, {0})).run() == Doubles{0, 0, 0});
}

TEST_CASE("casts reach every pair of types")
{
    const Tensor x = f32({4}, {-1.5, 0, 2.7, 300});
    CHECK(op("Cast").input(x).attribute("to", std::int64_t{7}).type() == "i64[4]");
    CHECK(op("Cast").input(x).attribute("to", std::int64_t{7}).run() == Doubles{-1, 0, 2, 300});
    CHECK(op("Cast").input(x).attribute("to", std::int64_t{9}).run() == Doubles{1, 0, 1, 1});
    CHECK(op("Cast", 1).input(x).attribute("to", std::string{"DOUBLE"}).type() == "f64[4]");
    CHECK(op("Cast").input(x).attribute("to", std::int64_t{16}).error() ==
          "elements of type bfloat16 are not supported");
    CHECK(op("Cast").input(x).attribute("to", std::int64_t{1}).lower().steps.empty());
    CHECK(op("CastLike").input(x).input(tensor(DType::u8, {0}, {})).type() == "u8[4]");
    CHECK(op("BitCast").input(f32({1}, {1})).attribute("to", std::int64_t{6}).run() == Doubles{0x3f800000});
    CHECK(op("BitCast").input(f32({1}, {1})).attribute("to", std::int64_t{7}).error() ==
          "elements of type f32 and i64 differ in size");
}

TEST_CASE("Where broadcasts all three operands")
{
    const Tensor cond = tensor(DType::boolean, {2, 1}, {1, 0});
    auto test = op("Where").input(cond).input(i64({3}, {1, 2, 3})).input(i64({}, {9}));
    CHECK(test.type() == "i64[2,3]");
    CHECK(test.run() == Doubles{1, 2, 3, 9, 9, 9});
    CHECK(op("Where").input(cond).input(i64({1}, {1})).input(f32({1}, {1})).error() ==
          "input 1 is of type i64 and input 2 of type f32: they must agree");
}

TEST_CASE("sizes are computed with, as far as they can be told")
{
    const Dim n = Dim::symbol("n");
    const auto symbolic = [](const std::string& type, std::vector<Dim> dims) {
        auto test = op(type);
        test.typed(DType::i64, {}).typed(DType::i64, {});
        const Operator* row = nullptr;
        for (const Operator& candidate : elementwise_operators()) {
            if (candidate.type == type && candidate.until >= newest) {
                row = &candidate;
            }
        }
        REQUIRE(row);
        const auto result = row->symbolic(NodeView{test.node()}, dims);
        return result ? result->str() : "?";
    };
    CHECK(symbolic("Add", {n, 1}) == "n + 1");
    CHECK(symbolic("Div", {n, 2}) == "n/2");
    CHECK(symbolic("Div", {n * Dim{4}, n}) == "4");
    CHECK(symbolic("Mod", {n, 4}) == "n % 4");
    CHECK(symbolic("Equal", {n, -1}) == "0");
    CHECK(symbolic("Equal", {n, n}) == "1");
    CHECK(symbolic("Equal", {n, 3}) == "?");
    CHECK(symbolic("Less", {n, n + Dim{1}}) == "1");
    CHECK(symbolic("Where", {1, n, 2}) == "n");
    CHECK(symbolic("Where", {n, n, 2}) == "?");
    CHECK(symbolic("Min", {n, 3, n}) == "min(n, 3)");
}
