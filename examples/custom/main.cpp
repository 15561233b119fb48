// Runs a model with an operator of our own in it: see histogram.hpp.
#include <array>
#include <cstdio>

#include "custom.hpp"  // generated from custom.onnx

int main()
{
    custom::Model model;
    if (!model.ready() || !model.resize({.rows = 2})) {
        return 1;
    }
    model.image(std::array{0.1F, 0.2F, 0.5F, 0.9F, -1.0F, 0.4F, 0.4F, 2.0F});
    model.run();
    for (const float share : model.shares()) {
        std::printf("%.4f ", static_cast<double>(share));
    }
    std::printf("\n");
}
