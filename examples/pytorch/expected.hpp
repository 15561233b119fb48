// What PyTorch computed, line by line, and how far off we are.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

/// The lines of expected.txt, one tensor each.
class Expected {
public:
    /// Passes over `first` lines.
    explicit Expected(int first) : file_{"expected.txt"}
    {
        for (std::string line; first > 0 && std::getline(file_, line); --first) {
        }
    }

    std::vector<float> next()
    {
        std::string line;
        std::getline(file_, line);
        std::istringstream numbers{line};
        std::vector<float> tensor;
        for (float number = 0; numbers >> number;) {
            tensor.push_back(number);
        }
        return tensor;
    }

    /// Compares with the next line.
    template <class Span>
    void check(const Span& output)
    {
        const auto expected = next();
        same_ = same_ && output.size() == expected.size() && !expected.empty();
        for (std::size_t i = 0; same_ && i < expected.size(); ++i) {
            largest_ = std::max(largest_, std::abs(output[i] - expected[i]));
        }
    }

    /// Prints a line; true where all outputs were there and within 1e-4.
    bool report(const char* what) const
    {
        const bool good = same_ && largest_ < 1e-4F;
        std::printf("%s: largest difference %.2g%s\n", what, static_cast<double>(largest_), good ? "" : "  WRONG");
        return good;
    }

private:
    std::ifstream file_;
    float largest_ = 0;
    bool same_ = true;
};
