// floor_div, ceil_div, mod: their normal forms.
#include <algorithm>
#include <numeric>

#include "ir/dim_expr.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

[[noreturn]] void zero_divisor()
{
    throw OperatorError{"a size is divided by zero"};
}

std::int64_t floor_quotient(std::int64_t a, std::int64_t b)
{
    return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

bool precedes(const Factor& a, const Factor& b)
{
    return compare(*a, *b) < 0;
}

/// a / b as products, where b's factors are all in a.
std::optional<std::vector<Factor>> quotient(const std::vector<Factor>& a, const std::vector<Factor>& b)
{
    if (!std::ranges::includes(a, b, precedes)) {
        return std::nullopt;
    }
    std::vector<Factor> rest;
    std::ranges::set_difference(a, b, std::back_inserter(rest), precedes);
    return rest;
}

struct Split {
    Dim whole, rest;
};

/// a == whole × k + rest, with rest's coefficients between -k and k (of the sign they had: (a - b)/2 stays readable)
/// and its constant in [0, k).
Split split(const Dim& a, std::int64_t k)
{
    std::vector<Term> whole, rest;
    for (const Term& term : terms_of(a)) {
        const bool borrow = term.factors.empty() && term.coefficient % k < 0;
        whole.push_back({term.coefficient / k - (borrow ? 1 : 0), term.factors});
        rest.push_back({term.coefficient % k + (borrow ? k : 0), term.factors});
    }
    return {from_terms(std::move(whole)), from_terms(std::move(rest))};
}

/// The same with a single product as divisor: pulls out what it divides.
Split split(const Dim& a, const Term& divisor)
{
    std::vector<Term> whole, rest;
    for (const Term& term : terms_of(a)) {
        std::int64_t q = 0;
        if (const auto factors = quotient(term.factors, divisor.factors)) {
            q = term.coefficient / divisor.coefficient;
            whole.push_back({q, *factors});
        }
        rest.push_back({term.coefficient - q * divisor.coefficient, term.factors});
    }
    return {from_terms(std::move(whole)), from_terms(std::move(rest))};
}

/// gcd of the coefficients other than the constant's, and of k.
std::int64_t common_coefficient(const Dim& a, std::int64_t k)
{
    for (const Term& term : terms_of(a)) {
        k = term.factors.empty() ? k : std::gcd(k, term.coefficient);
    }
    return k;
}

Dim divided(const Dim& a, std::int64_t k)
{
    auto terms = terms_of(a);
    for (Term& term : terms) {
        term.coefficient = floor_quotient(term.coefficient, k);
    }
    return from_terms(std::move(terms));
}

/// The largest product that divides every term of both.
Term common_product(const Dim& a, const Dim& b)
{
    auto terms = terms_of(a);
    std::ranges::copy(terms_of(b), std::back_inserter(terms));
    Term common{0, terms[0].factors};
    for (const Term& term : terms) {
        std::vector<Factor> both;
        std::ranges::set_intersection(common.factors, term.factors, std::back_inserter(both), precedes);
        common.factors = std::move(both);
        // gcd is not defined for the smallest integer, whose absolute value has no place.
        const bool smallest = term.coefficient == std::numeric_limits<std::int64_t>::min();
        common.coefficient = smallest ? 1 : std::gcd(common.coefficient, term.coefficient);
    }
    return common;
}

bool leads_negative(const Dim& a)
{
    return a.is_constant() ? a.constant() < 0 : a.expr()->terms[0].coefficient < 0;
}

/// floor((±floor(x / m) + r) / k) == floor((±x + m r [+ m - 1]) / (m k)): the strides of stacked convolutions multiply.
std::optional<Dim> flatten_nested(const Dim& rest, std::int64_t k)
{
    const Term* found = nullptr;
    for (const Term& term : rest.expr()->terms) {
        const Atom* atom = term.linear();
        if (atom && atom->kind == AtomKind::floor_div && atom->args[1].is_constant()) {
            if (found || (term.coefficient != 1 && term.coefficient != -1)) {
                return std::nullopt;
            }
            found = &term;
        }
    }
    if (!found) {
        return std::nullopt;
    }
    try {
        const Dim &x = found->linear()->args[0], &m = found->linear()->args[1];
        const Dim others = rest - from_terms({*found});
        const Dim numerator = found->coefficient > 0 ? x : -x + m - 1;
        return floor_div(numerator + m * others, m * k);
    } catch (const OperatorError&) {
        return std::nullopt;
    }
}

Dim floor_div_by(const Dim& a, std::int64_t k)
{
    const auto [whole, rest] = split(a, k);
    if (rest.is_constant()) {
        return whole;
    }
    if (const auto g = common_coefficient(rest, k); g > 1) {
        return whole + floor_div(divided(rest, g), k / g);
    }
    if (const auto flat = flatten_nested(rest, k)) {
        return whole + *flat;
    }
    if (leads_negative(rest)) {
        return whole - floor_div(-rest + (k - 1), k);
    }
    return whole + from_atom(AtomKind::floor_div, {rest, k});
}

Dim mod_by(const Dim& a, std::int64_t k)
{
    // x % m inside counts as x where k divides m: padding to a multiple is (k - x % k) % k.
    const Dim unwrapped = rebuild(a, [&](const Factor& factor) {
        const bool multiple =
            factor->kind == AtomKind::mod && factor->args[1].is_constant() && factor->args[1].constant() % k == 0;
        return multiple ? factor->args[0] : from_terms({{1, {factor}}});
    });
    Dim rest = split(unwrapped, k).rest;
    if (rest.is_constant()) {
        return rest;
    }
    if (const auto g = common_coefficient(rest, k); g > 1) {
        return g * mod(divided(rest, g), k / g) + constant_term(rest) % g;
    }
    return from_atom(AtomKind::mod, {rest, k});
}

}  // namespace

