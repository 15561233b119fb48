// Operators on signals: Fourier transforms, windows, mel bins.
#pragma once

#include "ops/operator.hpp"

namespace wasminfer::gen {

/// The rows of ops/dft.cpp; those of ops/signal.cpp and they are the family signal_operators().
std::span<const Operator> dft_rows();

}  // namespace wasminfer::gen
