#include "verify/test_case.hpp"

#include <algorithm>
#include <charconv>

#include "import/tensor_io.hpp"
#include "support/diagnostics.hpp"
#include "support/files.hpp"
#include "support/json_reader.hpp"

namespace wasminfer::gen {

namespace {

namespace fs = std::filesystem;

/// The number in "input_12.pb" or "test_data_set_3"; nullopt where the name has another form.
std::optional<std::size_t> number_in(const std::string& name, std::string_view before, std::string_view after)
{
    if (!name.starts_with(before) || !name.ends_with(after) || name.size() <= before.size() + after.size()) {
        return std::nullopt;
    }
    const char* first = name.data() + before.size();
    const char* last = name.data() + name.size() - after.size();
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(first, last, number);
    return error == std::errc{} && end == last ? std::optional{number} : std::nullopt;
}

std::map<std::size_t, fs::path> numbered(const fs::path& folder, std::string_view before, std::string_view after)
{
    std::map<std::size_t, fs::path> found;
    for (const auto& entry : fs::directory_iterator{folder}) {
        if (const auto number = number_in(entry.path().filename().string(), before, after)) {
            found[*number] = entry.path();
        }
    }
    return found;
}

double number_of(const google::protobuf::Struct& object, const std::string& key, double fallback)
{
    const auto it = object.fields().find(key);
    return it == object.fields().end() ? fallback : it->second.number_value();
}

/// meta.json's "tolerance": {output: {"atol", "rtol", "outliers": {"fraction", "atol"}, "skip"}}.
std::map<std::string, Tolerance> read_tolerances(const fs::path& meta)
{
    std::map<std::string, Tolerance> tolerances;
    if (!fs::exists(meta)) {
        return tolerances;
    }
    const auto bytes = read_file(meta);
    const auto object = read_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (!object) {
        throw Refused{meta.string() + ": is not JSON\n"};
    }
    const auto section = object->fields().find("tolerance");
    if (section == object->fields().end()) {
        return tolerances;
    }
    for (const auto& [output, value] : section->second.struct_value().fields()) {
        const auto& fields = value.struct_value();
        Tolerance& tolerance = tolerances[output];
        tolerance.atol = number_of(fields, "atol", 0);
        tolerance.rtol = number_of(fields, "rtol", 0);
        if (const auto outliers = fields.fields().find("outliers"); outliers != fields.fields().end()) {
            tolerance.outlier_fraction = number_of(outliers->second.struct_value(), "fraction", 0);
            tolerance.outlier_atol = number_of(outliers->second.struct_value(), "atol", 0);
        }
        if (const auto skip = fields.fields().find("skip"); skip != fields.fields().end()) {
            tolerance.skip = skip->second.string_value();
        }
    }
    return tolerances;
}

}  // namespace

DataSet read_data_set(const fs::path& folder)
{
    if (!fs::is_directory(folder)) {
        throw Refused{folder.string() + ": is no folder with input_0.pb …\n"};
    }
    DataSet set{.name = folder.filename().string(), .inputs = {}, .outputs = {}};
    for (const auto& [position, file] : numbered(folder, "input_", ".pb")) {
        if (position != set.inputs.size()) {
            throw Refused{folder.string() + ": input_" + std::to_string(set.inputs.size()) + ".pb is missing\n"};
        }
        set.inputs.push_back(read_tensor_file(file));
    }
    for (const auto& [position, file] : numbered(folder, "output_", ".pb")) {
        set.outputs.emplace(position, read_tensor_file(file));
    }
    return set;
}

TestCase read_test_case(const fs::path& folder)
{
    TestCase test_case{.folder = folder, .data_sets = {}, .tolerances = {}};
    if (!fs::is_regular_file(test_case.model())) {
        throw Refused{folder.string() + ": holds no model.onnx\n"};
    }
    for (const auto& [number, path] : numbered(folder, "test_data_set_", "")) {
        test_case.data_sets.push_back(read_data_set(path));
    }
    if (test_case.data_sets.empty()) {
        throw Refused{folder.string() + ": holds no test_data_set_0 with input_0.pb and output_0.pb\n"};
    }
    test_case.tolerances = read_tolerances(folder / "meta.json");
    return test_case;
}

}  // namespace wasminfer::gen
