#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/conv_transpose.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;
using reference::worst;

struct shape {
    conv_transpose_extents e;
    index cut[3] = {};    ///< Cut off behind.
    index added[3] = {};  ///< ONNX's output_padding.
};

conv_transpose_extents complete(shape s)
{
    for (index d = 0; d < 3; ++d) {
        s.e.out[d] = (s.e.in[d] - 1) * s.e.stride[d] + (s.e.window[d] - 1) * s.e.dilation[d] + 1 - s.e.pad[d] -
                     s.cut[d] + s.added[d];
    }
    return s.e;
}

/// Scatters every input pixel, as the operator is defined.
template <class T>
std::vector<double> scatter(const conv_transpose_extents& e, const std::vector<T>& in, const std::vector<T>& w,
                            const std::vector<T>& bias)
{
    const index in_group = e.in[3] / e.groups;
    const index out_group = e.out[3] / e.groups;
    const index pixels = e.batch * e.out[0] * e.out[1] * e.out[2];
    std::vector<double> out;
    for (index p = 0; p < pixels; ++p) {
        for (index o = 0; o < e.out[3]; ++o) {
            out.push_back(static_cast<double>(widen(bias[static_cast<std::size_t>(o)])));
        }
    }
    const auto add = [&](index b, const index(&i)[3], const index(&k)[3], index at, index tap) {
        index o[3];
        for (index d = 0; d < 3; ++d) {
            o[d] = i[d] * e.stride[d] + k[d] * e.dilation[d] - e.pad[d];
            if (o[d] < 0 || o[d] >= e.out[d]) {
                return;
            }
        }
        const index pixel = ((b * e.out[0] + o[0]) * e.out[1] + o[1]) * e.out[2] + o[2];
        for (index c = 0; c < e.in[3]; ++c) {
            for (index j = 0; j < out_group; ++j) {
                const index taps = e.window[0] * e.window[1] * e.window[2];
                out[static_cast<std::size_t>(pixel * e.out[3] + c / in_group * out_group + j)] +=
                    static_cast<double>(widen(in[static_cast<std::size_t>(at * e.in[3] + c)])) *
                    static_cast<double>(widen(w[static_cast<std::size_t>((c * out_group + j) * taps + tap)]));
            }
        }
    };
    index at = 0;
    for (index b = 0; b < e.batch; ++b) {
        for (index z = 0; z < e.in[0]; ++z) {
            for (index y = 0; y < e.in[1]; ++y) {
                for (index x = 0; x < e.in[2]; ++x, ++at) {
                    index tap = 0;
                    for (index kz = 0; kz < e.window[0]; ++kz) {
                        for (index ky = 0; ky < e.window[1]; ++ky) {
                            for (index kx = 0; kx < e.window[2]; ++kx, ++tap) {
                                add(b, {z, y, x}, {kz, ky, kx}, at, tap);
                            }
                        }
                    }
                }
            }
        }
    }
    return out;
}

template <class T>
void check(const shape& s, double bound)
{
    const conv_transpose_extents e = complete(s);
    const index taps = e.window[0] * e.window[1] * e.window[2];
    const auto in = random<T>(e.batch * e.in[0] * e.in[1] * e.in[2] * e.in[3], 1);
    const auto w = random<T>(e.in[3] * e.out[3] / e.groups * taps, 2);
    const auto bias = random<T>(e.out[3], 3);
    const conv_transpose_pack_extents p{.in = e.in[3],
                                        .out_of_group = e.out[3] / e.groups,
                                        .window = {e.window[0], e.window[1], e.window[2]},
                                        .stride = {e.stride[0], e.stride[1], e.stride[2]},
                                        .dilation = {e.dilation[0], e.dilation[1], e.dilation[2]},
                                        .groups = e.groups};
    std::vector<compute_t<T>> packed(static_cast<std::size_t>(conv_transpose_packed_size(p)));
    pack_conv_transpose(w.data(), packed.data(), p);
    std::vector<T> out(static_cast<std::size_t>(e.batch * e.out[0] * e.out[1] * e.out[2] * e.out[3]));
    conv_transpose(in.data(), packed.data(), bias.data(), out.data(), e);
    CHECK(worst(out, scatter(e, in, w, bias)) < bound);
}

