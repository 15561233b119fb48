#include "plan/arena.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "support/diagnostics.hpp"
#include "support/sanitized.hpp"

using namespace wasminfer::gen;

namespace {

using Items = std::vector<ArenaItem>;

/// What is wrong with the layout, or "".
std::string fault(const Items& items, const ArenaLayout& layout, std::int64_t alignment)
{
    if (layout.offsets.size() != items.size() || layout.bytes < layout.lower_bound) {
        return "size";
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::int64_t begin = layout.offsets[i], end = begin + items[i].bytes;
        if (begin < 0 || begin % alignment != 0 || end > layout.bytes) {
            return "item " + std::to_string(i) + " is misplaced";
        }
        for (std::size_t j = 0; j < i; ++j) {
            const bool together = items[i].first <= items[j].last && items[j].first <= items[i].last;
            const bool overlap = begin < layout.offsets[j] + items[j].bytes && layout.offsets[j] < end;
            if (together && overlap && items[i].bytes > 0 && items[j].bytes > 0) {
                return "items " + std::to_string(j) + " and " + std::to_string(i) + " overlap";
            }
        }
    }
    return "";
}

/// The largest live sum, step by step.
std::int64_t plain_lower_bound(const Items& items, std::int64_t alignment)
{
    std::int64_t largest = 0;
    for (const ArenaItem& at : items) {
        std::int64_t live = 0;
        for (const ArenaItem& item : items) {
            const bool lives = item.first <= at.first && at.first <= item.last;
            live += lives ? (item.bytes + alignment - 1) / alignment * alignment : 0;
        }
        largest = std::max(largest, live);
    }
    return largest;
}

/// The usual planner: items by size, each at the lowest free place.
std::int64_t greedy_by_size(Items items)
{
    std::ranges::sort(items, std::greater{}, &ArenaItem::bytes);
    std::vector<std::int64_t> offsets(items.size());
    std::int64_t total = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        std::vector<std::pair<std::int64_t, std::int64_t>> taken;
        for (std::size_t j = 0; j < i; ++j) {
            if (items[i].first <= items[j].last && items[j].first <= items[i].last) {
                taken.emplace_back(offsets[j], offsets[j] + items[j].bytes);
            }
        }
        std::ranges::sort(taken);
        for (const auto& [begin, end] : taken) {
            if (begin - offsets[i] >= items[i].bytes) {
                break;
            }
            offsets[i] = std::max(offsets[i], end);
        }
        total = std::max(total, offsets[i] + items[i].bytes);
    }
    return total;
}

Items random_items(std::mt19937& random, int count, int steps, int longest, int largest)
{
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Items items;
    for (int i = 0; i < count; ++i) {
        const int first = below(steps);
        items.push_back({below(10) == 0 ? 0 : below(largest), first, first + below(longest)});
    }
    return items;
}

/// A network: each step's result lives until the next, some skip ahead, sizes shrink and grow as in a U-Net.
Items network_items(std::mt19937& random, int steps)
{
    Items items;
    for (int i = 0; i < steps; ++i) {
        const int middle = std::abs(2 * i - steps);
        const int skip = random() % 4 == 0 ? static_cast<int>(random() % 16) : 0;
        items.push_back({64 * (1 + middle) * static_cast<std::int64_t>(1 + random() % 8), i, i + 1 + skip});
    }
    return items;
}

}  // namespace

TEST_CASE("arena: random intervals never overlap while they live, and lie aligned")
{
    std::mt19937 random{1};
    for (int round = 0; round < 120 / test::tried_every; ++round) {
        const std::int64_t alignment = std::array<std::int64_t, 4>{64, 16, 1, 48}[static_cast<std::size_t>(round % 4)];
        const Items items = random_items(random, 1 + round / 2, 1 + round % 30, 1 + round % 17, 2000);
        const ArenaLayout layout = pack_arena(items, alignment);
        REQUIRE(fault(items, layout, alignment) == "");
        REQUIRE(layout.lower_bound == plain_lower_bound(items, alignment));
    }
}

