// Dim as text: for people, and for the generated header.
#include <ostream>

#include "ir/dim_expr.hpp"

namespace wasminfer::gen {

namespace {

using SymbolName = std::function<std::string(const std::string&)>;

/// How tightly a text holds together, to know where it needs parentheses.
enum class Binding { sum, product, primary };

struct Text {
    std::string text;
    Binding binding;

    std::string at_least(Binding wanted) const { return binding < wanted ? "(" + text + ")" : text; }
};

/// The two notations: they differ in the atoms and in powers.
class Printer {
public:
    virtual ~Printer() = default;

    Text sum(const Dim& dim) const
    {
        if (dim.is_constant()) {
            return {constant(dim.constant()), dim.constant() < 0 ? Binding::sum : Binding::primary};
        }
        std::string text;
        Binding binding = Binding::sum;
        for (const Term& term : dim.expr()->terms) {
            const bool negative = term.coefficient < 0;
            const Text body = product(term);
            if (text.empty()) {
                text = negative ? "-" + body.at_least(Binding::product) : body.text;
                binding = negative ? Binding::sum : body.binding;
            } else {
                text += (negative ? " - " : " + ") + body.at_least(Binding::product);
                binding = Binding::sum;
            }
        }
        return {text, binding};
    }

protected:
    virtual Text atom(const Atom& atom) const = 0;
    virtual std::string power(const std::string& base, std::size_t exponent) const = 0;
    virtual std::string constant(std::int64_t value) const { return std::to_string(value); }

private:
    /// A term without its sign.
    Text product(const Term& term) const
    {
        // Not -coefficient: that of the smallest integer has no place.
        const std::string coefficient = std::to_string(term.coefficient).substr(term.coefficient < 0 ? 1 : 0);
        if (term.factors.empty()) {
            return {coefficient, Binding::primary};
        }
        const bool bare = coefficient == "1";
        if (bare && term.factors.size() == 1) {
            return atom(*term.factors[0]);
        }
        std::string text = bare ? "" : coefficient;
        for (std::size_t i = 0, same = 0; i < term.factors.size(); i += same) {
            for (same = 1; i + same < term.factors.size() && compare(*term.factors[i], *term.factors[i + same]) == 0;) {
                ++same;
            }
            const std::string base = atom(*term.factors[i]).at_least(Binding::primary);
            text += (text.empty() ? "" : "*") + (same == 1 ? base : power(base, same));
        }
        return {text, Binding::product};
    }
};

class HumanPrinter : public Printer {
protected:
    Text atom(const Atom& atom) const override
    {
        switch (atom.kind) {
        case AtomKind::symbol: return {atom.name, Binding::primary};
        case AtomKind::floor_div: return quotient(atom, "/");
        case AtomKind::mod: return quotient(atom, " % ");
        case AtomKind::min: return {"min" + list(atom), Binding::primary};
        default: return {"max" + list(atom), Binding::primary};
        }
    }

    std::string power(const std::string& base, std::size_t exponent) const override
    {
        return base + "**" + std::to_string(exponent);
    }

private:
    std::string list(const Atom& atom) const
    {
        std::string text;
        for (const Dim& arg : atom.args) {
            text += (text.empty() ? "(" : ", ") + sum(arg).text;
        }
        return text + ")";
    }

    Text quotient(const Atom& atom, const std::string& sign) const
    {
        return {sum(atom.args[0]).at_least(Binding::product) + sign + sum(atom.args[1]).at_least(Binding::primary),
                Binding::product};
    }
};

class CppPrinter : public Printer {
public:
    explicit CppPrinter(const SymbolName& symbol_name) : symbol_name_{symbol_name} {}

protected:
    Text atom(const Atom& atom) const override
    {
        switch (atom.kind) {
        case AtomKind::symbol: return {symbol_name_(atom.name), Binding::primary};
        case AtomKind::floor_div: return {call("wasminfer::floor_div", atom), Binding::primary};
        case AtomKind::mod: return {call("wasminfer::floor_mod", atom), Binding::primary};
        case AtomKind::min: return {call("std::min<wasminfer::index>", atom), Binding::primary};
        default: return {call("std::max<wasminfer::index>", atom), Binding::primary};
        }
    }

    std::string power(const std::string& base, std::size_t exponent) const override
    {
        std::string text = base;
        for (std::size_t i = 1; i < exponent; ++i) {
            text += "*" + base;
        }
        return text;
    }

    std::string constant(std::int64_t value) const override
    {
        // C++ reads a sign as an operator, and what follows it would not fit.
        constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
        return value == smallest ? "(" + std::to_string(value + 1) + " - 1)" : std::to_string(value);
    }

private:
    /// Calls of two arguments, nested where there are more.
    std::string call(const std::string& name, const Atom& atom) const
    {
        std::string text = sum(atom.args[0]).text;
        for (std::size_t i = 1; i < atom.args.size(); ++i) {
            text = name + "(" + text + ", " + sum(atom.args[i]).text + ")";
        }
        return text;
    }

    const SymbolName& symbol_name_;
};

}  // namespace

std::string Dim::str() const
{
    return HumanPrinter{}.sum(*this).text;
}

std::string Dim::cpp(const SymbolName& symbol_name) const
{
    return CppPrinter{symbol_name}.sum(*this).text;
}

std::ostream& operator<<(std::ostream& stream, const Dim& dim)
{
    return stream << dim.str();
}

}  // namespace wasminfer::gen
