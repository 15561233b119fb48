#include "ir/ranges.hpp"

#include <algorithm>

namespace wasminfer::gen {

std::map<std::string, Range> ranges_of(const Symbols& symbols)
{
    std::map<std::string, Range> ranges;
    for (const auto& [symbol, info] : symbols) {
        if (!info.measured_by) {
            ranges[symbol] = {info.lo.constant(), info.hi.constant()};
        }
    }
    // A measured dimension's bound is an expression over the others, measured ones before it among them.
    for (std::size_t round = 0; round < symbols.size() && ranges.size() < symbols.size(); ++round) {
        for (const auto& [symbol, info] : symbols) {
            const auto needed = info.hi.symbols();
            const bool known = std::ranges::all_of(needed, [&](const auto& name) { return ranges.contains(name); });
            if (!ranges.contains(symbol) && known) {
                ranges[symbol] = {0, info.hi.bounds(ranges).hi};
            }
        }
    }
    return ranges;
}

}  // namespace wasminfer::gen
