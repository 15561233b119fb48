#include <doctest/doctest.h>

#include "passes/permutation.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest resize(std::int64_t opset = newest_opset)
{
    return {resize_operators(), "Resize", opset};
}

OperatorTest upsample(std::int64_t opset)
{
    return {resize_operators(), "Upsample", opset};
}

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

Tensor scales(const Doubles& list)
{
    return f32({static_cast<std::int64_t>(list.size())}, list);
}

Tensor sizes(const Ints& list)
{
    return Tensor::ints({static_cast<std::int64_t>(list.size())}, list);
}

Tensor counted(std::vector<std::int64_t> shape)
{
    Doubles numbers(static_cast<std::size_t>(element_count({shape.begin(), shape.end()}).constant()));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = static_cast<double>(i + 1);
    }
    return f32(std::move(shape), numbers);
}

const Dim n = Dim::symbol("n");

}  // namespace

TEST_CASE("Upsample and Resize find their scales where each opset keeps them")
{
    const Tensor x = f32({1, 1, 1, 2}, {1, 2});
    const Doubles twice{1, 1, 2, 2};
    CHECK(upsample(1).input(x).attribute("height_scale", 1.0f).attribute("width_scale", 2.0f).run() == twice);
    CHECK(upsample(7).input(x).attribute("scales", std::vector<float>{1, 1, 1, 2}).run() == twice);
    CHECK(upsample(9).input(x).constant(scales({1, 1, 1, 2})).run() == twice);
    CHECK(resize(10).input(x).constant(scales({1, 1, 1, 2})).run() == twice);
    CHECK(resize(11).input(x).constant(scales({})).constant(scales({1, 1, 1, 2})).run() == twice);
    CHECK(resize(13).input(x).absent().absent().constant(sizes({1, 1, 1, 4})).run() == twice);
    CHECK(resize(18).input(x).absent().constant(scales({2})).attribute("axes", Ints{-1}).run() == twice);
    // Before opset 11 a shrinking axis takes the element above.
    CHECK(resize(10).input(counted({1, 1, 1, 4})).constant(scales({1, 1, 1, 0.6})).run() == Doubles{1, 3});
}

TEST_CASE("Resize in every element type")
{
    for (const DType type : {DType::f32, DType::f16, DType::f64, DType::i8, DType::i16, DType::i32, DType::i64,
                             DType::u8, DType::u16, DType::u32, DType::u64}) {
        CAPTURE(name(type));
        const Tensor x = tensor(type, {1, 1, 2}, {2, 6});
        CHECK(resize().input(x).absent().constant(scales({1, 1, 2})).run() == Doubles{2, 2, 6, 6});
        auto linear = resize().input(x).absent().constant(scales({1, 1, 2})).attribute("mode", std::string{"linear"});
        CHECK(linear.run() == Doubles{2, 3, 5, 6});
    }
    CHECK(resize().input(tensor(DType::boolean, {2}, {1, 0})).absent().constant(scales({2})).run() ==
          Doubles{1, 1, 0, 0});
    auto flags = resize().input(tensor(DType::boolean, {2}, {1, 0})).absent().constant(scales({2}));
    CHECK(flags.attribute("mode", std::string{"linear"}).run() == Doubles{1, 1, 1, 0});
}

TEST_CASE("Resize with antialiasing, as ONNX's examples have it")
{
    auto linear = resize().input(counted({1, 1, 4, 4})).absent().constant(scales({1, 1, 0.6, 0.6}));
    linear.attribute("antialias", std::int64_t{1}).attribute("mode", std::string{"linear"});
    CHECK(distance(linear.run(), {2.875, 4.5, 9.375, 11.0}) < 1e-6);
    linear.attribute("mode", std::string{"cubic"});
    CHECK(distance(linear.run(), {2.5180721, 4.2858863, 9.589329, 11.357142}) < 1e-6);
}

TEST_CASE("Resize of images in either layout, and of volumes, is the same")
{
    for (const Ints& shape : {Ints{2, 3, 4}, Ints{2, 3, 4, 5}, Ints{1, 2, 3, 4, 5}}) {
        for (const char* mode : {"nearest", "linear", "cubic"}) {
            CAPTURE(mode);
            CAPTURE(shape.size());
            const Tensor x = noise(DType::f32, shape);
            Doubles factors(shape.size(), 1.5);
            factors[0] = factors[1] = 1;
            const auto test = [&](const Tensor& input) {
                return resize().input(input).absent().constant(scales(factors)).attribute("mode", std::string{mode});
            };
            const Tensor first = test(x).run_all().at(0);
            auto last = test(transposed(x, to_channels_last(shape.size()))).attribute("channels_last", std::int64_t{1});
            const Tensor back = transposed(last.run_all().at(0), to_channels_first(shape.size()));
            CHECK(first.shape() == back.shape());
            CHECK(distance(back.to_doubles(), first.to_doubles()) < 1e-6);
        }
    }
}

