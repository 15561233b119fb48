#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {gather_operators(), type, opset};
}

Tensor ints(std::vector<std::int64_t> shape, const Ints& list)
{
    return Tensor::ints(std::move(shape), list);
}

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

const Tensor table = f32({3, 2}, {0, 1, 2, 3, 4, 5});

}  // namespace

TEST_CASE("Gather picks slices, with indices of any rank")
{
    auto rows = op("Gather").input(table).input(ints({1, 2}, {2, -3}));
    CHECK(rows.type() == "f32[1,2,2]");
    CHECK(rows.run() == Doubles{4, 5, 0, 1});
    auto columns = op("Gather").input(table).input(tensor(DType::i32, {2}, {1, 1})).attribute("axis", std::int64_t{-1});
    CHECK(columns.run() == Doubles{1, 1, 3, 3, 5, 5});
    CHECK(op("Gather").input(table).constant(ints({1}, {3})).error() == "index 3 is outside axis 0 of [3,2]");
    CHECK(op("Gather").input(table).input(f32({1}, {0})).error() ==
          "input 1 'input_1' has elements of type f32, which this operator does not take here");
}

TEST_CASE("one known index is a slice of the same bytes")
{
    auto row = op("Gather").input(table).constant(ints({}, {-1}));
    CHECK(row.type() == "f32[2]");
    CHECK(row.lower().steps.empty());
    CHECK(row.run() == Doubles{4, 5});
    auto column = op("Gather").input(table).constant(ints({}, {1})).attribute("axis", std::int64_t{1});
    CHECK(column.lower().steps.at(0).call.function == "copy_strided");
    CHECK(column.run() == Doubles{1, 3, 5});
}

TEST_CASE("GatherElements picks one by one")
{
    auto test = op("GatherElements").input(table).input(ints({2, 2}, {2, 0, -2, 1}));
    CHECK(test.run() == Doubles{4, 1, 2, 3});
    CHECK(op("GatherElements").input(table).input(ints({2}, {0, 0})).error() ==
          "the data [3,2] and the indices [2] differ in rank");
    CHECK(op("GatherElements").input(table).input(ints({1, 3}, {0, 0, 0})).error() ==
          "the indices [1,3] reach beyond the data [3,2] on axis 1");
}

TEST_CASE("GatherND reads coordinates, in batches too")
{
    CHECK(op("GatherND").input(table).input(ints({2, 2}, {2, 1, 0, -1})).run() == Doubles{5, 1});
    auto rows = op("GatherND").input(table).input(ints({2, 1}, {1, 0}));
    CHECK(rows.type() == "f32[2,2]");
    CHECK(rows.run() == Doubles{2, 3, 0, 1});
    auto batch = op("GatherND").input(table).input(ints({3, 1}, {1, 0, 1})).attribute("batch_dims", std::int64_t{1});
    CHECK(batch.type() == "f32[3]");
    CHECK(batch.run() == Doubles{1, 2, 5});
    CHECK(op("GatherND").input(table).input(ints({1, 3}, {0, 0, 0})).error() ==
          "indices of shape [1,3] do not point into data of shape [3,2]");
}

TEST_CASE("ScatterElements puts elements back, and reduces")
{
    const Tensor indices = ints({2, 2}, {0, 2, 0, 2});
    const Tensor updates = f32({2, 2}, {10, 20, 30, 40});
    const auto scatter = [&](const std::string& reduction) {
        return op("ScatterElements").input(table).input(indices).input(updates).attribute("reduction", reduction).run();
    };
    CHECK(scatter("none") == Doubles{30, 1, 2, 3, 4, 40});
    CHECK(scatter("add") == Doubles{40, 1, 2, 3, 4, 65});
    CHECK(scatter("mul") == Doubles{0, 1, 2, 3, 4, 4000});
    CHECK(scatter("max") == Doubles{30, 1, 2, 3, 4, 40});
    CHECK(scatter("min") == Doubles{0, 1, 2, 3, 4, 5});
    CHECK(op("Scatter", 10).input(table).input(indices).input(updates).run() == scatter("none"));
    CHECK(op("ScatterElements").input(table).input(indices).input(f32({4}, {1, 2, 3, 4})).error() ==
          "the indices [2,2] and the updates [4] differ in shape");
    CHECK(op("ScatterElements")
              .input(table)
              .input(indices)
              .input(updates)
              .attribute("reduction", std::string{"sub"})
              .error() == "the reduction 'sub' is not known");
}

TEST_CASE("ScatterND puts slices back")
{
    auto test = op("ScatterND").input(table).input(ints({2, 1}, {2, 0})).input(f32({2, 2}, {9, 8, 7, 6}));
    CHECK(test.run() == Doubles{7, 6, 2, 3, 9, 8});
    const Program program = test.lower();
    REQUIRE(program.steps.size() == 2);
    CHECK(program.steps[0].in_place.size() == 1);
    auto sums = op("ScatterND").input(table).input(ints({2, 2}, {0, 0, 0, 0})).input(f32({2}, {5, 6}));
    CHECK(sums.attribute("reduction", std::string{"add"}).run() == Doubles{11, 1, 2, 3, 4, 5});
    CHECK(op("ScatterND").input(table).input(ints({2, 1}, {2, 0})).input(f32({2}, {9, 8})).error() ==
          "the updates have the shape [2]; the indices [2,1] ask for [2,2]");
}

TEST_CASE("TensorScatter writes into a cache")
{
    const Tensor cache = f32({2, 3, 1}, {0, 0, 0, 0, 0, 0});
    const Tensor update = f32({2, 2, 1}, {1, 2, 3, 4});
    const Tensor starts = ints({2}, {0, 2});
    CHECK(op("TensorScatter").input(cache).input(update).run() == Doubles{1, 2, 0, 3, 4, 0});
    auto round =
        op("TensorScatter").input(cache).input(update).input(starts).attribute("mode", std::string{"circular"});
    CHECK(round.run() == Doubles{1, 2, 0, 4, 0, 3});
    CHECK(op("TensorScatter").input(update).input(cache).error() ==
          "the update [2,3,1] is longer than the cache [2,2,1]");
}
