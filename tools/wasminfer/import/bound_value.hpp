#pragma once

#include <string>

#include "import/face.hpp"
#include "ir/tensor.hpp"

namespace wasminfer::gen {

/// The constant that --bind NAME=TEXT makes of an input: a TensorProto file (a TEXT that ends in .pb), or the elements
/// themselves, "16000" or "1,2,3", of the type that the input declares. Elements fill the declared shape, whose one free
/// extent may follow from their number; a single one fits any shape of one element. Throws Refused.
Tensor read_bound_value(const ModelFace& face, const std::string& input, const std::string& text);

}  // namespace wasminfer::gen