std::optional<Dim> divide_exactly(const Dim& p, const Dim& divisor)
{
    constexpr int most_terms = 256;
    const auto divisor_terms = terms_of(divisor);
    if (divisor_terms.empty()) {
        return std::nullopt;
    }
    const Term& lead = divisor_terms[0];
    std::vector<Term> result;
    try {
        Dim rest = p;
        for (int i = 0; rest != 0; ++i) {
            const Term next = terms_of(rest)[0];
            const auto factors = quotient(next.factors, lead.factors);
            if (!factors || i == most_terms || (lead.coefficient != -1 && next.coefficient % lead.coefficient != 0)) {
                return std::nullopt;
            }
            const Dim sign = lead.coefficient == -1 ? -1 : 1;
            const std::int64_t size = lead.coefficient == -1 ? next.coefficient : next.coefficient / lead.coefficient;
            const Dim part = sign * from_terms({{size, *factors}});
            std::ranges::copy(terms_of(part), std::back_inserter(result));
            rest -= part * divisor;
        }
        return from_terms(std::move(result));
    } catch (const OperatorError&) {
        return std::nullopt;
    }
}

Dim floor_div(const Dim& a, const Dim& b)
{
    if (b == 0) {
        zero_divisor();
    }
    if (b == 1 || a == 0) {
        return a;
    }
    if (a.is_constant() && b.is_constant() && b != -1) {
        return floor_quotient(a.constant(), b.constant());
    }
    if (leads_negative(b)) {
        return floor_div(-a, -b);
    }
    if (b.is_constant()) {
        return floor_div_by(a, b.constant());
    }
    if (auto exact = divide_exactly(a, b)) {
        return *exact;
    }
    const Term common = common_product(a, b);
    if (common.coefficient > 1 || !common.factors.empty()) {
        const Dim factor = from_terms({common});
        return floor_div(*divide_exactly(a, factor), *divide_exactly(b, factor));
    }
    if (b.expr()->terms.size() == 1) {
        const auto [whole, rest] = split(a, b.expr()->terms[0]);
        if (whole != 0) {
            return whole + floor_div(rest, b);
        }
    }
    return from_atom(AtomKind::floor_div, {a, b});
}

Dim ceil_div(const Dim& a, const Dim& b)
{
    return -floor_div(-a, b);
}

Dim mod(const Dim& a, const Dim& b)
{
    if (b == 0) {
        zero_divisor();
    }
    if (a == 0 || b == -1) {
        return 0;
    }
    if (a.is_constant() && b.is_constant()) {
        const std::int64_t remainder = a.constant() % b.constant();
        return remainder != 0 && (remainder < 0) != (b.constant() < 0) ? remainder + b.constant() : remainder;
    }
    if (leads_negative(b)) {
        return -mod(-a, -b);
    }
    if (b.is_constant()) {
        return mod_by(a, b.constant());
    }
    if (divide_exactly(a, b)) {
        return 0;
    }
    const Term common = common_product(a, b);
    if (common.coefficient > 1 || !common.factors.empty()) {
        const Dim factor = from_terms({common});
        return factor * mod(*divide_exactly(a, factor), *divide_exactly(b, factor));
    }
    if (b.expr()->terms.size() == 1) {
        const auto [whole, rest] = split(a, b.expr()->terms[0]);
        if (whole != 0) {
            return mod(rest, b);
        }
    }
    return from_atom(AtomKind::mod, {a, b});
}

}  // namespace wasminfer::gen
