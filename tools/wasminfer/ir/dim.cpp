#include "ir/dim.hpp"

#include <algorithm>
#include <cassert>

#include "ir/dim_expr.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

// A model can nest floors and sums as deep as its file is long; these bounds keep recursion and time small.
constexpr std::int64_t largest_size = 1024;
constexpr int deepest = 64;
constexpr std::size_t most_arguments = 32;

[[noreturn]] void too_large()
{
    throw OperatorError{"a size depends on the free dimensions by a formula that is too long",
                        "Give one of the free dimensions a fixed size."};
}

[[noreturn]] void overflow()
{
    throw OperatorError{"a size does not fit into 64 bits"};
}

std::int64_t checked_add(std::int64_t a, std::int64_t b)
{
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? overflow(), 0 : sum;
}

std::int64_t checked_mul(std::int64_t a, std::int64_t b)
{
    std::int64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? overflow(), 0 : product;
}

Dim without_constant(const Dim& dim)
{
    auto terms = terms_of(dim);
    std::erase_if(terms, [](const Term& term) { return term.factors.empty(); });
    return from_terms(std::move(terms));
}

/// Flattens min(a, min(b, c)), sorts, and keeps one of arguments that differ by a constant.
Dim extremum(AtomKind kind, const Dim& a, const Dim& b)
{
    // "To the end", as Slice has it: no int64 lies beyond.
    using Limits = std::numeric_limits<std::int64_t>;
    const Dim neutral = kind == AtomKind::min ? Limits::max() : Limits::min();
    if (a == neutral || b == neutral) {
        return a == neutral ? b : a;
    }
    std::vector<Dim> args;
    for (const Dim& side : {a, b}) {
        const auto terms = terms_of(side);
        const bool nested =
            terms.size() == 1 && terms[0].coefficient == 1 && terms[0].linear() && terms[0].linear()->kind == kind;
        for (const Dim& arg : nested ? terms[0].linear()->args : std::vector{side}) {
            const auto comparable = std::ranges::find_if(
                args, [&](const Dim& other) { return without_constant(arg) == without_constant(other); });
            if (comparable == args.end()) {
                args.push_back(arg);
            } else if ((kind == AtomKind::min) == (constant_term(arg) < constant_term(*comparable))) {
                *comparable = arg;
            }
        }
    }
    if (args.size() == 1) {
        return args[0];
    }
    if (args.size() > most_arguments) {
        too_large();
    }
    std::ranges::sort(args, [](const Dim& x, const Dim& y) { return compare(x, y) < 0; });
    return from_atom(kind, std::move(args));
}

}  // namespace

std::strong_ordering compare(const Atom& a, const Atom& b)
{
    if (&a == &b) {
        return std::strong_ordering::equal;
    }
    if (const auto order = a.kind <=> b.kind; order != 0) {
        return order;
    }
    if (const auto order = a.name.compare(b.name) <=> 0; order != 0) {
        return order;
    }
    return std::lexicographical_compare_three_way(a.args.begin(), a.args.end(), b.args.begin(), b.args.end(),
                                                  [](const Dim& x, const Dim& y) { return compare(x, y); });
}

std::strong_ordering compare_products(const std::vector<Factor>& a, const std::vector<Factor>& b)
{
    if (const auto order = b.size() <=> a.size(); order != 0) {
        return order;
    }
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                  [](const Factor& x, const Factor& y) { return compare(*x, *y); });
}

std::strong_ordering compare(const Dim& a, const Dim& b)
{
    if (a.is_constant() != b.is_constant()) {
        return a.is_constant() <=> b.is_constant();
    }
    if (a.is_constant()) {
        return a.constant() <=> b.constant();
    }
    if (a.expr() == b.expr()) {
        return std::strong_ordering::equal;
    }
    const auto by_term = [](const Term& x, const Term& y) {
        const auto order = compare_products(x.factors, y.factors);
        return order != 0 ? order : x.coefficient <=> y.coefficient;
    };
    const auto &x = a.expr()->terms, &y = b.expr()->terms;
    return std::lexicographical_compare_three_way(x.begin(), x.end(), y.begin(), y.end(), by_term);
}

std::vector<Term> terms_of(const Dim& dim)
{
    if (dim.expr()) {
        return dim.expr()->terms;
    }
    return dim.constant() == 0 ? std::vector<Term>{} : std::vector<Term>{{dim.constant(), {}}};
}

std::int64_t constant_term(const Dim& dim)
{
    if (dim.is_constant()) {
        return dim.constant();
    }
    const Term& last = dim.expr()->terms.back();
    return last.factors.empty() ? last.coefficient : 0;
}

