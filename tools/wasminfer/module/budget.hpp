#pragma once

#include "module/module.hpp"

namespace wasminfer::gen {

/// What a module costs on a Workers platform, against its limits.
struct WorkersBudget {
    std::string text;                     ///< For people, a line a figure.
    std::vector<std::string> refusals{};  ///< What can't fit, each with the option that would make it fit.
};

/// Of the files that make_module() made for Platform::workers.
WorkersBudget workers_budget(const std::vector<EmittedFile>& files, const ModuleOptions& options, const Model& model);

/// Bytes of memory that a module starts with; 0 where it declares none.
std::uint64_t initial_memory(std::string_view wasm);

}  // namespace wasminfer::gen
