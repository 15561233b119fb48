#pragma once

#include "module/face.hpp"

namespace wasminfer::gen {

/// The C++ around a generated header that makes it a module: no main(), no imports, a few exported functions. `header`
/// is its file's name, `space` its namespace; the weights come from outside.
///
/// An instance is the model with its arena; the first lies in the module's own memory, others where the caller grew it.
/// All read the same weights.
std::string module_program(const ModuleFace& face, const PackedWeights& weights, const std::string& header,
                           const std::string& space, int step_count, bool profile);

}  // namespace wasminfer::gen
