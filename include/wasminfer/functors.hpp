// Words for elementwise kernels and epilogues: aggregates, parameters as data members, whose call operator takes float vectors
// and scalars alike. `vector` says whether it takes f32x4.
#pragma once

#include <wasminfer/functors/activation.hpp>
#include <wasminfer/functors/binary.hpp>
#include <wasminfer/functors/cast.hpp>
#include <wasminfer/functors/combine.hpp>
#include <wasminfer/functors/unary.hpp>
