#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/conv.hpp>
#include <wasminfer/kernels/winograd.hpp>

#include "kernels/conv_reference.hpp"

namespace wasminfer {
namespace {

using reference::convolution;
using reference::random;
using reference::worst;

template <index MY, index MX, class T, class Epi = identity>
std::vector<T> run(const convolution& c, const std::vector<T>& in, const std::vector<T>& w, const std::vector<T>& bias,
                   const Epi& epi = {})
{
    const winograd_pack_extents pack{.out = c.channels, .in = c.in[3]};
    std::vector<float> packed(static_cast<std::size_t>(winograd_packed_size<MY, MX>(pack)));
    pack_winograd<MY, MX>(w.data(), packed.data(), pack);
    const winograd_extents e{.batch = c.batch,
                             .in = {c.in[1], c.in[2], c.in[3]},
                             .out = {c.out(1), c.out(2), c.channels},
                             .pad = {c.pad[1], c.pad[2]},
                             .dilation = {c.dilation[1], c.dilation[2]}};
    // What scratch holds before must not matter.
    std::vector<float> scratch(static_cast<std::size_t>(winograd_scratch<MY, MX>(e)) / sizeof(float), NAN);
    std::vector<T> out(static_cast<std::size_t>(c.out_size()));
    conv_winograd<MY, MX>(in.data(), packed.data(), bias.empty() ? nullptr : bias.data(), out.data(), e, scratch.data(),
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

convolution same(index h, index w, index in, index out)
{
    return {.in = {1, h, w, in}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .pad_end = {0, 1, 1}, .channels = out};
}

/// The same along one axis: a window of 1×3 or 3×1.
convolution along(index axis, index h, index w, index in, index out)
{
    convolution c = same(h, w, in, out);
    const index other = 3 - axis;
    c.window[other] = 1;
    c.pad[other] = c.pad_end[other] = 0;
    return c;
}

template <index MY, index MX>
void check(const convolution& c)
{
    CAPTURE(MY);
    CAPTURE(MX);
    CAPTURE(c.in[1]);
    CAPTURE(c.in[2]);
    CAPTURE(c.in[3]);
    CAPTURE(c.channels);
    const operands o{c};
    REQUIRE(worst(run<MY, MX>(c, o.in, o.w, o.bias), reference::convolve(c, o.in, o.w, o.bias)) <
            2e-6 * std::sqrt(9.0 * static_cast<double>(c.in[3])));
}

TEST_CASE("pack_winograd: F(2x2) of a known filter, panels of 8 channels with zeros behind the last")
{
    std::vector<float> w(9 * 9);
    for (std::size_t i = 0; i < 9; ++i) {
        w[8 * 9 + i] = static_cast<float>(i + 1);
    }
    std::vector<float> packed(static_cast<std::size_t>(winograd_packed_size<2, 2>({.out = 9, .in = 1})), 7.0f);
    REQUIRE(packed.size() == 2 * 16 * 8);
    pack_winograd<2, 2>(w.data(), packed.data(), {.out = 9, .in = 1});
    // G w Gᵀ of 1 2 3 / 4 5 6 / 7 8 9, by hand.
    const float expected[16] = {1, 3, 1, 3, 6, 11.25f, 3.75f, 9, 2, 3.75f, 1.25f, 3, 7, 12, 4, 9};
    for (std::size_t point = 0; point < 16; ++point) {
        CHECK(packed[(16 + point) * 8] == expected[point]);
        CHECK(packed[point * 8] == 0);
        CHECK(packed[(16 + point) * 8 + 1] == 0);
    }
}

TEST_CASE("conv_winograd: extents around the tile's, channels around the vector's and the panel's")
{
    for (const index h : {1, 2, 4, 5, 9}) {
        for (const index w : {1, 3, 4, 8, 13}) {
            for (const index in : {1, 3, 4, 6, 9}) {
                for (const index out : {1, 4, 5, 8, 11, 20}) {
                    check<2, 2>(same(h, w, in, out));
                    check<4, 4>(same(h, w, in, out));
                }
            }
        }
    }
}

TEST_CASE("conv_winograd: no padding, padding on one side, more of it than the window is wide")
{
    for (const index front : {0, 1, 2, 5}) {
        for (const index behind : {0, 1, 3, 6}) {
            convolution c = same(6, 7, 5, 9);
            c.batch = 2;
            c.pad[1] = front, c.pad[2] = behind;
            c.pad_end[1] = behind, c.pad_end[2] = front;
            check<2, 2>(c);
            check<4, 4>(c);
        }
    }
}

TEST_CASE("conv_winograd: a window along one axis")
{
    for (const index h : {1, 2, 5, 9}) {
        for (const index w : {1, 3, 4, 13}) {
            for (const index in : {1, 4, 6, 9}) {
                for (const index out : {1, 5, 8, 20}) {
                    check<1, 2>(along(2, h, w, in, out));
                    check<1, 4>(along(2, h, w, in, out));
                    check<2, 1>(along(1, h, w, in, out));
                    check<4, 1>(along(1, h, w, in, out));
                }
            }
        }
    }
    convolution wide = along(2, 30, 31, 130, 9);
    wide.batch = 2;
    check<1, 4>(wide);
    convolution padded = along(1, 6, 7, 5, 9);
    padded.pad[2] = 2, padded.pad_end[2] = 1;
    check<4, 1>(padded);
}

TEST_CASE("conv_winograd: dilation, with lines that end in every phase of a tile")
{
    for (const index dilation : {2, 3, 8}) {
        for (index size = 1; size <= 26; ++size) {
            for (const index pad : {dilation, index{0}}) {
                convolution line = along(2, 2, size, 5, 3);
                line.dilation[2] = dilation;
                line.pad[2] = pad, line.pad_end[2] = 2 * dilation;
                check<1, 2>(line);
                check<1, 4>(line);
            }
        }
        convolution plane = same(19, 17, 4, 9);
        plane.batch = 2;
        plane.dilation[1] = dilation, plane.dilation[2] = 2;
        plane.pad[1] = plane.pad_end[1] = dilation;
        plane.pad[2] = plane.pad_end[2] = 2;
        check<2, 2>(plane);
        check<4, 4>(plane);
    }
}

TEST_CASE("conv_winograd: several blocks of tiles, k in several chunks")
{
    convolution c = same(30, 31, 7, 10);
    c.batch = 2;
    check<2, 2>(c);
    check<4, 4>(c);
    for (const index in : {127, 128, 129, 300}) {
        check<2, 2>(same(5, 9, in, 12));
        check<4, 4>(same(5, 9, in, 12));
    }
    check<4, 4>(same(9, 30, 700, 5));
}

TEST_CASE("conv_winograd: no bias, epilogue, a residual that is the output itself")
{
    convolution c = same(7, 10, 5, 11);
    const operands o{c};
    auto expected = reference::convolve(c, o.in, o.w, {});
    CHECK(worst(run<4, 4>(c, o.in, o.w, {}), expected) < 1e-5);
    const auto addend = random(c.out_size(), 99);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = std::fmax(expected[i] + static_cast<double>(addend[i]), 0.0);
    }
    CHECK(worst(run<2, 2>(c, o.in, o.w, {}, residual{addend.data(), relu{}}), expected) < 1e-5);
    CHECK(worst(run<4, 4>(c, o.in, o.w, {}, residual{addend.data(), relu{}}), expected) < 1e-5);
}

TEST_CASE("conv_winograd: half")
{
    const convolution c = same(9, 11, 6, 10);
    const auto in = random<half>(c.in_size(), 1);
    const auto w = random<half>(c.weights(), 2);
    const auto bias = random<half>(c.channels, 3);
    CHECK(worst(run<2, 2>(c, in, w, bias), reference::convolve(c, in, w, bias)) < 1e-3);
    CHECK(worst(run<4, 4>(c, in, w, bias), reference::convolve(c, in, w, bias)) < 1e-3);
}

/// What the header states: the worst case of |error| / (largest |in| * sum of the channel's |w|), in units of
/// (k + 24) 2^-24.
template <index M>
constexpr double growth = M == 1   ? 1
                          : M == 2 ? 4
                                   : 14.4;

template <index MY, index MX>
void check_bound(const convolution& c, const operands& o)
{
    CAPTURE(MY);
    CAPTURE(MX);
    double largest = 0;
    for (const float x : o.in) {
        largest = std::fmax(largest, static_cast<double>(std::fabs(x)));
    }
    const auto out = run<MY, MX>(c, o.in, o.w, {});
    const auto expected = reference::convolve(c, o.in, o.w, {});
    const auto weights = static_cast<std::size_t>(c.in[3] * c.window[1] * c.window[2]);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t channel = i % static_cast<std::size_t>(c.channels);
        double sum = 0;
        for (std::size_t j = 0; j < weights; ++j) {
            sum += static_cast<double>(std::fabs(o.w[channel * weights + j]));
        }
        const double growth_here = std::fmin(growth<MY> * growth<MX>, 205);
        const double bound = growth_here * static_cast<double>(c.in[3] + 24) * 0x1p-24 * largest * sum;
        REQUIRE(std::fabs(static_cast<double>(out[i]) - expected[i]) <= bound);
    }
}

TEST_CASE("conv_winograd: the stated bound, for noise, for single taps, for signs that add up")
{
    for (const index in : {1, 8, 64}) {
        const convolution c = same(12, 12, in, 4);
        operands o{c, static_cast<std::uint32_t>(in)};
        check_bound<2, 2>(c, o);
        check_bound<4, 4>(c, o);
        for (std::size_t tap = 0; tap < 9; ++tap) {
            for (std::size_t i = 0; i < o.w.size(); ++i) {
                o.w[i] = i % 9 == tap ? 0.7f : 0.0f;
            }
            check_bound<2, 2>(c, o);
            check_bound<4, 4>(c, o);
        }
        for (std::size_t i = 0; i < o.in.size(); ++i) {
            o.in[i] = (i / static_cast<std::size_t>(in)) % 2 ? 0.9f : -0.9f;
        }
        check_bound<2, 2>(c, o);
        check_bound<4, 4>(c, o);
    }
}

TEST_CASE("conv_winograd: the stated bound along one axis")
{
    for (const index in : {1, 8, 64}) {
        const convolution c = along(2, 3, 40, in, 4);
        operands o{c, static_cast<std::uint32_t>(in)};
        check_bound<1, 2>(c, o);
        check_bound<1, 4>(c, o);
        for (std::size_t tap = 0; tap < 3; ++tap) {
            for (std::size_t i = 0; i < o.w.size(); ++i) {
                o.w[i] = i % 3 == tap ? 0.7f : 0.0f;
            }
            check_bound<1, 2>(c, o);
            check_bound<1, 4>(c, o);
        }
        for (std::size_t i = 0; i < o.in.size(); ++i) {
            o.in[i] = (i / static_cast<std::size_t>(in)) % 2 ? 0.9f : -0.9f;
        }
        check_bound<1, 4>(c, o);
    }
}

/// Root mean square of the error.
double rms(const std::vector<float>& out, const std::vector<double>& expected)
{
    double sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double error = static_cast<double>(out[i]) - expected[i];
        sum += error * error;
    }
    return std::sqrt(sum / static_cast<double>(out.size()));
}

TEST_CASE("conv_winograd: on noise the error stays near that of the direct sum")
{
    const convolution c = same(24, 24, 64, 8);
    operands o{c, 5};
    // Numbers with all their bits: products of short ones are exact.
    for (auto* list : {&o.in, &o.w}) {
        for (float& x : *list) {
            x *= 0.7853982f;
        }
    }
    std::vector<float> packed(static_cast<std::size_t>(conv_packed_size({.out = 8, .in = 64, .window = {1, 3, 3}})));
    pack_conv(o.w.data(), packed.data(), {.out = 8, .in = 64, .window = {1, 3, 3}});
    std::vector<float> direct(static_cast<std::size_t>(c.out_size()));
    conv2d<window{3, 3}, stride{1, 1}>(o.in.data(), packed.data(), nullptr, direct.data(),
                                       {.in = {24, 24, 64}, .out = {24, 24, 8}, .pad = {1, 1}});
    const auto expected = reference::convolve(c, o.in, o.w, {});
    const double plain = rms(direct, expected);
    CHECK(plain > 0);
    CHECK(rms(run<2, 2>(c, o.in, o.w, {}), expected) < 1.2 * plain);
    CHECK(rms(run<4, 4>(c, o.in, o.w, {}), expected) < 2.5 * plain);
}

TEST_CASE("conv_winograd: no pixels, nothing written")
{
    std::vector<float> out(4, 3.0f);
    const float x = 1;
    const winograd_extents e{.batch = 0, .in = {4, 4, 1}, .out = {4, 4, 1}};
    std::vector<float> scratch(static_cast<std::size_t>(winograd_scratch<4, 4>(e)) / sizeof(float) + 1);
    conv_winograd<4, 4>(&x, &x, nullptr, out.data(), e, scratch.data());
    CHECK(out == std::vector<float>(4, 3.0f));
}

TEST_CASE("conv_winograd: the same bits on every target")
{
    const convolution c = same(14, 15, 21, 19);
    const operands o{c, 11};
    if (reference::same_bits) {
        CHECK(reference::hash(run<2, 2>(c, o.in, o.w, o.bias, relu{})) == 13332963907359238236u);
        CHECK(reference::hash(run<4, 4>(c, o.in, o.w, o.bias, relu{})) == 3819936743055604152u);
        const convolution line = along(2, 14, 15, 21, 19);
        const operands p{line, 11};
        CHECK(reference::hash(run<1, 4>(line, p.in, p.w, p.bias, relu{})) == 1492399492960122699u);
    }
}

}  // namespace
}  // namespace wasminfer
