#include <doctest/doctest.h>

#include <wasminfer/kernels/pixels.hpp>

#include <vector>

using namespace wasminfer;

namespace {

constexpr float mean_scale[8] = {127.5f, 100.25f, 3.0f, 0, 1 / 127.5f, 0.017f, 2.0f, 0};

/// What pixels_to_floats does, in one line, with guards around the result.
template <int bytes, int channels, bool reversed, class T>
void check(std::ptrdiff_t n)
{
    CAPTURE(n);
    std::vector<std::uint8_t> in(static_cast<std::size_t>(n * bytes));
    for (std::size_t i = 0; i < in.size(); ++i) {
        in[i] = static_cast<std::uint8_t>(i * 37 + 250);
    }
    const T guard{-7.0f};
    std::vector<T> out(static_cast<std::size_t>(n * channels + 2), guard);
    pixels_to_floats<bytes, channels, reversed>(in.data(), mean_scale, out.data() + 1, {.n = n});
    for (std::ptrdiff_t i = 0; i < n; ++i) {
        for (std::ptrdiff_t c = 0; c < channels; ++c) {
            const std::ptrdiff_t from = reversed ? channels - 1 - c : c;
            const auto pixel = static_cast<float>(in[static_cast<std::size_t>(i * bytes + from)]);
            const T expected{(pixel - mean_scale[c]) * mean_scale[4 + c]};
            CHECK(static_cast<float>(out[static_cast<std::size_t>(1 + i * channels + c)]) ==
                  static_cast<float>(expected));
        }
    }
    CHECK(static_cast<float>(out.front()) == -7.0f);
    CHECK(static_cast<float>(out.back()) == -7.0f);
}

}  // namespace

TEST_CASE("pixels_to_floats: rgba8, rgb8, gray8, both orders, float and half, any count")
{
    for (const std::ptrdiff_t n : {0, 1, 2, 3, 4, 5, 64, 259}) {
        check<4, 3, false, float>(n);
        check<4, 3, true, float>(n);
        check<3, 3, false, float>(n);
        check<3, 3, true, half>(n);
        check<1, 1, false, float>(n);
        check<1, 1, false, half>(n);
    }
}
