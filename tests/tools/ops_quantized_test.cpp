#include <doctest/doctest.h>

#include <algorithm>

#include "ops/quantized.hpp"
#include "support/domain_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Ints = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

Tensor scalar(DType type, double number)
{
    return tensor(type, {}, {number});
}

OperatorTest qlinear_conv(const Tensor& x, const Tensor& w, bool constant, const Tensor& w_scale, const Tensor& w_zero)
{
    OperatorTest test{quantized_conv_operators(), "QLinearConv", 10};
    const auto weight = [&](const Tensor& t) { constant ? test.constant(t) : test.input(t); };
    test.input(x).input(scalar(DType::f32, 0.5)).input(scalar(x.dtype(), 3));
    weight(w);
    weight(w_scale);
    weight(w_zero);
    test.input(scalar(DType::f32, 2)).input(scalar(DType::i8, -1));
    return test.attribute("channels_last", std::int64_t{1});
}

OperatorTest qlinear_matmul(std::int64_t opset, DType scale)
{
    OperatorTest test{quantized_matmul_operators(), "QLinearMatMul", opset};
    return test.input(tensor(DType::u8, {2, 3}, {1, 2, 3, 4, 5, 6}))
        .input(scalar(scale, 0.5))
        .input(scalar(DType::u8, 2))
        .input(tensor(DType::i8, {3, 2}, {1, -1, 2, -2, 3, -3}))
        .input(tensor(scale, {2}, {1, 2}))
        .input(tensor(DType::i8, {2}, {0, 1}))
        .input(scalar(scale, 0.25))
        .input(scalar(DType::u8, 100));
}

OperatorTest microsoft(std::span<const Operator> family, const std::string& type)
{
    return domain_test(family, type, 1);
}

}  // namespace

TEST_CASE("QLinearConv: one scale or one a channel, weights constant or not, depthwise or not")
{
    // [1, 2, 2, 2] channels-last; a 1×1 window.
    const Tensor x = tensor(DType::u8, {1, 2, 2, 2}, {3, 4, 5, 6, 7, 8, 9, 10});
    for (const bool constant : {true, false}) {
        CAPTURE(constant);
        const Tensor w = tensor(DType::i8, {2, 2, 1, 1}, {1, 2, -1, 3});
        // (x - 3) · (w - w_zero) * 0.5 * w_scale / 2 - 1
        CHECK(qlinear_conv(x, w, constant, scalar(DType::f32, 4), scalar(DType::i8, 1)).run() ==
              Numbers{0, 1, 2, 1, 4, 1, 6, 1});
        CHECK(qlinear_conv(x, w, constant, tensor(DType::f32, {2}, {4, 8}), tensor(DType::i8, {2}, {1, 0})).run() ==
              Numbers{0, 5, 2, 13, 4, 21, 6, 29});
        auto depthwise = qlinear_conv(x, tensor(DType::i8, {2, 1, 1, 1}, {1, 2}), constant, scalar(DType::f32, 4),
                                      scalar(DType::i8, 0));
        CHECK(depthwise.attribute("group", std::int64_t{2}).run() == Numbers{-1, 1, 1, 5, 3, 9, 5, 13});
    }
}

TEST_CASE("QLinearConv refuses scales that fit nothing")
{
    const Tensor x = tensor(DType::u8, {1, 2, 2, 2}, {3, 4, 5, 6, 7, 8, 9, 10});
    const Tensor w = tensor(DType::i8, {2, 2, 1, 1}, {1, 2, -1, 3});
    CHECK(qlinear_conv(x, w, true, tensor(DType::f32, {3}, {1, 1, 1}), scalar(DType::i8, 1))
              .error()
              .find("scale of the weights") != std::string::npos);
    CHECK(qlinear_conv(x, w, true, tensor(DType::f32, {2}, {1, 1}), scalar(DType::i8, 1))
              .error()
              .find("different shapes") != std::string::npos);
}

