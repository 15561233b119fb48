// Families of operators on images beyond convolutions, pools and resizing.
#pragma once

#include "ops/operator.hpp"

namespace wasminfer::gen {

std::span<const Operator> columns_operators();
std::span<const Operator> detection_operators();
std::span<const Operator> determinant_operators();
std::span<const Operator> einsum_operators();
std::span<const Operator> sample_operators();

}  // namespace wasminfer::gen
