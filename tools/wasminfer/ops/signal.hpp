// Operators on signals: Fourier transforms, windows, mel bins.
#pragma once

#include <span>

#include "ops/operator.hpp"

namespace wasminfer::gen {

/// The family's rows: those of ops/signal.cpp and of ops/dft.cpp.
std::span<const Operator> signal_operators();
std::span<const Operator> dft_rows();

}  // namespace wasminfer::gen
