#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {select_operators(), type, opset};
}

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

const Tensor flags = tensor(DType::boolean, {3}, {1, 0, 1});

}  // namespace

TEST_CASE("sizes that the data decide are free dimensions, and numbers where the data are known")
{
    auto free = op("NonZero").typed(DType::f32, {2, Dim::symbol("n")});
    CHECK(free.type() == "i64[2,nonzero]");
    CHECK(free.type() == "i64[2,nonzero]");
    CHECK(free.lower().steps.at(0).measures == "nonzero");
    auto known = op("NonZero").constant(f32({2, 2}, {0, 3, 4, 0}));
    CHECK(known.type() == "i64[2,2]");
    CHECK(known.lower().steps.at(0).measures.empty());
    CHECK(known.run() == Doubles{0, 1, 1, 0});
    CHECK(op("NonZero").constant(f32({}, {1})).type() == "i64[1,1]");
}

TEST_CASE("Compress along an axis, and flat")
{
    auto flat = op("Compress").constant(f32({2, 2}, {1, 2, 3, 4})).constant(flags);
    CHECK(flat.run() == Doubles{1, 3});
    auto rows =
        op("Compress").constant(f32({3, 2}, {1, 2, 3, 4, 5, 6})).constant(flags).attribute("axis", std::int64_t{0});
    CHECK(rows.type() == "f32[2,2]");
    CHECK(rows.run() == Doubles{1, 2, 5, 6});
    CHECK(op("Compress").typed(DType::f32, {4}).typed(DType::boolean, {3}).type() == "f32[compressed]");
    CHECK(op("Compress").typed(DType::f32, {4}).typed(DType::f32, {4}).error() ==
          "input 1 'input_1' has elements of type f32, which this operator does not take here");
}

TEST_CASE("Unique, with all its outputs, and with the first alone")
{
    const Tensor x = f32({6}, {2, 1, 1, 3, 4, 3});
    auto sorted = op("Unique").constant(x).outputs(4);
    const auto results = sorted.run_all();
    CHECK(results[0].to_doubles() == Doubles{1, 2, 3, 4});
    CHECK(results[1].to_ints() == Ints{1, 0, 3, 4});
    CHECK(results[2].to_ints() == Ints{1, 0, 0, 2, 3, 2});
    CHECK(results[3].to_ints() == Ints{2, 1, 2, 1});
    auto seen = op("Unique").constant(x).attribute("sorted", std::int64_t{0});
    CHECK(seen.run() == Doubles{2, 1, 3, 4});
    auto rows = op("Unique").constant(f32({3, 2}, {5, 6, 1, 2, 5, 6})).attribute("axis", std::int64_t{0});
    CHECK(rows.type() == "f32[2,2]");
    CHECK(rows.run() == Doubles{1, 2, 5, 6});
    auto free = op("Unique").typed(DType::f32, {6}).outputs(4);
    CHECK(free.type(0) == "f32[unique]");
    CHECK(free.type(2) == "i64[6]");
    CHECK(free.type(3) == "i64[unique]");
}

TEST_CASE("TopK at every opset")
{
    const Tensor x = f32({2, 3}, {1, 3, 2, 6, 5, 4});
    auto newest = op("TopK").input(x).constant(Tensor::ints({1}, {2})).outputs(2);
    CHECK(newest.type() == "f32[2,2]");
    const auto results = newest.run_all();
    CHECK(results[0].to_doubles() == Doubles{3, 2, 6, 5});
    CHECK(results[1].to_ints() == Ints{1, 2, 0, 1});
    CHECK(op("TopK", 1).input(x).attribute("k", std::int64_t{1}).attribute("axis", std::int64_t{0}).run() ==
          Doubles{6, 5, 4});
    auto smallest =
        op("TopK").input(x).constant(Tensor::ints({1}, {1})).attribute("largest", std::int64_t{0}).outputs(2);
    CHECK(smallest.run() == Doubles{1, 4});
    CHECK(newest.drop_output(1).run() == Doubles{3, 2, 6, 5});
    CHECK(op("TopK").input(x).constant(Tensor::ints({1}, {4})).error() == "k is 4, and axis 1 has 3 elements");
}
