#pragma once

#include <filesystem>
#include <optional>

#include "compile/compile.hpp"
#include "verify/test_case.hpp"
#include "verify/toolchain.hpp"

namespace wasminfer::gen {

/// A generated header that takes part in a program, under a namespace of its own.
struct DriverModel {
    std::string header;  ///< As it is included.
    std::string space;
    EmittedModel emitted;
    const Model* model = nullptr;
    bool counts_calls = false;  ///< Emitted with EmitOptions::count_calls.
};

/// One run of one of the program's models: sizes of its free dimensions in their order, inputs in the graph's order.
struct DriverRun {
    std::size_t model = 0;
    std::vector<std::int64_t> sizes;
    std::vector<Tensor> inputs;
    bool carry_state = false;  ///< Inputs that are states stay as the run before left them.
};

/// What a run left: the model's outputs, and how many kernel calls it took (0 where the model does not count them).
struct DriverResult {
    std::vector<Tensor> outputs;
    std::int64_t kernel_calls = 0;
};

/// A program that reads runs from a file, does them, and writes the outputs of each to another.
std::string driver_source(const std::vector<DriverModel>& models);

/// Does the runs. An empty result stands where a run ended the program (it is then started again behind that run) or
/// was refused; `log` receives what the program said.
std::vector<std::optional<DriverResult>> drive(const Toolchain& toolchain, const std::filesystem::path& program,
                                               const std::vector<DriverModel>& models,
                                               const std::vector<DriverRun>& runs, std::chrono::seconds limit,
                                               std::string& log);

}  // namespace wasminfer::gen