Dim from_terms(std::vector<Term> terms)
{
    std::ranges::sort(terms, [](const Term& a, const Term& b) { return compare_products(a.factors, b.factors) < 0; });
    auto expr = std::make_shared<DimExpr>();
    for (Term& term : terms) {
        auto& kept = expr->terms;
        if (!kept.empty() && compare_products(kept.back().factors, term.factors) == 0) {
            kept.back().coefficient = checked_add(kept.back().coefficient, term.coefficient);
        } else {
            kept.push_back(std::move(term));
        }
    }
    std::erase_if(expr->terms, [](const Term& term) { return term.coefficient == 0; });
    if (expr->terms.empty()) {
        return 0;
    }
    if (expr->terms[0].factors.empty()) {
        return expr->terms[0].coefficient;
    }
    for (const Term& term : expr->terms) {
        ++expr->size;
        for (const Factor& factor : term.factors) {
            expr->size += factor->size;
            expr->depth = std::max(expr->depth, factor->depth);
        }
    }
    if (expr->size > largest_size) {
        too_large();
    }
    return Dim{std::shared_ptr<const DimExpr>{std::move(expr)}};
}

Dim from_atom(AtomKind kind, std::vector<Dim> args)
{
    auto atom = std::make_shared<Atom>();
    atom->kind = kind;
    for (const Dim& arg : args) {
        atom->size += arg.expr() ? arg.expr()->size : 1;
        atom->depth = std::max(atom->depth, arg.expr() ? arg.expr()->depth + 1 : 1);
    }
    atom->args = std::move(args);
    if (atom->depth > deepest) {
        too_large();
    }
    return from_terms({{1, {std::move(atom)}}});
}

Dim rebuild(const Dim& dim, const std::function<Dim(const Factor&)>& f)
{
    std::vector<Term> terms;
    for (const Term& term : terms_of(dim)) {
        Dim product = term.coefficient;
        for (const Factor& factor : term.factors) {
            product *= f(factor);
        }
        std::ranges::copy(terms_of(product), std::back_inserter(terms));
    }
    return from_terms(std::move(terms));
}

Dim remake(AtomKind kind, const std::vector<Dim>& args)
{
    if (kind == AtomKind::floor_div) {
        return floor_div(args[0], args[1]);
    }
    if (kind == AtomKind::mod) {
        return mod(args[0], args[1]);
    }
    Dim result = args[0];
    for (std::size_t i = 1; i < args.size(); ++i) {
        result = kind == AtomKind::min ? min(result, args[i]) : max(result, args[i]);
    }
    return result;
}

Dim Dim::symbol(std::string name)
{
    auto atom = std::make_shared<Atom>();
    atom->kind = AtomKind::symbol;
    atom->name = std::move(name);
    return from_terms({{1, {std::move(atom)}}});
}

std::int64_t Dim::constant() const
{
    assert(is_constant());
    return constant_;
}

const std::string* Dim::as_symbol() const
{
    if (!expr_ || expr_->terms.size() != 1 || expr_->terms[0].coefficient != 1) {
        return nullptr;
    }
    const Atom* atom = expr_->terms[0].linear();
    return atom && atom->kind == AtomKind::symbol ? &atom->name : nullptr;
}

Dim operator+(const Dim& a, const Dim& b)
{
    if (a.is_constant() && b.is_constant()) {
        return checked_add(a.constant_, b.constant_);
    }
    auto terms = terms_of(a);
    std::ranges::copy(terms_of(b), std::back_inserter(terms));
    return from_terms(std::move(terms));
}

Dim operator-(const Dim& a)
{
    return a * Dim{-1};
}

Dim operator-(const Dim& a, const Dim& b)
{
    // Not a + -b: -1 - INT64_MIN fits, -INT64_MIN does not.
    if (a.is_constant() && b.is_constant()) {
        std::int64_t difference = 0;
        return __builtin_sub_overflow(a.constant_, b.constant_, &difference) ? overflow(), 0 : difference;
    }
    return a + -b;
}

Dim operator*(const Dim& a, const Dim& b)
{
    if (a.is_constant() && b.is_constant()) {
        return checked_mul(a.constant_, b.constant_);
    }
    const auto left = terms_of(a), right = terms_of(b);
    if (left.size() * right.size() > static_cast<std::size_t>(largest_size)) {
        too_large();
    }
    std::vector<Term> terms;
    for (const Term& x : left) {
        for (const Term& y : right) {
            Term product{checked_mul(x.coefficient, y.coefficient), {}};
            std::ranges::merge(x.factors, y.factors, std::back_inserter(product.factors),
                               [](const Factor& p, const Factor& q) { return compare(*p, *q) < 0; });
            terms.push_back(std::move(product));
        }
    }
    return from_terms(std::move(terms));
}

bool operator==(const Dim& a, const Dim& b)
{
    return compare(a, b) == 0;
}

Dim min(const Dim& a, const Dim& b)
{
    return extremum(AtomKind::min, a, b);
}

Dim max(const Dim& a, const Dim& b)
{
    return extremum(AtomKind::max, a, b);
}

}  // namespace wasminfer::gen
