#include "ops/symbolic.hpp"

#include <algorithm>
#include <cmath>

#include <wasminfer/kernels/generate.hpp>

#include "ir/ranges.hpp"

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

/// Bits of the significand, the hidden one among them.
int digits_of(DType type)
{
    return type == DType::f16 ? 11 : type == DType::f32 ? 24 : 53;
}

bool fits(const Dim& dim, int bits, const Symbols& symbols)
{
    const Range range = dim.bounds(ranges_of(symbols));
    const std::int64_t most = std::int64_t{1} << bits;
    return range.lo >= -most && range.hi <= most;
}

/// numerator / denominator, which is positive.
struct Fraction {
    Dim numerator;
    std::int64_t denominator = 1;
};

std::optional<std::int64_t> whole_number(double number)
{
    constexpr double most = 0x1p53;
    return std::abs(number) <= most && number == std::floor(number) ? std::optional{static_cast<std::int64_t>(number)}
                                                                    : std::nullopt;
}

/// By which fraction the node multiplies its first input; nullopt where it does anything else.
std::optional<Fraction> factor_of(const NodeView& view)
{
    const Tensor* numbers = view.input_count() == 2 && view.has(1) ? view.in(1).numbers() : nullptr;
    if (!numbers || numbers->count() != 1) {
        return std::nullopt;
    }
    const double number = numbers->to_doubles()[0];
    if (view.node().is("Div")) {
        const auto divisor = whole_number(number);
        return divisor && *divisor > 0 ? std::optional{Fraction{1, *divisor}} : std::nullopt;
    }
    if (!view.node().is("Mul")) {
        return std::nullopt;
    }
    constexpr int most_halvings = 20;
    for (int halvings = 0; halvings <= most_halvings; ++halvings) {
        if (const auto numerator = whole_number(std::ldexp(number, halvings))) {
            return Fraction{*numerator, std::int64_t{1} << halvings};
        }
    }
    return std::nullopt;
}

/// The elements of a floating-point value as fractions whose numerators are exact, and whose quotients are never rounded to
/// an integer that they are not: n / d is 1/d away from it at least, and is rounded by |n / d| 2^-p at most, p being the bits
/// of the significand, which is 1/(4 d) where |n| is 2^(p-2) at most.
std::optional<std::vector<Fraction>> fractions(const Value& value, const Symbols& symbols)
{
    const Node* node = value.producer;
    if (!node || !node->domain.empty() || !node->input(0) || !(*node->input(0)->shape == *value.shape)) {
        return std::nullopt;
    }
    const NodeView view{*node};
    const auto factor = factor_of(view);
    const auto elements = factor ? whole_elements(view, 0) : std::nullopt;
    if (!elements) {
        return std::nullopt;
    }
    std::vector<Fraction> list;
    for (const Dim& element : *elements) {
        list.push_back({element * factor->numerator, factor->denominator});
        if (!fits(list.back().numerator, digits_of(value.dtype) - 2, symbols)) {
            return std::nullopt;
        }
    }
    return list;
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

std::optional<std::vector<Dim>> whole_elements(const NodeView& view, std::size_t input)
{
    if (auto known = view.elements(input)) {
        return known;
    }
    const Tensor* numbers = view.in(input).numbers();
    if (!numbers || !is_float(view.dtype(input))) {
        return std::nullopt;
    }
    std::vector<Dim> elements;
    for (const double number : numbers->to_doubles()) {
        const auto whole = whole_number(number);
        if (!whole) {
            return std::nullopt;
        }
        elements.emplace_back(*whole);
    }
    return elements;
}

bool is_exact(const Dim& dim, DType type, const Symbols& symbols)
{
    return !is_float(type) || fits(dim, digits_of(type), symbols);
}

std::optional<std::vector<Dim>> rounded_elements(const NodeView& view, std::size_t input, Rounding rounding,
                                                 const Symbols& symbols)
{
    if (auto whole = whole_elements(view, input)) {
        return whole;
    }
    const auto list = fractions(view.in(input), symbols);
    if (!list) {
        return std::nullopt;
    }
    std::vector<Dim> elements;
    for (const auto& [numerator, denominator] : *list) {
        elements.push_back(rounding == Rounding::floor  ? floor_div(numerator, denominator)
                           : rounding == Rounding::ceil ? ceil_div(numerator, denominator)
                                                        : *quotient(numerator, denominator));
    }
    return elements;
}

void lower_sizes(Lower& lower, std::vector<Dim> sizes)
{
    if (sizes.empty()) {
        lower.call("fill", "kernels/generate.hpp")
            .write(lower.result(0))
            .extents({{"n", 0}})
            .text("0")
            .host([](const HostCall& call) { fill(call.out<std::int64_t>(0), {.n = 0}, 0); });
        return;
    }
    const std::string count = std::to_string(sizes.size());
    lower.call("write_sizes", "kernels/generate.hpp")
        .templates(count)
        .write(lower.result(0))
        .extents({{"sizes", std::move(sizes)}})
        .host([](const HostCall& call) {
            for (std::size_t i = 0; i < call.numbers.size(); ++i) {
                write_sizes<1>(call.out<std::int64_t>(0) + i, {.sizes = {call.numbers[i]}});
            }
        });
}

}  // namespace wasminfer::gen
