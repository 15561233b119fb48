#include "plan/arena.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "plan/arena_search.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

using Order = std::vector<std::size_t>;

constexpr std::int64_t most_pairs = 2'000'000;

/// Sizes rounded up to the alignment.
std::vector<ArenaItem> aligned(std::span<const ArenaItem> items, std::int64_t alignment)
{
    std::vector<ArenaItem> result(items.begin(), items.end());
    std::int64_t sum = 0;
    for (ArenaItem& item : result) {
        assert(item.bytes >= 0 && item.first <= item.last);
        const std::int64_t padding = (alignment - item.bytes % alignment) % alignment;
        if (__builtin_add_overflow(item.bytes, padding, &item.bytes) || __builtin_add_overflow(sum, item.bytes, &sum)) {
            throw Refused{"the model's intermediate values do not fit into 64-bit memory"};
        }
    }
    return result;
}

/// Calls on_step(first step of an interval in which nothing begins or ends, bytes live in it).
template <class F>
void for_each_load(std::span<const ArenaItem> items, F on_step)
{
    std::map<std::int64_t, std::int64_t> change;
    for (const ArenaItem& item : items) {
        change[item.first] += item.bytes;
        change[std::int64_t{item.last} + 1] -= item.bytes;
    }
    std::int64_t live = 0;
    for (const auto& [step, bytes] : change) {
        live += bytes;
        on_step(step, live);
    }
}

/// Pairs of items that live at the same time.
std::int64_t count_pairs(std::span<const ArenaItem> items)
{
    std::vector<ArenaItem> ones(items.begin(), items.end());
    for (ArenaItem& item : ones) {
        item.bytes = item.bytes > 0 ? 1 : 0;
    }
    std::map<std::int64_t, std::int64_t> begins, ends;
    for (const ArenaItem& item : ones) {
        begins[item.first] += item.bytes;
        ends[std::int64_t{item.last} + 1] += item.bytes;
    }
    std::int64_t pairs = 0, live = 0;
    auto end = ends.begin();
    for (const auto& [step, count] : begins) {
        for (; end != ends.end() && end->first <= step; ++end) {
            live -= end->second;
        }
        pairs += count * live + count * (count - 1) / 2;
        live += count;
    }
    return pairs;
}

/// For each item, the largest load of a step in which it lives.
std::vector<std::int64_t> busiest_load(std::span<const ArenaItem> items)
{
    std::vector<std::int64_t> steps;
    // peaks[k][i]: the largest of the 2^k loads from i on.
    std::vector<std::vector<std::int64_t>> peaks(1);
    for_each_load(items, [&](std::int64_t step, std::int64_t live) {
        steps.push_back(step);
        peaks[0].push_back(live);
    });
    for (std::size_t width = 1; 2 * width <= steps.size(); width *= 2) {
        const auto& half = peaks.back();
        std::vector<std::int64_t> whole(steps.size() - 2 * width + 1);
        for (std::size_t i = 0; i < whole.size(); ++i) {
            whole[i] = std::max(half[i], half[i + width]);
        }
        peaks.push_back(std::move(whole));
    }
    std::vector<std::int64_t> result;
    for (const ArenaItem& item : items) {
        const auto begin = static_cast<std::size_t>(std::ranges::lower_bound(steps, item.first) - steps.begin());
        const auto end = static_cast<std::size_t>(std::ranges::upper_bound(steps, item.last) - steps.begin());
        const auto level = static_cast<std::size_t>(std::bit_width(end - begin) - 1);
        result.push_back(std::max(peaks[level][begin], peaks[level][end - (std::size_t{1} << level)]));
    }
    return result;
}

template <class Key>
Order order_by(std::size_t count, Key key)
{
    Order order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{key(i), i}; });
    return order;
}