TEST_CASE("arena: networks need what their busiest step needs")
{
    std::mt19937 random{2};
    int met = 0;
    for (int round = 0; round < 20; ++round) {
        const Items items = network_items(random, 10 + 12 * round);
        const ArenaLayout layout = pack_arena(items);
        REQUIRE(fault(items, layout, 64) == "");
        CHECK(static_cast<double>(layout.bytes) <= 1.05 * static_cast<double>(layout.lower_bound));
        met += layout.bytes == layout.lower_bound ? 1 : 0;
    }
    CHECK(met >= 18);
}

TEST_CASE("arena: search finds a layout where largest-first wastes")
{
    const auto scaled = [](Items items) {
        for (ArenaItem& item : items) {
            item.bytes *= 64;
        }
        return items;
    };
    const Items five = scaled({{15, 4, 7}, {14, 0, 3}, {2, 1, 4}, {11, 3, 4}, {8, 2, 3}});
    CHECK(greedy_by_size(five) == 36 * 64);
    CHECK(pack_arena(five).bytes == 35 * 64);
    CHECK(pack_arena(five).lower_bound == 35 * 64);

    const Items eight =
        scaled({{1, 2, 2}, {9, 2, 3}, {4, 5, 8}, {11, 3, 6}, {16, 3, 4}, {6, 3, 3}, {12, 4, 6}, {15, 2, 2}});
    CHECK(greedy_by_size(eight) == 45 * 64);
    CHECK(pack_arena(eight).bytes == 42 * 64);
    CHECK(fault(eight, pack_arena(eight), 64) == "");
}

TEST_CASE("arena: nothing, items without bytes, and a single item")
{
    CHECK(pack_arena({}).bytes == 0);
    const ArenaLayout empty = pack_arena(Items{{0, 0, 5}, {0, 2, 3}});
    CHECK(empty.bytes == 0);
    CHECK(empty.offsets == std::vector<std::int64_t>{0, 0});
    const ArenaLayout mixed = pack_arena(Items{{0, 0, 5}, {1, 0, 5}, {65, 3, 3}});
    CHECK(mixed.bytes == 192);
    CHECK(mixed.offsets[0] == 0);
    const ArenaLayout one = pack_arena(Items{{100, -3, 7}});
    CHECK(one.bytes == 128);
    CHECK(one.offsets[0] == 0);
}

TEST_CASE("arena: the last step of one item and the first of another are not apart when they are the same")
{
    CHECK(pack_arena(Items{{64, 0, 1}, {64, 1, 2}}).bytes == 128);
    CHECK(pack_arena(Items{{64, 0, 1}, {64, 2, 3}}).bytes == 64);
}

TEST_CASE("arena: the same items give the same layout")
{
    std::mt19937 random{3};
    const Items items = random_items(random, 150, 60, 30, 5000);
    CHECK(pack_arena(items).offsets == pack_arena(items).offsets);
}

TEST_CASE("arena: huge lists and extreme steps and sizes")
{
    constexpr int last = std::numeric_limits<int>::max();
    // All live at once: more pairs than the search accepts.
    Items all;
    for (int i = 0; i < 4000; ++i) {
        all.push_back({64 * (1 + i % 7), i, last});
    }
    const ArenaLayout stacked = pack_arena(all);
    CHECK(stacked.bytes == stacked.lower_bound);

    std::mt19937 random{4};
    const Items many = random_items(random, 5000, 6000, 3000, 4000);
    const ArenaLayout swept = pack_arena(many);
    CHECK(fault(many, swept, 64) == "");
    CHECK(static_cast<double>(swept.bytes) < 1.2 * static_cast<double>(swept.lower_bound));

    Items chain;
    for (int i = 0; i < 200000 / test::tried_every; ++i) {
        chain.push_back({64, 2 * i, 2 * i + 1});
    }
    CHECK(pack_arena(chain).bytes == 64);

    constexpr std::int64_t half = std::int64_t{1} << 62;
    CHECK(pack_arena(Items{{half, 0, 1}, {half - 64, 2, last}}).bytes == half);
    CHECK_THROWS_AS(pack_arena(Items{{half, 0, 1}, {half, 2, 3}}), Refused);
    CHECK_THROWS_AS(pack_arena(Items{{std::numeric_limits<std::int64_t>::max(), 0, 1}}), Refused);
}
