// conv2d on ResNet's 3×3 shapes, first layers, grouped and dilated ones.
#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/conv.hpp>
#include <wasminfer/kernels/conv_few.hpp>
#include <wasminfer/kernels/winograd.hpp>

#include "harness.hpp"

namespace wasminfer::benchmarks {

template <window Window, stride Stride>
static void measure_conv(index size, index in, index out, index dilation = 1, index groups = 1)
{
    const index pad = (Window.h - 1) * dilation / 2;
    const index out_size = (size + 2 * pad - (Window.h - 1) * dilation - 1) / Stride.h + 1;
    const auto x = numbers(size * size * in);
    const auto w = numbers(out * in / groups * Window.h * Window.w);
    const auto bias = numbers(out);
    auto y = numbers(out_size * out_size * out);
    const conv_pack_extents pack{.out = out, .in = in / groups, .window = {1, Window.h, Window.w}, .groups = groups};
    std::vector<float> packed(static_cast<std::size_t>(conv_packed_size(pack)));
    pack_conv(w.data(), packed.data(), pack);
    const std::string name = "conv " + std::to_string(Window.h) + "x" + std::to_string(Window.w) + " s" +
                             std::to_string(Stride.h) + " d" + std::to_string(dilation) + " g" +
                             std::to_string(groups) + "  " + std::to_string(size) + "^2 x " + std::to_string(in) +
                             " -> " + std::to_string(out);
    measure(name, 2.0 * static_cast<double>(out_size * out_size * out * (in / groups) * Window.h * Window.w), [&] {
        conv2d<Window, Stride>(x.data(), packed.data(), bias.data(), y.data(),
                               {.in = {size, size, in},
                                .out = {out_size, out_size, out},
                                .pad = {pad, pad},
                                .dilation = {dilation, dilation},
                                .groups = groups},
                               relu{});
    });
}

static void measure_few(index size, index in, index window, index out)
{
    const index pad = window / 2;
    const auto x = numbers(size * size * in);
    const auto w = numbers(out * in * window * window);
    const auto bias = numbers(out);
    auto y = numbers(size * size * out);
    const conv_few_pack_extents pack{.out = out, .in = in, .window = {window, window}};
    std::vector<float> packed(static_cast<std::size_t>(conv_few_packed_size(pack)));
    pack_conv_few(w.data(), packed.data(), pack);
    const std::string name = "few " + std::to_string(window) + "x" + std::to_string(window) + "  " +
                             std::to_string(size) + "^2 x " + std::to_string(in) + " -> " + std::to_string(out);
    measure(name, 2.0 * static_cast<double>(size * size * out * in * window * window), [&] {
        conv2d_few(x.data(), packed.data(), bias.data(), y.data(),
                   {.in = {size, size, in}, .out = {size, size, out}, .window = {window, window}, .pad = {pad, pad}},
                   relu{});
    });
}

template <index Size>
static void measure_both(index size, index in, index out)
{
    measure_conv<window{Size, Size}, stride{1, 1}>(size, in, out);
    measure_few(size, in, Size, out);
}

template <index M>
static void measure_winograd(index size, index in, index out)
{
    const auto x = numbers(size * size * in);
    const auto w = numbers(out * in * 9);
    const auto bias = numbers(out);
    auto y = numbers(size * size * out);
    std::vector<float> packed(static_cast<std::size_t>(winograd_packed_size<M, M>({.out = out, .in = in})));
    pack_winograd<M, M>(w.data(), packed.data(), {.out = out, .in = in});
    const winograd_extents e{.in = {size, size, in}, .out = {size, size, out}, .pad = {1, 1}};
    std::vector<float> scratch(static_cast<std::size_t>(winograd_scratch<M, M>(e)) / sizeof(float));
    const std::string name = "winograd" + std::to_string(M) + " 3x3  " + std::to_string(size) + "^2 x " +
                             std::to_string(in) + " -> " + std::to_string(out);
    measure(name, 2.0 * static_cast<double>(size * size * out * in * 9),
            [&] { conv_winograd<M, M>(x.data(), packed.data(), bias.data(), y.data(), e, scratch.data(), relu{}); });
}

static void measure_3x3(index size, index in, index out)
{
    measure_conv<window{3, 3}, stride{1, 1}>(size, in, out);
    measure_winograd<2>(size, in, out);
    measure_winograd<4>(size, in, out);
}

static void run()
{
    measure_3x3(56, 64, 64);
    measure_3x3(28, 128, 128);
    measure_3x3(14, 256, 256);
    measure_3x3(7, 512, 512);
    measure_3x3(112, 16, 16);
    measure_3x3(112, 8, 8);
    measure_3x3(28, 16, 16);
    measure_3x3(224, 3, 64);
    measure_conv<window{3, 3}, stride{2, 2}>(56, 64, 128);
    measure_conv<window{3, 3}, stride{2, 2}>(224, 3, 32);
    measure_conv<window{7, 7}, stride{2, 2}>(224, 3, 64);
    measure_conv<window{3, 3}, stride{1, 1}>(28, 1, 8);
    measure_conv<window{3, 3}, stride{1, 1}>(14, 8, 16);
    measure_conv<window{3, 3}, stride{1, 1}>(28, 64, 64, 2);
    measure_conv<window{3, 3}, stride{1, 1}>(28, 128, 128, 1, 4);
    measure_conv<window{1, 1}, stride{2, 2}>(56, 64, 128);
    measure_both<9>(64, 32, 3);
    measure_both<5>(64, 8, 1);
    measure_both<3>(64, 33, 1);
    measure_both<3>(64, 16, 2);
    measure_both<1>(64, 32, 1);
    measure_both<1>(64, 64, 3);
    measure_both<3>(64, 3, 3);
}

}  // namespace wasminfer::benchmarks

int main()
{
    wasminfer::benchmarks::run();
}
