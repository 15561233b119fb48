#pragma once

#include "compile/compile.hpp"
#include "verify/toolchain.hpp"

namespace wasminfer::gen {

/// Which vectors a module is compiled for. auto_: two modules, between which the script chooses when it runs.
enum class ModuleSimd { auto_, none, simd, relaxed };

/// What a module is made for. any: all of them, from one folder.
enum class Platform { any, web, workers, node };

struct ModuleOptions {
    std::string name;               ///< The files' names begin with it; also a C++ namespace.
    std::string version = "1.0.0";  ///< Of the package.
    Platform platform = Platform::any;
    ModuleSimd simd = ModuleSimd::auto_;
    bool profile = false;
    bool half_weights = false;  ///< The model's weights were rounded to f16, and are stored so.
    /// Whether a Worker is uploaded together with its weights; default: where that leaves room for the rest.
    std::optional<bool> bundle_weights{};
    std::vector<std::string> words{};  ///< The options as they were given, for the manifest.
};

/// A model as files that `import` understands: NAME.wasm and NAME.relaxed.wasm, NAME.weights-HASH.bin, NAME.mjs,
/// NAME.d.mts, NAME.workers.mjs, NAME.edge.mjs, package.json, manifest.json. Equal inputs and an equal compiler give equal bytes.
/// Throws Refused where the compiler fails.
std::vector<EmittedFile> make_module(const Compiled& compiled, const ModuleOptions& options,
                                     const Toolchain& toolchain);

/// Compares the files of a folder with the sizes and hashes of its manifest. Returns what differs, a line each; nothing
/// where all is well. Throws Refused where there is no manifest that can be read.
std::vector<std::string> check_module(const std::filesystem::path& folder);

}  // namespace wasminfer::gen
