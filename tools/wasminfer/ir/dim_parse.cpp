// Reads dim_param: the formulas that PyTorch's exporters and SymPy print. Recursive descent, within bounds.
#include <algorithm>
#include <charconv>
#include <vector>

#include "ir/dim.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::size_t longest_text = 1024;
constexpr int deepest_nesting = 64;
constexpr std::int64_t largest_exponent = 8;

/// Thrown within this file: the text is no formula of the kind that is understood.
struct NotAFormula {};

void require(bool condition)
{
    if (!condition) {
        throw NotAFormula{};
    }
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// SymPy divides exactly and rounds later: floor(L/2 - 1/2) + 1.
struct Fraction {
    Dim numerator;
    Dim denominator = 1;

    Dim floor() const { return floor_div(numerator, denominator); }
    Dim ceil() const { return ceil_div(numerator, denominator); }
    Dim integer() const
    {
        require(denominator == 1);
        return numerator;
    }
};

Fraction reduced(const Dim& numerator, const Dim& denominator)
{
    require(denominator != 0);
    const Dim whole = floor_div(numerator, denominator);
    return whole * denominator == numerator ? Fraction{whole, 1} : Fraction{numerator, denominator};
}

Fraction operator+(const Fraction& a, const Fraction& b)
{
    if (a.denominator == b.denominator) {
        return reduced(a.numerator + b.numerator, a.denominator);
    }
    return reduced(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

Fraction operator-(const Fraction& a)
{
    return {-a.numerator, a.denominator};
}

Fraction operator*(const Fraction& a, const Fraction& b)
{
    return reduced(a.numerator * b.numerator, a.denominator * b.denominator);
}

Fraction operator/(const Fraction& a, const Fraction& b)
{
    return reduced(a.numerator * b.denominator, a.denominator * b.numerator);
}

Fraction power(const Fraction& base, const Fraction& exponent)
{
    const auto n = exponent.integer().as_constant();
    require(n && *n >= 0 && *n <= largest_exponent);
    Fraction result{1};
    for (std::int64_t i = 0; i < *n; ++i) {
        result = result * base;
    }
    return result;
}

Dim truncated(const Fraction& a)
{
    return max(a.floor(), 0) + min(a.ceil(), 0);
}

using Arguments = std::vector<Fraction>;

Fraction extremum(const Arguments& args, Dim (*choose)(const Dim&, const Dim&))
{
    Dim denominator = 1;
    for (const Fraction& arg : args) {
        require(arg.denominator.is_constant() && arg.denominator.constant() > 0);
        denominator *= arg.denominator;
    }
    std::optional<Dim> result;
    for (const Fraction& arg : args) {
        const Dim scaled = arg.numerator * floor_div(denominator, arg.denominator);
        result = result ? choose(*result, scaled) : scaled;
    }
    return reduced(*result, denominator);
}

struct Function {
    std::size_t arguments;  ///< 0: any number but none.
    Fraction (*call)(const Arguments& args);
};

Fraction same(const Arguments& a)
{
    return a[0];
}

Fraction floor_of(const Arguments& a)
{
    return {a[0].floor()};
}

Fraction ceil_of(const Arguments& a)
{
    return {a[0].ceil()};
}

Fraction trunc_of(const Arguments& a)
{
    return {truncated(a[0])};
}

Fraction quotient(const Arguments& a)
{
    return a[0] / a[1];
}

Fraction floor_quotient(const Arguments& a)
{
    return {(a[0] / a[1]).floor()};
}

Fraction ceil_quotient(const Arguments& a)
{
    return {(a[0] / a[1]).ceil()};
}

Fraction remainder(const Arguments& a)
{
    return {mod(a[0].integer(), a[1].integer())};
}

Fraction smallest(const Arguments& a)
{
    return extremum(a, min);
}

Fraction largest(const Arguments& a)
{
    return extremum(a, max);
}

const std::map<std::string_view, Function>& functions()
{
    static const std::map<std::string_view, Function> table = {
        {"min", {0, smallest}},
        {"Min", {0, smallest}},
        {"max", {0, largest}},
        {"Max", {0, largest}},
        {"floor", {1, floor_of}},
        {"FloorToInt", {1, floor_of}},
        {"ceil", {1, ceil_of}},
        {"ceiling", {1, ceil_of}},
        {"CeilToInt", {1, ceil_of}},
        {"int", {1, trunc_of}},
        {"trunc", {1, trunc_of}},
        {"TruncToInt", {1, trunc_of}},
        {"Identity", {1, same}},
        {"ToFloat", {1, same}},
        {"TrueDiv", {2, quotient}},
        {"IntTrueDiv", {2, quotient}},
        {"FloatTrueDiv", {2, quotient}},
        {"FloorDiv", {2, floor_quotient}},
        {"CleanDiv", {2, floor_quotient}},
        {"CeilDiv", {2, ceil_quotient}},
        {"Mod", {2, remainder}},
        {"PythonMod", {2, remainder}},
        {"Pow", {2, [](const Arguments& a) { return power(a[0], a[1]); }}},
        {"PowByNatural", {2, [](const Arguments& a) { return power(a[0], a[1]); }}},
        {"Abs", {1, [](const Arguments& a) { return extremum({a[0], -a[0]}, max); }}},
        {"ModularIndexing",
         {3, [](const Arguments& a) { return Fraction{mod((a[0] / a[1]).floor(), a[2].integer())}; }}},
    };
    return table;
}

class Parser {
public:
    explicit Parser(std::string_view text) : rest_{text} {}

    Dim all()
    {
        const Fraction value = sum();
        skip_space();
        require(rest_.empty());
        return value.floor();
    }

private:
    class Level {
    public:
        explicit Level(int& depth) : depth_{depth} { require(++depth_ <= deepest_nesting); }
        ~Level() { --depth_; }

    private:
        int& depth_;
    };

    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

    bool accept(std::string_view token)
    {
        skip_space();
        const bool found = rest_.starts_with(token);
        rest_.remove_prefix(found ? token.size() : 0);
        return found;
    }

    Fraction sum()
    {
        Fraction value = product();
        while (true) {
            if (accept("+")) {
                value = value + product();
            } else if (accept("-")) {
                value = value + -product();
            } else {
                return value;
            }
        }
    }

    Fraction product()
    {
        Fraction value = signed_power();
        while (true) {
            if (accept("*")) {
                value = value * signed_power();
            } else if (accept("//")) {
                value = {(value / signed_power()).floor()};
            } else if (accept("/")) {
                const Fraction divisor = signed_power();
                // A name over a name is a path: exporters name unknown sizes after values.
                require(divisor.numerator.is_constant());
                value = value / divisor;
            } else if (accept("%")) {
                value = {mod(value.integer(), signed_power().integer())};
            } else {
                return value;
            }
        }
    }

    Fraction signed_power()
    {
        const Level level{depth_};
        if (accept("-")) {
            return -signed_power();
        }
        if (accept("+")) {
            return signed_power();
        }
        Fraction base = primary();
        return accept("**") ? power(base, signed_power()) : base;
    }

    Fraction primary()
    {
        skip_space();
        if (accept("(")) {
            Fraction value = sum();
            require(accept(")"));
            return value;
        }
        require(!rest_.empty() && is_word(rest_[0]));
        if (is_digit(rest_[0])) {
            return number();
        }
        const std::string_view name = word();
        return accept("(") ? call(name) : Fraction{Dim::symbol(std::string{name})};
    }

    /// Letters, digits, underscores, and dots between them.
    std::string_view word()
    {
        std::size_t end = 0;
        while (end < rest_.size() &&
               (is_word(rest_[end]) || (rest_[end] == '.' && end + 1 < rest_.size() && is_word(rest_[end + 1])))) {
            ++end;
        }
        const std::string_view name = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return name;
    }

    std::int64_t digits()
    {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        require(error == std::errc{});
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }

    Fraction number()
    {
        Fraction value{digits()};
        if (rest_.starts_with('.')) {
            rest_.remove_prefix(1);
            const std::size_t before = rest_.size();
            const Dim decimals = !rest_.empty() && is_digit(rest_[0]) ? digits() : 0;
            Dim scale = 1;
            for (std::size_t i = rest_.size(); i < before; ++i) {
                scale *= 10;
            }
            value = reduced(value.numerator * scale + decimals, scale);
        }
        require(rest_.empty() || !is_word(rest_[0]));  // 0_dim
        return value;
    }

    Fraction call(std::string_view name)
    {
        const auto function = functions().find(name);
        require(function != functions().end());
        Arguments args;
        do {
            args.push_back(sum());
        } while (accept(","));
        require(accept(")"));
        require(function->second.arguments == 0 || function->second.arguments == args.size());
        return function->second.call(args);
    }

    std::string_view rest_;
    int depth_ = 0;
};

/// "batch-size" and "dim-1" are names: exporters put spaces around a minus.
bool is_hyphenated_name(std::string_view text)
{
    return !text.empty() && !is_digit(text[0]) && is_word(text[0]) && text.find('-') != std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

}  // namespace

std::optional<Dim> parse_dim(std::string_view text)
{
    if (text.size() > longest_text || is_hyphenated_name(text)) {
        return std::nullopt;
    }
    try {
        return Parser{text}.all();
    } catch (const NotAFormula&) {
        return std::nullopt;
    } catch (const OperatorError&) {
        return std::nullopt;  // overflow, division by zero, too large
    }
}

}  // namespace wasminfer::gen
