#pragma once

#include <algorithm>

#include "emit/weights.hpp"

namespace wasminfer::gen {

/// Rounds the f32 weights of a program to the nearest f16, still stored as f32. Left as they are: those of fewer than 256
/// elements (constants of formulas, biases), and those with an element that f16 can't hold as a finite number.
/// Returns how many elements were rounded.
std::int64_t round_weights_to_half(Program& program);

/// A stretch of the packed weights as a file stores it, in bytes.
struct StoredRun {
    std::size_t to = 0;     ///< In PackedWeights::bytes.
    std::size_t bytes = 0;  ///< There.
    std::size_t from = 0;   ///< In StoredWeights::bytes.
    bool half = false;      ///< Stored as f16, each for an f32.
};

/// Packed weights in which every f32 section that loses nothing by it is stored as f16. Where the stored bytes lie at the
/// end of the packed ones' place, the runs can be widened in their order, in place.
struct StoredWeights {
    std::string bytes;
    std::uint64_t checksum = 0;
    std::vector<StoredRun> runs;

    bool any_half() const { return std::ranges::any_of(runs, &StoredRun::half); }
};

StoredWeights store_weights(const Program& program, const PackedWeights& packed);

/// The runs as the elements of a `wasminfer::weights_run[]`, a line each.
std::string runs_text(const StoredWeights& stored);

}  // namespace wasminfer::gen