TEST_CASE("conv_transpose: strides from 1 to 4, windows smaller and larger than them")
{
    for (index stride = 1; stride <= 4; ++stride) {
        for (index window = 1; window <= 5; ++window) {
            for (const index pad : {index{0}, window / 2, window - 1}) {
                CAPTURE(stride);
                CAPTURE(window);
                CAPTURE(pad);
                shape s{{.in = {1, 4, 5, 3},
                         .out = {1, 1, 1, 10},
                         .window = {1, window, window},
                         .stride = {1, stride, stride},
                         .pad = {0, pad, pad}},
                        {0, pad, 0},
                        {0, 0, stride - 1}};
                check<float>(s, 1e-5);
            }
        }
    }
}

TEST_CASE("conv_transpose: dilation, with and without a factor in common with the stride")
{
    for (index stride = 1; stride <= 4; ++stride) {
        for (index dilation = 1; dilation <= 6; ++dilation) {
            CAPTURE(stride);
            CAPTURE(dilation);
            check<float>({{.in = {1, 1, 7, 4},
                           .out = {1, 1, 1, 9},
                           .window = {1, 1, 4},
                           .stride = {1, 1, stride},
                           .pad = {0, 0, 2},
                           .dilation = {1, 1, dilation}}},
                         1e-5);
        }
    }
}

TEST_CASE("conv_transpose: groups, batches, three dimensions")
{
    check<float>({{.batch = 2,
                   .in = {3, 4, 2, 6},
                   .out = {1, 1, 1, 4},
                   .window = {2, 3, 3},
                   .stride = {2, 1, 3},
                   .pad = {1, 0, 1},
                   .dilation = {1, 2, 1},
                   .groups = 2},
                  {0, 1, 1},
                  {1, 0, 2}},
                 1e-5);
    check<float>(
        {{.batch = 3, .in = {1, 3, 3, 5}, .out = {1, 1, 1, 5}, .window = {1, 2, 2}, .stride = {1, 2, 2}, .groups = 5}},
        1e-5);
}

TEST_CASE("conv_transpose: double and half")
{
    const shape s{
        {.in = {1, 3, 5, 4}, .out = {1, 1, 1, 3}, .window = {1, 3, 3}, .stride = {1, 2, 2}, .pad = {0, 1, 1}}};
    check<double>(s, 1e-14);
    check<half>(s, 2e-3);
}

TEST_CASE("conv_transpose: epilogue at out's offset")
{
    const conv_transpose_extents e =
        complete({{.in = {1, 3, 3, 2}, .out = {1, 1, 1, 2}, .window = {1, 2, 2}, .stride = {1, 2, 2}}});
    const auto in = random(18, 1);
    const auto w = random(16, 2);
    const auto addend = random(72, 3);
    std::vector<float> packed(static_cast<std::size_t>(
        conv_transpose_packed_size({.in = 2, .out_of_group = 2, .window = {1, 2, 2}, .stride = {1, 2, 2}})));
    pack_conv_transpose(w.data(), packed.data(),
                        {.in = 2, .out_of_group = 2, .window = {1, 2, 2}, .stride = {1, 2, 2}});
    std::vector<float> out(72);
    conv_transpose(in.data(), packed.data(), nullptr, out.data(), e, residual{addend.data(), relu{}});
    auto expected = scatter(e, in, w, std::vector<float>(2));
    for (std::size_t i = 0; i < 72; ++i) {
        expected[i] = std::fmax(expected[i] + static_cast<double>(addend[i]), 0.0);
    }
    CHECK(worst(out, expected) < 1e-6);
}

TEST_CASE("conv_transpose: the same bits on every target")
{
    const conv_transpose_extents e = complete(
        {{.in = {1, 6, 7, 21}, .out = {1, 1, 1, 10}, .window = {1, 3, 3}, .stride = {1, 2, 2}, .pad = {0, 1, 1}}});
    const auto in = random(6 * 7 * 21, 5);
    const auto w = random(21 * 10 * 9, 6);
    std::vector<float> packed(static_cast<std::size_t>(
        conv_transpose_packed_size({.in = 21, .out_of_group = 10, .window = {1, 3, 3}, .stride = {1, 2, 2}})));
    pack_conv_transpose(w.data(), packed.data(),
                        {.in = 21, .out_of_group = 10, .window = {1, 3, 3}, .stride = {1, 2, 2}});
    std::vector<float> out(static_cast<std::size_t>(e.out[1] * e.out[2] * 10));
    conv_transpose(in.data(), packed.data(), nullptr, out.data(), e);
    if (reference::same_bits) {
        CHECK(reference::hash(out) == 11971888648469073846u);
    }
}

}  // namespace
}  // namespace wasminfer
