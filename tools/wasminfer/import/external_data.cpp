#include "import/external_data.hpp"

#include <algorithm>
#include <system_error>

#include "support/files.hpp"

namespace wasminfer::gen {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_outside(const std::string& location, const std::string& how)
{
    throw TensorError{"its data is in '" + location + "', which " + how,
                      "data files have to lie in the model's folder; move the file there and export anew, or re-save "
                      "the model with its data inside"};
}

fs::path resolve(const fs::path& folder, const std::string& location)
{
    if (folder.empty()) {
        throw TensorError{"its data is in another file, and the model was not read from a folder"};
    }
    if (location.empty() || location.find('\0') != std::string::npos) {
        throw TensorError{"its data is said to be in another file, and no file is named"};
    }
    const fs::path relative{location};
    if (relative.is_absolute()) {
        refuse_outside(location, "is an absolute path");
    }
    if (std::ranges::find(relative, fs::path{".."}) != relative.end()) {
        refuse_outside(location, "leaves the model's folder");
    }
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    if (error) {
        throw TensorError{"its data is in '" + location + "': " + error.message()};
    }
    fs::path file = fs::weakly_canonical(root / relative, error);
    if (error) {
        throw TensorError{"its data is in '" + location + "': " + error.message()};
    }
    if (std::ranges::mismatch(root, file).in1 != root.end()) {
        refuse_outside(location, "is a link that leaves the model's folder");
    }
    return file;
}

}  // namespace

std::vector<std::byte> read_external_data(const fs::path& folder, const ExternalData& data, std::uint64_t expected)
{
    const fs::path file = resolve(folder, data.location);
    if (data.length && *data.length != expected) {
        throw TensorError{"its type and shape need " + std::to_string(expected) + " bytes, and " +
                          std::to_string(*data.length) + " are given in '" + data.location + "'"};
    }
    try {
        return read_file_range(file, data.offset, expected);
    } catch (const FileError& error) {
        throw TensorError{"its data is in '" + data.location + "', which " + error.what(),
                          "large models have their data in files beside them: all have to be there, and complete"};
    }
}

}  // namespace wasminfer::gen
