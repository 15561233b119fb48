#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Numbers = std::vector<double>;

OperatorTest quantize(std::int64_t opset)
{
    return {quantize_operators(), "QuantizeLinear", opset};
}

OperatorTest dequantize(std::int64_t opset)
{
    return {quantize_operators(), "DequantizeLinear", opset};
}

}  // namespace

TEST_CASE("a scale of one element and a zero point without axes go together")
{
    OperatorTest test = dequantize(15);
    test.input(tensor(DType::i32, {2}, {6, -4})).constant(tensor(DType::f32, {1}, {0.5}));
    test.constant(tensor(DType::i32, {}, {0}));
    CHECK(test.run() == Numbers{3, -2});
}

TEST_CASE("QuantizeLinear by axis, by block, and to the types of its opset")
{
    OperatorTest axis = quantize(13);
    axis.input(tensor(DType::f32, {2, 2}, {1, 2, 3, 4})).constant(tensor(DType::f32, {2}, {1, 0.5}));
    CHECK(axis.type() == "u8[2,2]");
    CHECK(axis.run() == Numbers{1, 4, 3, 8});

    OperatorTest block = quantize(21);
    block.input(tensor(DType::f32, {1, 4}, {1, 2, 3, 4})).constant(tensor(DType::f32, {1, 2}, {1, 0.5}));
    block.attribute("block_size", std::int64_t{2}).attribute("output_dtype", std::int64_t{5});
    CHECK(block.type() == "i16[1,4]");
    CHECK(block.run() == Numbers{1, 2, 6, 8});

    OperatorTest early = quantize(19);
    early.input(tensor(DType::f32, {1}, {1})).constant(tensor(DType::f32, {}, {1}));
    early.constant(tensor(DType::i16, {}, {0}));
    CHECK(early.error().find("i16") != std::string::npos);
}

TEST_CASE("QuantizeLinear rounds the quotient to the attribute precision")
{
    const auto quotient = [](std::int64_t precision) {
        OperatorTest test = quantize(23);
        test.input(tensor(DType::f32, {1}, {2049})).constant(tensor(DType::f32, {}, {1}));
        test.constant(tensor(DType::i16, {}, {0})).attribute("precision", precision);
        return test.run();
    };
    CHECK(quotient(0) == Numbers{2049});
    CHECK(quotient(10) == Numbers{2048});
}

TEST_CASE("DequantizeLinear to the attribute output_dtype")
{
    OperatorTest test = dequantize(23);
    test.input(tensor(DType::u8, {2}, {3, 5})).constant(tensor(DType::f32, {}, {0.5}));
    test.attribute("output_dtype", std::int64_t{10});
    CHECK(test.type() == "f16[2]");
    CHECK(test.run() == Numbers{1.5, 2.5});
}

TEST_CASE("attributes that an opset does not know are refused")
{
    OperatorTest test = quantize(13);
    test.input(tensor(DType::f32, {2}, {3, 5})).constant(tensor(DType::f32, {}, {0.5}));
    test.attribute("block_size", std::int64_t{2});
    CHECK(test.error().find("block_size") != std::string::npos);
}
