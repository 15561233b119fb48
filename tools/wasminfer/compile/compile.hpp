#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "emit/emit.hpp"
#include "import/import.hpp"
#include "passes/pass.hpp"

namespace wasminfer::gen {

/// A model that went all the way from file to plan.
struct Compiled {
    std::unique_ptr<Model> model;
    Plan plan;
    std::set<std::filesystem::path> data_files;  ///< External data that was read.
    std::vector<std::string> notes;              ///< See notes.hpp.
};

struct CompileOptions {
    ImportOptions import;
    PassOptions passes;
    bool half_weights = false;                      ///< Rounds weights to f16: see round_weights_to_half().
    std::set<std::filesystem::path> bound_files{};  ///< From which import.bind was read.
};

/// Imports, optimises and plans. Throws Refused with all findings as its text.
Compiled compile_model(const std::filesystem::path& path, const CompileOptions& options);
/// The same; where there are findings, they are in the diagnostics and what comes back is empty.
std::optional<Compiled> try_compile_model(const std::filesystem::path& path, const CompileOptions& options,
                                          Diagnostics& diagnostics);

/// Emits, and writes every file or none, the header last. Throws Refused where one can't be written.
EmittedModel write_header(const Compiled& compiled, const std::filesystem::path& header, const EmitOptions& options);

/// The weights mode where the user names none: a literal compiles slowly above a megabyte.
WeightsMode default_weights_mode(const Plan& plan);

}  // namespace wasminfer::gen
