// Every layout in which no item can be lowered is what placing its items by offset, each as low as it goes, makes: so
// searching among orders misses no optimum.
#include "plan/arena_search.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace wasminfer::gen {

namespace {

using Order = std::vector<std::size_t>;

/// Counted in visits of one item by another rather than in seconds: the same layout on a slower machine.
constexpr std::int64_t search_effort = 8'000'000;

/// The generator of Marsaglia, "Xorshift RNGs" (2003): the standard's distributions differ from library to library.
class Random {
public:
    std::size_t below(std::size_t n)
    {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::size_t>((state_ >> 11) % n);
    }

private:
    std::uint64_t state_ = 0x9e3779b97f4a7c15u;
};

/// Less is better: bytes first; then how much sticks out above the lower bound, to lead over plateaus.
struct Cost {
    std::int64_t bytes = 0;
    double excess = 0;

    auto operator<=>(const Cost&) const = default;
};

struct Candidate {
    Order order;
    Order rank;  ///< Where each item is in the order.
    std::vector<std::int64_t> offsets;
    Cost cost;
};

class Search {
public:
    Search(std::span<const ArenaItem> items, std::int64_t lower_bound)
        : items_{items}, lower_bound_{lower_bound}, neighbours_(items.size()), stale_(items.size())
    {
        Order by_first(items.size());
        std::iota(by_first.begin(), by_first.end(), std::size_t{0});
        std::erase_if(by_first, [&](std::size_t i) { return items[i].bytes == 0; });
        std::ranges::sort(by_first, {}, [&](std::size_t i) { return std::pair{items[i].first, i}; });
        Order live;
        for (const std::size_t i : by_first) {
            std::erase_if(live, [&](std::size_t j) { return items[j].last < items[i].first; });
            for (const std::size_t j : live) {
                neighbours_[i].push_back(j);
                neighbours_[j].push_back(i);
            }
            live.push_back(i);
        }
    }

    Candidate place(const Order& order)
    {
        Candidate candidate{order, Order(items_.size()), std::vector<std::int64_t>(items_.size(), 0), {}};
        std::ranges::fill(stale_, true);
        for (std::size_t position = 0; position < order.size(); ++position) {
            candidate.rank[order[position]] = position;
        }
        settle(candidate, 0);
        return candidate;
    }

    /// Puts items that stick out earlier in the order, keeps what is no worse, and goes back to the best when that leads
    /// nowhere.
    Candidate improve(Candidate best)
    {
        Candidate current = best;
        effort_ = 0;
        int idle = 0;
        while (best.cost.bytes > lower_bound_ && effort_ < search_effort) {
            Candidate next = current;
            settle(next, perturb(next));
            idle = next.cost < best.cost ? 0 : idle + 1;
            // A slightly worse step now and then leaves a local optimum.
            const bool accepted = next.cost <= current.cost || random_.below(100) == 0;
            if (accepted) {
                current = std::move(next);
            }
            if (current.cost < best.cost) {
                best = current;
            }
            if (idle == 400) {
                current = best;
                idle = 0;
            }
        }
        return best;
    }

private:
    /// Changes the order; returns the first position that changed.
    std::size_t perturb(Candidate& candidate)
    {
        Order& order = candidate.order;
        // Mostly one of those above the lower bound, else any.
        std::size_t from = random_.below(order.size());
        if (random_.below(8) != 0) {
            std::size_t seen = 0;
            for (std::size_t position = 0; position < order.size(); ++position) {
                const std::size_t i = order[position];
                if (candidate.offsets[i] + items_[i].bytes > lower_bound_ && random_.below(++seen) == 0) {
                    from = position;
                }
            }
        }
        // To just before one of those that it had to make room for: elsewhere the move would change nothing.
        const auto& rivals = neighbours_[order[from]];
        if (rivals.empty() || from == 0) {
            return order.size();
        }
        std::size_t to = random_.below(from);
        for (int tries = 0; tries < 8; ++tries) {
            const std::size_t position = candidate.rank[rivals[random_.below(rivals.size())]];
            if (position < from) {
                to = position;
                break;
            }
        }
        const auto begin = order.begin() + static_cast<std::ptrdiff_t>(to);
        const auto end = order.begin() + static_cast<std::ptrdiff_t>(from);
        stale_[*end] = true;
        if (random_.below(3) == 0) {
            stale_[*begin] = true;
            std::iter_swap(begin, end);
        } else {
            std::rotate(begin, end, end + 1);
        }
        for (std::size_t position = to; position <= from; ++position) {
            candidate.rank[order[position]] = position;
        }
        // Whoever lives beside a moved item, and is now on its other side in the order.
        for (const std::size_t moved : {order[to], order[from]}) {
            for (const std::size_t j : neighbours_[moved]) {
                stale_[j] = stale_[j] || (candidate.rank[j] >= to && candidate.rank[j] <= from);
            }
        }
        return to;
    }

