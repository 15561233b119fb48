// What the elementwise operators share: tables with a line an operator, and one body a number of operands.
#pragma once

#include <array>
#include <span>

#include "ops/broadcast.hpp"
#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

/// A functor's parameter, read from an attribute.
struct FunctorParameter {
    std::string_view attribute;
    float fallback = 0;
    bool flag = false;  ///< An integer that is yes or no.
};

/// Values of a functor's parameters, in the order of its members.
using FunctorValues = std::array<float, 2>;

/// F{}, F{a} or F{a, b}, whichever F's members ask for.
template <class F>
F make_functor(const FunctorValues& values)
{
    if constexpr (requires { F{true, true}; } && !requires { F{1.0f, 1.0f}; }) {
        return F{values[0] != 0, values[1] != 0};
    } else if constexpr (requires { F{1.0f, 1.0f}; }) {
        return F{values[0], values[1]};
    } else if constexpr (requires { F{1.0f}; }) {
        return F{values[0]};
    } else {
        return F{};
    }
}

using SymbolicArithmetic = std::optional<Dim> (*)(const NodeView&, std::span<const Dim>);

/// Two lines of a table may share an operator: each counts where the attribute has its value. That of the first line is
/// the attribute's default. Integers are compared as text.
struct Choice {
    std::string_view attribute{};
    std::string_view value{};
};

/// One line of the table of unary operators.
struct UnaryWord {
    std::string_view type;
    std::int64_t since = 1;
    std::int64_t until = newest_opset;
    TypeSet types = 0;
    std::string_view functor{};
    void (*host)(const HostCall&, const FunctorValues&) = nullptr;
    std::array<FunctorParameter, 2> parameters{};
    bool boolean = false;  ///< The result is bool, whatever the operand.
    Choice choice{};
};

/// One line of the table of operators with two operands of one type.
struct BinaryWord {
    std::string_view type;
    std::int64_t since = 1;
    TypeSet types = 0;
    std::string_view functor{};
    void (*host)(const HostCall&, const BroadcastNumbers&) = nullptr;
    bool boolean = false;
    Choice choice{};
    SymbolicArithmetic symbolic = nullptr;
};

/// The tables, the longer one in two files to be compiled at once.
std::span<const UnaryWord> function_words();
std::span<const UnaryWord> activation_words();
std::span<const BinaryWord> arithmetic_words();
std::span<const BinaryWord> comparison_words();

// Rows of the operators, by the number of operands.
std::span<const Operator> unary_rows();
std::span<const Operator> binary_rows();
std::span<const Operator> variadic_rows();
std::span<const Operator> cast_rows();
std::span<const Operator> clip_rows();
std::span<const Operator> where_rows();
std::span<const Operator> pixel_rows();

}  // namespace wasminfer::gen
