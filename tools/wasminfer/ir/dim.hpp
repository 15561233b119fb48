// Dim: an extent or a shape element that may depend on sizes known only at run time.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace wasminfer::gen {

struct DimExpr;  // ir/dim_expr.hpp

/// Integers from lo to hi, both included. The extremes of int64 stand for "no bound".
struct Range {
    std::int64_t lo = std::numeric_limits<std::int64_t>::min();
    std::int64_t hi = std::numeric_limits<std::int64_t>::max();

    bool operator==(const Range&) const = default;
};

/// An integer, or an integer expression over named symbols.
///
/// Expressions are kept in a normal form: a sum of coefficient × product of atoms, where an atom is a symbol, or
/// floor_div, mod, min or max of expressions; ceil_div is written with floor_div. Operator == compares normal forms:
/// equal ones have equal values under every assignment, unequal ones may still have (see known_equal).
///
/// Rewriting assumes that divisors are not zero. A plain integer costs no allocation, a copy never does.
/// Where a result does not fit into 64 bits, a constant divisor is zero, or an expression outgrows the limit of about
/// 1000 parts or 64 levels (models are hostile input), the functions that build a Dim throw OperatorError.
class Dim {
public:
    Dim() = default;

    template <std::integral T>
        requires(!std::same_as<T, bool> && (std::signed_integral<T> || sizeof(T) < sizeof(std::int64_t)))
    Dim(T value) : constant_{value}
    {
    }

    /// For ir/dim_expr.hpp alone: the expression must be in normal form.
    explicit Dim(std::shared_ptr<const DimExpr> expr) : expr_{std::move(expr)} {}

    /// The symbol of that name: any text, compared by its bytes.
    static Dim symbol(std::string name);

    bool is_constant() const { return !expr_; }
    /// The integer; only where is_constant().
    std::int64_t constant() const;
    /// The integer, or nothing where the value depends on a symbol.
    std::optional<std::int64_t> as_constant() const { return expr_ ? std::nullopt : std::optional{constant_}; }
    /// The name, where this is nothing but a symbol; otherwise nullptr.
    const std::string* as_symbol() const;
    const DimExpr* expr() const { return expr_.get(); }

    /// Names of all symbols inside.
    std::set<std::string> symbols() const;

    /// The value under an assignment; nothing where a symbol is missing, a divisor is zero or a step overflows.
    std::optional<std::int64_t> evaluate(const std::map<std::string, std::int64_t>& values) const;

    /// This with each symbol that the map names replaced, all at once, and normalised again.
    Dim substitute(const std::map<std::string, Dim>& replacements) const;

    /// A range that holds every value which evaluate() can return while the symbols stay in theirs (a symbol that the
    /// map lacks has no bounds). Not always the tightest. Floors, min and max that occur once in a sum are taken
    /// exactly: x - x/2 of x in [1, 9] gives [1, 5].
    Range bounds(const std::map<std::string, Range>& ranges) const;

    /// For people: "2*seq + 1", "(h + 1)/2" (rounded down), "min(a, b)", "a % 4", "s**2".
    std::string str() const;

    /// A C++ expression of type wasminfer::index, for which wasminfer/sizes.hpp has all functions.
    /// `symbol_name` gives the expression that stands for a symbol.
    std::string cpp(const std::function<std::string(const std::string&)>& symbol_name) const;

    Dim& operator+=(const Dim& b) { return *this = *this + b; }
    Dim& operator-=(const Dim& b) { return *this = *this - b; }
    Dim& operator*=(const Dim& b) { return *this = *this * b; }

    friend Dim operator+(const Dim& a, const Dim& b);
    friend Dim operator-(const Dim& a, const Dim& b);
    friend Dim operator*(const Dim& a, const Dim& b);
    friend Dim operator-(const Dim& a);
    friend bool operator==(const Dim& a, const Dim& b);

private:
    std::int64_t constant_ = 0;
    std::shared_ptr<const DimExpr> expr_;
};

/// a / b rounded towards minus infinity.
Dim floor_div(const Dim& a, const Dim& b);
/// a / b rounded towards plus infinity.
Dim ceil_div(const Dim& a, const Dim& b);
/// a - b * floor_div(a, b): has the sign of b, as Python's %.
Dim mod(const Dim& a, const Dim& b);
Dim min(const Dim& a, const Dim& b);
Dim max(const Dim& a, const Dim& b);

/// True where a and b are the same number under every assignment, as far as rewriting shows. Finds more than ==:
/// x - x % 4 and 4*(x/4) too. False means "not known".
bool known_equal(const Dim& a, const Dim& b);
/// True where a >= b whenever the symbols are in their ranges, as far as bounds() shows. False means "not known".
bool known_ge(const Dim& a, const Dim& b, const std::map<std::string, Range>& ranges);

/// `dim` written anew, knowing of some symbols that they are multiples of a number: with h a multiple of 8 both 2*(h/4) and
/// h/2 become 4*(h/8), and h % 4 becomes 0.
Dim with_multiples(const Dim& dim, const std::map<std::string, std::int64_t>& multiples);

/// Reads a dim_param: what PyTorch's exporters and SymPy write. Names (letters, digits, _ and inner dots), integers,
/// + - * / // % **, parentheses, min max floor ceil and their relatives (Max, FloorDiv, CeilToInt, Mod …). `/` is exact
/// until something rounds it (floor, //, the end of the text), as SymPy means it.
///
/// Nothing where the text is anything else, too long or too deep, or looks like a value's name rather than a formula
/// ("Squeeze/decoder/Squeeze_output_0_dim_0", "batch-size"): the caller then makes a symbol of the whole text.
std::optional<Dim> parse_dim(std::string_view text);

std::ostream& operator<<(std::ostream& stream, const Dim& dim);

}  // namespace wasminfer::gen
