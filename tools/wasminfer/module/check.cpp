#include <cmath>

#include "module/module.hpp"
#include "support/files.hpp"
#include "support/json_reader.hpp"
#include "support/printable.hpp"
#include "support/sha256.hpp"

namespace wasminfer::gen {

namespace {

using JsonValue = google::protobuf::Value;

/// The member of that kind, or nullptr.
const JsonValue* member(const google::protobuf::Struct& object, const std::string& key, JsonValue::KindCase kind)
{
    const auto it = object.fields().find(key);
    return it != object.fields().end() && it->second.kind_case() == kind ? &it->second : nullptr;
}

/// What is wrong with one file of the manifest, or "".
std::string check_file(const std::filesystem::path& folder, const google::protobuf::Struct& entry)
{
    const JsonValue* const name_value = member(entry, "name", JsonValue::kStringValue);
    const JsonValue* const expected = member(entry, "sha256", JsonValue::kStringValue);
    const JsonValue* const bytes_value = member(entry, "bytes", JsonValue::kNumberValue);
    if (!name_value || !expected || !bytes_value) {
        return "manifest.json: a file lacks its name, bytes or sha256";
    }
    const std::string& name = name_value->string_value();
    const double bytes = bytes_value->number_value();
    // The manifest may come from anywhere: nothing outside of the folder is read.
    if (name.empty() || name.find_first_of("/\\") != std::string::npos || name == "..") {
        return "manifest.json: '" + printable(name) + "' is not a file of this folder";
    }
    // Doubles hold whole numbers up to here.
    constexpr double most_bytes = 9007199254740992.0;
    if (!(bytes >= 0 && bytes < most_bytes) || bytes != std::floor(bytes)) {
        return "manifest.json: '" + printable(name) + "' has a number of bytes that no file has";
    }
    try {
        const auto content = read_file(folder / name);
        if (static_cast<double>(content.size()) != bytes) {
            return printable(name) + ": has " + std::to_string(content.size()) + " bytes, the manifest says " +
                   std::to_string(static_cast<std::uint64_t>(bytes));
        }
        return sha256_hex(content) == expected->string_value()
                   ? ""
                   : printable(name) + ": its content is not the manifest's";
    } catch (const FileError& error) {
        return printable(name) + ": " + error.what();
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
    const JsonValue* const files = manifest ? member(*manifest, "files", JsonValue::kListValue) : nullptr;
    if (!files || files->list_value().values().empty()) {
        throw Refused{(folder / "manifest.json").string() + ": is not the manifest of a module"};
    }
    std::vector<std::string> findings;
    for (const JsonValue& entry : files->list_value().values()) {
        if (std::string finding = check_file(folder, entry.struct_value()); !finding.empty()) {
            findings.push_back(std::move(finding));
        }
    }
    return findings;
}

}  // namespace wasminfer::gen
