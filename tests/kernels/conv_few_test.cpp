#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/conv_few.hpp>

#include "kernels/conv_reference.hpp"

namespace wasminfer {
namespace {

using reference::convolution;
using reference::random;
using reference::worst;

template <class T, class Epi = identity>
std::vector<T> run(const convolution& c, const std::vector<T>& in, const std::vector<T>& w, const std::vector<T>& bias,
                   const Epi& epi = {})
{
    const conv_few_pack_extents pack{.out = c.channels, .in = c.in[3], .window = {c.window[1], c.window[2]}};
    std::vector<float> packed(static_cast<std::size_t>(conv_few_packed_size(pack)), NAN);
    pack_conv_few(w.data(), packed.data(), pack);
    std::vector<T> out(static_cast<std::size_t>(c.out_size()));
    conv2d_few(in.data(), packed.data(), bias.empty() ? nullptr : bias.data(), out.data(),
               {.batch = c.batch,
                .in = {c.in[1], c.in[2], c.in[3]},
                .out = {c.out(1), c.out(2), c.channels},
                .window = {c.window[1], c.window[2]},
                .stride = {c.stride[1], c.stride[2]},
                .pad = {c.pad[1], c.pad[2]},
                .dilation = {c.dilation[1], c.dilation[2]}},
               epi);
    return out;
}

convolution shape(index size, index in, index window, index out)
{
    const index pad = window / 2;
    return {.in = {1, size, size + 1, in},
            .window = {1, window, window},
            .pad = {0, pad, pad},
            .pad_end = {0, pad, pad},
            .channels = out};
}

TEST_CASE("pack_conv_few: channels in a row, each filled up with zeros")
{
    const std::vector<float> w{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    std::vector<float> packed(16, NAN);
    pack_conv_few(w.data(), packed.data(), {.out = 2, .in = 2, .window = {1, 3}});
    CHECK(packed == std::vector<float>{1, 4, 2, 5, 3, 6, 0, 0, 7, 10, 8, 11, 9, 12, 0, 0});
}

TEST_CASE("conv2d_few: channels, windows and sizes against double")
{
    for (const index out : {1, 2, 3}) {
        for (const index in : {1, 2, 3, 4, 5, 8, 33}) {
            for (const index window : {1, 3, 5}) {
                for (const index size : {1, 3, 7, 13}) {
                    CAPTURE(out);
                    CAPTURE(in);
                    CAPTURE(window);
                    CAPTURE(size);
                    const convolution c = shape(size, in, window, out);
                    const auto x = random(c.in_size(), 1);
                    const auto w = random(c.weights(), 2);
                    const auto bias = random(out, 3);
                    REQUIRE(worst(run(c, x, w, bias), reference::convolve(c, x, w, bias)) < 2e-5);
                }
            }
        }
    }
}

TEST_CASE("conv2d_few: k in several passes, strides, dilation, batches, no bias, a residual")
{
    convolution c = shape(9, 21, 7, 2);
    c.batch = 2;
    c.stride[1] = 2;
    c.dilation[2] = 2;
    c.pad[2] = 5;
    const auto x = random(c.in_size(), 1);
    const auto w = random(c.weights(), 2);
    auto expected = reference::convolve(c, x, w, {});
    CHECK(worst(run(c, x, w, {}), expected) < 1e-4);
    const auto addend = random(c.out_size(), 9);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = std::fmax(expected[i] + static_cast<double>(addend[i]), 0.0);
    }
    CHECK(worst(run(c, x, w, {}, residual{addend.data(), relu{}}), expected) < 1e-4);
}

TEST_CASE("conv2d_few: what lies behind a window does not leak into it")
{
    // The window ends at the pixel before a NaN.
    const convolution c{.in = {1, 1, 4, 3}, .window = {1, 1, 2}, .channels = 1};
    std::vector<float> x(12, 1.0f);
    x[9] = NAN;
    const auto out = run(c, x, std::vector<float>(6, 1.0f), {});
    CHECK(out[0] == 6);
    CHECK(out[1] == 6);
    CHECK(std::isnan(out[2]));
}

TEST_CASE("conv2d_few: half")
{
    const convolution c = shape(6, 5, 3, 3);
    const auto x = random<half>(c.in_size(), 1);
    const auto w = random<half>(c.weights(), 2);
    const auto bias = random<half>(3, 3);
    CHECK(worst(run(c, x, w, bias), reference::convolve(c, x, w, bias)) < 1e-3);
}

TEST_CASE("conv2d_few: the same bits on every target")
{
    const convolution c = shape(14, 21, 5, 3);
    const auto x = random(c.in_size(), 1);
    const auto w = random(c.weights(), 2);
    const auto bias = random(3, 3);
    if (reference::same_bits) {
        CHECK(reference::hash(run(c, x, w, bias)) == 10138404761041726755u);
    }
}

}  // namespace
}  // namespace wasminfer
