#include <doctest/doctest.h>

#include <wasminfer/kernels/quantize.hpp>

#include <vector>

namespace wasminfer {
namespace {

TEST_CASE("quantize_linear rounds halves to even and saturates, in vectors and one by one")
{
    const std::vector<float> in{0.5f, 1.5f, -0.5f, -1.5f, 2.5f, 1e9f, -1e9f, 3.0f, 0.5f, 300.0f};
    const float scale = 1.0f;
    const std::int8_t zero = 1;
    std::vector<std::int8_t> out(10);
    quantize_linear<float>(in.data(), &scale, &zero, out.data(), {.inner = 10});
    CHECK(out == std::vector<std::int8_t>{1, 3, 1, -1, 3, 127, -128, 4, 1, 127});
    std::vector<std::int16_t> wide(10);
    quantize_linear<float>(in.data(), &scale, nullptr, wide.data(), {.inner = 10});
    CHECK(wide == std::vector<std::int16_t>{0, 2, 0, -2, 2, 32767, -32768, 3, 0, 300});
}

TEST_CASE("quantize_linear rounds the quotient to half where that is the precision")
{
    // 2049 / 1 is no half; to even it is 2048.
    const float in = 2049.0f;
    const half scale{1.0f};
    std::int16_t out = 0;
    quantize_linear<half>(&in, &scale, nullptr, &out, {.inner = 1});
    CHECK(out == 2048);
    quantize_linear<float>(&in, &scale, nullptr, &out, {.inner = 1});
    CHECK(out == 2049);
}

TEST_CASE("quantize_linear divides integers as double")
{
    // Just above and just below 1.5, which as floats they both are.
    const std::int32_t in[2] = {25165825, 25165823};
    const std::int32_t scale = 16777216;
    const std::int32_t three[1] = {3};
    std::int8_t out[2];
    quantize_linear<double>(in, &scale, nullptr, out, {.inner = 2});
    CHECK(out[0] == 2);
    CHECK(out[1] == 1);
    const std::int32_t odd[2] = {-9, 5};
    const std::int32_t two = 2;
    quantize_linear<double>(odd, &two, nullptr, out, {.inner = 2});
    CHECK(out[0] == -4);
    CHECK(out[1] == 2);
    quantize_linear<double>(odd, three, nullptr, out, {.inner = 2});
    CHECK(out[0] == -3);
    CHECK(out[1] == 2);
}

TEST_CASE("scales by axis and by block")
{
    // [2, 4, 2]: blocks of two on the middle axis, scales [2, 2, 2].
    std::vector<float> scale(8);
    std::vector<std::uint8_t> zero(8);
    for (std::size_t i = 0; i < 8; ++i) {
        scale[i] = static_cast<float>(i + 1);
        zero[i] = static_cast<std::uint8_t>(i);
    }
    std::vector<std::uint8_t> in(16, 10);
    std::vector<float> out(16);
    dequantize_linear(
        in.data(), scale.data(), zero.data(), out.data(),
        {.outer = 2, .axis = 4, .inner = 2, .block = 2, .scale_outer = 4, .scale_axis = 2, .scale_inner = 1});
    for (std::size_t i = 0; i < 16; ++i) {
        const std::size_t s = i / 8 * 4 + i / 2 % 4 / 2 * 2 + i % 2;
        CHECK(out[i] == static_cast<float>(10 - static_cast<int>(s)) * static_cast<float>(s + 1));
    }
    dequantize_linear(in.data(), scale.data(), zero.data(), out.data(),
                      {.outer = 2, .axis = 4, .inner = 2, .scale_axis = 1});
    for (std::size_t i = 0; i < 16; ++i) {
        const std::size_t s = i / 2 % 4;
        CHECK(out[i] == static_cast<float>(10 - static_cast<int>(s)) * static_cast<float>(s + 1));
    }
}

TEST_CASE("dequantize_linear in vectors and one by one")
{
    std::vector<std::uint8_t> in(11);
    for (std::size_t i = 0; i < in.size(); ++i) {
        in[i] = static_cast<std::uint8_t>(i * 25);
    }
    const float scale = 0.5f;
    const std::uint8_t zero = 128;
    std::vector<float> out(11);
    dequantize_linear(in.data(), &scale, &zero, out.data(), {.inner = 11});
    for (std::size_t i = 0; i < in.size(); ++i) {
        CHECK(out[i] == static_cast<float>(static_cast<int>(i * 25) - 128) * 0.5f);
    }
}

TEST_CASE("dynamic_quantize_linear covers zero, and gives zeros for zeros")
{
    const std::vector<float> in{1.0f, 2.0f, 5.0f, 3.0f, 51.0f};
    std::vector<std::uint8_t> out(5);
    float scale = 0;
    std::uint8_t zero = 7;
    dynamic_quantize_linear(in.data(), out.data(), &scale, &zero, {.n = 5});
    CHECK(scale == 0.2f);
    CHECK(zero == 0);
    CHECK(out == std::vector<std::uint8_t>{5, 10, 25, 15, 255});
    const std::vector<float> none(5, 0.0f);
    dynamic_quantize_linear(none.data(), out.data(), &scale, &zero, {.n = 5});
    CHECK(scale == 0.0f);
    CHECK(out == std::vector<std::uint8_t>(5, 0));
}

}  // namespace
}  // namespace wasminfer
