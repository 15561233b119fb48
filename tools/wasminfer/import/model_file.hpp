#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "import/proto.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

struct ModelFile {
    onnx::ModelProto proto;
    std::string sha256;  ///< Of the file's bytes.
};

/// Reads and parses; a finding and nothing where that fails.
std::optional<ModelFile> load_model_file(const std::filesystem::path& path, Diagnostics& diagnostics);
std::optional<ModelFile> parse_model_file(std::span<const std::byte> bytes, Diagnostics& diagnostics);

}  // namespace wasminfer::gen
