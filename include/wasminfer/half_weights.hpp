// Weights that are stored as f16 where they are used as f32.
#pragma once

#include <cstring>
#include <span>

#include <wasminfer/core.hpp>

namespace wasminfer {

/// A stretch of weights, in bytes.
struct weights_run {
    std::size_t to;     ///< Where they are used.
    std::size_t bytes;  ///< As many there, a multiple of 4 where they are f32.
    std::size_t from;   ///< Where they are stored.
    bool half;          ///< An f16 for each f32; otherwise as they are.
};

/// Puts stored weights where they are used. The stored bytes may lie at the end of that place, as a generator's
/// store_weights() has laid them out for runs in their order.
inline void widen_weights(const std::byte* stored, std::byte* place, std::span<const weights_run> runs) noexcept
{
    for (const weights_run& run : runs) {
        if (!run.half) {
            std::memmove(place + run.to, stored + run.from, run.bytes);
            continue;
        }
        for (std::size_t i = 0; i < run.bytes / sizeof(float); ++i) {
            std::uint16_t bits = 0;
            std::memcpy(&bits, stored + run.from + i * sizeof bits, sizeof bits);
            const float value = static_cast<float>(half::from_bits(bits));
            std::memcpy(place + run.to + i * sizeof value, &value, sizeof value);
        }
    }
}

}  // namespace wasminfer
