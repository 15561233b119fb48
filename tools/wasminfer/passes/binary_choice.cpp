#include "passes/binary_choice.hpp"

#include <algorithm>

namespace wasminfer::gen {

BinaryChoice::Variable BinaryChoice::add_variable()
{
    edges_of_.emplace_back();
    return edges_of_.size() - 1;
}

void BinaryChoice::add_cost(Variable a, Variable b, std::int64_t cost)
{
    if (a == b || cost == 0) {
        return;
    }
    edges_of_[a].push_back(edges_.size());
    edges_.push_back({b, cost});
    edges_of_[b].push_back(edges_.size());
    edges_.push_back({a, 0});
}

bool BinaryChoice::find_levels()
{
    level_.assign(edges_of_.size(), -1);
    level_[zero] = 0;
    std::vector<Variable> queue{zero};
    for (std::size_t i = 0; i < queue.size(); ++i) {
        for (const auto edge : edges_of_[queue[i]]) {
            const auto to = edges_[edge].to;
            if (edges_[edge].room > 0 && level_[to] < 0) {
                level_[to] = level_[queue[i]] + 1;
                queue.push_back(to);
            }
        }
    }
    return level_[one] >= 0;
}

std::int64_t BinaryChoice::push(Variable from, std::int64_t most)
{
    // Depth first with a stack of our own: paths are as long as networks are deep.
    std::vector<std::size_t> path;
    Variable at = from;
    while (at != one) {
        auto& next = next_[at];
        const auto& candidates = edges_of_[at];
        while (next < candidates.size() &&
               !(edges_[candidates[next]].room > 0 && level_[edges_[candidates[next]].to] == level_[at] + 1)) {
            ++next;
        }
        if (next < candidates.size()) {
            path.push_back(candidates[next]);
            at = edges_[candidates[next]].to;
        } else if (path.empty()) {
            return 0;
        } else {
            at = edges_[path.back() ^ 1U].to;
            path.pop_back();
            ++next_[at];
        }
    }
    for (const auto edge : path) {
        most = std::min(most, edges_[edge].room);
    }
    for (const auto edge : path) {
        edges_[edge].room -= most;
        edges_[edge ^ 1U].room += most;
    }
    return most;
}

std::vector<bool> BinaryChoice::solve()
{
    while (find_levels()) {
        next_.assign(edges_of_.size(), 0);
        while (push(zero, never) > 0) {
        }
    }
    // What the source still reaches is on its side of the cut.
    std::vector<bool> chosen(edges_of_.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        chosen[i] = level_[i] < 0;
    }
    return chosen;
}

}  // namespace wasminfer::gen
