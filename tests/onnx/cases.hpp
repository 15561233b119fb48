#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "verify/test_case.hpp"

namespace wasminfer::gen {

/// What a cases.tsv says of a case.
struct CaseInfo {
    Tolerance tolerance;  ///< rtol 1e-3 and atol 1e-7 where nothing says otherwise.
    std::string tier;     ///< A group of cases, to count by. May be empty.
    /// Why the expected values can't be met, where the note has `noise`: zeros that are rounding errors above atol.
    std::string noise;
};

/// A folder of cases, or an archive unpacked into one.
class CaseTree {
public:
    /// Throws Refused where there is nothing to read, or the archive can't be unpacked.
    explicit CaseTree(const std::filesystem::path& path);

    /// Folders with a model.onnx, sorted.
    const std::vector<std::filesystem::path>& cases() const { return cases_; }
    /// What the cases.tsv at the top of the tree (or in the folder around it) says of a case: by the names of its folder
    /// and of the folder around that.
    CaseInfo info(const std::filesystem::path& folder) const;

private:
    std::unique_ptr<TemporaryFolder> unpacked_;
    std::vector<std::filesystem::path> cases_;
    std::map<std::string, CaseInfo> table_;  ///< By "folder/case", or "case" where the table has no column `folder`.
};

}  // namespace wasminfer::gen
