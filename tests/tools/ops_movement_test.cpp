#include <doctest/doctest.h>

#include "ops/strided.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {movement_operators(), type, opset};
}

Tensor ints(const Ints& list)
{
    return Tensor::ints({static_cast<std::int64_t>(list.size())}, list);
}

/// 0, 1, 2 …
Tensor counting(std::vector<std::int64_t> shape, DType dtype = DType::f32)
{
    Doubles numbers;
    std::int64_t count = 1;
    for (const auto extent : shape) {
        count *= extent;
    }
    for (std::int64_t i = 0; i < count; ++i) {
        numbers.push_back(static_cast<double>(i));
    }
    return tensor(dtype, std::move(shape), numbers);
}

const Dim n = Dim::symbol("n");

/// "alias" or the only call with its template arguments.
std::string how(OperatorTest& test)
{
    const Program program = test.lower();
    if (program.steps.empty()) {
        return program.aliases.empty() ? "nothing" : "alias";
    }
    return program.steps[0].call.function + "<" + program.steps[0].call.template_arguments + ">";
}

}  // namespace

TEST_CASE("Transpose permutes, for elements of every size")
{
    for (const DType type : {DType::i8, DType::f16, DType::f32, DType::f64}) {
        auto test = op("Transpose").input(counting({2, 3}, type));
        CHECK(test.run() == Doubles{0, 3, 1, 4, 2, 5});
    }
    auto three = op("Transpose").input(counting({2, 1, 3})).attribute("perm", Ints{2, 0, 1});
    CHECK(three.type() == "f32[3,2,1]");
    CHECK(three.run() == Doubles{0, 3, 1, 4, 2, 5});
    CHECK(how(three) == "copy_strided<std::uint32_t, 2>");
    auto still = op("Transpose").input(counting({2, 1, 3})).attribute("perm", Ints{1, 0, 2});
    CHECK(how(still) == "alias");
    CHECK(op("Transpose").input(counting({2, 3})).attribute("perm", Ints{0, 0}).error() == "axis 0 is given twice");
    CHECK(op("Transpose").input(counting({2, 3})).attribute("perm", Ints{0}).error() ==
          "perm has 1 axes, and the input 2");
    CHECK(op("Transpose").input(counting({2, 2, 2, 2, 2, 2}, DType::u8)).run()[1] == 32);
}

TEST_CASE("Concat joins along any axis; its axis has a default before opset 4")
{
    const Tensor a = counting({2, 2});
    const Tensor b = counting({2, 1});
    auto test = op("Concat").input(a).input(b).attribute("axis", std::int64_t{-1});
    CHECK(test.type() == "f32[2,3]");
    CHECK(test.run() == Doubles{0, 1, 0, 2, 3, 1});
    CHECK(op("Concat", 3).input(a).input(b).run() == test.run());
    CHECK(op("Concat").input(a).input(b).error() == "attribute 'axis' is missing");
    CHECK(op("Concat").input(a).input(b).attribute("axis", std::int64_t{0}).error() ==
          "inputs of shapes [2,2] and [2,1] can't be joined along axis 0");
    CHECK(op("Concat").typed(DType::f32, {n, 2}).typed(DType::f32, {3, 2}).attribute("axis", std::int64_t{0}).type() ==
          "f32[n + 3,2]");
}

TEST_CASE("Split by sizes, in equal parts, in uneven ones")
{
    auto sizes =
        op("Split").input(counting({2, 3})).constant(ints({1, 2})).attribute("axis", std::int64_t{1}).outputs(2);
    const auto parts = sizes.run_all();
    CHECK(parts[0].to_doubles() == Doubles{0, 3});
    CHECK(parts[1].to_doubles() == Doubles{1, 2, 4, 5});
    auto rows = op("Split", 11).input(counting({4, 2})).outputs(2);
    CHECK(how(rows) == "alias");
    CHECK(rows.run_all()[1].to_doubles() == Doubles{4, 5, 6, 7});
    auto uneven = op("Split").input(counting({7})).attribute("num_outputs", std::int64_t{3}).outputs(3);
    CHECK(uneven.run_all()[2].to_doubles() == Doubles{6});
    CHECK(op("Split", 13).input(counting({7})).outputs(3).error() ==
          "an extent of 7 can't be split into 3 equal parts");
    CHECK(op("Split", 11).input(counting({7})).attribute("split", Ints{3, 3}).outputs(2).error() ==
          "the parts [3,3] do not add up to 7");
    CHECK(op("Split").input(counting({4})).attribute("num_outputs", std::int64_t{3}).outputs(2).error() ==
          "num_outputs is 3, and there are 2 outputs");
}

