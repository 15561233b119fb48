#include "ops/symbolic.hpp"

namespace wasminfer::gen {

namespace {

std::map<std::string, Range> non_negative(const Dim& dim)
{
    std::map<std::string, Range> ranges;
    for (const auto& symbol : dim.symbols()) {
        ranges[symbol].lo = 0;
    }
    return ranges;
}

bool at_least(const Dim& dim, std::int64_t least)
{
    return known_ge(dim, least, non_negative(dim));
}

}  // namespace

std::optional<int> sign_of(const Dim& dim)
{
    if (dim == Dim{0}) {
        return 0;
    }
    if (at_least(dim, 1)) {
        return 1;
    }
    return at_least(-dim, 1) ? std::optional{-1} : std::nullopt;
}

std::optional<Dim> quotient(const Dim& a, const Dim& b)
{
    // A size that divides is not 0: Dim's own rewriting assumes so too.
    const bool positive = at_least(b, b.is_constant() ? 1 : 0);
    if (!positive) {
        return at_least(-b, 1) ? quotient(-a, -b) : std::nullopt;
    }
    if (at_least(a, 0)) {
        return floor_div(a, b);
    }
    return floor_div(max(a, 0), b) - floor_div(max(-a, 0), b);
}

std::optional<bool> is_less(const Dim& a, const Dim& b)
{
    const Dim difference = b - a;
    if (at_least(difference, 1)) {
        return true;
    }
    return at_least(-difference, 0) ? std::optional{false} : std::nullopt;
}

std::optional<bool> is_equal(const Dim& a, const Dim& b)
{
    if (known_equal(a, b)) {
        return true;
    }
    const auto sign = sign_of(a - b);
    return sign && *sign != 0 ? std::optional{false} : std::nullopt;
}

}  // namespace wasminfer::gen
