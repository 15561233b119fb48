#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace wasminfer::gen {

struct ProcessResult {
    /// The exit status; 128 + signal where one ended it, 127 where it could not be started.
    int status = 0;
    bool timed_out = false;
    std::string output;  ///< Its standard output and standard error.
};

/// Runs a program and waits for it, without a shell. `environment` is added to this process's own. `log` receives the
/// output while it runs.
ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::map<std::string, std::string>& environment, const std::filesystem::path& log,
                          std::chrono::seconds limit);

/// The folder of the running executable.
std::filesystem::path executable_folder();

/// A fresh folder for intermediate files, removed with everything in it at the end.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace wasminfer::gen
