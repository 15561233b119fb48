#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {reduce_operators(), type, opset};
}

const Tensor table = tensor(DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6});

}  // namespace

TEST_CASE("every reduction, with its axes as input and as attribute")
{
    struct Case {
        const char* type;
        Doubles rows;  ///< Over axis 1.
    };
    const Case cases[] = {
        {"ReduceSum", {6, 15}},
        {"ReduceMean", {2, 5}},
        {"ReduceMax", {3, 6}},
        {"ReduceMin", {1, 4}},
        {"ReduceProd", {6, 120}},
        {"ReduceL1", {6, 15}},
        {"ReduceL2", {std::sqrt(14.0), std::sqrt(77.0)}},
        {"ReduceSumSquare", {14, 77}},
        {"ReduceLogSum", {std::log(6.0), std::log(15.0)}},
        {"ReduceLogSumExp", {3.407605964444380, 6.407605964444380}},
    };
    for (const Case& example : cases) {
        CAPTURE(example.type);
        auto by_input = op(example.type).input(table).constant(Tensor::ints({1}, {1}));
        by_input.attribute("keepdims", std::int64_t{0});
        CHECK(by_input.type() == "f32[2]");
        CHECK(distance(by_input.run(), example.rows) < 1e-6);
        auto by_attribute = op(example.type, 11).input(table).attribute("axes", Ints{-1});
        CHECK(by_attribute.type() == "f32[2,1]");
        CHECK(distance(by_attribute.run(), example.rows) < 1e-6);
    }
}

TEST_CASE("no axes: all of them, or none")
{
    CHECK(op("ReduceSum").input(table).type() == "f32[1,1]");
    CHECK(op("ReduceSum").input(table).run() == Doubles{21});
    auto none = op("ReduceSum").input(table).attribute("noop_with_empty_axes", std::int64_t{1});
    CHECK(none.type() == "f32[2,3]");
    CHECK(none.lower().steps.empty());
    CHECK(op("ReduceSumSquare").input(table).attribute("noop_with_empty_axes", std::int64_t{1}).run() ==
          Doubles{1, 4, 9, 16, 25, 36});
}

TEST_CASE("axes that take turns go with their strides")
{
    const Tensor cube = noise(DType::f64, {2, 3, 4, 5});
    const auto x = cube.to_doubles();
    auto test = op("ReduceSum").input(cube).constant(Tensor::ints({2}, {0, 2}));
    test.attribute("keepdims", std::int64_t{0});
    CHECK(test.type() == "f64[3,5]");
    Doubles expected(15, 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) {
        expected[i / 20 % 3 * 5 + i % 5] += x[i];
    }
    CHECK(distance(test.run(), expected) < 1e-14);
    CHECK(test.lower().steps.at(0).call.template_arguments == "2, 2");
    // One stretch of reduced axes is a table.
    auto middle = op("ReduceSum").input(cube).constant(Tensor::ints({2}, {1, 2}));
    CHECK(middle.lower().steps.at(0).call.template_arguments.empty());
}

TEST_CASE("reductions of nothing, of a scalar, of bool")
{
    CHECK(op("ReduceSum").input(tensor(DType::f32, {0, 2}, {})).constant(Tensor::ints({1}, {0})).run() ==
          Doubles{0, 0});
    CHECK(op("ReduceMax").input(tensor(DType::f32, {}, {7})).run() == Doubles{7});
    CHECK(op("ReduceMax").input(tensor(DType::boolean, {3}, {0, 1, 0})).run() == Doubles{1});
    CHECK(op("ReduceSum").input(tensor(DType::boolean, {1}, {0})).error() ==
          "input 0 'input_0' has elements of type bool; supported are f32, f16, f64, i32, i64, u32, u64");
    CHECK(op("ReduceSum").input(table).constant(Tensor::ints({1}, {2})).error() ==
          "axis 2 is outside a tensor of rank 2");
}

TEST_CASE("ArgMax and ArgMin say where, the first or the last time")
{
    const Tensor x = tensor(DType::i32, {2, 3}, {1, 3, 3, 0, 0, 2});
    CHECK(op("ArgMax").input(x).attribute("axis", std::int64_t{1}).run() == Doubles{1, 2});
    auto last =
        op("ArgMax").input(x).attribute("axis", std::int64_t{1}).attribute("select_last_index", std::int64_t{1});
    CHECK(last.run() == Doubles{2, 2});
    CHECK(op("ArgMin").input(x).attribute("axis", std::int64_t{-1}).attribute("keepdims", std::int64_t{0}).type() ==
          "i64[2]");
    CHECK(op("ArgMin").input(x).run() == Doubles{1, 1, 1});
    CHECK(op("ArgMax").input(tensor(DType::f32, {0}, {})).error() == "axis 0 has no elements to choose from");
}

TEST_CASE("Softmax flattens before opset 13")
{
    const auto softmax = [](const std::string& type, std::int64_t opset) {
        OperatorTest test{softmax_operators(), type, opset};
        return test.input(tensor(DType::f32, {1, 2, 2}, {0, 0, 0, 0}));
    };
    CHECK(softmax("Softmax", 12).run() == Doubles{0.25, 0.25, 0.25, 0.25});
    CHECK(softmax("Softmax", 13).run() == Doubles{0.5, 0.5, 0.5, 0.5});
    CHECK(softmax("Hardmax", 12).run() == Doubles{1, 0, 0, 0});
    CHECK(softmax("Hardmax", 13).attribute("axis", std::int64_t{1}).run() == Doubles{1, 1, 0, 0});
    CHECK(distance(softmax("LogSoftmax", 13).run(), Doubles(4, std::log(0.5))) < 1e-6);
    CHECK(softmax("Softmax", 13).attribute("axis", std::int64_t{3}).error() == "axis 3 is outside a tensor of rank 3");
}
