#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/conv.hpp>

#include "kernels/conv_reference.hpp"

namespace wasminfer {
namespace {

using reference::convolution;
using reference::random;
using reference::worst;

template <class T>
std::vector<compute_t<T>> packed(const convolution& c, const std::vector<T>& w)
{
    const conv_pack_extents e{.out = c.channels,
                              .in = c.in[3] / c.groups,
                              .window = {c.window[0], c.window[1], c.window[2]},
                              .groups = c.groups};
    std::vector<compute_t<T>> p(static_cast<std::size_t>(conv_packed_size(e)));
    pack_conv(w.data(), p.data(), e);
    return p;
}

template <class T, class Epi = identity>
std::vector<T> run_any(const convolution& c, const std::vector<T>& in, const std::vector<T>& w,
                       const std::vector<T>& bias, const Epi& epi = {})
{
    std::vector<T> out(static_cast<std::size_t>(c.out_size()));
    conv2d_any(in.data(), packed(c, w).data(), bias.empty() ? nullptr : bias.data(), out.data(),
               {.batch = c.batch,
                .in = {c.in[1], c.in[2], c.in[3]},
                .out = {c.out(1), c.out(2), c.channels},
                .window = {c.window[1], c.window[2]},
                .stride = {c.stride[1], c.stride[2]},
                .pad = {c.pad[1], c.pad[2]},
                .dilation = {c.dilation[1], c.dilation[2]},
                .groups = c.groups},
               epi);
    return out;
}

template <window Window, stride Stride, class Epi = identity>
std::vector<float> run(const convolution& c, const std::vector<float>& in, const std::vector<float>& w,
                       const std::vector<float>& bias, const Epi& epi = {})
{
    std::vector<float> out(static_cast<std::size_t>(c.out_size()));
    conv2d<Window, Stride>(in.data(), packed(c, w).data(), bias.empty() ? nullptr : bias.data(), out.data(),
                           {.batch = c.batch,
                            .in = {c.in[1], c.in[2], c.in[3]},
                            .out = {c.out(1), c.out(2), c.channels},
                            .pad = {c.pad[1], c.pad[2]},
                            .dilation = {c.dilation[1], c.dilation[2]},
                            .groups = c.groups},
                           epi);
    return out;
}

struct operands {
    std::vector<float> in, w, bias;
    explicit operands(const convolution& c, std::uint32_t seed = 1)
        : in{random(c.in_size(), seed)}, w{random(c.weights(), seed + 1)}, bias{random(c.channels, seed + 2)}
    {
    }
};

TEST_CASE("pack_conv: panels of 8 channels of each group, then window, then input channel")
{
    const convolution c{.in = {1, 1, 1, 6}, .window = {1, 2, 3}, .channels = 20, .groups = 2};
    const auto w = random(c.weights(), 3);
    const auto p = packed(c, w);
    REQUIRE(p.size() == 2 * 16 * 6 * 3);
    std::size_t at = 0;
    for (index group = 0; group < 2; ++group) {
        for (index panel = 0; panel < 2; ++panel) {
            for (index tap = 0; tap < 6; ++tap) {
                for (index i = 0; i < 3; ++i) {
                    for (index j = 0; j < 8; ++j) {
                        const index o = panel * 8 + j;
                        const float expected =
                            o < 10 ? w[static_cast<std::size_t>(((group * 10 + o) * 3 + i) * 6 + tap)] : 0.0f;
                        REQUIRE(p[at++] == expected);
                    }
                }
            }
        }
    }
}

TEST_CASE("conv2d_any: extents, channels, windows, strides, pads and dilations against double")
{
    int cases = 0;
    for (const index h : {1, 2, 5, 11}) {
        for (const index w : {1, 4, 7, 17}) {
            for (const index channels : {1, 3, 5, 8, 17}) {
                for (const index variant : {0, 1, 2, 3, 4, 5, 6}) {
                    convolution c{.in = {1, h, w, channels}, .channels = 9};
                    switch (variant) {
                    case 0: c.window[1] = c.window[2] = 3, c.pad[1] = c.pad[2] = c.pad_end[1] = c.pad_end[2] = 1; break;
                    case 1:
                        c.window[1] = c.window[2] = 3, c.stride[1] = c.stride[2] = 2, c.pad_end[1] = c.pad_end[2] = 2;
                        break;
                    case 2:
                        c.window[1] = 5, c.window[2] = 2, c.pad[1] = 3, c.pad_end[1] = 1, c.pad[2] = 0,
                        c.pad_end[2] = 1;
                        break;
                    case 3: c.window[2] = 3, c.dilation[2] = 2, c.pad[2] = 4, c.stride[1] = 2; break;
                    case 4:
                        c.window[1] = c.window[2] = 2, c.dilation[1] = 3, c.pad[1] = 3, c.pad[2] = 1, c.batch = 2;
                        break;
                    case 5: c.stride[1] = 3, c.stride[2] = 2, c.batch = 3; break;
                    default:
                        c.window[1] = c.window[2] = 7, c.pad[1] = c.pad[2] = c.pad_end[1] = c.pad_end[2] = 6;
                        break;
                    }
                    if (c.in[1] + c.pad[1] + c.pad_end[1] < (c.window[1] - 1) * c.dilation[1] + 1 ||
                        c.in[2] + c.pad[2] + c.pad_end[2] < (c.window[2] - 1) * c.dilation[2] + 1) {
                        continue;
                    }
                    CAPTURE(h);
                    CAPTURE(w);
                    CAPTURE(channels);
                    CAPTURE(variant);
                    const operands o{c};
                    REQUIRE(worst(run_any(c, o.in, o.w, o.bias), reference::convolve(c, o.in, o.w, o.bias)) < 1e-5);
                    ++cases;
                }
            }
        }
    }
    CHECK(cases > 400);
}

TEST_CASE("convolve_direct: the sums of convolve, at edges and inside, dilated or not")
{
    for (const index channels : {1, 3, 5, 16}) {
        for (const index out : {1, 4, 5, 8, 19}) {
            for (const index width : {2, 9, 26}) {
                for (const index variant : {0, 1, 2, 3}) {
                    convolution c{.batch = 2, .in = {3, 4, width, channels}, .window = {3, 2, 3}, .channels = out};
                    c.pad[0] = c.pad_end[0] = c.pad[2] = c.pad_end[2] = 1;
                    switch (variant) {
                    case 0: break;
                    case 1: c.dilation[0] = 2, c.pad[0] = c.pad_end[0] = 2; break;
                    case 2: c.dilation[2] = 4, c.pad[2] = c.pad_end[2] = 4; break;
                    default: c.stride[1] = c.stride[2] = 2, c.pad[2] = 2; break;
                    }
                    CAPTURE(channels);
                    CAPTURE(out);
                    CAPTURE(width);
                    CAPTURE(variant);
                    const operands o{c};
                    detail::conv_shape s{.batch = c.batch,
                                         .in = {c.in[0], c.in[1], c.in[2], channels},
                                         .out = {c.out(0), c.out(1), c.out(2), out},
                                         .window = {3, 2, 3}};
                    std::ranges::copy(c.stride, s.stride);
                    std::ranges::copy(c.pad, s.pad);
                    std::ranges::copy(c.dilation, s.dilation);
                    std::vector<float> direct(static_cast<std::size_t>(c.out_size()));
                    std::vector<float> gathered = direct;
                    const auto w = packed(c, o.w);
                    detail::convolve_direct(o.in.data(), w.data(), o.bias.data(), direct.data(), s, relu{});
                    detail::convolve(o.in.data(), w.data(), o.bias.data(), gathered.data(), s, relu{});
                    REQUIRE(direct == gathered);
                }
            }
        }
    }
}

TEST_CASE("conv2d_any: groups, dilated or not")
{
    for (const index groups : {2, 3, 6}) {
        for (const index dilation : {1, 2}) {
            convolution c{.batch = 2,
                          .in = {1, 6, 7, 12},
                          .window = {1, 3, 3},
                          .pad = {0, 2, 1},
                          .pad_end = {0, 1, 2},
                          .dilation = {1, dilation, dilation},
                          .channels = 18,
                          .groups = groups};
            CAPTURE(groups);
            const operands o{c};
            CHECK(worst(run_any(c, o.in, o.w, o.bias), reference::convolve(c, o.in, o.w, o.bias)) < 1e-5);
        }
    }
}

TEST_CASE("conv2d_any: passes over k that end inside a line of the window")
{
    for (const index channels : {43, 61, 130, 300}) {
        const convolution c{
            .in = {1, 5, 6, channels}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .pad_end = {0, 1, 1}, .channels = 75};
        const operands o{c};
        CAPTURE(channels);
        CHECK(worst(run_any(c, o.in, o.w, {}), reference::convolve(c, o.in, o.w, {})) < 1e-4);
    }
}

template <window Window, stride Stride>
void check_specialised(index pad)
{
    convolution c{.batch = 2,
                  .in = {1, 9, 13, 5},
                  .window = {1, Window.h, Window.w},
                  .stride = {1, Stride.h, Stride.w},
                  .pad = {0, pad, pad},
                  .pad_end = {0, pad, pad},
                  .channels = 11};
    const operands o{c, 7};
    const auto addend = random(c.out_size(), 99);
    const auto special = run<Window, Stride>(c, o.in, o.w, o.bias, residual{addend.data(), relu{}});
    CHECK(special == run_any(c, o.in, o.w, o.bias, residual{addend.data(), relu{}}));
    auto expected = reference::convolve(c, o.in, o.w, o.bias);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = std::fmax(expected[i] + static_cast<double>(addend[i]), 0.0);
    }
    CHECK(worst(special, expected) < 1e-5);
}

TEST_CASE("conv2d: specialisations give the bits of conv2d_any, and the right ones")
{
    check_specialised<window{1, 1}, stride{1, 1}>(0);
    check_specialised<window{1, 1}, stride{1, 1}>(2);
    check_specialised<window{1, 1}, stride{2, 2}>(0);
    check_specialised<window{3, 3}, stride{1, 1}>(1);
    check_specialised<window{3, 3}, stride{2, 2}>(1);
    check_specialised<window{3, 2}, stride{1, 2}>(1);
    check_specialised<window{5, 5}, stride{1, 1}>(2);
    check_specialised<window{7, 7}, stride{2, 2}>(3);
}

TEST_CASE("conv2d: padding is zeros that are multiplied")
{
    convolution c{.in = {1, 3, 3, 1}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .pad_end = {0, 1, 1}};
    // Padding is a zero, as everywhere in ONNX: 0 · inf is NaN at the border, and only there.
    std::vector<float> w(9, 0.0f);
    w[0] = INFINITY;
    for (const index channels : {1, 9}) {  // Without gathering, and with it.
        c.channels = channels;
        w.resize(static_cast<std::size_t>(c.weights()));
        const auto out = run_any(c, std::vector<float>(9, 1.0f), w, {});
        CHECK(std::isnan(out[0]));
        CHECK(out[static_cast<std::size_t>(8 * channels)] == INFINITY);
    }
}

TEST_CASE("conv1d and conv3d against double")
{
    const convolution line{.batch = 2,
                           .in = {1, 1, 19, 6},
                           .window = {1, 1, 4},
                           .stride = {1, 1, 2},
                           .pad = {0, 0, 3},
                           .pad_end = {0, 0, 1},
                           .dilation = {1, 1, 2},
                           .channels = 10,
                           .groups = 2};
    const operands l{line};
    std::vector<float> out(static_cast<std::size_t>(line.out_size()));
    conv1d(l.in.data(), packed(line, l.w).data(), l.bias.data(), out.data(),
           {.batch = 2,
            .in = {19, 6},
            .out = {line.out(2), 10},
            .window = 4,
            .stride = 2,
            .pad = 3,
            .dilation = 2,
            .groups = 2});
    CHECK(worst(out, reference::convolve(line, l.in, l.w, l.bias)) < 1e-5);

    for (const index channels : {1, 3, 8}) {
        const convolution c{.batch = 2,
                            .in = {5, 6, 7, channels},
                            .window = {3, 2, 3},
                            .stride = {2, 1, 2},
                            .pad = {1, 0, 2},
                            .pad_end = {1, 1, 0},
                            .dilation = {1, 2, 1},
                            .channels = 5};
        const operands o{c};
        std::vector<float> solid(static_cast<std::size_t>(c.out_size()));
        conv3d(o.in.data(), packed(c, o.w).data(), o.bias.data(), solid.data(),
               {.batch = 2,
                .in = {5, 6, 7, channels},
                .out = {c.out(0), c.out(1), c.out(2), 5},
                .window = {3, 2, 3},
                .stride = {2, 1, 2},
                .pad = {1, 0, 2},
                .dilation = {1, 2, 1}},
               relu{});
        auto expected = reference::convolve(c, o.in, o.w, o.bias);
        for (double& x : expected) {
            x = std::fmax(x, 0.0);
        }
        CHECK(worst(solid, expected) < 1e-5);
    }
}

TEST_CASE("conv2d_any: double and half")
{
    const convolution c{.in = {1, 6, 7, 5}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .pad_end = {0, 1, 1}, .channels = 9};
    const auto in = random<double>(c.in_size(), 1);
    const auto w = random<double>(c.weights(), 2);
    const auto bias = random<double>(c.channels, 3);
    CHECK(worst(run_any(c, in, w, bias), reference::convolve(c, in, w, bias)) < 1e-14);
    const auto in_h = random<half>(c.in_size(), 1);
    const auto w_h = random<half>(c.weights(), 2);
    const auto bias_h = random<half>(c.channels, 3);
    CHECK(worst(run_any(c, in_h, w_h, bias_h), reference::convolve(c, in_h, w_h, bias_h)) < 1e-3);
}

TEST_CASE("conv2d: no pixels, nothing written")
{
    std::vector<float> out(4, 3.0f);
    const float x = 1;
    conv2d<window{3, 3}, stride{1, 1}>(&x, &x, nullptr, out.data(), {.batch = 0, .in = {4, 4, 1}, .out = {2, 2, 1}});
    conv2d<window{1, 1}, stride{1, 1}>(&x, &x, nullptr, out.data(), {.in = {0, 4, 1}, .out = {0, 4, 1}});
    CHECK(out == std::vector<float>(4, 3.0f));
}

TEST_CASE("conv2d: the same bits on every target")
{
    const convolution c{
        .in = {1, 14, 15, 21}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .pad_end = {0, 1, 1}, .channels = 19};
    const operands o{c, 11};
    if (reference::same_bits) {
        CHECK(reference::hash(run<window{3, 3}, stride{1, 1}>(c, o.in, o.w, o.bias, relu{})) == 13468169496366537991u);
    }
}

}  // namespace
}  // namespace wasminfer
