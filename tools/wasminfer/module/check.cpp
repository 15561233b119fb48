#include "module/module.hpp"
#include "support/files.hpp"
#include "support/json_reader.hpp"
#include "support/printable.hpp"
#include "support/sha256.hpp"

namespace wasminfer::gen {

namespace {

/// What is wrong with one file of the manifest, or "".
std::string check_file(const std::filesystem::path& folder, const JsonValue& entry)
{
    const std::string* name = entry.string("name");
    const std::string* expected = entry.string("sha256");
    const double* bytes = entry.number("bytes");
    if (!name || !expected || !bytes) {
        return "manifest.json: a file lacks its name, bytes or sha256";
    }
    // The manifest may come from anywhere: nothing outside of the folder is read.
    if (name->empty() || name->find_first_of("/\\") != std::string::npos || *name == "..") {
        return "manifest.json: '" + printable(*name) + "' is not a file of this folder";
    }
    try {
        const auto content = read_file(folder / *name);
        if (static_cast<double>(content.size()) != *bytes) {
            return printable(*name) + ": has " + std::to_string(content.size()) + " bytes, the manifest says " +
                   std::to_string(static_cast<std::uint64_t>(*bytes));
        }
        return sha256_hex(content) == *expected ? "" : printable(*name) + ": its content is not the manifest's";
    } catch (const FileError& error) {
        return printable(*name) + ": " + error.what();
    }
}

}  // namespace

std::vector<std::string> check_module(const std::filesystem::path& folder)
{
    constexpr std::uint64_t largest_manifest = std::uint64_t{64} << 20;
    std::string text;
    try {
        const auto bytes = read_file(folder / "manifest.json", largest_manifest);
        text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } catch (const FileError& error) {
        throw Refused{(folder / "manifest.json").string() + ": " + error.what()};
    }
    const auto manifest = read_json(text);
    const JsonValue* files = manifest ? manifest->find("files") : nullptr;
    if (!files || !files->is_array() || files->elements().empty()) {
        throw Refused{(folder / "manifest.json").string() + ": is not the manifest of a module"};
    }
    std::vector<std::string> findings;
    for (const JsonValue& entry : files->elements()) {
        if (std::string finding = check_file(folder, entry); !finding.empty()) {
            findings.push_back(std::move(finding));
        }
    }
    return findings;
}

}  // namespace wasminfer::gen
