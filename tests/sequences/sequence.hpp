// Steps of a recurrent model against those of ONNX Runtime, in the files that reference.py wrote.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

namespace wasminfer::test {

/// The inputs' numbers: as reference.py has them, bit by bit.
class Generator {
public:
    /// Numbers in [-scale, scale).
    template <class Span>
    void noise(Span to, float scale)
    {
        for (auto& x : to) {
            x = (static_cast<float>(next() >> 8) / 8388608.0F - 1.0F) * scale;
        }
    }
    /// A number from 0 to bound - 1.
    std::int64_t whole(std::uint32_t bound) { return (next() >> 16) % bound; }

private:
    std::uint32_t next() { return state_ = state_ * 1664525U + 1013904223U; }

    std::uint32_t state_ = 1;
};

/// Runs `step(generator, number)`, which returns the first output, as often as the reference has lines, and compares. Then,
/// after reset(), and from a snapshot in the middle, the same bits have to come again. Returns main()'s result.
template <class Model, class Step>
int compare_steps(int argc, char** argv, Model& model, Step step)
{
    std::ifstream reference{argc > 1 ? argv[1] : ""};
    int steps = 0;
    std::size_t count = 0;
    double absolute = 0;
    double relative = 0;
    reference >> steps >> count >> absolute >> relative;
    if (steps < 50 || !model.ready()) {
        std::fprintf(stderr, "no reference of 50 steps, or no memory\n");
        return 1;
    }
    static std::byte saved[Model::state_bytes];
    Generator generator;
    Generator generator_then;
    std::vector<float> seen;
    double largest = 0;
    int wrong = 0;
    for (int number = 0; number < steps; ++number) {
        if (number == steps / 2) {
            model.snapshot(saved);
            generator_then = generator;
        }
        const auto output = step(generator, number);
        seen.insert(seen.end(), output.begin(), output.end());
        for (std::size_t i = 0; i < count; ++i) {
            double expected = 0;
            reference >> expected;
            const double difference = std::abs(static_cast<double>(output[i * output.size() / count]) - expected);
            largest = std::max(largest, difference);
            wrong += !reference || !(difference <= absolute + relative * std::abs(expected)) ? 1 : 0;
        }
    }
    const auto again = [&](Generator from, int first) {
        bool same = true;
        for (int number = first; number < steps; ++number) {
            const auto output = step(from, number);
            same = same && std::memcmp(output.data(), seen.data() + static_cast<std::size_t>(number) * output.size(),
                                       output.size_bytes()) == 0;
        }
        return same;
    };
    model.reset();
    const bool after_reset = again({}, 0);
    model.restore(saved);
    const bool after_restore = again(generator_then, steps / 2);
    std::printf("%d steps, %d numbers wrong, largest difference %.3g; after reset() %s, after restore() %s\n", steps,
                wrong, largest, after_reset ? "the same" : "OTHERS", after_restore ? "the same" : "OTHERS");
    return wrong == 0 && after_reset && after_restore ? 0 : 1;
}

}  // namespace wasminfer::test
