// Weights at half size: what is rounded, what is stored, and that it can be widened in place.
#include <doctest/doctest.h>

#include <cstring>

#include <wasminfer/core.hpp>
#include <wasminfer/half_weights.hpp>
#include <wasminfer/weights.hpp>

#include "emit/half_weights.hpp"

using namespace wasminfer;
using namespace wasminfer::gen;

namespace {

Weight floats_of(std::size_t count, float first, float step)
{
    Weight weight{.name = "w", .dtype = DType::f32, .bytes = {}};
    for (std::size_t i = 0; i < count; ++i) {
        const float value = first + step * static_cast<float>(i);
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        weight.bytes.insert(weight.bytes.end(), bytes, bytes + sizeof value);
    }
    return weight;
}

float element(const Weight& weight, std::size_t i)
{
    float value = 0;
    std::memcpy(&value, weight.bytes.data() + i * sizeof value, sizeof value);
    return value;
}

/// What a module does: the stored bytes at the end, widened from the beginning on.
std::string widened(const StoredWeights& stored, std::size_t bytes)
{
    std::string place(bytes, '\x55');
    const std::size_t start = bytes - stored.bytes.size();
    place.replace(start, stored.bytes.size(), stored.bytes);
    std::vector<weights_run> runs;
    for (const StoredRun& run : stored.runs) {
        runs.push_back({run.to, run.bytes, run.from, run.half});
    }
    auto* const first = reinterpret_cast<std::byte*>(place.data());
    widen_weights(first + start, first, runs);
    return place;
}

}  // namespace

TEST_CASE("round_weights_to_half: large enough, and only what f16 can hold")
{
    Program program;
    program.weights.push_back(floats_of(256, 0.1F, 0.01F));
    program.weights.push_back(floats_of(255, 0.1F, 0.01F));
    program.weights.push_back(floats_of(256, 0.1F, 300.0F));
    Weight integers{.name = "i", .dtype = DType::i32, .bytes = floats_of(300, 0.1F, 1).bytes};
    program.weights.push_back(integers);
    const auto before = program.weights;
    CHECK(round_weights_to_half(program) == 256);
    CHECK(element(program.weights[0], 0) == static_cast<float>(half{0.1F}));
    CHECK(element(program.weights[0], 255) == static_cast<float>(half{element(before[0], 255)}));
    for (std::size_t i = 1; i < before.size(); ++i) {
        CHECK(program.weights[i].bytes == before[i].bytes);
    }
}

TEST_CASE("store_weights: widened in place, every order of sizes gives the packed bytes back")
{
    std::uint32_t seed = 7;
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        Program program;
        for (std::uint32_t i = 0; i < 1 + seed % 6; ++i) {
            seed = seed * 1664525u + 1013904223u;
            const std::size_t count = (seed >> 8) % 700;
            const bool exact = (seed >> 20) % 2 == 0;
            program.weights.push_back(floats_of(count, exact ? 0.5F : 0.1F, exact ? 0.25F : 0.1F));
        }
        const PackedWeights packed = pack_weights(program);
        const StoredWeights stored = store_weights(program, packed);
        REQUIRE(stored.bytes.size() % 64 == 0);
        REQUIRE(stored.bytes.size() <= packed.bytes.size());
        REQUIRE(widened(stored, packed.bytes.size()) == packed.bytes);
        CHECK(stored.checksum ==
              weights_checksum(reinterpret_cast<const std::byte*>(stored.bytes.data()), stored.bytes.size()));
    }
}

TEST_CASE("store_weights: half the size where all is f16, a checksum of its own")
{
    Program program;
    program.weights.push_back(floats_of(4096, 0.1F, 0.01F));
    round_weights_to_half(program);
    const PackedWeights packed = pack_weights(program);
    const StoredWeights stored = store_weights(program, packed);
    CHECK(packed.bytes.size() == 16384);
    CHECK(stored.bytes.size() == 8192);
    CHECK(stored.any_half());
    CHECK(stored.checksum != packed.checksum);
}
