#include <wasminfer/kernels/resize.hpp>
#include <wasminfer/kernels/resize_taps.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int32_t>;

Ints nearest(const resize_table_extents& e, const resize_map& map, resize_rounding rounding)
{
    Ints indices(static_cast<std::size_t>(e.out));
    resize_nearest_table(indices.data(), e, map, rounding);
    return indices;
}

struct Table {
    Ints indices;
    std::vector<float> weights;

    Table(const resize_table_extents& e, const resize_map& map, const resize_filter& filter)
        : indices(static_cast<std::size_t>(e.out * e.taps)), weights(indices.size())
    {
        resize_table(indices.data(), weights.data(), e, map, filter);
    }
};

/// Each element of the output summed in double from the tables.
template <class T>
Doubles plane_reference(const std::vector<T>& in, const Table& h, const Table& w, const resize_plane_extents& e)
{
    Doubles out;
    for (index n = 0; n < e.batch; ++n) {
        for (index y = 0; y < e.out[0]; ++y) {
            for (index x = 0; x < e.out[1]; ++x) {
                for (index c = 0; c < e.inner; ++c) {
                    double sum = 0;
                    for (index i = 0; i < e.taps[0]; ++i) {
                        for (index j = 0; j < e.taps[1]; ++j) {
                            const auto row = static_cast<std::size_t>(y * e.taps[0] + i);
                            const auto col = static_cast<std::size_t>(x * e.taps[1] + j);
                            const index at = ((n * e.in[0] + h.indices[row]) * e.in[1] + w.indices[col]) * e.inner + c;
                            sum += static_cast<double>(h.weights[row]) * static_cast<double>(w.weights[col]) *
                                   static_cast<double>(widen(in[static_cast<std::size_t>(at)]));
                        }
                    }
                    out.push_back(sum);
                }
            }
        }
    }
    return out;
}

template <class T>
void check_plane(const resize_plane_extents& e, const resize_filter& filter, double bound)
{
    const Table h{{e.in[0], e.out[0], e.taps[0]}, {}, filter};
    const Table w{{e.in[1], e.out[1], e.taps[1]}, {}, filter};
    const auto in = reference::random<T>(e.batch * e.in[0] * e.in[1] * e.inner, 3);
    std::vector<T> out(static_cast<std::size_t>(e.batch * e.out[0] * e.out[1] * e.inner));
    std::vector<float> line(static_cast<std::size_t>(e.in[1] * e.inner));
    resize_plane(in.data(), h.indices.data(), h.weights.data(), w.indices.data(), w.weights.data(), out.data(),
                 line.data(), e);
    CHECK(reference::worst(out, plane_reference(in, h, w, e)) <= bound);
}

}  // namespace

TEST_CASE("the nearest element, by every rule for halves")
{
    const resize_map map{.coordinates = resize_coordinates::asymmetric};
    // Places 0, 0.5, 1, 1.5, 2, 2.5.
    const resize_table_extents e{3, 6};
    CHECK(nearest(e, map, resize_rounding::prefer_floor) == Ints{0, 0, 1, 1, 2, 2});
    CHECK(nearest(e, map, resize_rounding::prefer_ceil) == Ints{0, 1, 1, 2, 2, 2});
    CHECK(nearest(e, map, resize_rounding::floor) == Ints{0, 0, 1, 1, 2, 2});
    CHECK(nearest(e, map, resize_rounding::ceil) == Ints{0, 1, 1, 2, 2, 2});
}

TEST_CASE("scales are rounded as floats are, sizes not at all")
{
    // 1 / 0.33333334f is 2.99999991 in double, where rounding down would give the element before.
    const resize_map third{.coordinates = resize_coordinates::asymmetric, .scale = 1.0f / 3};
    CHECK(nearest({9, 3}, third, resize_rounding::floor) == Ints{0, 3, 6});
    CHECK(nearest({49, 7}, {.coordinates = resize_coordinates::asymmetric}, resize_rounding::floor) ==
          Ints{0, 7, 14, 21, 28, 35, 42});
}

TEST_CASE("places by every coordinate transformation")
{
    const auto place = [](resize_coordinates coordinates, index x, resize_map map = {}) {
        map.coordinates = coordinates;
        return detail::resize_place(x, {4, 8}, map);
    };
    CHECK(place(resize_coordinates::half_pixel, 3) == 1.25);
    CHECK(place(resize_coordinates::pytorch_half_pixel, 3) == 1.25);
    CHECK(place(resize_coordinates::align_corners, 7) == 3);
    CHECK(place(resize_coordinates::asymmetric, 3) == 1.5);
    CHECK(place(resize_coordinates::tf_half_pixel_for_nn, 3) == 1.75);
    CHECK(place(resize_coordinates::half_pixel_symmetric, 3) == 1.25);
    // 4 elements 2.2 times as long are 8.8, of which 8 are taken from the middle.
    CHECK(place(resize_coordinates::half_pixel_symmetric, 0, {.scale = 2.2f}) ==
          doctest::Approx(2 * (1 - 8 / 8.8) + 0.5 / 2.2 - 0.5));
    CHECK(place(resize_coordinates::tf_crop_and_resize, 7, {.crop = {0.25f, 0.75f}}) == 2.25);
    CHECK(std::isnan(place(resize_coordinates::tf_crop_and_resize, 7, {.crop = {0.5f, 1.5f}})));
    CHECK(detail::resize_place(0, {4, 1}, {.coordinates = resize_coordinates::pytorch_half_pixel}) == 0);
}

