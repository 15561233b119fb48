#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verify/toolchain.hpp"

namespace wasminfer::gen {

/// What one step took. Times are the least of several runs; a step in a loop is summed over its turns.
struct ProfiledStep {
    int number = 0;
    std::string function;  ///< The kernel; "if" and "loop" around others.
    std::string label;     ///< The nodes that it stands for.
    double seconds = 0;
    double flops = 0;  ///< 2 × its multiply-adds, over all turns; 0 where it has none.
};

struct Profile {
    std::string name;
    std::vector<ProfiledStep> steps;
    double seconds = 0;  ///< The fastest run, the observer's own time included.
    int runs = 0;
    double peak = 0;  ///< Operations a second that the machine can do, measured in the same program: see peak.hpp.
};

/// Compiles a case's model for its first data set with an observer between the steps, and runs it. Throws Refused.
Profile profile_case(const std::filesystem::path& folder, Target target, const std::vector<std::string>& flags);

}  // namespace wasminfer::gen
