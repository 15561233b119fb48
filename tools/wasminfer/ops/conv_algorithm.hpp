// Ways to compute a convolution, and what each would cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ir/graph.hpp"

namespace wasminfer::gen {

struct ConvGeometry;

enum class ConvAlgorithm : std::uint8_t {
    direct,
    winograd2,  ///< F(2×2, 3×3), or F(2, 3) along one axis.
    winograd4,  ///< F(4×4, 3×3), or F(4, 3) along one axis.
};

/// "direct", "winograd2" or "winograd4"; nullopt for other words.
std::optional<ConvAlgorithm> conv_algorithm(std::string_view word);
std::string_view name(ConvAlgorithm algorithm);

/// The node's attribute `algorithm`: direct where it has none.
ConvAlgorithm algorithm_of(const Node& node);

struct ConvCost {
    ConvAlgorithm algorithm = ConvAlgorithm::direct;
    double work = 0;  ///< In multiply-adds of a vector of 4.
    double weight_bytes = 0;
    double scratch_bytes = 0;  ///< In the arena, while the node runs.
};

/// The algorithms that compute the Conv, direct the first; empty for other nodes and where there is but one. Winograd's
/// are for channels-last lines and planes of f32 and f16 under a constant window of 3, 1×3, 3×1 or 3×3 without stride and
/// groups, with at least 8 channels: below, their error bound is more than a hundred times the direct sum's.
std::vector<ConvCost> conv_costs(const Node& node, const Symbols& symbols);

/// The cheapest, where each byte that the weights grow by saves a vector multiply-add, and so do 8 bytes of scratch.
ConvAlgorithm cheapest(const std::vector<ConvCost>& costs);

/// f<MY, MX>(): the tile that an algorithm of Winograd's computes at a time under the plane's window.
template <class F>
decltype(auto) with_winograd_tile(ConvAlgorithm algorithm, const std::vector<std::int64_t>& window, F&& f)
{
    if (algorithm == ConvAlgorithm::winograd2) {
        return window[0] == 1   ? f.template operator()<1, 2>()
               : window[1] == 1 ? f.template operator()<2, 1>()
                                : f.template operator()<2, 2>();
    }
    return window[0] == 1   ? f.template operator()<1, 4>()
           : window[1] == 1 ? f.template operator()<4, 1>()
                            : f.template operator()<4, 4>();
}

/// Bytes of scratch that conv_winograd wants.
std::int64_t winograd_scratch_bytes(const ConvGeometry& g, ConvAlgorithm algorithm);

}  // namespace wasminfer::gen
