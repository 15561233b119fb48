#include "module/budget.hpp"

#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace wasminfer::gen {

namespace {

// Cloudflare's, as its documentation has them in November 2026.
constexpr double mebibyte = 1024.0 * 1024.0;
constexpr double largest_upload = 64 * mebibyte;
constexpr double largest_compressed = 10 * mebibyte;
constexpr double largest_compressed_free = 3 * mebibyte;
constexpr double largest_memory = 128 * mebibyte;
constexpr double largest_asset = 25 * mebibyte;
/// Measured under workerd: what a megabyte of weights adds to the first request, and what an empty module costs.
constexpr double milliseconds_a_mebibyte = 1.3;
constexpr double milliseconds_empty = 1;

double compressed_bytes(const std::string& bytes)
{
    std::string out;
    {
        google::protobuf::io::StringOutputStream sink{&out};
        google::protobuf::io::GzipOutputStream zip{&sink};
        void* buffer = nullptr;
        int room = 0;
        for (std::size_t at = 0; at < bytes.size();) {
            if (!zip.Next(&buffer, &room)) {
                break;
            }
            const std::size_t count = std::min(static_cast<std::size_t>(room), bytes.size() - at);
            std::copy_n(bytes.data() + at, count, static_cast<char*>(buffer));
            at += count;
            zip.BackUp(room - static_cast<int>(count));
        }
        zip.Close();
    }
    return static_cast<double>(out.size());
}

std::string amount(double bytes)
{
    std::array<char, 32> text{};
    if (bytes < mebibyte) {
        std::snprintf(text.data(), text.size(), "%.1f KiB", bytes / 1024);
    } else {
        std::snprintf(text.data(), text.size(), "%.1f MiB", bytes / mebibyte);
    }
    return text.data();
}

/// A LEB128 number, and where the next one begins.
std::uint64_t leb(std::string_view bytes, std::size_t& at)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; at < bytes.size() && shift < 63; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes[at++]);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return value;
}

}  // namespace

std::uint64_t initial_memory(std::string_view wasm)
{
    constexpr std::size_t header_bytes = 8;
    constexpr char memory_section = 5;
    constexpr std::uint64_t page = 65536;
    for (std::size_t at = header_bytes; at < wasm.size();) {
        const char id = wasm[at++];
        const std::uint64_t bytes = leb(wasm, at);
        if (id == memory_section && at + 2 < wasm.size()) {
            at += 2;  // One memory, and whether it has a maximum.
            return leb(wasm, at) * page;
        }
        at = bytes > wasm.size() ? wasm.size() : at + bytes;
    }
    return 0;
}

WorkersBudget workers_budget(const std::vector<EmittedFile>& files, const ModuleOptions& options, const Model& model)
{
    const auto named = [&](const std::string& end) {
        return std::ranges::find_if(files, [&](const EmittedFile& file) { return file.name.ends_with(end); });
    };
    const auto& entry = *named(".workers.mjs");
    double upload = 0;
    double compressed = 0;
    double weights = 0;
    bool bundled = false;
    for (const EmittedFile& file : files) {
        const bool is_weights = file.name.ends_with(".bin");
        const bool uploaded = &file == &entry || entry.bytes.find("'./" + file.name + "'") != std::string::npos;
        weights += is_weights ? static_cast<double>(file.bytes.size()) : 0;
        bundled = bundled || (is_weights && uploaded);
        if (uploaded) {
            upload += static_cast<double>(file.bytes.size());
            compressed += compressed_bytes(file.bytes);
        }
    }
    const auto memory = static_cast<double>(initial_memory(named(options.name + ".wasm")->bytes));
    const bool free_sizes =
        std::ranges::any_of(model.symbols, [](const auto& symbol) { return !symbol.second.measured_by; });

    WorkersBudget budget;
    std::array<char, 64> start{};
    std::snprintf(start.data(), start.size(), "about %.0f ms",
                  milliseconds_empty + weights / mebibyte * milliseconds_a_mebibyte);
    budget.text =
        "  upload      " + amount(upload) + " of " + amount(largest_upload) + "\n  compressed  " + amount(compressed) +
        " of " + amount(largest_compressed) + ", " + amount(largest_compressed_free) + " on the free plan\n" +
        "  memory      " + amount(memory) + " of " + amount(largest_memory) + "\n  weights     " +
        (weights == 0 ? "none"
         : bundled    ? amount(weights) + ", uploaded with the Worker"
                      : amount(weights) + ", from assets or a bucket") +
        (!bundled && weights > largest_asset ? " (an asset has at most " + amount(largest_asset) + ": a bucket, then)"
                                             : "") +
        "\n  start-up    " + start.data() + " of the first request, once an isolate\n";
    if (upload > largest_upload || compressed > largest_compressed) {
        budget.refusals.push_back(
            "the upload has " + amount(upload) + ", compressed " + amount(compressed) + "; a Worker has at most " +
            amount(largest_upload) + " and " + amount(largest_compressed) +
            (bundled ? ": --weights apart leaves " + amount(weights) + " of it to assets or a bucket" : ""));
    }
    if (memory > largest_memory) {
        budget.refusals.push_back("it needs " + amount(memory) + " of memory, an isolate has " +
                                  amount(largest_memory) + ": " +
                                  (free_sizes ? "lower the bounds of --dim, or try " : "try ") +
                                  "--conv direct, which takes fewer bytes of weights than Winograd's convolutions");
    }
    return budget;
}

}  // namespace wasminfer::gen