TEST_CASE("Slice clamps, counts from the end, steps both ways")
{
    const auto slice = [](const Ints& starts, const Ints& ends, const Ints& axes, const Ints& steps) {
        return op("Slice")
            .input(counting({2, 5}))
            .constant(ints(starts))
            .constant(ints(ends))
            .constant(ints(axes))
            .constant(ints(steps));
    };
    CHECK(slice({1}, {3}, {1}, {1}).run() == Doubles{1, 2, 6, 7});
    CHECK(slice({-2}, {99}, {-1}, {1}).run() == Doubles{3, 4, 8, 9});
    CHECK(slice({4}, {-99}, {1}, {-2}).run() == Doubles{4, 2, 0, 9, 7, 5});
    CHECK(slice({0}, {std::numeric_limits<std::int64_t>::max()}, {1}, {3}).run() == Doubles{0, 3, 5, 8});
    CHECK(slice({-1}, {std::numeric_limits<std::int64_t>::min()}, {0}, {-1}).run() ==
          Doubles{5, 6, 7, 8, 9, 0, 1, 2, 3, 4});
    CHECK(slice({3}, {1}, {1}, {1}).type() == "f32[2,0]");
    CHECK(slice({3}, {1}, {1}, {0}).error() == "the step of axis 1 is 0");
    CHECK(slice({1, 2}, {3}, {1}, {1}).error() ==
          "starts, ends, axes and steps have 2, 1, 1 and 1 elements: they must agree");
    auto row = slice({1}, {2}, {0}, {1});
    CHECK(how(row) == "alias");
    CHECK(row.run() == Doubles{5, 6, 7, 8, 9});
    CHECK(op("Slice", 9).input(counting({4})).attribute("starts", Ints{1}).attribute("ends", Ints{-1}).run() ==
          Doubles{1, 2});
}

TEST_CASE("Slice of sizes that are known at run time only")
{
    const auto extent = [](std::int64_t start, std::int64_t end, std::int64_t step = 1) {
        OperatorTest test = op("Slice").typed(DType::f32, {n}).constant(ints({start})).constant(ints({end}));
        test.constant(ints({0})).constant(ints({step}));
        return test.type();
    };
    const auto most = std::numeric_limits<std::int64_t>::max();
    CHECK(extent(0, most) == "f32[n]");
    CHECK(extent(0, 5) == "f32[min(n, 5)]");
    CHECK(extent(0, most, 2) == "f32[(n + 1)/2]");
    CHECK(extent(most, -most, -1) == "f32[n]");
}

TEST_CASE("Expand repeats, and is no step where nothing is repeated")
{
    auto test = op("Expand").input(counting({3, 1})).constant(ints({2, 1, 2}));
    CHECK(test.type() == "f32[2,3,2]");
    CHECK(test.run() == Doubles{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2});
    auto same = op("Expand").input(counting({3, 2})).constant(ints({1, 2}));
    CHECK(how(same) == "alias");
}

TEST_CASE("Tile repeats whole tensors")
{
    CHECK(op("Tile").input(counting({2, 2})).constant(ints({1, 2})).run() == Doubles{0, 1, 0, 1, 2, 3, 2, 3});
    CHECK(op("Tile", 1)
              .input(counting({2}))
              .constant(tensor(DType::f32, {}, {3}))
              .constant(tensor(DType::f32, {}, {0}))
              .run() == Doubles{0, 1, 0, 1, 0, 1});
    CHECK(op("Tile").input(counting({2})).constant(ints({1, 2})).error() == "has 2 repeats for an input of rank 1");
}

TEST_CASE("copies take as few axes as they can")
{
    const StridedCopy copy = collapsed({.axes = {{2, 12, 12}, {1, 99, 99}, {3, 4, 4}, {4, 1, 1}}});
    CHECK(copy.axes.size() == 1);
    CHECK(is_contiguous(copy));
    const StridedCopy gap = collapsed({.axes = {{2, 12, 24}, {3, 4, 4}, {4, 1, 1}}});
    CHECK(gap.axes.size() == 2);
    CHECK(!is_contiguous(gap));
}

TEST_CASE("Outputs that no memory holds are refused by their shape")
{
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    CHECK(op("Expand").input(counting({1})).constant(ints({most})).error() ==
          "output 'output_0' would have the shape [9223372036854775807], which no memory holds");
    CHECK(op("Expand").input(counting({1})).constant(ints({1 << 30, 1 << 30})).error() != "");
    CHECK(op("Expand").input(counting({1, 0})).constant(ints({1 << 30, 0})).type() == "f32[1073741824,0]");
}