TEST_CASE("ConvInteger pads with the zero point")
{
    OperatorTest test{quantized_conv_operators(), "ConvInteger", 10};
    test.input(tensor(DType::u8, {1, 2, 2, 1}, {2, 3, 4, 5}))
        .constant(tensor(DType::u8, {1, 1, 2, 2}, {1, 1, 1, 1}))
        .input(scalar(DType::u8, 1))
        .attribute("channels_last", std::int64_t{1})
        .attribute("pads", Ints{1, 1, 0, 0});
    CHECK(test.type() == "i32[1,2,2,1]");
    CHECK(test.run() == Numbers{1, 3, 4, 10});
}

TEST_CASE("MatMulInteger: zero points by row and by column, vectors and batches")
{
    const Tensor a = tensor(DType::u8, {2, 2}, {1, 2, 3, 4});
    const Tensor b = tensor(DType::i8, {2, 2}, {1, 2, 3, 4});
    OperatorTest test{quantized_matmul_operators(), "MatMulInteger", 10};
    test.input(a).constant(b).input(tensor(DType::u8, {2}, {1, 2})).input(tensor(DType::i8, {2}, {0, 1}));
    CHECK(test.run() == Numbers{3, 3, 7, 7});

    OperatorTest vector{quantized_matmul_operators(), "MatMulInteger", 10};
    vector.input(tensor(DType::u8, {2}, {1, 2})).input(tensor(DType::i8, {2}, {3, 4}));
    CHECK(vector.type() == "i32[]");
    CHECK(vector.run() == Numbers{11});

    OperatorTest batch{quantized_matmul_operators(), "MatMulInteger", 10};
    batch.input(tensor(DType::u8, {2, 1, 2}, {1, 2, 3, 4})).input(tensor(DType::u8, {2, 2, 1}, {1, 1, 2, 2}));
    CHECK(batch.run() == Numbers{3, 14});
}

TEST_CASE("QLinearMatMul scales by column; float16 scales from opset 21 on")
{
    // (a - 2) · (b - b_zero) * 0.5 * b_scale / 0.25 + 100
    CHECK(qlinear_matmul(10, DType::f32).run() == Numbers{104, 92, 140, 0});
    CHECK(qlinear_matmul(21, DType::f16).run() == Numbers{104, 92, 140, 0});
    CHECK(qlinear_matmul(10, DType::f16).error().find("f16") != std::string::npos);
}

TEST_CASE("QLinearMatMul refuses zero points of another shape or type")
{
    auto test = qlinear_matmul(10, DType::f32);
    test.node().inputs[5]->shape = Shape{1};
    CHECK(test.error().find("different shapes") != std::string::npos);
}

TEST_CASE("QLinearAdd and QLinearMul broadcast, round halves to even and saturate")
{
    const auto binary = [](const std::string& type) {
        auto test = microsoft(quantized_elementwise_operators(), type);
        test.input(tensor(DType::i8, {2, 2}, {1, 2, 3, 100}))
            .constant(scalar(DType::f32, 1))
            .constant(scalar(DType::i8, 1))
            .input(tensor(DType::i8, {2}, {1, 3}))
            .constant(scalar(DType::f32, 2))
            .constant(scalar(DType::i8, 0))
            .constant(scalar(DType::f32, 4));
        return test.run();
    };
    // (a - 1 + 2 b) / 4: 0.5, 1.75, 1, 26.25
    CHECK(binary("QLinearAdd") == Numbers{0, 2, 1, 26});
    // (a - 1) * 2 b / 4: 0, 1.5, 1, 148.5
    CHECK(binary("QLinearMul") == Numbers{0, 2, 1, 127});
}

