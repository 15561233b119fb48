#pragma once

#include <filesystem>

#include "plan/plan.hpp"

namespace wasminfer::gen {

/// Where the generated code finds its weights.
enum class WeightsMode {
    literal,  ///< In a second header, as a string literal.
    incbin,   ///< In a file beside the header that the assembler reads.
    file,     ///< In a file that the app hands over at run time.
};

struct EmitOptions {
    std::string name;    ///< The namespace, an identifier.
    std::string header;  ///< The header's file name, without folder.
    WeightsMode weights = WeightsMode::literal;
    /// Stores f32 weights as f16 where that loses nothing (see round_weights_to_half()), and widens them once a program.
    bool half_weights = false;
    /// For tests: the model counts the kernel calls that run, in its public member `kernel_calls`.
    bool count_calls = false;
};

/// A file to be written into the header's folder.
struct EmittedFile {
    std::string name;
    std::string bytes;
};

/// What emit() made. An input's or output's accessor is `name()`, its extents `name_shape()`.
struct EmittedModel {
    std::vector<EmittedFile> files;   ///< The header is the last.
    std::vector<std::string> inputs;  ///< Accessors, in the graph's order.
    std::vector<std::string> outputs;
    std::vector<std::string> input_shapes;
    std::vector<std::string> output_shapes;
    std::vector<std::string> counters;  ///< Protected members that count the rows of caches, in the symbols' order.
};

/// Prints the plan as a header and its weights. Equal plans give equal bytes.
EmittedModel emit(const Model& model, const Plan& plan, const EmitOptions& options);

inline constexpr std::string_view generator_version = WASMINFER_VERSION;

}  // namespace wasminfer::gen
