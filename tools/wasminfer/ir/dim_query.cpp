// What an expression holds, and its value.
#include <algorithm>

#include "ir/dim_expr.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

using Values = std::map<std::string, std::int64_t>;

void collect_symbols(const Dim& dim, std::set<std::string>& names)
{
    for (const Term& term : terms_of(dim)) {
        for (const Factor& factor : term.factors) {
            if (factor->kind == AtomKind::symbol) {
                names.insert(factor->name);
            }
            for (const Dim& arg : factor->args) {
                collect_symbols(arg, names);
            }
        }
    }
}

std::optional<std::int64_t> evaluate_atom(const Atom& atom, const Values& values)
{
    if (atom.kind == AtomKind::symbol) {
        const auto it = values.find(atom.name);
        return it == values.end() ? std::nullopt : std::optional{it->second};
    }
    std::vector<std::int64_t> args;
    for (const Dim& arg : atom.args) {
        const auto value = arg.evaluate(values);
        if (!value) {
            return std::nullopt;
        }
        args.push_back(*value);
    }
    if (atom.kind == AtomKind::min || atom.kind == AtomKind::max) {
        return atom.kind == AtomKind::min ? std::ranges::min(args) : std::ranges::max(args);
    }
    const std::int64_t a = args[0], b = args[1];
    if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) {
        return std::nullopt;
    }
    const bool adjust = a % b != 0 && (a % b < 0) != (b < 0);
    return atom.kind == AtomKind::floor_div ? a / b - (adjust ? 1 : 0) : a % b + (adjust ? b : 0);
}

Dim substitute_atom(const Factor& factor, const std::map<std::string, Dim>& replacements)
{
    if (factor->kind == AtomKind::symbol) {
        const auto it = replacements.find(factor->name);
        return it == replacements.end() ? from_terms({{1, {factor}}}) : it->second;
    }
    std::vector<Dim> args;
    for (const Dim& arg : factor->args) {
        args.push_back(arg.substitute(replacements));
    }
    return remake(factor->kind, args);
}

/// numerator == original + k × pulled, its coefficients (but the constant) in [0, k).
struct Reduced {
    Dim numerator, pulled;
};

Reduced reduced(const Dim& numerator, std::int64_t k)
{
    std::vector<Term> negative;
    for (const Term& term : terms_of(numerator)) {
        if (term.coefficient < 0 && !term.factors.empty()) {
            negative.push_back({1, term.factors});
        }
    }
    const Dim pulled = from_terms(std::move(negative));
    return {numerator + k * pulled, pulled};
}

/// The floor of a normal form over a constant k: floor(a / k) == -floor((k - 1 - a) / k), with both numerators reduced
/// and the smaller one chosen. So the halves of an odd split, (x + 1)/2 and x - x/2, become one.
Dim expand_floor(const Factor& factor)
{
    const Dim &a = factor->args[0], &b = factor->args[1];
    if (!b.is_constant()) {
        return from_terms({{1, {factor}}});
    }
    const std::int64_t k = b.constant();
    const Reduced direct = reduced(a, k), mirrored = reduced(k - 1 - a, k);
    return compare(direct.numerator, mirrored.numerator) < 0 ? floor_div(direct.numerator, b) - direct.pulled
                                                             : mirrored.pulled - floor_div(mirrored.numerator, b);
}

/// Makes more of what is equal look equal than the normal form does, but reads worse: mod becomes a - b × floor(a / b),
/// and floors as above.
Dim expand(const Dim& dim)
{
    return rebuild(dim, [](const Factor& factor) {
        std::vector<Dim> args;
        for (const Dim& arg : factor->args) {
            args.push_back(expand(arg));
        }
        const auto floors = [](const Dim& a) {
            return rebuild(a, [](const Factor& inner) {
                return inner->kind == AtomKind::floor_div ? expand_floor(inner) : from_terms({{1, {inner}}});
            });
        };
        switch (factor->kind) {
        case AtomKind::symbol: return from_terms({{1, {factor}}});
        case AtomKind::floor_div: return floors(floor_div(args[0], args[1]));
        case AtomKind::mod: return args[0] - args[1] * floors(floor_div(args[0], args[1]));
        default: return remake(factor->kind, args);
        }
    });
}

}  // namespace

std::set<std::string> Dim::symbols() const
{
    std::set<std::string> names;
    collect_symbols(*this, names);
    return names;
}

std::optional<std::int64_t> Dim::evaluate(const Values& values) const
{
    if (!expr_) {
        return constant_;
    }
    std::int64_t sum = 0;
    for (const Term& term : expr_->terms) {
        std::int64_t product = term.coefficient;
        for (const Factor& factor : term.factors) {
            const auto value = evaluate_atom(*factor, values);
            if (!value || __builtin_mul_overflow(product, *value, &product)) {
                return std::nullopt;
            }
        }
        if (__builtin_add_overflow(sum, product, &sum)) {
            return std::nullopt;
        }
    }
    return sum;
}

Dim Dim::substitute(const std::map<std::string, Dim>& replacements) const
{
    return rebuild(*this, [&](const Factor& factor) { return substitute_atom(factor, replacements); });
}

bool known_equal(const Dim& a, const Dim& b)
{
    if (a == b) {
        return true;
    }
    try {
        return expand(a - b) == 0;
    } catch (const OperatorError&) {
        return false;
    }
}

}  // namespace wasminfer::gen
