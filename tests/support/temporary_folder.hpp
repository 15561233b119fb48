#pragma once

#include <filesystem>
#include <random>
#include <string>

namespace wasminfer::gen {

/// A new empty folder that goes with the object.
class TemporaryFolder {
public:
    TemporaryFolder()
    {
        std::random_device random;
        do {
            path_ = std::filesystem::temp_directory_path() / ("wasminfer-test-" + std::to_string(random()));
        } while (!std::filesystem::create_directory(path_));
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace wasminfer::gen
