#pragma once

#include <span>

#include "ops/operator.hpp"

namespace wasminfer::gen {

std::span<const Operator> loss_operators();

}  // namespace wasminfer::gen
