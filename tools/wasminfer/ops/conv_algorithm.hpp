// Ways to compute a convolution, and what each would cost.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ir/graph.hpp"

namespace wasminfer::gen {

struct ConvGeometry;

enum class ConvAlgorithm : std::uint8_t {
    direct,
    winograd2,  ///< F(2×2, 3×3)
    winograd4,  ///< F(4×4, 3×3)
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
/// are for channels-last planes of f32 and f16 under a constant 3×3 window without stride, dilation and groups, with at
/// least 8 channels: below, their error bound is more than a hundred times the direct sum's.
std::vector<ConvCost> conv_costs(const Node& node, const Symbols& symbols);

/// The cheapest, where each byte that the weights grow by saves a vector multiply-add, and so do 8 bytes of scratch.
ConvAlgorithm cheapest(const std::vector<ConvCost>& costs);

/// Bytes of scratch that conv3x3_winograd<m> wants.
std::int64_t winograd_scratch_bytes(const ConvGeometry& g, std::int64_t m);

}  // namespace wasminfer::gen
