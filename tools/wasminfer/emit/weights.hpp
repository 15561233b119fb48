#pragma once

#include "emit/emit.hpp"

namespace wasminfer::gen {

/// All weights in one piece: every one at a multiple of 64 bytes, the offsets in the order of Program::weights.
struct PackedWeights {
    std::vector<std::size_t> offsets;
    std::string bytes;
    std::uint64_t checksum = 0;
};

PackedWeights pack_weights(const Program& program);

/// A file of weights: wasminfer::weights_header, and the payload.
std::string weights_file(std::string_view payload, std::uint64_t checksum);

/// The definition of the bytes in the generated code (empty for WeightsMode::file), and the files it needs.
struct EmbeddedWeights {
    std::string code;     ///< At namespace scope, before the classes.
    std::string include;  ///< A header to include, or empty.
    std::string address;  ///< An expression for the first byte.
    std::vector<EmittedFile> files;
};

EmbeddedWeights embed_weights(const PackedWeights& weights, const EmitOptions& options);

}  // namespace wasminfer::gen
