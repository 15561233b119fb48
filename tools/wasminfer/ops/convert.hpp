#pragma once

#include <algorithm>

#include "ops/lower.hpp"

namespace wasminfer::gen {

/// Adds the step that casts all elements of `from` to the type of `to`, as Cast does.
CallBuilder convert(Lower& lower, const Operand& from, const Operand& to, const Dim& elements);

/// Of two floating-point types the one that holds all of the other's numbers.
constexpr DType wider(DType a, DType b)
{
    return size_of(a) < size_of(b) ? b : a;
}

/// Elements cast into a temporary where they are not of `type` already.
Operand converted(Lower& lower, const Operand& operand, DType type, const Dim& elements);

/// Where a kernel writes an output in `type`: the output itself, or a temporary that convert_result() casts from.
Operand result_as(Lower& lower, std::size_t output, DType type);
void convert_result(Lower& lower, std::size_t output, const Operand& computed);

/// An input as elements of a floating-point type: its own operand where it has that type, constant bytes where it is constant, what a
/// step casts into a temporary otherwise. An absent one is nullptr.
Operand converted(Lower& lower, std::size_t input, DType type);

/// All elements of a constant, cast to a floating-point type.
template <class T>
std::vector<T> elements_as(const Value& value)
{
    const auto numbers = value.constant->to_doubles();
    std::vector<T> result;
    std::ranges::transform(numbers, std::back_inserter(result), [](double number) { return static_cast<T>(number); });
    return result;
}

}  // namespace wasminfer::gen