std::vector<Order> greedy_orders(std::span<const ArenaItem> items)
{
    const auto busy = busiest_load(items);
    const auto lifetime = [&](std::size_t i) { return std::int64_t{items[i].last} - items[i].first + 1; };
    const auto area = [&](std::size_t i) {
        return static_cast<double>(items[i].bytes) * static_cast<double>(lifetime(i));
    };
    const auto n = items.size();
    return {
        order_by(n, [&](std::size_t i) { return std::tuple{-items[i].bytes, -lifetime(i), items[i].first}; }),
        order_by(n, [&](std::size_t i) { return std::tuple{-area(i), items[i].first}; }),
        order_by(n, [&](std::size_t i) { return std::tuple{-lifetime(i), -items[i].bytes}; }),
        order_by(n, [&](std::size_t i) { return std::tuple{items[i].first, -items[i].bytes}; }),
        order_by(n, [&](std::size_t i) { return std::tuple{-items[i].last, -items[i].bytes}; }),
        order_by(n, [&](std::size_t i) { return std::tuple{-busy[i], -items[i].bytes, items[i].first}; }),
        order_by(n, [&](std::size_t i) { return std::tuple{-busy[i], -lifetime(i), -items[i].bytes}; }),
    };
}

/// Free places, joined with their neighbours; the smallest that fits is used, else the end grows.
class FreeList {
public:
    std::int64_t allocate(std::int64_t bytes)
    {
        auto fit = by_size_.lower_bound({bytes, 0});
        if (fit == by_size_.end()) {
            const auto top = by_offset_.empty() ? by_offset_.end() : std::prev(by_offset_.end());
            if (top != by_offset_.end() && top->first + top->second == end_) {
                end_ = top->first;
                remove(top);
            }
            end_ += bytes;
            return end_ - bytes;
        }
        const auto [size, offset] = *fit;
        remove(by_offset_.find(offset));
        if (size > bytes) {
            insert(offset + bytes, size - bytes);
        }
        return offset;
    }

    void release(std::int64_t offset, std::int64_t bytes)
    {
        auto next = by_offset_.lower_bound(offset);
        if (next != by_offset_.end() && offset + bytes == next->first) {
            bytes += next->second;
            next = remove(next);
        }
        if (next != by_offset_.begin()) {
            const auto before = std::prev(next);
            if (before->first + before->second == offset) {
                offset = before->first;
                bytes += before->second;
                remove(before);
            }
        }
        insert(offset, bytes);
    }

private:
    using Offsets = std::map<std::int64_t, std::int64_t>;

    void insert(std::int64_t offset, std::int64_t bytes)
    {
        by_offset_.emplace(offset, bytes);
        by_size_.emplace(bytes, offset);
    }

    Offsets::iterator remove(Offsets::iterator place)
    {
        by_size_.erase({place->second, place->first});
        return by_offset_.erase(place);
    }

    Offsets by_offset_;
    std::set<std::pair<std::int64_t, std::int64_t>> by_size_;
    std::int64_t end_ = 0;
};

/// One pass over the steps, for lists so long that even the pairs of live items are too many.
std::vector<std::int64_t> sweep(std::span<const ArenaItem> items)
{
    std::vector<std::int64_t> offsets(items.size(), 0);
    FreeList places;
    std::multimap<int, std::size_t> live;  // by last step
    for (const std::size_t i :
         order_by(items.size(), [&](std::size_t k) { return std::tuple{items[k].first, -items[k].bytes}; })) {
        while (!live.empty() && live.begin()->first < items[i].first) {
            places.release(offsets[live.begin()->second], items[live.begin()->second].bytes);
            live.erase(live.begin());
        }
        if (items[i].bytes > 0) {
            offsets[i] = places.allocate(items[i].bytes);
            live.emplace(items[i].last, i);
        }
    }
    return offsets;
}

}  // namespace

ArenaLayout pack_arena(std::span<const ArenaItem> items, std::int64_t alignment)
{
    assert(alignment > 0);
    const auto blocks = aligned(items, alignment);
    ArenaLayout layout;
    for_each_load(blocks,
                  [&](std::int64_t, std::int64_t live) { layout.lower_bound = std::max(layout.lower_bound, live); });
    if (count_pairs(blocks) > most_pairs) {
        layout.offsets = sweep(blocks);
    } else {
        layout.offsets = search_arena(blocks, greedy_orders(blocks), layout.lower_bound);
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        layout.bytes = std::max(layout.bytes, layout.offsets[i] + blocks[i].bytes);
    }
    return layout;
}

}  // namespace wasminfer::gen
