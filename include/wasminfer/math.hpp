// Elementary functions on f32x4, float and double, in namespace wasminfer::math: own algorithms, each with its method and
// ULP bound, so that results don't depend on a C library. A float gets the bits that a lane of f32x4 would.
#pragma once

#include <wasminfer/math/erf.hpp>
#include <wasminfer/math/exp.hpp>
#include <wasminfer/math/lanewise.hpp>
#include <wasminfer/math/log.hpp>
#include <wasminfer/math/power.hpp>
#include <wasminfer/math/round.hpp>
#include <wasminfer/math/tanh.hpp>
#include <wasminfer/math/trigonometric.hpp>
