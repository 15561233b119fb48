// CumSum and its kin, Pad, and the operators that make tensors.
#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest scan_op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {scan_operators(), type, opset};
}

OperatorTest pad_op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {pad_operators(), type, opset};
}

OperatorTest constant_op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {constant_operators(), type, opset};
}

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

Tensor ints(const Ints& list)
{
    return Tensor::ints({static_cast<std::int64_t>(list.size())}, list);
}

const Tensor table = f32({2, 3}, {1, 2, 3, 4, 5, 6});
const Dim n = Dim::symbol("n");

}  // namespace

TEST_CASE("CumSum along an axis that is known, and one that is not")
{
    auto known = scan_op("CumSum").input(table).constant(ints({-1}));
    CHECK(known.run() == Doubles{1, 3, 6, 4, 9, 15});
    auto late = scan_op("CumSum").input(table).input(tensor(DType::i32, {}, {0}));
    CHECK(late.lower().steps.at(0).call.template_arguments == "scan::inclusive, 2");
    CHECK(late.run() == Doubles{1, 2, 3, 5, 7, 9});
    auto back = scan_op("CumSum").input(table).constant(ints({1}));
    back.attribute("exclusive", std::int64_t{1}).attribute("reverse", std::int64_t{1});
    CHECK(back.run() == Doubles{5, 3, 0, 11, 6, 0});
    CHECK(scan_op("CumProd").input(table).constant(ints({1})).run() == Doubles{1, 2, 6, 4, 20, 120});
    CHECK(scan_op("CumSum").input(table).constant(ints({2})).error() == "axis 2 is outside a tensor of rank 2");
    CHECK(scan_op("CumSum").input(f32({}, {1})).constant(ints({0})).error() == "a scalar has no axis to walk along");
}

TEST_CASE("Trilu with the diagonal as input")
{
    CHECK(scan_op("Trilu").input(table).run() == Doubles{1, 2, 3, 0, 5, 6});
    auto lower = scan_op("Trilu").input(table).input(Tensor::ints({}, {-1})).attribute("upper", std::int64_t{0});
    CHECK(lower.run() == Doubles{0, 0, 0, 4, 0, 0});
    CHECK(scan_op("Trilu").input(f32({2}, {1, 2})).error() == "the input should be matrices and has the shape [2]");
}

TEST_CASE("OneHot puts its axis anywhere")
{
    const Tensor indices = tensor(DType::i32, {2}, {0, -1});
    const Tensor values = f32({2}, {-1, 1});
    auto last = scan_op("OneHot").input(indices).constant(tensor(DType::f32, {}, {3})).input(values);
    CHECK(last.type() == "f32[2,3]");
    CHECK(last.run() == Doubles{1, -1, -1, -1, -1, 1});
    auto first = scan_op("OneHot").input(indices).constant(ints({3})).input(values).attribute("axis", std::int64_t{0});
    CHECK(first.type() == "f32[3,2]");
    CHECK(first.run() == Doubles{1, -1, -1, -1, -1, 1});
    CHECK(scan_op("OneHot").input(indices).input(ints({3})).input(values).error() ==
          "the depth, input 1 'input_1', is computed at run time, and has to be known when the header is made");
}

TEST_CASE("ReverseSequence in either order of axes")
{
    const auto reverse = [](std::int64_t batch, std::int64_t time, const Ints& lengths) {
        auto test = scan_op("ReverseSequence").input(table).input(ints(lengths));
        test.attribute("batch_axis", batch).attribute("time_axis", time);
        const std::string error = test.error();
        CHECK(error.empty());
        return error.empty() ? test.run() : Doubles{};
    };
    CHECK(reverse(0, 1, {3, 2}) == Doubles{3, 2, 1, 5, 4, 6});
    CHECK(reverse(1, 0, {2, 1, 2}) == Doubles{4, 2, 6, 1, 5, 3});
    CHECK(scan_op("ReverseSequence").input(table).input(ints({1})).error() ==
          "the lengths, input 1, should be one for each sequence, and have the shape [1]");
}

TEST_CASE("Pad in every mode, by attributes, by inputs, on chosen axes")
{
    const auto pad = [](const std::string& mode, const Ints& pads) {
        return pad_op("Pad").input(f32({4}, {1, 2, 3, 4})).constant(ints(pads)).attribute("mode", mode).run();
    };
    CHECK(pad("constant", {1, 2}) == Doubles{0, 1, 2, 3, 4, 0, 0});
    CHECK(pad("edge", {1, 2}) == Doubles{1, 1, 2, 3, 4, 4, 4});
    CHECK(pad("reflect", {2, 1}) == Doubles{3, 2, 1, 2, 3, 4, 3});
    CHECK(pad("wrap", {1, 2}) == Doubles{4, 1, 2, 3, 4, 1, 2});
    CHECK(pad("constant", {-1, 1}) == Doubles{2, 3, 4, 0});
    const Tensor nine = f32({}, {9});
    auto columns = pad_op("Pad").input(table).constant(ints({0, 1})).input(nine).constant(ints({-1}));
    CHECK(columns.type() == "f32[2,4]");
    CHECK(columns.run() == Doubles{1, 2, 3, 9, 4, 5, 6, 9});
    auto old = pad_op("Pad", 2).input(table).attribute("pads", Ints{1, 0, 0, 0}).attribute("value", 2.5f);
    CHECK(old.run() == Doubles{2.5, 2.5, 2.5, 1, 2, 3, 4, 5, 6});
    CHECK(pad_op("Pad", 1).input(table).attribute("paddings", Ints{0, 0, 1, 0}).type() == "f32[3,3]");
    CHECK(pad_op("Pad").input(table).constant(ints({0, 0, 0, 0})).lower().steps.empty());
    CHECK(pad_op("Pad").typed(DType::f32, {n, 2}).constant(ints({1, 0, 1, 0})).type() == "f32[n + 2,2]");
    CHECK(pad_op("Pad").input(table).constant(ints({0, 0})).error() == "has 2 pads for 2 axes");
    CHECK(pad_op("Pad", 18).input(table).constant(ints({0, 0, 0, 1})).attribute("mode", std::string{"wrap"}).error() ==
          "the mode 'wrap' is not known at opset 18");
    CHECK(pad_op("Pad").input(f32({0}, {})).constant(ints({1, 0})).attribute("mode", std::string{"edge"}).error() ==
          "axis 0 has no elements to repeat");
}

