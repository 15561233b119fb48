// The policy with its weights in a vector, out of the runtime's kernels: for training, where they change all the time. The
// header that is generated from policy.onnx computes the same bits.
#pragma once

#include <span>
#include <vector>

#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/gemm.hpp>
#include <wasminfer/model.hpp>

#include "senses.hpp"

namespace ember {

/// seen → 32 → 16 → answer; ReLU between, tanh at the end.
inline constexpr int layers = 3, widths[layers + 1] = {senses, 32, 16, answers};

/// Where a layer's weights begin, [in][out]; its biases lie behind them.
constexpr std::size_t layer_begin(int layer)
{
    std::size_t at = 0;
    for (int i = 0; i < layer; ++i) {
        at += static_cast<std::size_t>((widths[i] + 1) * widths[i + 1]);
    }
    return at;
}

constexpr std::size_t layer_biases(int layer)
{
    return layer_begin(layer) + static_cast<std::size_t>(widths[layer] * widths[layer + 1]);
}

inline constexpr std::size_t all_weights = layer_begin(layers);

class Network {
public:
    explicit Network(std::span<const float> from) : weights(from.begin(), from.end())
    {
        for (int layer = 0; layer < layers; ++layer) {
            const wasminfer::gemm_pack_extents extents{
                .k = widths[layer], .n = widths[layer + 1], .row_stride = widths[layer + 1]};
            packed[layer].resize(static_cast<std::size_t>(wasminfer::gemm_packed_size(extents)));
            wasminfer::pack_gemm_b(&weights[layer_begin(layer)], packed[layer].data(), extents);
        }
    }

    // The face of a generated Model.
    std::span<float, std::size_t{moths} * senses> seen() { return input; }
    std::span<const float, std::size_t{moths} * answers> answer() const { return output; }

    void run()
    {
        product(0, input, first, wasminfer::relu{});
        product(1, first, second, wasminfer::relu{});
        product(2, second, output, wasminfer::tanh_{});
    }

private:
    std::vector<float> weights, packed[layers];
    alignas(16) float input[moths * senses], first[moths * widths[1]], second[moths * widths[2]],
        output[moths * answers];

    template <class F>
    void product(int layer, const float* from, float* to, F f)
    {
        wasminfer::gemm(from, packed[layer].data(), &weights[layer_biases(layer)], to,
                        {.m = moths, .n = widths[layer + 1], .k = widths[layer]}, f);
    }
};

}  // namespace ember
