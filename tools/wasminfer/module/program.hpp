#pragma once

#include "emit/half_weights.hpp"
#include "module/face.hpp"

namespace wasminfer::gen {

/// The weights as the kernels read them, and as their file stores them where that is different.
struct ModuleWeights {
    const PackedWeights& packed;
    const StoredWeights* stored = nullptr;
};

/// The C++ around a generated header that makes it a module: no main(), no imports, a few exported functions. `header`
/// is its file's name, `space` its namespace; the weights come from outside. With `profiled_steps` of the header's steps
/// above 0, it counts and times them, and imports a clock.
///
/// An instance is the model with its arena; the first lies in the module's own memory, others where the caller grew it.
/// All read the same weights.
std::string module_program(const ModuleFace& face, const ModuleWeights& weights, const std::string& header,
                           const std::string& space, int profiled_steps);

}  // namespace wasminfer::gen
