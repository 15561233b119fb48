// before: x -> Conv -> y        after: x -> Conv (algorithm = winograd4) -> y
//
// The algorithm that costs least, by the model of ops/conv_algorithm.hpp, or the one that the caller names wherever it
// applies. All of them compute the same sums; they round differently, within a bound that winograd.hpp states.
#include "passes/pass.hpp"

namespace wasminfer::gen {

void choose_convolutions(Model& model, const PassOptions& options, Diagnostics&)
{
    for (const auto& node : model.graph.nodes()) {
        const auto costs = conv_costs(*node, model.symbols);
        if (costs.empty()) {
            continue;
        }
        const ConvAlgorithm algorithm = options.convolution.value_or(cheapest(costs));
        if (algorithm != ConvAlgorithm::direct) {
            node->attributes.set("algorithm", std::string{name(algorithm)});
        }
    }
}

}  // namespace wasminfer::gen
