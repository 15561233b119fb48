// depthwise2d on MobileNet's shapes and beyond.
#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/depthwise.hpp>

#include "harness.hpp"

namespace wasminfer::benchmarks {

template <window Window, stride Stride>
static void measure_depthwise(index size, index channels)
{
    const index pad = (Window.h - 1) / 2;
    const index out_size = (size + 2 * pad - Window.h) / Stride.h + 1;
    const auto x = numbers(size * size * channels);
    const auto w = numbers(channels * Window.h * Window.w);
    const auto bias = numbers(channels);
    auto y = numbers(out_size * out_size * channels);
    const std::string name = "depthwise " + std::to_string(Window.h) + "x" + std::to_string(Window.w) + " s" +
                             std::to_string(Stride.h) + "  " + std::to_string(size) + "^2 x " +
                             std::to_string(channels);
    measure(name, 2.0 * static_cast<double>(out_size * out_size * channels * Window.h * Window.w), [&] {
        depthwise2d<Window, Stride>(
            x.data(), w.data(), bias.data(), y.data(),
            {.in = {size, size, channels}, .out = {out_size, out_size, channels}, .pad = {pad, pad}}, clip{0.0f, 6.0f});
    });
}

static void run()
{
    measure_depthwise<window{3, 3}, stride{1, 1}>(112, 32);
    measure_depthwise<window{3, 3}, stride{2, 2}>(112, 96);
    measure_depthwise<window{3, 3}, stride{1, 1}>(56, 144);
    measure_depthwise<window{3, 3}, stride{2, 2}>(56, 144);
    measure_depthwise<window{3, 3}, stride{1, 1}>(28, 192);
    measure_depthwise<window{3, 3}, stride{1, 1}>(14, 576);
    measure_depthwise<window{3, 3}, stride{2, 2}>(14, 576);
    measure_depthwise<window{3, 3}, stride{1, 1}>(7, 960);
    measure_depthwise<window{5, 5}, stride{1, 1}>(56, 64);
    measure_depthwise<window{5, 5}, stride{2, 2}>(56, 64);
    measure_depthwise<window{5, 5}, stride{1, 1}>(14, 240);
    measure_depthwise<window{3, 3}, stride{1, 1}>(64, 6);
}

}  // namespace wasminfer::benchmarks

int main()
{
    wasminfer::benchmarks::run();
}
