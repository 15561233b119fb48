#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace wasminfer::gen {

enum class Target { wasm, native };

/// A line of compiler flags, split at blanks.
std::vector<std::string> split_words(const std::string& text);

/// Compilers and engines for running generated code. Read from the environment, and from the toolchain.env that
/// tools/setup leaves: WASMINFER_CXX, WASMINFER_EMXX, WASMINFER_EMXX_FLAGS, WASMINFER_NODE, WASMINFER_SYSTEM_INCLUDE
/// (the folder with xsimd/), WASMINFER_INCLUDE (the folder with wasminfer/).
class Toolchain {
public:
    /// Throws Refused where something that the target needs is missing.
    explicit Toolchain(Target target);

    /// Extra words for the compiler: "-O1", "-mrelaxed-simd" …
    void set_flags(std::vector<std::string> flags) { flags_ = std::move(flags); }
    /// Compiles a program of one source file that embeds `data_bytes` of weights, and may include what lies in these
    /// folders. Throws Refused with the compiler's words where that fails.
    void compile(const std::filesystem::path& source, const std::filesystem::path& program, std::int64_t data_bytes,
                 const std::vector<std::filesystem::path>& includes = {}) const;
    /// Compiles a source of exported functions to a .wasm without glue, whose memory holds what the source declares and
    /// can grow. `flags` say the vectors. Throws Refused as compile() does.
    void compile_module(const std::filesystem::path& source, const std::filesystem::path& module,
                        const std::vector<std::string>& flags) const;
    /// What the compiler of modules says of its version, its first line.
    std::string module_compiler() const;
    /// Runs a program that compile() made.
    ProcessResult run(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                      std::chrono::seconds limit) const;
    Target target() const { return target_; }

private:
    std::string setting(const std::string& key) const;
    /// The compiler and what every program is compiled with.
    std::vector<std::string> compiler_words() const;
    void run_compiler(const std::vector<std::string>& command, const std::filesystem::path& program) const;

    Target target_;
    std::map<std::string, std::string> settings_;
    std::vector<std::string> flags_ = {"-O3"};
};

}  // namespace wasminfer::gen
