// GridSample, AffineGrid, RoiAlign.
#include <doctest/doctest.h>

#include "ops/vision.hpp"
#include "passes/permutation.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {sample_operators(), type, opset};
}

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

/// Places along one row of an image.
Doubles along_row(const Doubles& row, const Doubles& places, const std::string& mode, const std::string& padding,
                  bool align_corners)
{
    Doubles grid;
    for (const double place : places) {
        grid.push_back(place);
        grid.push_back(0);
    }
    const auto count = static_cast<std::int64_t>(places.size());
    return op("GridSample")
        .input(f32({1, 1, 1, static_cast<std::int64_t>(row.size())}, row))
        .input(f32({1, 1, count, 2}, grid))
        .attribute("mode", mode)
        .attribute("padding_mode", padding)
        .attribute("align_corners", std::int64_t{align_corners ? 1 : 0})
        .run();
}

}  // namespace

TEST_CASE("GridSample between elements, at the image's edge and beyond it")
{
    // Places -1.5, 0, 0.5, 3.5, 5 of four elements.
    const Doubles places{-1.5, -0.75, -0.5, 1, 1.75};
    const Doubles row{1, 2, 3, 4};
    CHECK(along_row(row, places, "linear", "zeros", false) == Doubles{0, 1, 1.5, 2, 0});
    CHECK(along_row(row, places, "linear", "border", false) == Doubles{1, 1, 1.5, 4, 4});
    CHECK(along_row(row, places, "linear", "reflection", false) == Doubles{1.5, 1, 1.5, 4, 3});
    CHECK(along_row(row, places, "nearest", "zeros", false) == Doubles{0, 1, 1, 0, 0});
    CHECK(along_row(row, places, "nearest", "border", false) == Doubles{1, 1, 1, 4, 4});
    // Aligned: -0.75, 0.375, 0.75, 3, 4.125.
    CHECK(along_row(row, places, "linear", "zeros", true) == Doubles{0.25, 1.375, 1.75, 4, 0});
    CHECK(along_row(row, places, "linear", "reflection", true) == Doubles{1.75, 1.375, 1.75, 4, 2.875});
    CHECK(along_row(row, {-0.75}, "cubic", "border", false) == Doubles{1});
    CHECK(distance(along_row(row, {0}, "cubic", "border", false), {2.5}) < 1e-6);
}

TEST_CASE("GridSample at places that are no numbers, and on axes of one element")
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double inf = std::numeric_limits<double>::infinity();
    for (const char* mode : {"nearest", "linear", "cubic"}) {
        CHECK(along_row({1, 2}, {nan, inf, -inf, 1e30}, mode, "zeros", false) == Doubles{0, 0, 0, 0});
        CHECK(along_row({1, 2}, {inf, -inf}, mode, "border", false) == Doubles{2, 1});
        CHECK(along_row({5}, {0.5, 7, nan}, mode, "reflection", true) == Doubles{5, 5, 5});
    }
}

TEST_CASE("GridSample in either layout, of images and volumes, in every float type")
{
    for (const std::size_t rank : {4U, 5U}) {
        for (const DType type : {DType::f32, DType::f16, DType::f64}) {
            Ints shape{2, 6, 3, 4};
            Ints places{2, 2, 5, 2};
            if (rank == 5) {
                shape.insert(shape.begin() + 2, 2);
                places = {2, 1, 2, 5, 3};
            }
            const Tensor x = noise(type, shape);
            const Tensor grid = noise(DType::f32, places, 7);
            auto first = op("GridSample").input(x).input(grid).attribute("mode", std::string{"cubic"});
            auto last = op("GridSample").input(transposed(x, to_channels_last(rank))).input(grid);
            last.attribute("mode", std::string{"cubic"}).attribute("channels_last", std::int64_t{1});
            const Tensor made = transposed(last.run_all().at(0), to_channels_first(rank));
            CHECK(distance(made.to_doubles(), first.run()) <= tolerance(type));
        }
    }
}

