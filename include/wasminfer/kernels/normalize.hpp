// All normalisations.
#pragma once

#include <wasminfer/kernels/batch_norm.hpp>
#include <wasminfer/kernels/group_norm.hpp>
#include <wasminfer/kernels/layer_norm.hpp>
#include <wasminfer/kernels/lrn.hpp>
