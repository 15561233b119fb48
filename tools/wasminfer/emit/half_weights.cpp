#include "emit/half_weights.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include <wasminfer/core.hpp>
#include <wasminfer/weights.hpp>

namespace wasminfer::gen {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t fewest_elements = 256;
constexpr float largest_half = 65504.0F;

float element(const std::byte* bytes, std::size_t i)
{
    float value = 0;
    std::memcpy(&value, bytes + i * sizeof value, sizeof value);
    return value;
}

bool loses_nothing(const Weight& weight)
{
    if (weight.dtype != DType::f32 || weight.bytes.size() % sizeof(float) != 0) {
        return false;
    }
    for (std::size_t i = 0; i < weight.bytes.size() / sizeof(float); ++i) {
        const float value = element(weight.bytes.data(), i);
        const float back = static_cast<float>(half{value});
        if (std::bit_cast<std::uint32_t>(value) != std::bit_cast<std::uint32_t>(back)) {
            return false;
        }
    }
    return true;
}

/// Behind its padding, so that widening in place never writes what is not yet read. Returns where it begins.
std::size_t append_half(std::string& bytes, std::string_view floats)
{
    const std::size_t halves = floats.size() / 2;
    bytes.resize(bytes.size() + (halves + alignment - 1) / alignment * alignment - halves);
    const std::size_t start = bytes.size();
    for (std::size_t i = 0; i < floats.size() / sizeof(float); ++i) {
        const std::uint16_t bits = half{element(reinterpret_cast<const std::byte*>(floats.data()), i)}.bits();
        bytes.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    }
    return start;
}

}  // namespace

std::int64_t round_weights_to_half(Program& program)
{
    std::int64_t rounded = 0;
    for (Weight& weight : program.weights) {
        const std::size_t count = weight.bytes.size() / sizeof(float);
        if (weight.dtype != DType::f32 || count < fewest_elements) {
            continue;
        }
        bool fits = true;
        for (std::size_t i = 0; i < count && fits; ++i) {
            fits = std::abs(element(weight.bytes.data(), i)) <= largest_half;
        }
        for (std::size_t i = 0; i < count && fits; ++i) {
            const float value = static_cast<float>(half{element(weight.bytes.data(), i)});
            std::memcpy(weight.bytes.data() + i * sizeof value, &value, sizeof value);
        }
        rounded += fits ? static_cast<std::int64_t>(count) : 0;
    }
    return rounded;
}

StoredWeights store_weights(const Program& program, const PackedWeights& packed)
{
    StoredWeights stored;
    for (std::size_t i = 0; i < program.weights.size(); ++i) {
        const std::size_t start = packed.offsets[i];
        const std::size_t end = i + 1 < program.weights.size() ? packed.offsets[i + 1] : packed.bytes.size();
        const bool half = loses_nothing(program.weights[i]);
        if (start == end) {
            continue;
        }
        if (!stored.runs.empty() && stored.runs.back().half == half) {
            stored.runs.back().bytes += end - start;
        } else {
            stored.runs.push_back({.to = start, .bytes = end - start, .from = 0, .half = half});
        }
    }
    for (StoredRun& run : stored.runs) {
        const std::string_view section = std::string_view{packed.bytes}.substr(run.to, run.bytes);
        run.from = stored.bytes.size();
        if (run.half) {
            run.from = append_half(stored.bytes, section);
        } else {
            stored.bytes += section;
        }
    }
    stored.checksum = weights_checksum(reinterpret_cast<const std::byte*>(stored.bytes.data()), stored.bytes.size());
    return stored;
}

std::string runs_text(const StoredWeights& stored)
{
    std::string text;
    for (const StoredRun& run : stored.runs) {
        text += "    {" + std::to_string(run.to) + ", " + std::to_string(run.bytes) + ", " + std::to_string(run.from) +
                ", " + (run.half ? "true" : "false") + "},\n";
    }
    return text;
}

}  // namespace wasminfer::gen
