#include <wasminfer/kernels/signal.hpp>

#include <algorithm>
#include <array>

#include "kernels/reference.hpp"

namespace wasminfer {

TEST_CASE("windows are sums of cosines, over n or n - 1 steps")
{
    for (const index periodic : {0, 1}) {
        std::vector<double> out(9);
        cosine_window(out.data(), {.n = 9, .periodic = periodic}, 0.42, 0.5, 0.08);
        for (std::size_t i = 0; i < 9; ++i) {
            const double angle = 2 * 3.14159265358979323846 * static_cast<double>(i) / (periodic ? 9 : 8);
            CHECK(out[i] == doctest::Approx(0.42 - 0.5 * std::cos(angle) + 0.08 * std::cos(2 * angle)).epsilon(1e-14));
        }
    }
    std::vector<float> hann(4);
    cosine_window(hann.data(), {.n = 4}, 0.5, 0.5, 0);
    CHECK(hann == std::vector<float>{0, 0.5f, 1, 0.5f});
    std::vector<std::int32_t> whole(5);
    cosine_window(whole.data(), {.n = 5, .periodic = 0}, 0.5, 0.5, 0);
    CHECK(whole == std::vector<std::int32_t>{0, 0, 1, 0, 0});
}

TEST_CASE("mel bins are triangles over the spectrogram's bins")
{
    const std::int64_t rate = 8192;
    const float lower = 0;
    const float upper = 4096;
    const mel_weights_extents e{.bins = 9, .mel_bins = 8, .length = 16};
    std::vector<float> out(72);
    mel_weights(&rate, &lower, &upper, out.data(), e);
    // ONNX's own example.
    std::vector<float> expected(72);
    const std::size_t bin_of[] = {0, 0, 1, 1, 2, 3, 4, 5};
    for (std::size_t m = 0; m < 8; ++m) {
        expected[bin_of[m] * 8 + m] = 1;
    }
    CHECK(out == expected);
}

TEST_CASE("a mel bin rises to its centre and falls to its neighbour's")
{
    const std::int32_t rate = 1000;
    const half lower{0.0f};
    const half upper{500.0f};
    std::vector<double> out(65 * 3);
    mel_weights(&rate, &lower, &upper, out.data(), {.bins = 65, .mel_bins = 3, .length = 128});
    // Edges at 129 / 1000 · 700 (e^(i · step / 1127.0…) - 1), rounded down.
    std::vector<index> edges;
    const double step = 2595 * std::log10(1 + 500.0 / 700) / 5;
    for (int i = 0; i < 5; ++i) {
        edges.push_back(static_cast<index>(129 * 700 * (std::pow(10, i * step / 2595) - 1) / 1000));
    }
    for (index m = 0; m < 3; ++m) {
        const auto [a, b, c] = std::array{edges[static_cast<std::size_t>(m)], edges[static_cast<std::size_t>(m + 1)],
                                          edges[static_cast<std::size_t>(m + 2)]};
        for (index bin = 0; bin < 65; ++bin) {
            const double up = static_cast<double>(bin - a) / static_cast<double>(b - a);
            const double down = static_cast<double>(c - bin) / static_cast<double>(c - b);
            CHECK(out[static_cast<std::size_t>(bin * 3 + m)] == doctest::Approx(std::max(0.0, std::min(up, down))));
        }
    }
}

TEST_CASE("bins beyond the spectrogram are not written")
{
    const std::int32_t rate = 10;
    const double lower = 0;
    const double upper = 1e9;
    std::vector<double> out(12, 5.0);
    mel_weights(&rate, &lower, &upper, out.data(), {.bins = 3, .mel_bins = 3, .length = 4});
    CHECK(out[9] == 5);
    const std::int32_t none = 0;
    mel_weights(&none, &lower, &upper, out.data(), {.bins = 3, .mel_bins = 3, .length = 4});
    CHECK(out[9] == 5);
}

}  // namespace wasminfer
