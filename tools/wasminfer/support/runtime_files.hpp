#pragma once

#include <span>
#include <string_view>

namespace wasminfer::gen {

/// A file that generated code needs, or its licence.
struct RuntimeFile {
    std::string_view path;  ///< "wasminfer/model.hpp"
    std::string_view text;
};

/// The runtime, xsimd and their licences, as they were when this program was built.
std::span<const RuntimeFile> runtime_files();

}  // namespace wasminfer::gen
