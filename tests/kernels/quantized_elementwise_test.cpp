#include <wasminfer/kernels/quantized_elementwise.hpp>

#include "kernels/reference.hpp"

#include <algorithm>
#include <limits>

namespace wasminfer {
namespace {

template <class T>
std::vector<T> all_bytes()
{
    std::vector<T> v;
    for (int x = std::numeric_limits<T>::lowest(); x <= std::numeric_limits<T>::max(); ++x) {
        v.push_back(static_cast<T>(x));
    }
    return v;
}

template <class T>
T saturate(double x)
{
    return static_cast<T>(std::clamp(x, static_cast<double>(std::numeric_limits<T>::lowest()),
                                     static_cast<double>(std::numeric_limits<T>::max())));
}

/// How many pairs of bytes the functor takes to something else than expected(x, y), rounded to even and saturated.
template <class T, class F, class Expected>
int mistakes(const F& f, std::int32_t zero, Expected expected)
{
    int wrong = 0;
    for (const T x : all_bytes<T>()) {
        for (const T y : all_bytes<T>()) {
            const T want = saturate<T>(std::nearbyint(expected(x, y)) + zero);
            wrong += f(x, y) == want ? 0 : 1;
        }
    }
    return wrong;
}

/// exp(-d * scale) for d = 0 … 255.
std::vector<float> exponentials(double scale)
{
    std::vector<float> table;
    for (int d = 0; d < 256; ++d) {
        table.push_back(static_cast<float>(std::exp(-d * scale)));
    }
    return table;
}

/// The largest distance from softmax / y_scale + y_zero, saturated, before rounding: half a step where all is right.
template <class T>
double softmax_error(const qlinear_softmax_extents& e, double x_scale, float y_scale, std::int32_t y_zero)
{
    std::vector<T> in(static_cast<std::size_t>(e.outer * e.axis * e.inner));
    const auto numbers = reference::random<std::int32_t>(static_cast<index>(in.size()), 1);
    std::ranges::transform(numbers, in.begin(), [](std::int32_t x) { return static_cast<T>(x); });
    std::vector<T> out(in.size());
    qlinear_softmax(in.data(), exponentials(x_scale).data(), out.data(), e, y_scale, y_zero);
    double most = 0;
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            const auto at = [&](index a) { return static_cast<std::size_t>((o * e.axis + a) * e.inner + i); };
            double sum = 0;
            for (index a = 0; a < e.axis; ++a) {
                sum += std::exp(x_scale * in[at(a)]);
            }
            for (index a = 0; a < e.axis; ++a) {
                const double exact =
                    std::exp(x_scale * in[at(a)]) / sum / static_cast<double>(y_scale) + static_cast<double>(y_zero);
                const double kept = std::clamp(exact, static_cast<double>(std::numeric_limits<T>::lowest()),
                                               static_cast<double>(std::numeric_limits<T>::max()));
                most = std::max(most, std::fabs(kept - out[at(a)]));
            }
        }
    }
    return most;
}

}  // namespace

TEST_CASE_TEMPLATE("qlinear_sum: every pair of bytes", T, std::uint8_t, std::int8_t)
{
    for (const std::int32_t zero : {0, 101}) {
        // Ratios that are powers of two leave floats exact, halves among them.
        const qlinear_sum<T> f{.x_ratio = 0.5f, .y_ratio = 0.25f, .x_zero = 3, .y_zero = 90, .zero = zero};
        CHECK(mistakes<T>(f, zero, [](int x, int y) { return (x - 3) * 0.5 + (y - 90) * 0.25; }) == 0);
    }
}

TEST_CASE_TEMPLATE("qlinear_product: every pair of bytes", T, std::uint8_t, std::int8_t)
{
    for (const std::int32_t zero : {0, 101}) {
        const qlinear_product<T> f{.ratio = 0.03125f, .x_zero = 3, .y_zero = 90, .zero = zero};
        CHECK(mistakes<T>(f, zero, [](int x, int y) { return (x - 3) * (y - 90) * 0.03125; }) == 0);
    }
}

TEST_CASE("map_bytes looks all bytes up, negative ones behind the others")
{
    std::vector<std::int8_t> table(256);
    for (std::size_t i = 0; i < 256; ++i) {
        table[i] = static_cast<std::int8_t>(37 * i + 5);
    }
    const auto in = all_bytes<std::uint8_t>();
    std::vector<std::int8_t> out(256);
    map_bytes(in.data(), table.data(), out.data(), {.row = 256});
    CHECK(out == table);
    const auto signed_in = all_bytes<std::int8_t>();
    map_bytes(signed_in.data(), table.data(), out.data(), {.row = 256});
    std::ranges::rotate(table, table.begin() + 128);
    CHECK(out == table);
}

TEST_CASE("map_bytes writes rows at a distance and leaves what lies between them alone")
{
    std::vector<std::uint8_t> table(256);
    for (std::size_t i = 0; i < 256; ++i) {
        table[i] = static_cast<std::uint8_t>(255 - i);
    }
    const std::vector<std::uint8_t> in{1, 2, 3, 4, 5, 6};
    std::vector<std::uint8_t> out(8, 7);
    map_bytes(in.data(), table.data(), out.data(), {.rows = 3, .row = 2, .step = 3});
    CHECK(out == std::vector<std::uint8_t>{254, 253, 7, 252, 251, 7, 250, 249});
}

TEST_CASE_TEMPLATE("qlinear_softmax: within half a step of softmax, along every axis", T, std::uint8_t, std::int8_t)
{
    const bool is_signed = std::numeric_limits<T>::is_signed;
    for (const qlinear_softmax_extents& e :
         {qlinear_softmax_extents{.axis = 7}, qlinear_softmax_extents{.outer = 3, .axis = 5, .inner = 4},
          qlinear_softmax_extents{.axis = 1, .inner = 3}, qlinear_softmax_extents{.outer = 2, .axis = 300}}) {
        CAPTURE(e.axis);
        CHECK(softmax_error<T>(e, 0.02, 1.0f / 256, is_signed ? -128 : 0) <= 0.5001);
        // Steps so small that what is large saturates.
        CHECK(softmax_error<T>(e, 0.1, 1.0f / 2048, 3) <= 0.5001);
    }
}

TEST_CASE("qlinear_softmax rounds halves to even")
{
    const std::vector<float> table(256, 1.0f);
    const std::vector<std::uint8_t> in(4, 9);
    std::vector<std::uint8_t> out(4);
    // 0.25 / 0.5 = 0.5, and 1 / (2 / 3) = 1.5.
    qlinear_softmax(in.data(), table.data(), out.data(), {.axis = 4}, 0.5f, 0);
    CHECK(out == std::vector<std::uint8_t>(4, 0));
    qlinear_softmax(in.data(), table.data(), out.data(), {.axis = 4}, 0.5f, 10);
    CHECK(out == std::vector<std::uint8_t>(4, 10));
    qlinear_softmax(in.data(), table.data(), out.data(), {.axis = 1, .inner = 4}, 2.0f / 3.0f, 0);
    CHECK(out == std::vector<std::uint8_t>(4, 2));
}

}  // namespace wasminfer
