#include "verify/profile.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <map>

#include "commands/commands.hpp"
#include "support/printable.hpp"

namespace wasminfer::gen {

namespace {

/// "   123.4 us  12.3 %   34.5 GFLOP/s  67 % of peak", the last two where there are operations.
std::string figures(double seconds, double flops, double total, double peak)
{
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%10.1f us %5.1f %%", seconds * 1e6, 100 * seconds / total);
    std::string line = text.data();
    if (flops > 0 && seconds > 0) {
        const double rate = flops / seconds;
        std::snprintf(text.data(), text.size(), " %7.1f GFLOP/s %4.0f %%", rate * 1e-9, 100 * rate / peak);
        line += text.data();
    } else {
        line += std::string(23, ' ');
    }
    return line;
}

void print(const Profile& profile)
{
    double total = 0;
    struct Sum {
        double seconds = 0;
        double flops = 0;
        int steps = 0;
    };
    std::map<std::string, Sum> kernels;
    for (const ProfiledStep& step : profile.steps) {
        total += step.seconds;
        Sum& sum = kernels[step.function.substr(0, step.function.find('<'))];
        sum.seconds += step.seconds;
        sum.flops += step.flops;
        ++sum.steps;
    }
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(),
                  ": fastest of %d runs %.1f us; steps %.1f us, the least of each; peak %.1f GFLOP/s\n", profile.runs,
                  profile.seconds * 1e6, total * 1e6, profile.peak * 1e-9);
    std::cout << profile.name << text.data();
    for (const ProfiledStep& step : profile.steps) {
        std::snprintf(text.data(), text.size(), "%5d  ", step.number);
        std::cout << text.data() << figures(step.seconds, step.flops, total, profile.peak) << "  " << step.function
                  << "  " << printable(step.label) << "\n";
    }
    std::vector<std::pair<std::string, Sum>> sorted(kernels.begin(), kernels.end());
    std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    std::cout << "by kernel\n";
    for (const auto& [name, sum] : sorted) {
        std::snprintf(text.data(), text.size(), "%5d  ", sum.steps);
        std::cout << text.data() << figures(sum.seconds, sum.flops, total, profile.peak) << "  " << name << "\n";
    }
    std::cout << std::flush;
}

int run(const std::vector<std::string>& words)
{
    const Arguments arguments{words, {{.name = "--on"}, {.name = "--flags"}}};
    if (arguments.positional().empty()) {
        throw UsageError{"names no case: a folder with model.onnx and test_data_set_0"};
    }
    for (const auto& folder : arguments.positional()) {
        print(profile_case(folder, target_of(arguments), split_words(arguments.value("--flags"))));
    }
    return 0;
}

}  // namespace

const Command profile_command = {
    .name = "profile",
    .summary = "run a model and say where its time goes",
    .help =
        "usage: wasminfer profile CASE_DIR… [--on wasm|native] [--flags \"…\"]\n"
        "\n"
        "Compiles a case's model (see 'wasminfer verify') for its first data set, with an observer between the\n"
        "steps, and runs it for about two seconds. Prints for each step the least time of all runs, its share,\n"
        "GFLOP/s where it has multiply-adds, and their share of the machine's peak, which is measured beside it:\n"
        "independent vector additions, each counted as a multiply-add. Then the sums by kernel.\n"
        "\n"
        "  --on wasm|native     where to run it (default: wasm, under Node)\n"
        "  --flags \"…\"          compiler flags in place of -O3, such as \"-O3 -mrelaxed-simd\"\n"
        "\n"
        "The observer is wasminfer::observe() in <wasminfer/observe.hpp>; without -DWASMINFER_OBSERVE it is nothing.\n",
    .run = run,
};

}  // namespace wasminfer::gen
