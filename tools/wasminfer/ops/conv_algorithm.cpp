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
    if ((w.dtype != DType::f32 && w.dtype != DType::f16) || !w.is_constant() || !g.layout.channels_last ||
        g.groups != 1 || g.in_channels < 8 || g.windows.rank() > 2) {
        return false;
    }
    const Windows s = as_plane(g.windows);
    const auto threes = std::ranges::count(s.window, 3);
    if (threes == 0 || threes + std::ranges::count(s.window, 1) != 2 || !is_ones(s.stride)) {
        return false;
    }
    // Further apart, tiles hold one output; and products of extents stay small.
    constexpr std::int64_t furthest = 1 << 16;
    if (std::ranges::any_of(s.dilation, [](std::int64_t d) { return d > furthest; })) {
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
ConvCost direct_cost(const ConvGeometry& g, const Windows& plane, double pixels)
{
    const auto k = static_cast<double>(g.in_channels * plane.window[0] * plane.window[1]);
    return {ConvAlgorithm::direct, pixels * k * (2 * panels(g) + 0.5), panels(g) * k * 32};
}

/// Products of a matrix for each point, four tiles at a time, and the transforms: measured are, in multiply-adds, about 5
/// a row and panel for starting and storing the sums, and for 4 channels of a tile on either side those below.
ConvCost winograd_cost(const ConvGeometry& g, const Windows& plane, ConvAlgorithm algorithm, double batch, double h,
                       double w)
{
    return with_winograd_tile(algorithm, plane.window, [&]<index MY, index MX>() -> ConvCost {
        const auto along = [&](double extent, index m, std::int64_t dilation) {
            return static_cast<double>(
                detail::winograd_tiles(static_cast<index>(extent), m, static_cast<index>(dilation)));
        };
        const double tiles = batch * along(h, MY, plane.dilation[0]) * along(w, MX, plane.dilation[1]);
        const auto points = static_cast<double>(detail::winograd_points<MY, MX>);
        const double transform = MY == 1 || MX == 1 ? (MY * MX == 2 ? 9 : 12) : (MY == 2 ? 100 : 300);
        const auto k = static_cast<double>(g.in_channels);
        constexpr double mr = 4;  // Of the build without fused multiply-adds.
        const double products = std::ceil(tiles / mr) * mr * points * 2 * panels(g) * (k + 5);
        const double transforms = tiles * (std::ceil(k / 4) + 2 * panels(g)) * transform;
        return {algorithm, products + transforms, panels(g) * points * k * 32,
                static_cast<double>(winograd_scratch_bytes(g, algorithm))};
    });
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
    const Windows plane = as_plane(g.windows);
    const double batch = most(g.batch, symbols);
    const double h = most(plane.out[0], symbols);
    const double w = most(plane.out[1], symbols);
    return {direct_cost(g, plane, batch * h * w), winograd_cost(g, plane, ConvAlgorithm::winograd2, batch, h, w),
            winograd_cost(g, plane, ConvAlgorithm::winograd4, batch, h, w)};
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

std::int64_t winograd_scratch_bytes(const ConvGeometry& g, ConvAlgorithm algorithm)
{
    const Windows plane = as_plane(g.windows);
    // A free extent counts as a large one: a block of tiles has its limit.
    const auto extent = [](const Dim& dim) { return dim.is_constant() ? static_cast<index>(dim.constant()) : 4096; };
    const winograd_extents e{
        .batch = extent(g.batch),
        .in = {0, 0, static_cast<index>(g.in_channels)},
        .out = {extent(plane.out[0]), extent(plane.out[1]), 0},
        .dilation = {static_cast<index>(plane.dilation[0]), static_cast<index>(plane.dilation[1])}};
    return with_winograd_tile(algorithm, plane.window,
                              [&]<index MY, index MX>() -> std::int64_t { return winograd_scratch<MY, MX>(e); });
}

}  // namespace wasminfer::gen
