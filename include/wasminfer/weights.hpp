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

namespace detail {

/// XXH64's constants and its step for 8 bytes.
struct xxh64 {
    static constexpr std::uint64_t p1 = 0x9E3779B185EBCA87u;
    static constexpr std::uint64_t p2 = 0xC2B2AE3D27D4EB4Fu;
    static constexpr std::uint64_t p3 = 0x165667B19E3779F9u;
    static constexpr std::uint64_t p4 = 0x85EBCA77C2B2AE63u;
    static constexpr std::uint64_t p5 = 0x27D4EB2F165667C5u;
    static constexpr std::size_t stripe = 32;

    WASMINFER_INLINE static std::uint64_t word(const std::byte* at) noexcept
    {
        std::uint64_t value = 0;
        std::memcpy(&value, at, sizeof value);
        return value;
    }

    WASMINFER_INLINE static std::uint64_t round(std::uint64_t lane, std::uint64_t input) noexcept
    {
        return std::rotl(lane + input * p2, 31) * p1;
    }

    /// Lanes after whole stripes.
    __attribute__((noinline)) static void add_stripes(std::uint64_t (&lanes)[4], const std::byte* at,
                                                      std::size_t stripes) noexcept
    {
        std::uint64_t sums[4] = {lanes[0], lanes[1], lanes[2], lanes[3]};
        for (; stripes > 0; --stripes, at += stripe) {
            for (int i = 0; i < 4; ++i) {
                sums[i] = round(sums[i], word(at + 8 * i));
            }
        }
        std::memcpy(lanes, sums, sizeof lanes);
    }
};

}  // namespace detail

/// XXH64 with seed 0 (specification: the xxHash project's doc/xxhash_spec.md): four independent 64-bit lanes, so that
/// it keeps up with memory.
inline std::uint64_t weights_checksum(const std::byte* bytes, std::size_t count) noexcept
{
    using h = detail::xxh64;
    const std::byte* at = bytes;
    const std::byte* const end = bytes + count;
    std::uint64_t hash = h::p5;
    if (count >= h::stripe) {
        std::uint64_t lanes[4] = {h::p1 + h::p2, h::p2, 0, 0 - h::p1};
        // A few at a time: a loop that has begun in an engine's baseline code stays in it until its function is called again.
        constexpr std::size_t at_once = 1024;
        for (std::size_t left = count / h::stripe; left > 0;) {
            const std::size_t n = left < at_once ? left : at_once;
            detail::apart(h::add_stripes)(lanes, at, n);
            at += n * h::stripe;
            left -= n;
        }
        hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
        for (const std::uint64_t lane : lanes) {
            hash = (hash ^ h::round(0, lane)) * h::p1 + h::p4;
        }
    }
    hash += count;
    for (; end - at >= 8; at += 8) {
        hash = std::rotl(hash ^ h::round(0, h::word(at)), 27) * h::p1 + h::p4;
    }
    if (end - at >= 4) {
        std::uint32_t half_word = 0;
        std::memcpy(&half_word, at, sizeof half_word);
        hash = std::rotl(hash ^ (half_word * h::p1), 23) * h::p2 + h::p3;
        at += 4;
    }
    for (; at < end; ++at) {
        hash = std::rotl(hash ^ (static_cast<std::uint64_t>(*at) * h::p5), 11) * h::p1;
    }
    hash = (hash ^ (hash >> 33)) * h::p2;
    hash = (hash ^ (hash >> 29)) * h::p3;
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
