#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/depthwise.hpp>

#include "kernels/conv_reference.hpp"

namespace wasminfer {
namespace {

using reference::convolution;
using reference::random;
using reference::worst;

template <class T>
struct operands {
    std::vector<T> in, w, bias, packed;
    explicit operands(const convolution& c)
        : in{random<T>(c.in_size(), 1)}, w{random<T>(c.weights(), 2)}, bias{random<T>(c.channels, 3)}, packed(w.size())
    {
        pack_depthwise(w.data(), packed.data(), {.c = c.channels, .taps = c.window[1] * c.window[2]});
    }
};

template <class T, class Epi = identity>
std::vector<T> run_any(const convolution& c, const operands<T>& o, const Epi& epi = {})
{
    std::vector<T> out(static_cast<std::size_t>(c.out_size()));
    depthwise2d_any(o.in.data(), o.packed.data(), o.bias.data(), out.data(),
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

template <window Window, stride Stride, class T, class Epi = identity>
std::vector<T> run(const convolution& c, const operands<T>& o, bool with_bias = true, const Epi& epi = {})
{
    std::vector<T> out(static_cast<std::size_t>(c.out_size()));
    depthwise2d<Window, Stride>(o.in.data(), o.packed.data(), with_bias ? o.bias.data() : nullptr, out.data(),
                                {.batch = c.batch,
                                 .in = {c.in[1], c.in[2], c.in[3]},
                                 .out = {c.out(1), c.out(2), c.channels},
                                 .pad = {c.pad[1], c.pad[2]},
                                 .dilation = {c.dilation[1], c.dilation[2]}},
                                epi);
    return out;
}

TEST_CASE("pack_depthwise: from a window a channel to a channel row a tap")
{
    const auto w = random(6 * 5, 1);
    std::vector<float> packed(30);
    pack_depthwise(w.data(), packed.data(), {.c = 6, .taps = 5});
    for (std::size_t tap = 0; tap < 5; ++tap) {
        for (std::size_t c = 0; c < 6; ++c) {
            CHECK(packed[tap * 6 + c] == w[c * 5 + tap]);
        }
    }
}

/// Every width from less than a tile to several, odd channel counts, pads that differ.
template <window Window, stride Stride>
void check_shapes()
{
    for (const index channels : {1, 3, 4, 5, 8, 17}) {
        for (index width = 1; width <= 17; ++width) {
            for (const index pad : {index{0}, Window.w / 2, Window.w - 1}) {
                convolution c{.batch = 2,
                              .in = {1, 6, width, channels},
                              .window = {1, Window.h, Window.w},
                              .stride = {1, Stride.h, Stride.w},
                              .pad = {0, pad, pad},
                              .pad_end = {0, Window.h - 1, Window.w - 1 - pad + 1},
                              .channels = channels,
                              .groups = channels};
                if (width + c.pad[2] + c.pad_end[2] < Window.w) {
                    continue;
                }
                CAPTURE(channels);
                CAPTURE(width);
                CAPTURE(pad);
                const operands<float> o{c};
                const auto out = run<Window, Stride>(c, o);
                REQUIRE(worst(out, reference::convolve(c, o.in, o.w, o.bias)) < 1e-6);
                REQUIRE(out == run_any(c, o));
            }
        }
    }
}

TEST_CASE("depthwise2d 3x3 against double, and bit for bit against the run-time window")
{
    check_shapes<window{3, 3}, stride{1, 1}>();
    check_shapes<window{3, 3}, stride{2, 2}>();
}

TEST_CASE("depthwise2d 5x5, 7x7 and lopsided windows and strides")
{
    check_shapes<window{5, 5}, stride{1, 1}>();
    check_shapes<window{5, 5}, stride{2, 2}>();
    check_shapes<window{7, 7}, stride{1, 1}>();
    check_shapes<window{1, 4}, stride{1, 3}>();
    check_shapes<window{2, 1}, stride{2, 1}>();
}

TEST_CASE("depthwise2d: dilation, no bias, epilogues, residual")
{
    const convolution c{.in = {1, 9, 10, 6},
                        .window = {1, 3, 3},
                        .pad = {0, 2, 2},
                        .pad_end = {0, 2, 2},
                        .dilation = {1, 2, 2},
                        .channels = 6,
                        .groups = 6};
    const operands<float> o{c};
    CHECK(worst(run<window{3, 3}, stride{1, 1}>(c, o), reference::convolve(c, o.in, o.w, o.bias)) < 1e-6);
    CHECK(worst(run<window{3, 3}, stride{1, 1}>(c, o, false), reference::convolve(c, o.in, o.w, {})) < 1e-6);

    const auto addend = random(c.out_size(), 9);
    auto expected = reference::convolve(c, o.in, o.w, o.bias);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = std::fmin(std::fmax(expected[i] + static_cast<double>(addend[i]), 0.0), 0.5);
    }
    CHECK(worst(run<window{3, 3}, stride{1, 1}>(c, o, true, residual{addend.data(), clip{0.0f, 0.5f}}), expected) <
          1e-6);
}

TEST_CASE("depthwise2d: more channels than are swept at once, and a residual at its place in each block")
{
    const convolution c{.batch = 2,
                        .in = {1, 4, 14, 235},
                        .window = {1, 3, 3},
                        .pad = {0, 1, 1},
                        .pad_end = {0, 1, 1},
                        .channels = 235,
                        .groups = 235};
    REQUIRE(detail::depthwise_block<window{3, 3}>(235, 14) < 232 / 2);
    const operands<float> o{c};
    CHECK(run<window{3, 3}, stride{1, 1}>(c, o) == run_any(c, o));
    const auto addend = random(c.out_size(), 9);
    const residual epilogue{addend.data(), clip{0.0f, 0.5f}};
    CHECK(run<window{3, 3}, stride{1, 1}>(c, o, true, epilogue) == run_any(c, o, epilogue));
}

TEST_CASE("depthwise2d: several output channels an input channel")
{
    for (const index multiple : {2, 3, 8}) {
        const convolution c{.in = {1, 5, 6, 3},
                            .window = {1, 3, 3},
                            .stride = {1, 2, 1},
                            .pad = {0, 1, 1},
                            .pad_end = {0, 1, 1},
                            .channels = 3 * multiple,
                            .groups = 3};
        CAPTURE(multiple);
        const operands<float> o{c};
        CHECK(worst(run_any(c, o), reference::convolve(c, o.in, o.w, o.bias)) < 1e-6);
        const operands<double> d{c};
        CHECK(worst(run_any(c, d), reference::convolve(c, d.in, d.w, d.bias)) < 1e-14);
    }
}

TEST_CASE("depthwise2d: double and half")
{
    const convolution c{
        .in = {1, 7, 9, 6}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .pad_end = {0, 1, 1}, .channels = 6, .groups = 6};
    const operands<double> d{c};
    CHECK(worst(run<window{3, 3}, stride{1, 1}>(c, d), reference::convolve(c, d.in, d.w, d.bias)) < 1e-14);
    const operands<half> h{c};
    CHECK(worst(run<window{3, 3}, stride{1, 1}>(c, h), reference::convolve(c, h.in, h.w, h.bias)) < 1e-3);
}

TEST_CASE("depthwise2d: the same bits on every target")
{
    const convolution c{.in = {1, 14, 15, 21},
                        .window = {1, 3, 3},
                        .pad = {0, 1, 1},
                        .pad_end = {0, 1, 1},
                        .channels = 21,
                        .groups = 21};
    const operands<float> o{c};
    if (reference::same_bits) {
        CHECK(reference::hash(run<window{3, 3}, stride{1, 1}>(c, o)) == 15639402410763711729u);
    }
}

}  // namespace
}  // namespace wasminfer
