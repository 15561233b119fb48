// Interval arithmetic that never claims more than evaluate() keeps.
#include <algorithm>

#include "ir/dim_expr.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

// The extremes of int64 act as infinities, so a finite lower bound must stay below the largest integer and a finite
// upper one above the smallest: clamp() gives up one value there.
constexpr std::int64_t infinity = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t minus_infinity = std::numeric_limits<std::int64_t>::min();

Range clamp(Range r)
{
    return {std::min(r.lo, infinity - 1), std::max(r.hi, minus_infinity + 1)};
}

bool infinite(std::int64_t a)
{
    return a == infinity || a == minus_infinity;
}

std::int64_t saturated_mul(std::int64_t a, std::int64_t b)
{
    if (a == 0 || b == 0) {
        return 0;  // infinity × 0: the values are finite, only their bound is not
    }
    std::int64_t product = 0;
    const bool beyond = infinite(a) || infinite(b) || __builtin_mul_overflow(a, b, &product);
    return !beyond ? product : (a < 0) == (b < 0) ? infinity : minus_infinity;
}

std::int64_t saturated_add(std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    if (infinite(a) || infinite(b)) {
        return infinite(a) ? a : b;  // only ever of two lower or two upper bounds
    }
    return !__builtin_add_overflow(a, b, &sum) ? sum : a < 0 ? minus_infinity : infinity;
}

/// floor(a / b), b not 0.
std::int64_t saturated_floor(std::int64_t a, std::int64_t b)
{
    if (infinite(a)) {
        return (a < 0) == (b < 0) ? infinity : minus_infinity;
    }
    if (infinite(b)) {
        return a == 0 || (a < 0) == (b < 0) ? 0 : -1;
    }
    return b == -1 ? -a : a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

template <class F>
Range corners(Range a, Range b, F f)
{
    const auto [lo, hi] = std::minmax({f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi)});
    return clamp({lo, hi});
}

Range operator+(Range a, Range b)
{
    return clamp({saturated_add(a.lo, b.lo), saturated_add(a.hi, b.hi)});
}

Range operator*(Range a, Range b)
{
    return corners(a, b, saturated_mul);
}

Range hull(Range a, Range b)
{
    return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
}

Range intersection(Range a, Range b)
{
    const Range both{std::max(a.lo, b.lo), std::min(a.hi, b.hi)};
    return both.lo <= both.hi ? both : a;  // empty where a caller's range is: then nothing is wrong
}

Range floor_range(Range a, Range b)
{
    // The quotient is monotonic in each on either side of the divisor 0, at which there is no value.
    const Range negative{b.lo, std::min<std::int64_t>(b.hi, -1)}, positive{std::max<std::int64_t>(b.lo, 1), b.hi};
    if (negative.lo > negative.hi && positive.lo > positive.hi) {
        return {};
    }
    if (negative.lo > negative.hi) {
        return corners(a, positive, saturated_floor);
    }
    if (positive.lo > positive.hi) {
        return corners(a, negative, saturated_floor);
    }
    return hull(corners(a, negative, saturated_floor), corners(a, positive, saturated_floor));
}

Range mod_range(Range a, Range b)
{
    if (b.lo > 0 && a.lo >= 0 && a.hi < b.lo) {
        return a;
    }
    Range r{b.lo < 0 ? (infinite(b.lo) ? b.lo : b.lo + 1) : 0, b.hi > 0 ? (infinite(b.hi) ? b.hi : b.hi - 1) : 0};
    if (b.lo > 0 && a.lo >= 0) {
        r.hi = std::min(r.hi, a.hi);
    }
    return r;
}

class Bounder {
public:
    explicit Bounder(const std::map<std::string, Range>& ranges) : ranges_{ranges} {}

