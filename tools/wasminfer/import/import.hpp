#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "import/custom.hpp"
#include "import/dims.hpp"
#include "ir/graph.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

struct ImportOptions {
    /// Inputs that become constants.
    std::map<std::string, Tensor> bind = {};
    /// The outputs to keep; empty: those of the model. Values inside the graph can be named too.
    std::vector<std::string> outputs = {};
    /// Sizes or ranges of the model's free dimensions.
    DimBindings dims = {};
    /// Operators of the model's owner.
    CustomOptions custom = {};
};

/// Reads an ONNX model. Of what comes back:
/// - Nodes are sorted; local functions are inlined; optional inputs that are left out are nullptr, those at the end are
///   cut off. Outputs that are left out are nullptr.
/// - "ai.onnx" is "" in every domain; a node's opset is that which its graph or function imports.
/// - Initializers are constants, sparse ones too; those that are inputs as well are inputs no longer.
/// - Inputs have type and shape. Nothing else has: neither value_info nor what is declared of outputs is believed.
/// - An output may be an input or a constant itself, and may be listed by a subgraph more than once.
/// - Constants and attributes of types that generated code can't hold (size_of is 0) have no bytes; a finding names them
///   where a node that an output depends on reads them.
///
/// Whatever is wrong goes to `diagnostics`, all of it in one run. nullptr where there is no graph to speak of. A model
/// that comes back beside findings is whole enough to look up its operators, and not to be inferred or run.
///
/// `data_files`, where it is given, gets the files of external data that were read.
std::unique_ptr<Model> import_model(const std::filesystem::path& path, const ImportOptions& options,
                                    Diagnostics& diagnostics, std::set<std::filesystem::path>* data_files = nullptr);

/// The same of a file's bytes. `folder` holds the model's external data; empty: there is none. `name` is the file's.
std::unique_ptr<Model> import_model_bytes(std::span<const std::byte> bytes, const std::filesystem::path& folder,
                                          const std::string& name, const ImportOptions& options,
                                          Diagnostics& diagnostics);

}  // namespace wasminfer::gen
