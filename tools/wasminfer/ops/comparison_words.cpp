// Comparisons and logic: one line an operator. All results are bool.
#include "ops/elementwise_words.hpp"
#include "ops/symbolic.hpp"

namespace wasminfer::gen {

namespace {

std::optional<Dim> truth(std::optional<bool> known)
{
    return known ? std::optional<Dim>{*known ? 1 : 0} : std::nullopt;
}

using Dims = std::span<const Dim>;

std::optional<Dim> equality(const NodeView&, Dims dims)
{
    return truth(is_equal(dims[0], dims[1]));
}

std::optional<Dim> order(const NodeView&, Dims dims)
{
    return truth(is_less(dims[0], dims[1]));
}

std::optional<Dim> reverse_order(const NodeView&, Dims dims)
{
    return truth(is_less(dims[1], dims[0]));
}

std::optional<Dim> order_or_equality(const NodeView&, Dims dims)
{
    const auto greater = is_less(dims[1], dims[0]);
    return truth(greater ? std::optional{!*greater} : std::nullopt);
}

std::optional<Dim> reverse_order_or_equality(const NodeView&, Dims dims)
{
    const auto lesser = is_less(dims[0], dims[1]);
    return truth(lesser ? std::optional{!*lesser} : std::nullopt);
}

}  // namespace

std::span<const BinaryWord> comparison_words()
{
    using namespace types;
    static constexpr BinaryWord words[] = {
        comparison_word<and_, booleans>("And", 1, "and_"),
        comparison_word<equal, all>("Equal", 1, "equal", equality),
        comparison_word<greater, numbers>("Greater", 1, "greater", reverse_order),
        comparison_word<greater_equal, numbers>("GreaterOrEqual", 12, "greater_equal", reverse_order_or_equality),
        comparison_word<less, numbers>("Less", 1, "less", order),
        comparison_word<less_equal, numbers>("LessOrEqual", 12, "less_equal", order_or_equality),
        comparison_word<or_, booleans>("Or", 1, "or_"),
        comparison_word<xor_, booleans>("Xor", 1, "xor_"),
    };
    return words;
}

}  // namespace wasminfer::gen
