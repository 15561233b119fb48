// Arithmetic on elements that are expressions over free dimensions, which are never negative: on integers, and on
// floating-point numbers that are integers, as exporters make them of sizes.
#pragma once

#include <optional>

#include "ops/lower.hpp"

namespace wasminfer::gen {

/// What is worth knowing as expressions: shapes, and a little arithmetic on them.
inline constexpr std::int64_t most_symbolic_elements = 1024;

/// The sign of an expression: -1, 0 or 1 where it is that under every assignment; nullopt where it isn't known.
std::optional<int> sign_of(const Dim& dim);

/// a / b rounded towards zero, as integers divide in ONNX. nullopt where b's sign isn't known, or b is 0.
std::optional<Dim> quotient(const Dim& a, const Dim& b);

/// Whether a < b, a == b; nullopt where it depends.
std::optional<bool> is_less(const Dim& a, const Dim& b);
std::optional<bool> is_equal(const Dim& a, const Dim& b);

/// An input's elements where they are known and integers (of bools 0 and 1), whatever their type.
std::optional<std::vector<Dim>> whole_elements(const NodeView& view, std::size_t input);

/// Whether a floating-point type has every integer that the expression can be. Integer types, for sizes, always do.
bool is_exact(const Dim& dim, DType type, const Symbols& symbols);

/// What rounding an exact quotient gives.
enum class Rounding : std::uint8_t { floor, ceil, to_zero };

/// An input's elements rounded to integers: of what is an integer itself, and of integers that its producer divides by an
/// integer or multiplies by a fraction of a power of two. nullopt too where the floating-point quotient might round to an
/// integer that the exact one is not.
std::optional<std::vector<Dim>> rounded_elements(const NodeView& view, std::size_t input, Rounding rounding,
                                                 const Symbols& symbols);

/// The output's elements are these sizes, written at run time: i64.
void lower_sizes(Lower& lower, std::vector<Dim> sizes);

}  // namespace wasminfer::gen
