#include "ops/slice_range.hpp"

namespace wasminfer::gen {

namespace {

using Ranges = std::map<std::string, Range>;

/// Bounds of the symbols in the expressions; a free dimension is never negative.
Ranges ranges_of(std::initializer_list<Dim> dims, const Symbols& symbols)
{
    Ranges ranges;
    for (const Dim& dim : dims) {
        for (const auto& symbol : dim.symbols()) {
            Range range{.lo = 0};
            if (const auto known = symbols.find(symbol); known != symbols.end()) {
                range.lo = known->second.lo.as_constant().value_or(0);
                range.hi = known->second.hi.as_constant().value_or(range.hi);
            }
            ranges[symbol] = range;
        }
    }
    return ranges;
}

Dim at_least(const Dim& dim, const Dim& least, const Ranges& ranges)
{
    return known_ge(dim, least, ranges) ? dim : known_ge(least, dim, ranges) ? least : max(dim, least);
}

Dim at_most(const Dim& dim, const Dim& most, const Ranges& ranges)
{
    return known_ge(most, dim, ranges) ? dim : known_ge(dim, most, ranges) ? most : min(dim, most);
}

/// Exporters write "up to the end" as one of these.
constexpr std::int64_t no_end = std::numeric_limits<std::int32_t>::max();

/// A position that counts from the end where it is negative, clamped.
Dim place(const Dim& position, const Dim& size, const Dim& least, const Dim& most, const Ranges& ranges)
{
    if (position.is_constant() && position.constant() >= no_end) {
        return most;
    }
    if (position.is_constant() && position.constant() <= -no_end) {
        return least;
    }
    Dim wrapped = position;
    if (known_ge(-1, position, ranges)) {
        wrapped = position + size;
    } else if (!known_ge(position, 0, ranges)) {
        const Dim is_negative = min(1, max(0, -position));
        wrapped = position + size * is_negative;
    }
    return at_most(at_least(wrapped, least, ranges), most, ranges);
}

}  // namespace

SliceRange slice_range(const Dim& size, const Dim& start, const Dim& end, std::int64_t step, const Symbols& symbols)
{
    const Ranges ranges = ranges_of({size, start, end}, symbols);
    const Dim least = step > 0 ? 0 : -1;
    const Dim most = step > 0 ? size : size - 1;
    const Dim first = place(start, size, 0, most, ranges);
    const Dim last = place(end, size, least, most, ranges);
    const Dim span = step > 0 ? last - first : first - last;
    return {first, ceil_div(at_least(span, 0, ranges), step > 0 ? step : -step)};
}

}  // namespace wasminfer::gen