TEST_CASE("axes that are not padded go along with their neighbour")
{
    auto test = pad_op("Pad").input(noise(DType::f32, {2, 3, 4, 5})).constant(ints({0, 1, 0, 0, 0, 0, 0, 0}));
    CHECK(test.lower().steps.at(0).call.template_arguments == "pad_mode::constant, 2");
}

TEST_CASE("CenterCropPad crops one axis and pads another")
{
    auto test = pad_op("CenterCropPad").input(f32({4, 1}, {1, 2, 3, 4})).constant(ints({1, 4}));
    CHECK(test.type() == "f32[1,4]");
    CHECK(test.run() == Doubles{0, 2, 0, 0});
}

TEST_CASE("Constant in each of its forms")
{
    const auto constant = [](const std::string& key, const Attribute& value) {
        auto test = constant_op("Constant").attribute(key, value);
        return test.type() + " " + std::to_string(test.run()[0]);
    };
    CHECK(constant("value_int", std::int64_t{7}) == "i64[] 7.000000");
    CHECK(constant("value_ints", Ints{7, 8}) == "i64[2] 7.000000");
    CHECK(constant("value_float", 1.5f) == "f32[] 1.500000");
    CHECK(constant("value_floats", std::vector<float>{1.5f}) == "f32[1] 1.500000");
    CHECK(constant("value", tensor(DType::u8, {1, 1}, {3})) == "u8[1,1] 3.000000");
    CHECK(constant_op("Constant").attribute("value_string", std::string{"x"}).error() ==
          "has no value of a supported kind: value, value_float, value_floats, value_int, value_ints");
    CHECK(constant_op("Constant").error() == "should have one attribute, its value");
}

TEST_CASE("ConstantOfShape fills, with zeros where it isn't told otherwise")
{
    auto zeros = constant_op("ConstantOfShape").constant(ints({2, 1}));
    CHECK(zeros.type() == "f32[2,1]");
    CHECK(zeros.run() == Doubles{0, 0});
    auto truth = constant_op("ConstantOfShape").constant(ints({})).attribute("value", tensor(DType::boolean, {1}, {1}));
    CHECK(truth.type() == "bool[]");
    CHECK(truth.run() == Doubles{1});
    CHECK(constant_op("ConstantOfShape").constant(ints({-1})).error() == "output 'output_0' would have the extent -1");
}

TEST_CASE("Range counts both ways, in integers and floats")
{
    const auto range = [](DType dtype, double start, double limit, double delta) {
        return constant_op("Range")
            .constant(tensor(dtype, {}, {start}))
            .constant(tensor(dtype, {}, {limit}))
            .constant(tensor(dtype, {}, {delta}))
            .run();
    };
    CHECK(range(DType::i64, 1, 6, 2) == Doubles{1, 3, 5});
    CHECK(range(DType::i32, 10, 4, -3) == Doubles{10, 7});
    CHECK(range(DType::i64, 5, 1, 1).empty());
    CHECK(range(DType::f32, 0, 1, 0.25) == Doubles{0, 0.25, 0.5, 0.75});
    auto free =
        constant_op("Range").constant(Tensor::ints({}, {0})).typed(DType::i64, {}).constant(Tensor::ints({}, {1}));
    free.node().inputs[1]->elements = std::vector<Dim>{n};
    CHECK(free.type() == "i64[n]");
    CHECK(constant_op("Range")
              .constant(Tensor::ints({}, {0}))
              .constant(Tensor::ints({}, {3}))
              .constant(Tensor::ints({}, {0}))
              .error() == "the step 0 is 0");
}

TEST_CASE("EyeLike in the input's type, or another")
{
    CHECK(constant_op("EyeLike").input(table).attribute("k", std::int64_t{1}).run() == Doubles{0, 1, 0, 0, 0, 1});
    CHECK(constant_op("EyeLike").input(table).attribute("dtype", std::int64_t{7}).type() == "i64[2,3]");
    CHECK(constant_op("EyeLike").input(f32({1}, {1})).error() == "the input should be a matrix and has the shape [1]");
}
