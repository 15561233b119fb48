#pragma once

#include <filesystem>

#include "plan/plan.hpp"

namespace wasminfer::gen {

/// Where the generated code finds its weights.
enum class WeightsMode {
    literal,  ///< In a second header, as a string literal.
    incbin,  ///< In a file beside the header that the assembler reads.
    file,  ///< In a file that the app hands over at run time.
};

struct EmitOptions {
    std::string name;  ///< The namespace, an identifier.
    std::string header;  ///< The header's file name, without folder.
    WeightsMode weights = WeightsMode::literal;
};

/// A file to be written beside the header (the header itself is the last).
struct EmittedFile {
    std::string name;
    std::string bytes;
};

/// Prints the plan as a header and its weights. Equal plans give equal bytes.
std::vector<EmittedFile> emit(const Model& model, const Plan& plan, const EmitOptions& options);

inline constexpr std::string_view generator_version = "0.1.0";

}  // namespace wasminfer::gen
