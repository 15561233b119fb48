// The file that holds a model's weights when they are not embedded: one header, then the bytes as the kernels read them.
#pragma once

#include <bit>
#include <cstring>
#include <span>

#include <wasminfer/core.hpp>

namespace wasminfer {

static_assert(std::endian::native == std::endian::little, "weights are stored in little-endian order");

/// What became of an attempt to use a weights file.
enum class weights_status {
    ok,
    too_short,    ///< Ends before its header or its payload does.
    misaligned,   ///< The buffer does not start at a multiple of 64 bytes.
    not_weights,  ///< Does not begin with the magic.
    other_abi,    ///< Made for another generation of the runtime.
    other_model,  ///< Made for another model.
    corrupted,    ///< The checksum differs.
};

/// First 64 bytes of a weights file; the payload follows.
struct weights_header {
    static constexpr char expected_magic[8] = {'w', 'a', 's', 'm', 'i', 'n', 'f', '\n'};
    char magic[8];
    std::uint32_t abi;
    std::uint32_t reserved;
    std::uint64_t payload_bytes;
    std::uint64_t checksum;  ///< weights_checksum() of the payload: also what a generated header knows its weights by.
    std::uint8_t padding[32];
};
static_assert(sizeof(weights_header) == 64);

/// XXH64 with seed 0 (specification: the xxHash project's doc/xxhash_spec.md): four independent 64-bit lanes, so that
/// it keeps up with memory.
inline std::uint64_t weights_checksum(const std::byte* bytes, std::size_t count) noexcept
{
    constexpr std::uint64_t p1 = 0x9E3779B185EBCA87u;
    constexpr std::uint64_t p2 = 0xC2B2AE3D27D4EB4Fu;
    constexpr std::uint64_t p3 = 0x165667B19E3779F9u;
    constexpr std::uint64_t p4 = 0x85EBCA77C2B2AE63u;
    constexpr std::uint64_t p5 = 0x27D4EB2F165667C5u;
    const auto word = [](const std::byte* at) {
        std::uint64_t value = 0;
        std::memcpy(&value, at, sizeof value);
        return value;
    };
    const auto round = [](std::uint64_t lane, std::uint64_t input) { return std::rotl(lane + input * p2, 31) * p1; };
    const std::byte* at = bytes;
    const std::byte* const end = bytes + count;
    std::uint64_t hash = p5;
    if (count >= 32) {
        std::uint64_t lanes[4] = {p1 + p2, p2, 0, 0 - p1};
        for (; end - at >= 32; at += 32) {
            for (int i = 0; i < 4; ++i) {
                lanes[i] = round(lanes[i], word(at + 8 * i));
            }
        }
        hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
        for (const std::uint64_t lane : lanes) {
            hash = (hash ^ round(0, lane)) * p1 + p4;
        }
    }
    hash += count;
    for (; end - at >= 8; at += 8) {
        hash = std::rotl(hash ^ round(0, word(at)), 27) * p1 + p4;
    }
    if (end - at >= 4) {
        std::uint32_t half_word = 0;
        std::memcpy(&half_word, at, sizeof half_word);
        hash = std::rotl(hash ^ (half_word * p1), 23) * p2 + p3;
        at += 4;
    }
    for (; at < end; ++at) {
        hash = std::rotl(hash ^ (static_cast<std::uint64_t>(*at) * p5), 11) * p1;
    }
    hash = (hash ^ (hash >> 33)) * p2;
    hash = (hash ^ (hash >> 29)) * p3;
    return hash ^ (hash >> 32);
}

/// A weights file in memory, for a model's constructor: 64-byte aligned, and there as long as the model.
struct weights_view {
    std::span<const std::byte> file;
};

/// Checks a weights file against what a generated header expects, before its first use.
inline weights_status check_weights(std::span<const std::byte> file, std::size_t payload_bytes,
                                    std::uint64_t checksum) noexcept
{
    weights_header header;
    if (file.size() < sizeof header) {
        return weights_status::too_short;
    }
    std::memcpy(&header, file.data(), sizeof header);
    if (std::memcmp(header.magic, weights_header::expected_magic, sizeof header.magic) != 0) {
        return weights_status::not_weights;
    }
    if (header.abi != static_cast<std::uint32_t>(abi)) {
        return weights_status::other_abi;
    }
    if (header.payload_bytes != payload_bytes || header.checksum != checksum) {
        return weights_status::other_model;
    }
    if (file.size() < sizeof header + payload_bytes) {
        return weights_status::too_short;
    }
    if (reinterpret_cast<std::uintptr_t>(file.data()) % 64 != 0) {
        return weights_status::misaligned;
    }
    return weights_checksum(file.data() + sizeof header, payload_bytes) == checksum ? weights_status::ok
                                                                                    : weights_status::corrupted;
}

}  // namespace wasminfer
