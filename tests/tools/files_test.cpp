#include "support/files.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "support/sha256.hpp"
#include "support/temporary_folder.hpp"

using namespace wasminfer::gen;

namespace fs = std::filesystem;

namespace {

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

std::string text_of(const fs::path& path)
{
    const auto bytes = read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("sha256: the examples of FIPS 180")
{
    CHECK(sha256_hex(bytes_of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex(bytes_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256_hex(bytes_of(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: pieces of any size give the digest of the whole")
{
    const std::string text(200, 'x');
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Sha256 hash;
        hash.update(bytes_of(text).first(cut));
        hash.update(bytes_of(text).subspan(cut));
        Sha256 whole;
        whole.update(bytes_of(text));
        REQUIRE(hash.finish() == whole.finish());
    }
}

TEST_CASE("write_file: replaces the old content and leaves nothing else behind")
{
    const TemporaryFolder folder;
    write_file(folder / "a.txt", "first");
    write_file(folder / "a.txt", "second");
    CHECK(text_of(folder / "a.txt") == "second");
    CHECK(std::distance(fs::directory_iterator{folder.path()}, fs::directory_iterator{}) == 1);
}

TEST_CASE("write_file: a link stays a link")
{
    const TemporaryFolder folder;
    write_file(folder / "a.txt", "first");
    fs::create_symlink("a.txt", folder / "b.txt");
    write_file(folder / "b.txt", "second");
    CHECK(fs::is_symlink(folder / "b.txt"));
    CHECK(text_of(folder / "a.txt") == "second");
}

TEST_CASE("write_file: a failure leaves nothing behind")
{
    const TemporaryFolder folder;
    fs::create_directory(folder / "target");
    CHECK_THROWS_WITH_AS(write_file(folder / "target", "x"), "is a folder, not a file", FileError);
    CHECK_THROWS_AS(write_file(folder / "missing" / "a.txt", "x"), FileError);
    CHECK(std::distance(fs::directory_iterator{folder.path()}, fs::directory_iterator{}) == 1);
}

TEST_CASE("write_files: all of them or none")
{
    const TemporaryFolder folder;
    write_file(folder / "a.txt", "old");
    fs::create_directory(folder / "b.txt");
    const auto a = bytes_of("new");
    const std::vector<FileContent> files{{folder / "a.txt", a}, {folder / "b.txt", a}};
    CHECK_THROWS_AS(write_files(files), FileError);
    CHECK(text_of(folder / "a.txt") == "old");
    fs::remove(folder / "b.txt");
    write_files(files);
    CHECK(text_of(folder / "a.txt") == "new");
    CHECK(text_of(folder / "b.txt") == "new");
    CHECK(std::distance(fs::directory_iterator{folder.path()}, fs::directory_iterator{}) == 2);
}

TEST_CASE("read_file: says what is wrong with the path")
{
    const TemporaryFolder folder;
    write_file(folder / "a.txt", "12345");
    CHECK_THROWS_WITH_AS(read_file(folder / "b.txt"), "no such file", FileError);
    CHECK_THROWS_WITH_AS(read_file(folder.path()), "is a folder, not a file", FileError);
    CHECK_THROWS_WITH_AS(read_file("/dev/null"), "is not a regular file", FileError);
    CHECK_THROWS_WITH_AS(read_file(folder / "a.txt", 4), "has 5 bytes; more than 4 are not read", FileError);
}

TEST_CASE("read_file_range: gives that range alone, and refuses what reaches beyond the end")
{
    const TemporaryFolder folder;
    write_file(folder / "a.txt", "0123456789");
    const auto middle = read_file_range(folder / "a.txt", 3, 4);
    CHECK(std::ranges::equal(middle, bytes_of("3456")));
    CHECK(read_file_range(folder / "a.txt", 10, 0).empty());
    CHECK_THROWS_AS(read_file_range(folder / "a.txt", 8, 3), FileError);
    CHECK_THROWS_AS(read_file_range(folder / "a.txt", 1, ~std::uint64_t{0}), FileError);
    CHECK_THROWS_AS(read_file_range(folder / "a.txt", ~std::uint64_t{0}, 1), FileError);
}
