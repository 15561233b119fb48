#include "ops/conv_algorithm.hpp"

#include <wasminfer/kernels/winograd.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "ops/conv_geometry.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::array<std::string_view, 3> words{"direct", "winograd2", "winograd4"};

/// A dimension at its largest; 0 where the caller's bounds don't tell.
double most(const Dim& dim, const Symbols& symbols)
{
    std::map<std::string, Range> ranges;
    for (const auto& [symbol, info] : symbols) {
        if (info.lo.is_constant() && info.hi.is_constant()) {
            ranges[symbol] = {info.lo.constant(), info.hi.constant()};
        }
    }
    const auto hi = dim.bounds(ranges).hi;
    return hi == std::numeric_limits<std::int64_t>::max() ? 0 : static_cast<double>(hi);
}

bool is_ones(const std::vector<std::int64_t>& list)
{
    return std::ranges::all_of(list, [](std::int64_t n) { return n == 1; });
}

bool winograd_applies(const Node& node, const ConvGeometry& g)
{
    const Value& w = *node.inputs[1];
    const Windows& s = g.windows;
    if ((w.dtype != DType::f32 && w.dtype != DType::f16) || !w.is_constant() || !g.layout.channels_last ||
        s.window != std::vector<std::int64_t>{3, 3} || !is_ones(s.stride) || !is_ones(s.dilation) || g.groups != 1 ||
        g.in_channels < 8) {
        return false;
    }
    // A sum of transformed weights must not overflow where the weights themselves don't.
    const auto numbers = w.constant->to_doubles();
    return std::ranges::all_of(numbers, [](double x) { return std::abs(x) < 1e30; });
}

double panels(const ConvGeometry& g)
{
    return std::ceil(static_cast<double>(g.out_channels) / static_cast<double>(gemm_nr));
}

/// Gathering a window costs about what 2 vectors of output channels do.
ConvCost direct_cost(const ConvGeometry& g, double pixels)
{
    const auto k = static_cast<double>(g.in_channels) * 9;
    return {ConvAlgorithm::direct, pixels * k * (2 * panels(g) + 0.5), panels(g) * k * 32};
}

/// Products of `points` matrices, and the transforms: measured are, in multiply-adds, about 5 a row and panel for
/// starting and storing the sums, and `transform` for 4 channels of a tile on either side.
ConvCost winograd_cost(const ConvGeometry& g, std::int64_t m, double tiles, double transform)
{
    const auto points = static_cast<double>((m + 2) * (m + 2));
    const ConvAlgorithm algorithm = m == 2 ? ConvAlgorithm::winograd2 : ConvAlgorithm::winograd4;
    const auto k = static_cast<double>(g.in_channels);
    const double products = tiles * points * 2 * panels(g) * (k + 5);
    const double transforms = tiles * (std::ceil(k / 4) + 2 * panels(g)) * transform;
    return {algorithm, products + transforms, panels(g) * points * k * 32,
            static_cast<double>(winograd_scratch_bytes(g, m))};
}

}  // namespace

std::optional<ConvAlgorithm> conv_algorithm(std::string_view word)
{
    const auto found = std::ranges::find(words, word);
    return found == words.end() ? std::nullopt : std::optional{static_cast<ConvAlgorithm>(found - words.begin())};
}

std::string_view name(ConvAlgorithm algorithm)
{
    return words[static_cast<std::size_t>(algorithm)];
}

ConvAlgorithm algorithm_of(const Node& node)
{
    return conv_algorithm(node.attributes.get_or("algorithm", std::string{})).value_or(ConvAlgorithm::direct);
}

std::vector<ConvCost> conv_costs(const Node& node, const Symbols& symbols)
{
    if (!node.is("Conv")) {
        return {};
    }
    const ConvGeometry g = conv_geometry(NodeView{node});
    if (!winograd_applies(node, g)) {
        return {};
    }
    const double batch = most(g.batch, symbols);
    const double h = most(g.windows.out[0], symbols);
    const double w = most(g.windows.out[1], symbols);
    const auto tiles = [&](double m) { return batch * std::ceil(h / m) * std::ceil(w / m); };
    return {direct_cost(g, batch * h * w), winograd_cost(g, 2, tiles(2), 100), winograd_cost(g, 4, tiles(4), 300)};
}

ConvAlgorithm cheapest(const std::vector<ConvCost>& costs)
{
    const ConvCost* best = nullptr;
    for (const ConvCost& cost : costs) {
        if (!best) {
            best = &cost;
            continue;
        }
        constexpr double saved_by_a_byte = 1;  // Reading it from memory takes about a third of that.
        // Scratch stays in the cache, but a small net's whole arena may be smaller than one block of tiles.
        constexpr double saved_by_scratch = 0.125;
        const double saved = best->work - cost.work;
        const double weights = cost.weight_bytes - best->weight_bytes;
        const double scratch = cost.scratch_bytes - best->scratch_bytes;
        best = saved > weights * saved_by_a_byte + scratch * saved_by_scratch ? &cost : best;
    }
    return best ? best->algorithm : ConvAlgorithm::direct;
}

std::int64_t winograd_scratch_bytes(const ConvGeometry& g, std::int64_t m)
{
    // A free extent counts as a large one: a block of tiles has its limit.
    const auto extent = [](const Dim& dim) { return dim.is_constant() ? static_cast<index>(dim.constant()) : 4096; };
    const winograd_extents e{.batch = extent(g.batch),
                             .in = {0, 0, static_cast<index>(g.in_channels)},
                             .out = {extent(g.windows.out[0]), extent(g.windows.out[1]), 0}};
    return m == 2 ? winograd_scratch<2>(e) : winograd_scratch<4>(e);
}

}  // namespace wasminfer::gen
