// A network by hand: convolution, pooling, softmax from wasminfer's kernels, without ONNX and without the generator.
// It tells in which direction a stroke runs. Kernels hold images as [height][width][channels].
#include <cstdio>

#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/conv.hpp>
#include <wasminfer/kernels/pool.hpp>
#include <wasminfer/kernels/softmax.hpp>

using wasminfer::stride, wasminfer::window;

namespace {

constexpr int size = 8, classes = 4;
constexpr const char* names[classes] = {"horizontal", "vertical", "rising", "falling"};

// One 3×3 filter for each direction, as ONNX and PyTorch hold them: [output channel][input channel][row][column].
constexpr float filters[classes][1][3][3] = {{{{-1, -1, -1}, {2, 2, 2}, {-1, -1, -1}}},
                                             {{{-1, 2, -1}, {-1, 2, -1}, {-1, 2, -1}}},
                                             {{{-1, -1, 2}, {-1, 2, -1}, {2, -1, -1}}},
                                             {{{2, -1, -1}, {-1, 2, -1}, {-1, -1, 2}}}};
constexpr float bias[classes] = {-2, -2, -2, -2};  // a lonely pixel is no stroke

constexpr wasminfer::conv_pack_extents filter_extents{.out = classes, .in = 1, .window = {1, 3, 3}};

}  // namespace

int main()
{
    // Weights are packed once, into the order in which the kernel reads them.
    alignas(16) float packed[wasminfer::conv_packed_size(filter_extents)];
    wasminfer::pack_conv(&filters[0][0][0][0], packed, filter_extents);

    for (int direction = 0; direction < classes; ++direction) {
        float image[size][size] = {};
        for (int i = 1; i < size - 1; ++i) {
            const int row = direction == 0 ? 3 : direction == 2 ? size - 1 - i : i;
            image[row][direction == 1 ? 3 : i] = 1;
        }
        // Padding of one on every side; the activation is applied while the sums are still in registers.
        float edges[size][size][classes];
        wasminfer::conv2d<window{3, 3}, stride{1, 1}>(
            &image[0][0], packed, bias, &edges[0][0][0],
            {.in = {size, size, 1}, .out = {size, size, classes}, .pad = {1, 1}}, wasminfer::relu{});
        float strength[classes], probability[classes];
        wasminfer::global_average_pool(&edges[0][0][0], strength, {.pixels = size * size, .c = classes});
        wasminfer::unary(strength, strength, {.n = classes}, [](float x) { return 8 * x; });
        wasminfer::softmax(strength, probability, {.outer = 1, .axis = classes, .inner = 1});

        std::printf("%-10s", names[direction]);
        for (int c = 0; c < classes; ++c) {
            std::printf("  %s %.3f", names[c], static_cast<double>(probability[c]));
        }
        std::printf("\n");
    }
}
