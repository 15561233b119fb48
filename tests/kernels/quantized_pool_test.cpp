#include <wasminfer/kernels/quantized_pool.hpp>

#include "kernels/pool_reference.hpp"

#include <algorithm>

namespace wasminfer {
namespace {

using reference::complete;
using reference::size;

/// The largest distance from the average, in steps of the result and saturated, before rounding: half a step where all is
/// right.
template <class T>
double average_error(const pool_extents& e, bool include_pad, const pool_quantization& q)
{
    std::vector<T> in(static_cast<std::size_t>(e.batch * size(e.in)));
    const auto numbers = reference::random<std::int32_t>(static_cast<index>(in.size()), 1);
    std::vector<double> centred;
    for (std::size_t i = 0; i < in.size(); ++i) {
        in[i] = static_cast<T>(numbers[i]);
        centred.push_back(in[i] - q.x_zero);
    }
    std::vector<T> out(static_cast<std::size_t>(e.batch * size(e.out)));
    qlinear_average_pool(in.data(), out.data(), e, include_pad, q);
    using reference::pool_kind;
    const auto averages =
        reference::pool(include_pad ? pool_kind::average_include_pad : pool_kind::average, e, centred);
    double most = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double exact = averages[i] * static_cast<double>(q.ratio) + q.y_zero;
        const double kept = std::clamp(exact, static_cast<double>(std::numeric_limits<T>::lowest()),
                                       static_cast<double>(std::numeric_limits<T>::max()));
        most = std::max(most, std::fabs(kept - out[i]));
    }
    return most;
}

template <class T>
std::vector<T> averages(const std::vector<T>& in, index channels, const pool_quantization& q)
{
    const index pixels = static_cast<index>(in.size()) / channels;
    std::vector<T> out(static_cast<std::size_t>(channels));
    qlinear_average_pool(in.data(), out.data(), complete({.in = {1, 1, pixels, channels}, .window = {1, 1, pixels}}),
                         false, q);
    return out;
}

}  // namespace

TEST_CASE_TEMPLATE("qlinear_average_pool: within half a step of the average, padding counted or not", T, std::uint8_t,
                   std::int8_t)
{
    for (const pool_extents& e : reference::pool_shapes()) {
        CAPTURE(e.in[3]);
        CAPTURE(e.window[1]);
        for (const bool include_pad : {false, true}) {
            CAPTURE(include_pad);
            CHECK(average_error<T>(e, include_pad, {.ratio = 0.75f, .x_zero = 11, .y_zero = 5}) <= 0.5001);
            // Steps so small that much saturates.
            CHECK(average_error<T>(e, include_pad, {.ratio = 9.0f, .x_zero = 100, .y_zero = -20}) <= 0.5001);
        }
    }
}

TEST_CASE("qlinear_average_pool rounds halves to even, before the zero point is added")
{
    CHECK(averages<std::uint8_t>({1, 2, 3, 0, 3, 3}, 3, {}) == std::vector<std::uint8_t>{0, 2, 3});
    CHECK(averages<std::uint8_t>({1, 2, 3, 0, 3, 3}, 3, {.y_zero = 1}) == std::vector<std::uint8_t>{1, 3, 4});
    CHECK(averages<std::int8_t>({-1, -2, 0, -3}, 2, {}) == std::vector<std::int8_t>{0, -2});
}

TEST_CASE("qlinear_average_pool sums large images exactly")
{
    // 2^24 and more: a float would lose the odd one.
    std::vector<std::uint8_t> in(std::size_t{1} << 17, 255);
    in[7] = 254;
    // Where the sum were wrong by one, 1/2^17 of the mean times 2^17 would tell.
    CHECK(averages<std::uint8_t>(in, 1, {.ratio = 131072.0f, .x_zero = 255, .y_zero = 9}) ==
          std::vector<std::uint8_t>{8});
}

}  // namespace wasminfer
