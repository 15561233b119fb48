#include "support/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace wasminfer::gen {

namespace {

namespace fs = std::filesystem;

std::string reason(int code)
{
    return std::generic_category().message(code);
}

class Descriptor {
public:
    Descriptor(const fs::path& path, int flags, mode_t mode = 0)
        : number_{::open(path.c_str(), flags | O_CLOEXEC, mode)}
    {
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor()
    {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    bool ok() const { return number_ >= 0; }
    int operator*() const { return number_; }
    /// close() may be the first to report that a disk is full.
    bool close()
    {
        const int number = number_;
        number_ = -1;
        return ::close(number) == 0;
    }

private:
    int number_;
};

void write_all(int descriptor, std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ::ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            throw FileError{"cannot be written: " + reason(errno)};
        }
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
}

/// The temporary file is named after the target and the process: two runs that write the same file don't meet.
class TemporaryFile {
public:
    explicit TemporaryFile(const fs::path& target) : path_{target}
    {
        path_ += "." + std::to_string(::getpid()) + ".tmp";
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile()
    {
        if (!kept_) {
            std::error_code ignored;
            fs::remove(path_, ignored);
        }
    }
    const fs::path& path() const { return path_; }
    void keep() { kept_ = true; }

private:
    fs::path path_;
    bool kept_ = false;
};

/// What a file will hold: written beside it and synced, and in its place from commit() on.
class Replacement {
public:
    Replacement(const fs::path& path, std::span<const std::byte> bytes) : path_{path}, temporary_{path}
    {
        Descriptor file{temporary_.path(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666};
        if (!file.ok()) {
            temporary_.keep();  // There is nothing of ours to remove.
            throw FileError{"cannot be written: " + reason(errno)};
        }
        write_all(*file, bytes);
        if (::fsync(*file) != 0 || !file.close()) {
            throw FileError{"cannot be written: " + reason(errno)};
        }
    }

    void commit()
    {
        std::error_code error;
        fs::rename(temporary_.path(), path_, error);
        if (error) {
            throw FileError{"cannot be written: " + error.message()};
        }
        temporary_.keep();
    }

private:
    fs::path path_;
    TemporaryFile temporary_;
};

/// Where the file is that is to be replaced: behind a link, that which the link names. Nothing for devices and pipes.
std::optional<fs::path> replaceable(const fs::path& path)
{
    std::error_code ignored;
    const auto type = fs::status(path, ignored).type();
    if (type == fs::file_type::directory) {
        throw FileError{"is a folder, not a file"};
    }
    if (type != fs::file_type::regular && type != fs::file_type::not_found) {
        return std::nullopt;
    }
    const bool through_link = type == fs::file_type::regular && fs::is_symlink(path, ignored);
    return through_link ? fs::canonical(path) : path;
}

void write_device(const fs::path& path, std::span<const std::byte> bytes)
{
    const Descriptor device{path, O_WRONLY};
    if (!device.ok()) {
        throw FileError{"cannot be written: " + reason(errno)};
    }
    write_all(*device, bytes);
}

}  // namespace

std::uint64_t readable_size(const fs::path& path)
{
    std::error_code error;
    const auto status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
        throw FileError{"no such file"};
    }
    if (error) {
        throw FileError{"cannot be read: " + error.message()};
    }
    if (status.type() == fs::file_type::directory) {
        throw FileError{"is a folder, not a file"};
    }
    if (status.type() != fs::file_type::regular) {
        throw FileError{"is not a regular file"};
    }
    const auto size = fs::file_size(path, error);
    if (error) {
        throw FileError{"cannot be read: " + error.message()};
    }
    return size;
}

std::vector<std::byte> read_file(const fs::path& path, std::uint64_t limit)
{
    const std::uint64_t size = readable_size(path);
    if (size > limit) {
        throw FileError{"has " + std::to_string(size) + " bytes; more than " + std::to_string(limit) + " are not read"};
    }
    return read_file_range(path, 0, size);
}

std::vector<std::byte> read_file_range(const fs::path& path, std::uint64_t offset, std::uint64_t length)
{
    const std::uint64_t size = readable_size(path);
    if (offset > size || length > size - offset) {
        throw FileError{"has " + std::to_string(size) + " bytes; bytes " + std::to_string(offset) + " to " +
                        std::to_string(offset + length) + " are asked for"};
    }
    const Descriptor file{path, O_RDONLY};
    if (!file.ok()) {
        throw FileError{"cannot be read: " + reason(errno)};
    }
    std::vector<std::byte> bytes(length);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ::ssize_t n =
            ::pread(*file, bytes.data() + done, bytes.size() - done, static_cast<::off_t>(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            throw FileError{n < 0 ? "cannot be read: " + reason(errno) : "became shorter while it was read"};
        }
        done += static_cast<std::size_t>(n);
    }
    return bytes;
}

void write_file(const fs::path& path, std::span<const std::byte> bytes)
{
    if (const auto place = replaceable(path)) {
        Replacement{*place, bytes}.commit();
    } else {
        write_device(path, bytes);
    }
}

void write_files(std::span<const FileContent> files)
{
    std::vector<std::unique_ptr<Replacement>> replacements(files.size());
    const auto each = [&](const auto& f) {
        for (std::size_t i = 0; i < files.size(); ++i) {
            try {
                f(files[i], replacements[i]);
            } catch (const FileError& error) {
                throw FileError{files[i].path.string() + ": " + error.what()};
            }
        }
    };
    each([](const FileContent& file, auto& replacement) {
        if (const auto place = replaceable(file.path)) {
            replacement = std::make_unique<Replacement>(*place, file.bytes);
        }
    });
    each([](const FileContent& file, auto& replacement) {
        replacement ? replacement->commit() : write_device(file.path, file.bytes);
    });
}

void write_file(const fs::path& path, std::string_view text)
{
    write_file(path, std::as_bytes(std::span{text}));
}

}  // namespace wasminfer::gen
