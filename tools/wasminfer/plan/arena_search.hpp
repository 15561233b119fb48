// The part of pack_arena that looks for a good order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plan/arena.hpp"

namespace wasminfer::gen {

/// Offsets of `items` (sizes already rounded up): places them at the lowest free offset, in each of the orders, and
/// improves the best one until it needs no more than `lower_bound` or the effort is spent.
std::vector<std::int64_t> search_arena(std::span<const ArenaItem> items,
                                       const std::vector<std::vector<std::size_t>>& orders, std::int64_t lower_bound);

}  // namespace wasminfer::gen
