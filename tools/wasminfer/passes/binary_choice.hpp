// The cheapest choice between two alternatives for many things at once, where things that choose differently cost.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace wasminfer::gen {

/// Variables that are 0 or 1, and costs of pairs. Costs of this form are a cut of a graph between a source (all that are
/// 0) and a sink (all that are 1), and the cheapest cut is found exactly (max-flow min-cut; Dinic's algorithm).
class BinaryChoice {
public:
    using Variable = std::size_t;
    static constexpr Variable zero = 0;  ///< Stands for the constant 0.
    static constexpr Variable one = 1;   ///< Stands for the constant 1.
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max() / 4;

    Variable add_variable();
    /// Costs `cost` where a is 0 and b is 1.
    void add_cost(Variable a, Variable b, std::int64_t cost);
    /// The cheapest assignment, by variable; among equally cheap ones that with the most ones.
    std::vector<bool> solve();

private:
    struct Edge {
        std::size_t to;
        std::int64_t room;  ///< What more can flow; edges 2i and 2i + 1 are each other's reverse.
    };

    bool find_levels();
    std::int64_t push(Variable from, std::int64_t most);

    std::vector<Edge> edges_;
    std::vector<std::vector<std::size_t>> edges_of_{2};
    std::vector<int> level_;
    std::vector<std::size_t> next_;
};

}  // namespace wasminfer::gen