TEST_CASE("QLinearSigmoid, QLinearLeakyRelu and QLinearConcat go by tables")
{
    const auto unary = [](const std::string& type) {
        auto test = microsoft(quantized_elementwise_operators(), type);
        return test.input(tensor(DType::i8, {3}, {-128, 0, 127}))
            .constant(scalar(DType::f32, 1))
            .constant(scalar(DType::i8, 0))
            .constant(scalar(DType::f32, 0.5))
            .constant(scalar(DType::i8, 1));
    };
    CHECK(unary("QLinearSigmoid").run() == Numbers{1, 2, 3});
    CHECK(unary("QLinearLeakyRelu").attribute("alpha", 0.25f).run() == Numbers{-63, 1, 127});

    auto concat = microsoft(quantized_elementwise_operators(), "QLinearConcat");
    concat.constant(scalar(DType::f32, 1)).constant(scalar(DType::u8, 10));
    for (const double scale : {2.0, 1.0}) {
        concat.input(tensor(DType::u8, {2, 1}, {5, 6}))
            .constant(scalar(DType::f32, scale))
            .constant(scalar(DType::u8, 5));
    }
    concat.attribute("axis", std::int64_t{1});
    CHECK(concat.type() == "u8[2,2]");
    CHECK(concat.run() == Numbers{10, 10, 12, 11});
}

TEST_CASE("QLinearSoftmax along one axis, or along all from it on before opset 13")
{
    const auto softmax = [](std::int64_t opset) {
        auto test = microsoft(quantized_elementwise_operators(), "QLinearSoftmax");
        return test.input(tensor(DType::u8, {2, 2}, {7, 7, 9, 9}))
            .constant(scalar(DType::f32, 100))
            .constant(scalar(DType::u8, 0))
            .constant(scalar(DType::f32, 0.01))
            .constant(scalar(DType::u8, 0))
            .attribute("axis", std::int64_t{0})
            .attribute("opset", opset)
            .run();
    };
    CHECK(softmax(13) == Numbers{0, 0, 100, 100});
    CHECK(softmax(12) == Numbers{0, 0, 50, 50});
}

TEST_CASE("QLinearAveragePool and QLinearGlobalAveragePool; padding stands for the zero point")
{
    const auto pool = [](const std::string& type) {
        auto test = microsoft(quantized_pool_operators(), type);
        return test.input(tensor(DType::u8, {1, 2, 2, 1}, {10, 20, 30, 40}))
            .constant(scalar(DType::f32, 2))
            .constant(scalar(DType::u8, 10))
            .constant(scalar(DType::f32, 1))
            .constant(scalar(DType::u8, 1))
            .attribute("channels_last", std::int64_t{1});
    };
    CHECK(pool("QLinearGlobalAveragePool").run() == Numbers{31});
    auto window = pool("QLinearAveragePool").attribute("kernel_shape", Ints{2, 2}).attribute("pads", Ints{1, 1, 0, 0});
    CHECK(window.run() == Numbers{1, 11, 21, 31});
    CHECK(window.attribute("count_include_pad", std::int64_t{1}).run() == Numbers{1, 6, 11, 31});
}

TEST_CASE("scales and zero points that are computed give what constant ones give: operators of ai.onnx")
{
    struct Case {
        std::span<const Operator> family;
        std::string type;
        std::vector<Tensor> operands;
    };
    const auto f32 = [](double number) { return scalar(DType::f32, number); };
    const Tensor image = tensor(DType::u8, {1, 2, 2, 2}, {3, 4, 5, 6, 7, 8, 9, 10});
    const Tensor columns = tensor(DType::f32, {2}, {1, 2});
    const Tensor zeros = tensor(DType::i8, {2}, {0, 1});
    const std::vector<Case> cases{
        {quantize_operators(), "QuantizeLinear", {tensor(DType::f32, {2}, {1, 5}), f32(2), scalar(DType::u8, 3)}},
        {quantize_operators(), "DequantizeLinear", {tensor(DType::u8, {2}, {1, 5}), f32(2), scalar(DType::u8, 3)}},
        {quantized_matmul_operators(),
         "MatMulInteger",
         {tensor(DType::u8, {1, 2}, {1, 2}), tensor(DType::i8, {2, 2}, {1, 2, 3, 4}), scalar(DType::u8, 3), zeros}},
        {quantized_matmul_operators(),
         "QLinearMatMul",
         {tensor(DType::u8, {2, 3}, {1, 2, 3, 4, 5, 6}), f32(0.5), scalar(DType::u8, 2),
          tensor(DType::i8, {3, 2}, {1, -1, 2, -2, 3, -3}), columns, zeros, f32(0.25), scalar(DType::u8, 100)}},
        {quantized_conv_operators(),
         "ConvInteger",
         {image, tensor(DType::i8, {2, 2, 1, 1}, {1, 2, -1, 3}), scalar(DType::u8, 3), zeros}},
        {quantized_conv_operators(),
         "QLinearConv",
         {image, f32(0.5), scalar(DType::u8, 3), tensor(DType::i8, {2, 2, 1, 1}, {1, 2, -1, 3}), columns, zeros, f32(2),
          scalar(DType::i8, -1)}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.type);
        // Operand by operand, then all of them; every one but x and the weights is a scale or a zero point.
        const auto run = [&](const auto& is_computed) {
            OperatorTest test{c.family, c.type, 21};
            for (std::size_t i = 0; i < c.operands.size(); ++i) {
                is_computed(i) ? test.input(c.operands[i]) : test.constant(c.operands[i]);
            }
            if (c.family.data() == quantized_conv_operators().data()) {
                test.attribute("channels_last", std::int64_t{1});
            }
            return test.run();
        };
        const Numbers expected = run([](std::size_t i) { return i == 0; });
        for (std::size_t computed = 1; computed < c.operands.size(); ++computed) {
            CAPTURE(computed);
            CHECK(run([&](std::size_t i) { return i == 0 || i == computed; }) == expected);
        }
        CHECK(run([](std::size_t) { return true; }) == expected);
    }
}

