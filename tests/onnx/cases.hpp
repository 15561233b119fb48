#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "verify/test_case.hpp"

namespace wasminfer::gen {

/// A folder of cases, or an archive unpacked into one.
class CaseTree {
public:
    /// Throws Refused where there is nothing to read, or tar can't unpack it.
    explicit CaseTree(const std::filesystem::path& path);

    /// Folders with a model.onnx, sorted.
    const std::vector<std::filesystem::path>& cases() const { return cases_; }
    /// The tolerance of a case: rtol and atol of the cases.tsv at the top (or beside the archive), else 1e-3 and 1e-7.
    Tolerance tolerance(const std::string& name) const;

private:
    std::unique_ptr<TemporaryFolder> unpacked_;
    std::vector<std::filesystem::path> cases_;
    std::map<std::string, Tolerance> tolerances_;
};

}  // namespace wasminfer::gen
