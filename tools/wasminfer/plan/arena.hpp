// Where in the arena each region lies: offline dynamic storage allocation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace wasminfer::gen {

/// Memory that is needed from step `first` to step `last`, both included.
struct ArenaItem {
    std::int64_t bytes;
    int first, last;
};

struct ArenaLayout {
    std::vector<std::int64_t> offsets;  ///< Of each item, multiples of the alignment; 0 where it has no bytes.
    std::int64_t bytes = 0;             ///< All items lie in [0, bytes).
    std::int64_t lower_bound = 0;       ///< The largest sum, over the steps, of what is live there; sizes rounded up.
};

/// Gives items that live at the same step disjoint places, and tries to need few bytes in all.
///
/// The problem is NP-hard. Each item is put at the lowest free place, in several orders that are known to do well (by
/// size, by size × lifetime, by first step, busiest step first …), and the best order is then improved by local search,
/// until it meets the lower bound or an effort is spent that takes 0.3 s for a thousand items. The effort is counted,
/// not timed: the same items get the same layout everywhere. Where more than two million pairs of items live at the
/// same time, one pass over the steps has to do.
///
/// Every item needs bytes >= 0 and first <= last; alignment > 0. Throws Refused where all items together pass 2^63 bytes.
ArenaLayout pack_arena(std::span<const ArenaItem> items, std::int64_t alignment = 64);

}  // namespace wasminfer::gen
