#pragma once

#include "module/script.hpp"

namespace wasminfer::gen {

/// What manifest.json says beyond the files.
struct ManifestFacts {
    const Model& model;
    const Plan& plan;
    std::string compiler;
    std::string wasm_bits;  ///< "simd", "relaxed", "none": of NAME.wasm.
};

/// manifest.json: where a module came from, what it takes and gives, and the SHA-256 of all its other files.
std::string module_manifest(const ScriptFacts& facts, const ManifestFacts& more, const std::vector<EmittedFile>& files);

/// package.json: an npm package whose exports fit every platform of the options. `files` are the names of all others.
std::string module_package(const ScriptFacts& facts, const std::vector<EmittedFile>& files);

}  // namespace wasminfer::gen
