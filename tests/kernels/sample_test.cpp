#include <wasminfer/kernels/grid_sample.hpp>
#include <wasminfer/kernels/roi_align.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("sampled places reflect at the edges as often as it takes")
{
    CHECK(detail::reflect(2.0, 0.0, 3.0) == 2);
    CHECK(detail::reflect(-1.0, 0.0, 3.0) == 1);
    CHECK(detail::reflect(4.0, 0.0, 3.0) == 2);
    CHECK(detail::reflect(7.0, 0.0, 3.0) == 1);
    CHECK(detail::reflect(-8.0, 0.0, 3.0) == 2);
    CHECK(detail::reflect(5.0, 0.0, 0.0) == 0);
}

TEST_CASE("grid_sample: the same bits on every target, channels last or first")
{
    const auto image = reference::random(5 * 6 * 6, 2);
    const auto grid = reference::random(9 * 2, 3);
    Floats first(5 * 6 * 6);
    for (std::size_t i = 0; i < first.size(); ++i) {
        first[i % 6 * 30 + i / 6] = image[i];
    }
    grid_sample_extents e{.channels = 6, .in = {1, 5, 6}, .out = {1, 3, 3}, .in_pixel = 6, .out_pixel = 6};
    Floats last_out(54);
    grid_sample(image.data(), grid.data(), last_out.data(), e, {.mode = sample_mode::cubic});
    e.in_pixel = e.out_pixel = 1;
    e.in_channel = 30;
    e.out_channel = 9;
    Floats first_out(54);
    grid_sample(first.data(), grid.data(), first_out.data(), e, {.mode = sample_mode::cubic});
    for (std::size_t i = 0; i < last_out.size(); ++i) {
        CHECK(last_out[i] == doctest::Approx(first_out[i % 6 * 9 + i / 6]).epsilon(1e-5));
    }
    if (reference::same_bits) {
        CHECK(reference::hash(last_out) == 900432019228779783u);
    }
}

TEST_CASE("grid_sample: between four elements as any pixel in three axes has it, however the image is padded")
{
    const grid_sample_extents two{.channels = 5, .in = {1, 6, 7}, .out = {1, 20, 20}, .in_pixel = 5, .out_pixel = 5};
    grid_sample_extents three = two;
    three.axes = 3;
    const auto image = reference::random(6 * 7 * 5, 4);
    Floats grid;
    Floats deep_grid;
    for (index i = 0; i < 400; ++i) {
        // From outside on one side, over every element's middle (align_corners), to outside on the other.
        for (const float place :
             {static_cast<float>(i % 20 - 10) / 9 * 1.2f, static_cast<float>(i / 20 - 10) / 6 * 0.7f}) {
            grid.push_back(place);
            deep_grid.push_back(place);
        }
        deep_grid.push_back(0);
    }
    std::size_t inside = 0;
    for (const auto padding : {sample_padding::zeros, sample_padding::border, sample_padding::reflection}) {
        for (const bool align : {false, true}) {
            const sample_options options{.padding = padding, .align_corners = align};
            Floats out(2000);
            Floats wanted(2000);
            grid_sample(image.data(), grid.data(), out.data(), two, options);
            grid_sample(image.data(), deep_grid.data(), wanted.data(), three, options);
            CHECK(out == wanted);
            for (std::size_t p = 0; p < 400; ++p) {
                detail::pixel_taps<float> taps;
                inside += detail::combine_inside(grid[2 * p], grid[2 * p + 1], two, options, taps) ? 1 : 0;
            }
        }
    }
    CHECK(inside > 1000);
}

TEST_CASE("grid_sample of integers: the nearest as it is, between two cut toward zero")
{
    const std::int64_t large = (std::int64_t{1} << 60) + 1;
    const std::int64_t image[2] = {large, -4};
    const float middles[4] = {-0.5f, 0, 0, 0};
    std::int64_t out[2];
    const grid_sample_extents e{.in = {1, 1, 2}, .out = {1, 1, 2}};
    grid_sample(image, middles, out, e, {.mode = sample_mode::nearest});
    CHECK(out[0] == large);
    const std::int8_t small[2] = {2, -5};
    std::int8_t between[2];
    grid_sample(small, middles, between, e, {.mode = sample_mode::linear});
    CHECK(between[0] == 2);
    CHECK(between[1] == -1);
    const bool flags[2] = {true, false};
    bool sampled[2];
    grid_sample(flags, middles, sampled, e, {.mode = sample_mode::linear});
    CHECK(sampled[0]);
    CHECK(sampled[1]);
}

TEST_CASE("affine_grid in half rounds once")
{
    const std::vector<half> theta{half{0.1f}, half{0.2f}, half{0.3f}, half{-0.4f}, half{0.5f}, half{0.6f}};
    std::vector<half> grid(4);
    affine_grid(theta.data(), grid.data(), {.out = {1, 1, 2}}, false);
    const auto x = [&](std::size_t i) { return static_cast<float>(theta[i]); };
    CHECK(grid[0].bits() == half{x(0) * -0.5f + x(2)}.bits());
    CHECK(grid[3].bits() == half{x(3) * 0.5f + x(5)}.bits());
}

TEST_CASE("roi_align: bins of one region, mean and maximum")
{
    const Floats image{1, 2, 3, 4, 5, 6, 7, 8, 9};
    const Floats regions{0.5f, 0.5f, 2.5f, 2.5f};
    const std::vector<std::int64_t> images{0};
    Floats sums(1);
    Floats out(4);
    const roi_align_extents e{.in = {3, 3}, .regions = 1, .bins = {2, 2}, .in_channel = 9, .out_channel = 4};
    roi_align(image.data(), regions.data(), images.data(), out.data(), sums.data(), e, {.samples = 1});
    CHECK(out == Floats{3, 4, 6, 7});
    roi_align(image.data(), regions.data(), images.data(), out.data(), sums.data(), e, {.samples = 1, .maximum = true});
    CHECK(out == Floats{1.25f, 1.5f, 2, 2.25f});
}

}  // namespace wasminfer
