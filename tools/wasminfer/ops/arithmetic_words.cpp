// Arithmetic on two operands of one type: one line an operator.
#include "ops/elementwise_words.hpp"
#include "ops/symbolic.hpp"

namespace wasminfer::gen {

namespace {

using Dims = std::span<const Dim>;

std::optional<Dim> sum(const NodeView&, Dims dims)
{
    return dims[0] + dims[1];
}

std::optional<Dim> difference(const NodeView&, Dims dims)
{
    return dims[0] - dims[1];
}

std::optional<Dim> product(const NodeView&, Dims dims)
{
    return dims[0] * dims[1];
}

/// Of integers rounded towards zero; of floating-point numbers where nothing is left to round.
std::optional<Dim> truncated_quotient(const NodeView& view, Dims dims)
{
    if (!is_float(view.dtype(0))) {
        return quotient(dims[0], dims[1]);
    }
    const auto whole = dims[1].is_constant() ? quotient(dims[0], dims[1]) : std::nullopt;
    return whole && known_equal(*whole * dims[1], dims[0]) ? whole : std::nullopt;
}

std::optional<Dim> python_remainder(const NodeView&, Dims dims)
{
    return sign_of(dims[1]).value_or(0) != 0 ? std::optional{mod(dims[0], dims[1])} : std::nullopt;
}

std::optional<Dim> c_remainder(const NodeView&, Dims dims)
{
    const auto whole = quotient(dims[0], dims[1]);
    return whole ? std::optional{dims[0] - *whole * dims[1]} : std::nullopt;
}

}  // namespace

std::span<const BinaryWord> arithmetic_words()
{
    using namespace types;
    static constexpr BinaryWord words[] = {
        binary_word<add, numbers>("Add", 1, "add", sum),
        {.type = "BitShift",
         .since = 11,
         .types = unsigned_integers,
         .functor = "shift_left",
         .host = run_binary_word<shift_left, unsigned_integers>,
         .choice = {"direction", "LEFT"}},
        {.type = "BitShift",
         .since = 11,
         .types = unsigned_integers,
         .functor = "shift_right",
         .host = run_binary_word<shift_right, unsigned_integers>,
         .choice = {"direction", "RIGHT"}},
        binary_word<bit_and, integers>("BitwiseAnd", 18, "bit_and"),
        binary_word<bit_or, integers>("BitwiseOr", 18, "bit_or"),
        binary_word<bit_xor, integers>("BitwiseXor", 18, "bit_xor"),
        binary_word<div, numbers>("Div", 1, "div", truncated_quotient),
        {.type = "Mod",
         .since = 10,
         .types = integers,
         .functor = "mod",
         .host = run_binary_word<wasminfer::mod, integers>,
         .choice = {"fmod", "0"},
         .symbolic = python_remainder},
        {.type = "Mod",
         .since = 10,
         .types = numbers,
         .functor = "fmod",
         .host = run_binary_word<fmod, numbers>,
         .choice = {"fmod", "1"},
         .symbolic = c_remainder},
        binary_word<mul, numbers>("Mul", 1, "mul", product),
        binary_word<prelu, numbers>("PRelu", 1, "prelu"),
        binary_word<sub, numbers>("Sub", 1, "sub", difference),
    };
    return words;
}

}  // namespace wasminfer::gen