TEST_CASE("weights sum to one, and edges stand for what lies outside")
{
    const Table linear{{2, 4, 2}, {}, {}};
    CHECK(linear.indices == Ints{0, 0, 0, 1, 0, 1, 1, 1});
    CHECK(linear.weights == std::vector<float>{0.25f, 0.75f, 0.75f, 0.25f, 0.25f, 0.75f, 0.75f, 0.25f});
    const Table cubic{{4, 8, 4}, {}, {.cubic = true, .exclude_outside = true, .a = -0.5f}};
    for (std::size_t x = 0; x < 8; ++x) {
        float sum = 0;
        for (std::size_t tap = 0; tap < 4; ++tap) {
            sum += cubic.weights[x * 4 + tap];
        }
        CHECK(sum == doctest::Approx(1));
    }
    // The first two taps of the first place lie outside.
    CHECK(cubic.weights[0] == 0);
    CHECK(cubic.weights[1] == 0);
}

TEST_CASE("antialiasing stretches the filter where an axis shrinks, and only there")
{
    CHECK(resize_taps({.antialias = true}, 0.6) == 4);
    CHECK(resize_taps({.cubic = true, .antialias = true}, 0.5) == 8);
    CHECK(resize_taps({.cubic = true, .antialias = true}, 2) == 4);
    CHECK(resize_taps({}, 0.1) == 2);
}

TEST_CASE("planes against sums in double, channels behind them and none, in every float type")
{
    for (const index channels : {1, 3, 4, 9}) {
        check_plane<float>({.batch = 2, .in = {5, 7}, .out = {9, 4}, .inner = channels}, {}, 1e-6);
        check_plane<half>({.in = {5, 7}, .out = {9, 4}, .inner = channels}, {}, 0x1p-11);
        check_plane<float>({.in = {5, 7}, .out = {9, 14}, .inner = channels, .taps = {4, 4}}, {.cubic = true}, 1e-6);
    }
}

TEST_CASE("rows and planes are the same bits on every target")
{
    const resize_plane_extents e{.batch = 1, .in = {6, 5}, .out = {11, 13}, .inner = 6};
    const Table h{{6, 11, 2}, {}, {}};
    const Table w{{5, 13, 2}, {}, {}};
    const auto in = reference::random(6 * 5 * 6, 1);
    std::vector<float> plane(11 * 13 * 6);
    std::vector<float> line(5 * 6);
    resize_plane<2>(in.data(), h.indices.data(), h.weights.data(), w.indices.data(), w.weights.data(), plane.data(),
                    line.data(), e);
    std::vector<float> rows(11 * 5 * 6);
    std::vector<float> both(11 * 13 * 6);
    resize_axis(in.data(), h.indices.data(), h.weights.data(), rows.data(), {.in = 6, .out = 11, .inner = 30});
    resize_axis<2>(rows.data(), w.indices.data(), w.weights.data(), both.data(),
                   {.outer = 11, .in = 5, .out = 13, .inner = 6});
    CHECK(plane == both);
    if (reference::same_bits) {
        CHECK(reference::hash(plane) == 13101922779223211043u);
    }
}

TEST_CASE("integers round toward zero and saturate")
{
    const std::vector<std::uint8_t> in{0, 0, 255, 255};
    const Table table{{4, 8, 4}, {}, {.cubic = true}};
    std::vector<std::uint8_t> out(8);
    resize_axis(in.data(), table.indices.data(), table.weights.data(), out.data(), {.in = 4, .out = 8, .taps = 4});
    CHECK(out == std::vector<std::uint8_t>{0, 0, 0, 57, 197, 255, 255, 255});
}

TEST_CASE("nearest moves elements of any size, and writes a value where nothing is near")
{
    const std::vector<std::uint16_t> in{1, 2, 3, 4, 5, 6};
    const Ints h{0, 0, 1};
    const Ints w{2, -1};
    std::vector<std::uint16_t> out(6);
    resize_nearest<true>(in.data(), nullptr, h.data(), w.data(), out.data(),
                         {.in = {1, 2, 3}, .out = {1, 3, 2}, .inner = 1}, 9);
    CHECK(out == std::vector<std::uint16_t>{3, 9, 3, 9, 6, 9});
    // Runs of more than 16 bytes.
    std::vector<std::uint32_t> wide(2 * 7);
    for (std::size_t i = 0; i < wide.size(); ++i) {
        wide[i] = static_cast<std::uint32_t>(i);
    }
    const Ints swapped{1, 0};
    std::vector<std::uint32_t> moved(2 * 7);
    resize_nearest(wide.data(), nullptr, nullptr, swapped.data(), moved.data(),
                   {.in = {1, 1, 2}, .out = {1, 1, 2}, .inner = 7});
    CHECK(moved == std::vector<std::uint32_t>{7, 8, 9, 10, 11, 12, 13, 0, 1, 2, 3, 4, 5, 6});
}

}  // namespace wasminfer
