#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace wasminfer::gen {

/// A file that can't be read or written. what() is a sentence without the file's name: "is a folder".
class FileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Size of a file that can be read. Throws FileError where there is none: missing, a folder, a device.
std::uint64_t readable_size(const std::filesystem::path& path);

/// The whole file. Throws FileError, also where it is larger than `limit` bytes.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{1} << 34);

/// `length` bytes from `offset`; reads no more than those. Throws FileError where the file ends before.
std::vector<std::byte> read_file_range(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t length);

/// Writes the file so that readers see the old content or the new one, never a part: a temporary file beside it is
/// written, synced and renamed over it. Throws FileError, and leaves nothing behind then.
/// A target that is there and not a regular file (/dev/stdout, a pipe) is written to directly.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file(const std::filesystem::path& path, std::string_view text);

struct FileContent {
    std::filesystem::path path;
    std::span<const std::byte> bytes;
};

/// The same for several that belong together: where one of them can't be written, all keep their old content. They come
/// to their places in the list's order. What a FileError says begins with the name of the file.
void write_files(std::span<const FileContent> files);

}  // namespace wasminfer::gen
