// What follows from a symbol's being a multiple of a number.
#include <algorithm>

#include "ir/dim_expr.hpp"

namespace wasminfer::gen {

namespace {

/// Whether a symbol of the map stands inside a floor or a remainder: elsewhere there is nothing to gain.
bool divides_any(const Dim& dim, const std::map<std::string, std::int64_t>& multiples, bool divided = false)
{
    const auto terms = terms_of(dim);
    return std::ranges::any_of(terms, [&](const Term& term) {
        return std::ranges::any_of(term.factors, [&](const Factor& factor) {
            if (factor->kind == AtomKind::symbol) {
                return divided && multiples.contains(factor->name);
            }
            const bool inside = divided || factor->kind == AtomKind::floor_div || factor->kind == AtomKind::mod;
            return std::ranges::any_of(factor->args,
                                       [&](const Dim& arg) { return divides_any(arg, multiples, inside); });
        });
    });
}

/// A term over quotients, written over the symbols themselves where its coefficient leaves no fraction.
Dim over_symbols(const Term& term, const std::map<std::string, std::pair<std::string, std::int64_t>>& quotients,
                 const std::map<std::string, Dim>& floors)
{
    std::int64_t coefficient = term.coefficient;
    Dim product = 1;
    for (const Factor& factor : term.factors) {
        const auto it = factor->kind == AtomKind::symbol ? quotients.find(factor->name) : quotients.end();
        if (it != quotients.end() && coefficient % it->second.second == 0) {
            coefficient /= it->second.second;
            product *= Dim::symbol(it->second.first);
        } else if (it != quotients.end() || factor->kind != AtomKind::symbol) {
            return from_terms({term}).substitute(floors);
        } else {
            product *= Dim::symbol(factor->name);
        }
    }
    return Dim{coefficient} * product;
}

}  // namespace

Dim with_multiples(const Dim& dim, const std::map<std::string, std::int64_t>& multiples)
{
    if (dim.is_constant() || !divides_any(dim, multiples)) {
        return dim;
    }
    std::map<std::string, Dim> to_quotients;
    std::map<std::string, Dim> floors;
    std::map<std::string, std::pair<std::string, std::int64_t>> quotients;
    for (const auto& [symbol, multiple] : multiples) {
        // No name of a model's dimension ends in a control character.
        const std::string quotient = symbol + '\x01';
        to_quotients.emplace(symbol, Dim{multiple} * Dim::symbol(quotient));
        floors.emplace(quotient, floor_div(Dim::symbol(symbol), multiple));
        quotients.emplace(quotient, std::pair{symbol, multiple});
    }
    Dim result = 0;
    for (const Term& term : terms_of(dim.substitute(to_quotients))) {
        result += over_symbols(term, quotients, floors);
    }
    return result;
}

}  // namespace wasminfer::gen
