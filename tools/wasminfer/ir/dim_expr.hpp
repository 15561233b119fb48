// The inside of Dim, for the files ir/dim*.cpp alone.
#pragma once

#include <compare>
#include <vector>

#include "ir/dim.hpp"

namespace wasminfer::gen {

enum class AtomKind { symbol, floor_div, mod, min, max };

struct Atom {
    AtomKind kind;
    std::string name;       ///< Of a symbol.
    std::vector<Dim> args;  ///< Two of floor_div and mod; two or more of min and max, sorted.
    std::int64_t size = 1;  ///< Atoms in it, itself counted, shared ones each time.
    int depth = 1;
};

using Factor = std::shared_ptr<const Atom>;

/// coefficient × product of the factors, which are sorted; a power is a repeated factor; no factor: the constant.
struct Term {
    std::int64_t coefficient;
    std::vector<Factor> factors;

    /// The only factor of a linear term, or nullptr.
    const Atom* linear() const { return factors.size() == 1 ? factors[0].get() : nullptr; }
};

/// At least one term with a factor; sorted by compare_products, each product once, no coefficient 0.
struct DimExpr {
    std::vector<Term> terms;
    std::int64_t size = 0;
    int depth = 0;
};

std::strong_ordering compare(const Atom& a, const Atom& b);
/// An order of forms, not of values; integers come last.
std::strong_ordering compare(const Dim& a, const Dim& b);
/// Higher degree first, then by the atoms. Multiplying both by the same product never changes the order, which
/// polynomial division needs.
std::strong_ordering compare_products(const std::vector<Factor>& a, const std::vector<Factor>& b);

/// The terms of any Dim; the integer 0 has none.
std::vector<Term> terms_of(const Dim& dim);
/// Sorts, merges and drops terms. Throws OperatorError where a sum overflows or the expression is too large.
Dim from_terms(std::vector<Term> terms);
Dim from_atom(AtomKind kind, std::vector<Dim> args);

/// The constant term.
std::int64_t constant_term(const Dim& dim);

/// `dim` with each atom replaced by what `f` makes of it (its arguments are as they were).
Dim rebuild(const Dim& dim, const std::function<Dim(const Factor&)>& f);
/// The atom of that kind made anew from other arguments.
Dim remake(AtomKind kind, const std::vector<Dim>& args);

/// q with p == q × divisor, where there is one with integer coefficients.
std::optional<Dim> divide_exactly(const Dim& p, const Dim& divisor);

}  // namespace wasminfer::gen
