#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "import/dims.hpp"

namespace wasminfer::gen {

/// One of a model's inputs, as the file declares it.
struct DeclaredInput {
    std::string name;
    DType dtype = DType::undefined;  ///< undefined where it is not a tensor.
    std::string kind;                ///< "tensor", "sequence", "map", "optional" …
    std::optional<std::vector<DeclaredDim>> shape;
};

/// What a caller has to know of a model before it can be imported: its inputs (those that initializers fill are none)
/// and its outputs.
struct ModelFace {
    std::vector<DeclaredInput> inputs;
    std::vector<std::string> outputs;
    std::vector<DeclaredInput> declared_outputs = {};  ///< The same, as far as the file declares them.
};

/// Throws Refused with a message that names the file.
ModelFace read_model_face(const std::filesystem::path& path);

/// The bindings that make the model's inputs have these shapes, one for each input in order. Formulas are solved for the
/// symbols that stand nowhere alone. Throws Refused where the shapes contradict the model or one another.
DimBindings dims_from_shapes(const ModelFace& face, const std::vector<std::vector<std::int64_t>>& shapes);

}  // namespace wasminfer::gen