    Range operator()(const Dim& dim)
    {
        if (dim.is_constant()) {
            return {dim.constant(), dim.constant()};
        }
        Range sum{0, 0};
        for (const Term& term : dim.expr()->terms) {
            Range product = clamp({term.coefficient, term.coefficient});
            for (const Factor& factor : term.factors) {
                product = product * of(*factor);
            }
            sum = sum + product;
        }
        if (dim.expr()->terms.size() > 1) {
            sum = refine(dim, sum);
        }
        return sum;
    }

private:
    Range of(const Atom& atom)
    {
        if (atom.kind == AtomKind::symbol) {
            const auto it = ranges_.find(atom.name);
            return it == ranges_.end() ? Range{} : clamp(it->second);
        }
        Range r = clamp((*this)(atom.args[0]));
        for (std::size_t i = 1; i < atom.args.size(); ++i) {
            const Range b = clamp((*this)(atom.args[i]));
            switch (atom.kind) {
            case AtomKind::floor_div: r = floor_range(r, b); break;
            case AtomKind::mod: r = mod_range(r, b); break;
            case AtomKind::min: r = {std::min(r.lo, b.lo), std::min(r.hi, b.hi)}; break;
            default: r = {std::max(r.lo, b.lo), std::max(r.hi, b.hi)};
            }
        }
        return r;
    }

    /// The terms of a sum move together, which adding their ranges ignores. Writes out one floor, min or max, so that
    /// what it shares with the other terms cancels; what remains is refined in turn, within a budget.
    Range refine(const Dim& dim, Range r)
    {
        for (const Term& term : dim.expr()->terms) {
            const Atom* atom = term.linear();
            if (!atom || atom->kind == AtomKind::symbol || atom->kind == AtomKind::mod ||
                (atom->kind == AtomKind::floor_div && !atom->args[1].is_constant())) {
                continue;
            }
            if (--budget_ < 0) {
                return r;
            }
            try {
                const Dim others = dim - from_terms({term});
                return intersection(r, atom->kind == AtomKind::floor_div ? through_floor(others, term)
                                                                         : through_extremum(others, term));
            } catch (const OperatorError&) {
                return r;  // too large to write out
            }
        }
        return r;
    }

    /// others + c floor(p / k) == (k others + c p - c m) / k with m in [0, k - 1].
    Range through_floor(const Dim& others, const Term& term)
    {
        const Dim &p = term.linear()->args[0], &k = term.linear()->args[1];
        const Range remainder = clamp({term.coefficient, term.coefficient}) * Range{1 - k.constant(), 0};
        const Range scaled = clamp((*this)(k * others + term.coefficient * p)) + remainder;
        const std::int64_t lo = infinite(scaled.lo) ? scaled.lo : -saturated_floor(-scaled.lo, k.constant());
        return clamp({lo, saturated_floor(scaled.hi, k.constant())});
    }

    /// others + c max(a, b) is the larger (c > 0) of others + c a, others + c b.
    Range through_extremum(const Dim& others, const Term& term)
    {
        const bool larger = (term.linear()->kind == AtomKind::max) == (term.coefficient > 0);
        std::optional<Range> r;
        for (const Dim& arg : term.linear()->args) {
            const Range b = clamp((*this)(others + term.coefficient * arg));
            if (!r) {
                r = b;
            } else if (larger) {
                r = Range{std::max(r->lo, b.lo), std::max(r->hi, b.hi)};
            } else {
                r = Range{std::min(r->lo, b.lo), std::min(r->hi, b.hi)};
            }
        }
        return *r;
    }

    const std::map<std::string, Range>& ranges_;
    int budget_ = 64;
};

}  // namespace

Range Dim::bounds(const std::map<std::string, Range>& ranges) const
{
    return Bounder{ranges}(*this);
}

bool known_ge(const Dim& a, const Dim& b, const std::map<std::string, Range>& ranges)
{
    try {
        return (a - b).bounds(ranges).lo >= 0;
    } catch (const OperatorError&) {
        return false;
    }
}

}  // namespace wasminfer::gen
