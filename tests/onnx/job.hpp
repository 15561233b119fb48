#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cases.hpp"
#include "compile/compile.hpp"
#include "verify/test_case.hpp"

namespace wasminfer::gen {

enum class Outcome : std::uint8_t { passed, failed, skipped };

struct CaseResult {
    Outcome outcome = Outcome::failed;
    std::int64_t kernel_calls = 0;  ///< That ran.
    bool constants_alone = false;   ///< Passed without one, as a graph of Constant nodes does.
    std::string reason;             ///< Why it did not pass.
};

/// One data set of a case on its way from folder to result.
struct Job {
    std::filesystem::path folder;
    CaseInfo info;
    std::size_t set = 0;  ///< Into the case's data sets.

    DataSet data{};
    Compiled compiled{};
    std::vector<Tensor> inputs{};  ///< Those that reach run().
    bool ready = false;            ///< Compiled to a plan.
    CaseResult result{};
};

/// Jobs for all data sets of a case; one that has failed already where the folder can't be read.
std::vector<Job> make_jobs(const std::filesystem::path& folder, const CaseInfo& info);

/// Reads and compiles, without folding and with as few inputs bound as shapes allow: first none, then those that the
/// findings ask for.
void prepare(Job& job);

/// Compares a run's outputs with the expected ones.
void judge(Job& job, const std::vector<Tensor>& outputs, std::int64_t kernel_calls);

}  // namespace wasminfer::gen
