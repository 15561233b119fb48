#include "import/sort.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>

namespace wasminfer::gen {

namespace {

class Sorter {
public:
    explicit Sorter(const Nodes& nodes) : needs_(nodes.size()), missing_(nodes.size()), readers_(nodes.size())
    {
        std::unordered_map<const Node*, std::size_t> position;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            position.emplace(nodes[i].get(), i);
        }
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for_each_read(*nodes[i], [&](const Value* value) {
                if (const auto it = position.find(value->producer); it != position.end()) {
                    needs_[i].push_back(it->second);
                }
            });
            std::ranges::sort(needs_[i]);
            needs_[i].erase(std::ranges::unique(needs_[i]).begin(), needs_[i].end());
            missing_[i] = needs_[i].size();
            for (const std::size_t maker : needs_[i]) {
                readers_[maker].push_back(i);
            }
        }
    }

    /// All positions in an order that fits; shorter where there is a cycle. Of those that could be next, the first.
    std::vector<std::size_t> order()
    {
        std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
        for (std::size_t i = 0; i < missing_.size(); ++i) {
            if (missing_[i] == 0) {
                ready.push(i);
            }
        }
        std::vector<std::size_t> sorted;
        while (!ready.empty()) {
            const std::size_t next = ready.top();
            ready.pop();
            sorted.push_back(next);
            for (const std::size_t reader : readers_[next]) {
                if (--missing_[reader] == 0) {
                    ready.push(reader);
                }
            }
        }
        return sorted;
    }

    /// After an order() that was too short: nodes of one cycle, each reading from the one before.
    std::vector<std::size_t> cycle() const
    {
        const auto unsorted = [&](std::size_t i) { return missing_[i] > 0; };
        std::size_t at = 0;
        while (!unsorted(at)) {
            ++at;
        }
        // Whoever could not be sorted reads from another one that could not: going there has to come back.
        std::vector<std::size_t> path;
        std::unordered_map<std::size_t, std::size_t> step;
        while (step.try_emplace(at, path.size()).second) {
            path.push_back(at);
            at = *std::ranges::find_if(needs_[at], unsorted);
        }
        path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(step.at(at)));
        std::ranges::reverse(path);
        return path;
    }

private:
    std::vector<std::vector<std::size_t>> needs_;
    std::vector<std::size_t> missing_;
    std::vector<std::vector<std::size_t>> readers_;
};

}  // namespace

void sort_nodes(Nodes& nodes, Diagnostics& diagnostics)
{
    Sorter sorter{nodes};
    const auto order = sorter.order();
    if (order.size() < nodes.size()) {
        constexpr std::size_t most = 10;
        const auto cycle = sorter.cycle();
        std::string text;
        for (std::size_t i = 0; i < cycle.size() && i < most; ++i) {
            text += describe(*nodes[cycle[i]]) + " -> ";
        }
        text += cycle.size() > most ? "… -> " : "";
        diagnostics.add({"graph", "has a cycle: " + text + describe(*nodes[cycle.front()]), {}});
        return;
    }
    if (std::ranges::is_sorted(order)) {
        return;
    }
    Nodes sorted;
    sorted.reserve(nodes.size());
    for (const std::size_t i : order) {
        sorted.push_back(std::move(nodes[i]));
    }
    nodes = std::move(sorted);
}

}  // namespace wasminfer::gen
