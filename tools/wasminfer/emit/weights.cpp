#include "emit/weights.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include <wasminfer/weights.hpp>

#include "emit/identifiers.hpp"

namespace wasminfer::gen {

namespace {

std::string hexadecimal(std::uint64_t number)
{
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
    return text.data();
}

/// The bytes as string literals of bounded length, in octal escapes that are as short as what follows allows.
std::string literal_lines(const std::string& bytes)
{
    constexpr std::size_t bytes_a_line = 64;
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i % bytes_a_line == 0) {
            text += i == 0 ? "    \"" : "\"\n    \"";
        }
        const auto byte = static_cast<unsigned char>(bytes[i]);
        const bool digit_follows =
            i + 1 < bytes.size() && (i + 1) % bytes_a_line != 0 && bytes[i + 1] >= '0' && bytes[i + 1] <= '7';
        if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\' && byte != '?') {
            text += static_cast<char>(byte);
            continue;
        }
        text += '\\';
        if (digit_follows || byte >= 0100) {
            text += static_cast<char>('0' + (byte >> 6));
        }
        if (digit_follows || byte >= 010) {
            text += static_cast<char>('0' + ((byte >> 3) & 7));
        }
        text += static_cast<char>('0' + (byte & 7));
    }
    return text + "\"";
}

std::string stem(const std::string& header)
{
    const auto dot = header.rfind('.');
    return dot == std::string::npos ? header : header.substr(0, dot);
}

EmbeddedWeights as_literal(const PackedWeights& weights, const EmitOptions& options)
{
    const std::string file = stem(options.header) + "_weights.hpp";
    const std::string variable = options.name + "_weights";
    std::string text = "// Weights of " + options.header +
                       ", in the layout that its kernels read. Do not edit.\n"
                       "#pragma once\n\n"
                       "#if defined(__clang__)\n#pragma clang diagnostic push\n"
                       "#pragma clang diagnostic ignored \"-Woverlength-strings\"\n#endif\n"
                       "namespace wasminfer::compiled {\n\n"
                       "alignas(64) inline constexpr char " +
                       variable + "[" + std::to_string(weights.bytes.size() + 1) + "] =\n" +
                       literal_lines(weights.bytes) +
                       ";\n\n"
                       "}  // namespace wasminfer::compiled\n"
                       "#if defined(__clang__)\n#pragma clang diagnostic pop\n#endif\n";
    return {.code = "", .include = file, .address = variable, .files = {{file, std::move(text)}}};
}

/// The assembler finds the file by the header's own path, so that the header may be included from any folder. The
/// symbol is weak (a group that the linker keeps once, in ELF), so that several translation units may include it; it
/// carries the checksum, so that another version of the model never takes its place.
EmbeddedWeights as_incbin(const PackedWeights& weights, const EmitOptions& options)
{
    const std::string symbol = "wasminfer_" + options.name + "_" + hexadecimal(weights.checksum);
    const std::string size = std::to_string(weights.bytes.size());
    std::string code =
        "extern \"C\" {\n"
        "extern const char " +
        symbol + "[" + size +
        "];\n"
        "}\n"
        "#if defined(__wasm__)\n"
        "asm(\".section .rodata." +
        symbol +
        ",\\\"\\\",@\\n\"\n"
        "    \".weak " +
        symbol +
        "\\n\"\n"
        "    \".p2align 6\\n\"\n"
        "    \".type " +
        symbol +
        ",@object\\n\"\n"
        "    \"" +
        symbol +
        ":\\n\"\n"
        "    \".incbin \\\"\" __FILE__ \".bin\\\"\\n\"\n"
        "    \".size " +
        symbol + "," + size +
        "\\n\"\n"
        "    \".text\\n\");\n"
        "#elif defined(__ELF__)\n"
        "asm(\".pushsection .rodata." +
        symbol + ",\\\"aG\\\",%progbits," + symbol +
        ",comdat\\n\"\n"
        "    \".weak " +
        symbol +
        "\\n\"\n"
        "    \".balign 64\\n\"\n"
        "    \".type " +
        symbol +
        ",%object\\n\"\n"
        "    \"" +
        symbol +
        ":\\n\"\n"
        "    \".incbin \\\"\" __FILE__ \".bin\\\"\\n\"\n"
        "    \".size " +
        symbol + "," + size +
        "\\n\"\n"
        "    \".popsection\\n\");\n"
        "#else\n"
        "#error \"weights are embedded with .incbin for wasm and ELF alone: generate with --weights literal or file\"\n"
        "#endif\n";
    return {
        .code = std::move(code), .include = "", .address = symbol, .files = {{options.header + ".bin", weights.bytes}}};
}

EmbeddedWeights as_file(const PackedWeights& weights, const EmitOptions& options)
{
    return {.code = "",
            .include = "",
            .address = "nullptr",
            .files = {{stem(options.header) + ".weights", weights_file(weights.bytes, weights.checksum)}}};
}

}  // namespace

std::string weights_file(std::string_view payload, std::uint64_t checksum)
{
    weights_header header{};
    std::memcpy(header.magic, weights_header::expected_magic, sizeof header.magic);
    header.abi = static_cast<std::uint32_t>(abi);
    header.payload_bytes = payload.size();
    header.checksum = checksum;
    std::string bytes(sizeof header, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes.append(payload);
}

PackedWeights pack_weights(const Program& program)
{
    constexpr std::size_t alignment = 64;
    PackedWeights packed;
    for (const Weight& weight : program.weights) {
        packed.bytes.resize((packed.bytes.size() + alignment - 1) / alignment * alignment);
        packed.offsets.push_back(packed.bytes.size());
        if (!weight.bytes.empty()) {
            packed.bytes.append(reinterpret_cast<const char*>(weight.bytes.data()), weight.bytes.size());
        }
    }
    // Vector loads may read a whole register at the last element.
    packed.bytes.resize((packed.bytes.size() + alignment - 1) / alignment * alignment);
    packed.checksum = weights_checksum(reinterpret_cast<const std::byte*>(packed.bytes.data()), packed.bytes.size());
    return packed;
}

EmbeddedWeights embed_weights(const PackedWeights& weights, const EmitOptions& options)
{
    if (weights.bytes.empty()) {
        return {.code = "", .include = "", .address = "no_weights", .files = {}};
    }
    switch (options.weights) {
    case WeightsMode::literal: return as_literal(weights, options);
    case WeightsMode::incbin: return as_incbin(weights, options);
    case WeightsMode::file: return as_file(weights, options);
    }
    return {};
}

}  // namespace wasminfer::gen