TEST_CASE("scales and zero points that are computed are refused by name: operators of com.microsoft")
{
    struct Case {
        std::span<const Operator> family;
        std::string type;
        std::vector<std::size_t> tensors;  ///< Inputs that are neither scales nor zero points.
        std::size_t inputs;
    };
    const auto elementwise = quantized_elementwise_operators();
    const auto pools = quantized_pool_operators();
    const std::vector<Case> cases{
        {elementwise, "QLinearAdd", {0, 3}, 8},  {elementwise, "QLinearMul", {0, 3}, 8},
        {elementwise, "QLinearSigmoid", {0}, 5}, {elementwise, "QLinearLeakyRelu", {0}, 5},
        {elementwise, "QLinearSoftmax", {0}, 5}, {elementwise, "QLinearConcat", {2, 5}, 8},
        {pools, "QLinearAveragePool", {0}, 5},   {pools, "QLinearGlobalAveragePool", {0}, 5},
    };
    CHECK(cases.size() == elementwise.size() + pools.size());
    for (const Case& c : cases) {
        CAPTURE(c.type);
        const auto is_tensor = [&](std::size_t i) { return std::ranges::find(c.tensors, i) != c.tensors.end(); };
        // Scales and zero points alternate, a scale first, behind each tensor (and at QLinearConcat's beginning).
        const auto make = [&](std::size_t computed) {
            auto test = microsoft(c.family, c.type);
            bool is_scale = true;
            for (std::size_t i = 0; i < c.inputs; ++i) {
                if (is_tensor(i)) {
                    test.input(tensor(DType::u8, {1, 2, 2, 1}, {1, 2, 3, 4}));
                    is_scale = true;
                    continue;
                }
                const Tensor one = scalar(is_scale ? DType::f32 : DType::u8, 1);
                i == computed ? test.input(one) : test.constant(one);
                is_scale = !is_scale;
            }
            if (c.type == "QLinearAveragePool") {
                test.attribute("kernel_shape", Ints{2, 2});
            }
            if (c.type == "QLinearConcat") {
                test.attribute("axis", std::int64_t{1});
            }
            if (c.type == "QLinearSoftmax") {
                test.attribute("opset", std::int64_t{13});
            }
            if (c.family.data() == pools.data()) {
                test.attribute("channels_last", std::int64_t{1});
            }
            return test;
        };
        CHECK(make(c.inputs).error() == "");
        for (std::size_t i = 0; i < c.inputs; ++i) {
            if (!is_tensor(i)) {
                CAPTURE(i);
                const std::string refusal = "have to be constants, and 'input_" + std::to_string(i) + "' is computed";
                CHECK(make(i).error().find(refusal) != std::string::npos);
            }
        }
    }
}
