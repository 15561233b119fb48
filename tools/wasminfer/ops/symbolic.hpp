// Integer arithmetic on elements that are expressions over free dimensions, which are never negative.
#pragma once

#include <optional>

#include "ir/dim.hpp"

namespace wasminfer::gen {

/// The sign of an expression: -1, 0 or 1 where it is that under every assignment; nullopt where it isn't known.
std::optional<int> sign_of(const Dim& dim);

/// a / b rounded towards zero, as integers divide in ONNX. nullopt where b's sign isn't known, or b is 0.
std::optional<Dim> quotient(const Dim& a, const Dim& b);

/// Whether a < b, a == b; nullopt where it depends.
std::optional<bool> is_less(const Dim& a, const Dim& b);
std::optional<bool> is_equal(const Dim& a, const Dim& b);

}  // namespace wasminfer::gen