    /// Places the stale items from that position on, and those that this affects.
    void settle(Candidate& candidate, std::size_t position)
    {
        for (; position < candidate.order.size(); ++position) {
            const std::size_t i = candidate.order[position];
            if (!stale_[i]) {
                continue;
            }
            stale_[i] = false;
            const std::int64_t offset = lowest_place(candidate, i);
            if (offset == candidate.offsets[i]) {
                continue;
            }
            candidate.offsets[i] = offset;
            for (const std::size_t j : neighbours_[i]) {
                stale_[j] = stale_[j] || candidate.rank[j] > position;
            }
        }
        candidate.cost = {};
        for (std::size_t i = 0; i < items_.size(); ++i) {
            const std::int64_t end = candidate.offsets[i] + items_[i].bytes;
            candidate.cost.bytes = std::max(candidate.cost.bytes, end);
            candidate.cost.excess += static_cast<double>(std::max<std::int64_t>(end - lower_bound_, 0));
        }
        effort_ += static_cast<std::int64_t>(candidate.order.size()) / 4;
    }

    std::int64_t lowest_place(const Candidate& candidate, std::size_t item)
    {
        taken_.clear();
        for (const std::size_t j : neighbours_[item]) {
            if (candidate.rank[j] < candidate.rank[item]) {
                taken_.emplace_back(candidate.offsets[j], candidate.offsets[j] + items_[j].bytes);
            }
        }
        const std::size_t sorting = taken_.size() * static_cast<std::size_t>(std::bit_width(taken_.size())) / 2;
        effort_ += static_cast<std::int64_t>(neighbours_[item].size() + sorting);
        std::ranges::sort(taken_);
        std::int64_t offset = 0;
        for (const auto& [begin, end] : taken_) {
            if (begin - offset >= items_[item].bytes) {
                break;
            }
            offset = std::max(offset, end);
        }
        return offset;
    }

    std::span<const ArenaItem> items_;
    std::int64_t lower_bound_;
    std::vector<Order> neighbours_;
    /// Items whose place must be found again, since one before them in the order came, went or moved.
    std::vector<char> stale_;
    std::vector<std::pair<std::int64_t, std::int64_t>> taken_;
    std::int64_t effort_ = 0;
    Random random_;
};

}  // namespace

std::vector<std::int64_t> search_arena(std::span<const ArenaItem> items, const std::vector<Order>& orders,
                                       std::int64_t lower_bound)
{
    if (items.empty()) {
        return {};
    }
    Search search{items, lower_bound};
    Candidate best = search.place(orders.front());
    for (auto order = orders.begin() + 1; order != orders.end() && best.cost.bytes > lower_bound; ++order) {
        Candidate candidate = search.place(*order);
        if (candidate.cost < best.cost) {
            best = std::move(candidate);
        }
    }
    return search.improve(std::move(best)).offsets;
}

}  // namespace wasminfer::gen
