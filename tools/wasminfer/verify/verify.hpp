#pragma once

#include <iosfwd>
#include <optional>

#include "import/custom.hpp"
#include "import/dims.hpp"
#include "passes/pass.hpp"
#include "verify/toolchain.hpp"

namespace wasminfer::gen {

struct VerifyOptions {
    std::vector<std::filesystem::path> cases;
    Target target = Target::wasm;
    std::optional<double> rtol, atol;         ///< In place of every other tolerance.
    std::vector<std::string> compiler_flags;  ///< In place of -O3.
    bool fold = true;
    bool half_weights = false;
    /// Inputs and the outputs that they take over: from a group's second data set on they are not given but carried.
    std::vector<std::pair<std::string, std::string>> states = {};
    /// Inputs that grow by rows, likewise.
    std::vector<CacheRequest> caches = {};
    /// Dimensions that stay free in the header, which then serves data sets of several sizes.
    DimBindings dims = {};
    /// All others stay free too, over the sizes that the data has.
    bool ranges = false;
    /// Inputs that are constants, and their values as read_bound_value() has them: the data has to give the same.
    std::vector<std::pair<std::string, std::string>> bound = {};
    /// Operators of the model's owner. Their headers are looked for in the working folder and in the case's.
    CustomOptions custom = {};
};

struct VerifyCounts {
    int passed = 0;
    int failed = 0;
};

/// Generates, compiles and runs each case's model on each of its data sets, and compares. Prints a line a data set.
VerifyCounts verify_cases(const VerifyOptions& options, std::ostream& out);

}  // namespace wasminfer::gen
