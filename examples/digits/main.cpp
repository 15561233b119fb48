// Classifies handwritten digits that the network has not seen: digits [digits_test.bin]
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "digits.hpp"  // generated from digits.onnx

namespace {

/// One record of digits_test.bin.
struct Sample {
    std::uint8_t pixels[64], label;  // 8 rows of 8, from 0 to 16
};

template <class T>
std::vector<T> read_file(const std::string& path)
{
    std::vector<T> records;
    if (std::FILE* file = std::fopen(path.c_str(), "rb")) {
        for (T record; std::fread(&record, sizeof record, 1, file) == 1;) {
            records.push_back(record);
        }
        std::fclose(file);
    }
    return records;
}

void draw(const Sample& sample, int answer)
{
    for (int i = 0; i < 64; ++i) {
        std::printf("%s%.2s", i % 8 == 0 ? "\n  " : "", &"  ..::--==++**##@@"[sample.pixels[i] / 2 * 2]);
    }
    std::printf("  %d%s\n", answer, answer == sample.label ? "" : "  (wrong)");
}

}  // namespace

int main(int argc, char** argv)
{
    const auto samples = read_file<Sample>(argc > 1 ? argv[1] : "digits_test.bin");
    digits::Model model;
    if (samples.empty() || !model.ready()) {
        std::fprintf(stderr, "digits: no test images, or no memory\n");
        return 1;
    }
    const auto classify = [&](const Sample& sample) {
        std::ranges::copy(sample.pixels, model.image().begin());
        model.run();
        return static_cast<int>(std::ranges::max_element(model.probabilities()) - model.probabilities().begin());
    };
    std::size_t correct = 0;
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a over the bits of all probabilities
    for (const Sample& sample : samples) {
        const int answer = classify(sample);
        correct += answer == sample.label ? 1 : 0;
        for (int bit = 0; bit < 320; bit += 8) {
            const auto word = std::bit_cast<std::uint32_t>(model.probabilities()[static_cast<std::size_t>(bit / 32)]);
            hash = (hash ^ ((word >> bit % 32) & 0xff)) * 0x100000001b3;
        }
        if (&sample < &samples[3] || answer != sample.label) {
            draw(sample, answer);
        }
    }
    const double runs = 20.0 * static_cast<double>(samples.size());
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < 20; ++round) {
        std::ranges::for_each(samples, classify);
    }
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    std::printf("\n%zu of %zu right, %.2f us an image\n", correct, samples.size(), time.count() / runs);
    const std::string script = argv[0];  // or the native program
    const std::string program = script.ends_with(".js") ? script.substr(0, script.size() - 2) + "wasm" : script;
    std::printf("%zu bytes of program with %zu of weights, %zu of arena\n", read_file<char>(program).size(),
                model.weights_bytes, model.arena_bytes);
    std::printf("hash of all probabilities: %016llx\n", static_cast<unsigned long long>(hash));
}