TEST_CASE("GridSample names its modes by opset, and refuses what it does not have")
{
    const Tensor x = f32({1, 1, 2, 2}, {1, 2, 3, 4});
    const Tensor grid = f32({1, 1, 1, 2}, {0, 0});
    CHECK(op("GridSample", 16).input(x).input(grid).attribute("mode", std::string{"bilinear"}).run() == Doubles{2.5});
    CHECK(op("GridSample", 20).input(x).input(grid).attribute("mode", std::string{"bilinear"}).error() ==
          "attribute 'mode' = 'bilinear' is not known at opset 20");
    CHECK(op("GridSample").input(x).input(f32({1, 1, 1, 3}, {0, 0, 0})).error() ==
          "a grid of shape [1,1,1,3] does not fit an input of shape [1,1,2,2]");
    CHECK(op("GridSample").input(f32({1, 1, 0, 2}, {})).input(grid).error() ==
          "an input of shape [1,1,0,2] has no elements to sample");
}

TEST_CASE("AffineGrid of the identity, and of a shift in a volume")
{
    const Tensor identity = f32({1, 2, 3}, {1, 0, 0, 0, 1, 0});
    auto edges = op("AffineGrid").input(identity).constant(Tensor::ints({4}, {1, 1, 1, 2}));
    CHECK(edges.run() == Doubles{-0.5, 0, 0.5, 0});
    edges.attribute("align_corners", std::int64_t{1});
    CHECK(edges.run() == Doubles{-1, 0, 1, 0});
    const Tensor shift = f32({1, 3, 4}, {1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, -2});
    auto volume = op("AffineGrid").input(shift).constant(Tensor::ints({5}, {1, 1, 2, 1, 1}));
    CHECK(volume.run() == Doubles{0.5, 0, -2.5, 0.5, 0, -1.5});
    CHECK(op("AffineGrid").input(identity).constant(Tensor::ints({5}, {1, 1, 2, 1, 1})).error() ==
          "theta of shape [1,2,3] does not fit a size of 5 axes");
}

TEST_CASE("RoiAlign: the mean and the largest of a region's samples, in either layout")
{
    const Tensor x = noise(DType::f32, {2, 5, 6, 7});
    const Tensor regions = f32({3, 4}, {0, 0, 4, 4, 1, 2, 5.5, 5, 2, 2, 2, 2});
    const Tensor images = Tensor::ints({3}, {0, 1, 1});
    for (const char* mode : {"avg", "max"}) {
        const auto test = [&](const Tensor& input) {
            auto roi = op("RoiAlign").input(input).input(regions).input(images);
            roi.attribute("output_height", std::int64_t{2}).attribute("output_width", std::int64_t{3});
            return roi.attribute("mode", std::string{mode});
        };
        const Tensor first = test(x).run_all().at(0);
        auto last = test(transposed(x, to_channels_last(4))).attribute("channels_last", std::int64_t{1});
        CHECK(transposed(last.run_all().at(0), to_channels_first(4)) == first);
    }
    // One bin that samples one element's middle.
    auto one = op("RoiAlign").input(f32({1, 1, 2, 2}, {1, 2, 3, 4})).input(f32({1, 4}, {1, 1, 2, 2}));
    one.input(Tensor::ints({1}, {0}));
    CHECK(one.run() == Doubles{4});
    // Opset 10 has no half pixels: the sample lies half an element further, at the edge.
    auto old = op("RoiAlign", 10).input(f32({1, 1, 2, 2}, {1, 2, 3, 4})).input(f32({1, 4}, {0, 0, 1, 1}));
    CHECK(old.input(Tensor::ints({1}, {0})).run() == Doubles{2.5});
}

TEST_CASE("RoiAlign of regions that are no numbers, and of images that are not there")
{
    const double inf = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    auto wild = op("RoiAlign").input(f32({1, 1, 1, 1}, {1})).input(f32({2, 4}, {nan, nan, nan, nan, 0, 0, 1, 1}));
    wild.input(Tensor::ints({2}, {-9, 9})).attribute("sampling_ratio", std::int64_t{2});
    CHECK(wild.run() == Doubles{0, 1});
    auto wide = op("RoiAlign").input(f32({1, 1, 1, 1}, {1})).input(f32({1, 4}, {0, 0, -inf, 1}));
    CHECK(wide.input(Tensor::ints({1}, {0})).run() == Doubles{0});
    CHECK(op("RoiAlign")
              .input(f32({1, 1, 1, 1}, {1}))
              .input(f32({1, 5}, {0, 0, 0, 0, 0}))
              .input(Tensor::ints({1}, {0}))
              .error() != "");
}