TEST_CASE("Resize of all axes of a tensor, those of batch and channels too")
{
    const Tensor x = noise(DType::f32, {2, 3, 2, 3});
    auto nearest = resize().input(x).absent().absent().constant(sizes({4, 3, 4, 6}));
    const auto made = nearest.run();
    const auto in = x.to_doubles();
    for (std::size_t i = 0; i < made.size(); ++i) {
        const auto at = ((i / 72 / 2 * 3 + i / 24 % 3) * 2 + i / 6 % 4 / 2) * 3 + i % 6 / 2;
        REQUIRE(made[i] == in[at]);
    }
    auto linear = resize().input(x).absent().absent().constant(sizes({4, 3, 2, 6}));
    CHECK(linear.attribute("mode", std::string{"linear"}).lower().steps.size() == 2);
}

TEST_CASE("Resize keeps the aspect ratio")
{
    auto test = resize().input(counted({1, 1, 2, 4})).absent().absent().constant(sizes({7, 8}));
    test.attribute("axes", Ints{2, 3}).attribute("keep_aspect_ratio_policy", std::string{"not_larger"});
    CHECK(test.type() == "f32[1,1,4,8]");
    test.attribute("keep_aspect_ratio_policy", std::string{"not_smaller"});
    CHECK(test.type() == "f32[1,1,7,14]");
}

TEST_CASE("Resize that changes nothing is no step")
{
    auto same = resize().input(counted({1, 1, 2, 4})).absent().constant(scales({1, 1, 1, 1}));
    CHECK(same.lower().steps.empty());
    CHECK(same.lower().aliases.size() == 1);
    // Places half a pixel further are another thing.
    auto moved = resize(11).input(counted({1, 1, 2, 4})).absent().constant(scales({1, 1, 1, 1}));
    moved.attribute("coordinate_transformation_mode", std::string{"tf_half_pixel_for_nn"});
    CHECK(moved.lower().steps.size() == 1);
}

TEST_CASE("Resize of free dimensions: by scales that divide evenly, to sizes that are expressions, with tables made at "
          "run time")
{
    auto scaled = resize().typed(DType::f32, {1, 3, n, 8}).absent().constant(scales({1, 1, 2.5, 2}));
    CHECK(scaled.attribute("mode", std::string{"linear"}).type() == "f32[1,3,2*n + n/2,16]");
    const auto steps = scaled.lower().steps;
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].call.function == "resize_table");
    CHECK(steps[1].call.function == "resize_plane");
    auto sized = resize().typed(DType::f32, {1, 3, n, 8}).absent().absent().typed(DType::i64, {4});
    sized.node().inputs[3]->elements = std::vector<Dim>{1, 3, n + 1, 16};
    CHECK(sized.type() == "f32[1,3,n + 1,16]");
    CHECK(sized.lower().steps.at(0).call.function == "resize_nearest_table");
    auto uneven = resize().typed(DType::f32, {n}).absent().constant(scales({0.6}));
    CHECK(uneven.error().starts_with("a scale of 0.6f on the free dimension n is not supported"));
}

TEST_CASE("Resize refuses what has no meaning")
{
    const auto of = [](const Tensor& given) { return resize().input(counted({1, 1, 2, 4})).absent().constant(given); };
    CHECK(of(scales({1, 1, 2})).error() == "3 scales for 4 axes");
    CHECK(of(scales({1, 1, 0, 2})).error() == "a scale of 0.0f has no meaning");
    CHECK(of(scales({1, 1, -1, 2})).error() == "a scale of -1.0f has no meaning");
    CHECK(of(scales({1, 1, 1e30, 2})).error() == "an axis of 2 elements, 1e+30f times as long, is too long");
    CHECK(of(scales({1, 1, 2, 2})).constant(sizes({1, 1, 4, 8})).error() == "has both scales and sizes");
    CHECK(of(scales({1, 1, 2, 2})).attribute("mode", std::string{"area"}).error() ==
          "attribute 'mode' = 'area' is not known at opset 27");
    CHECK(of(scales({1, 1, 2, 2}))
              .attribute("coordinate_transformation_mode", std::string{"tf_crop_and_resize"})
              .error() == "tf_crop_and_resize without a region of interest");
    CHECK(resize().input(counted({1, 1, 2, 4})).error() == "0 scales for 4 axes");
    auto unknown = resize().input(counted({1, 1, 2, 4})).absent().typed(DType::f32, {4});
    CHECK(unknown.error() != "");
    CHECK(resize().input(f32({1, 0}, {})).absent().absent().constant(sizes({1, 4})).error() ==
          "an axis of 0 elements can't be resized to 4");
}
