#include <wasminfer/kernels/rotary_embedding.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

template <rotary_pairs pairs, class T>
void check(index rotated, double tolerance)
{
    const rotary_embedding_extents e{.batch = 2,
                                     .heads = 3,
                                     .rows = 4,
                                     .width = 14,
                                     .rotated = rotated,
                                     .x = {168, 56, 14},
                                     .out = {168, 56, 14},
                                     .cache_rows = 9,
                                     .cache = {0, 7},
                                     .positions = {4, 1}};
    const auto x = random<T>(2 * 168, 1);
    const auto cos = random<T>(9 * 7, 2);
    const auto sin = random<T>(9 * 7, 3);
    const std::vector<std::int64_t> positions{0, 8, 3, -1, 5, 5, 100, -100};
    const std::vector<std::size_t> rows{0, 8, 3, 8, 5, 5, 8, 0};
    std::vector<double> expected = reference::widen_all(x);
    for (std::size_t b = 0; b < 2; ++b) {
        for (std::size_t h = 0; h < 3; ++h) {
            for (std::size_t i = 0; i < 4; ++i) {
                for (std::size_t j = 0; j < static_cast<std::size_t>(rotated) / 2; ++j) {
                    const std::size_t row = b * 168 + h * 56 + i * 14;
                    const bool halves = pairs == rotary_pairs::halves;
                    const std::size_t at = row + (halves ? j : 2 * j);
                    const std::size_t other = row + (halves ? j + static_cast<std::size_t>(rotated) / 2 : 2 * j + 1);
                    const std::size_t angle = rows[b * 4 + i] * 7 + j;
                    const auto c = static_cast<double>(widen(cos[angle]));
                    const auto s = static_cast<double>(widen(sin[angle]));
                    const auto first = static_cast<double>(widen(x[at]));
                    const auto second = static_cast<double>(widen(x[other]));
                    expected[at] = c * first - s * second;
                    expected[other] = s * first + c * second;
                }
            }
        }
    }
    std::vector<T> out(x.size());
    rotary_embedding<pairs>(x.data(), cos.data(), sin.data(), positions.data(), out.data(), e);
    CHECK(reference::worst(out, expected) <= tolerance);
    auto both = x;
    rotary_embedding<pairs>(both.data(), cos.data(), sin.data(), positions.data(), both.data(), e);
    CHECK(reference::widen_all(both) == reference::widen_all(out));
}

}  // namespace

TEST_CASE_TEMPLATE("pairs are turned by the angles at their positions, in place too", T, float, half, double)
{
    const double tolerance = is_half<T> ? 1e-3 : 1e-6;
    check<rotary_pairs::halves, T>(14, tolerance);
    check<rotary_pairs::halves, T>(6, tolerance);
    check<rotary_pairs::neighbours, T>(14, tolerance);
    check<rotary_pairs::neighbours, T>(4, tolerance);
}

TEST_CASE("without positions every row has angles of its own")
{
    const std::vector<float> x{1, 2, 1, 2};
    const std::vector<float> cos{1, 0};
    const std::vector<float> sin{0, 1};
    std::vector<float> out(4);
    rotary_embedding<rotary_pairs::halves>(
        x.data(), cos.data(), sin.data(), nullptr, out.data(),
        {.rows = 2, .width = 2, .rotated = 2, .x = {4, 4, 2}, .out = {4, 4, 2}, .cache_rows = 2, .cache = {2, 1}});
    CHECK(out == std::vector<float>{1, 2, -2, 1});
}

}  // namespace wasminfer
