#include "module/program.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

/// A switch over tensors, inputs before outputs: "case 0: return …;".
template <class F>
std::string cases(const ModuleFace& face, F text_of)
{
    std::string text;
    std::size_t number = 0;
    for (const auto* list : {&face.inputs, &face.outputs}) {
        for (const ModuleTensor& tensor : *list) {
            if (const std::string expression = text_of(tensor); !expression.empty()) {
                text += "    case " + std::to_string(number) + ": return " + expression + ";\n";
            }
            ++number;
        }
    }
    return text;
}

/// The members of the model that tell how many rows there are in a cache, and set it to what a cache can have.
std::string rows_members(const ModuleFace& face)
{
    std::string counters;
    for (const ModuleSize& size : face.sizes) {
        if (!size.counter.empty()) {
            const std::string number = std::to_string(std::ranges::count(counters, '\n'));
            counters += "        case " + number + ": return counted(" + size.counter + ", " +
                        std::to_string(size.capacity) + ", count);\n";
        }
    }
    return counters.empty()
               ? ""
               : "    int rows(int cache, int count) noexcept\n    {\n        switch (cache) {\n" + counters +
                     "        default: return -1;\n        }\n    }\n\nprivate:\n"
                     "    static int counted(wasminfer::index& rows, int most, int count) noexcept\n    {\n"
                     "        rows = count >= 0 && count <= most ? count : rows;\n"
                     "        return static_cast<int>(rows);\n    }\n";
}

/// Stored at half size, weights arrive at the end of their place and are widened from its beginning on.
std::string stored_weights_exports(const StoredWeights& stored)
{
    return "namespace {\n\nconstexpr std::size_t stored_bytes = " + std::to_string(stored.bytes.size()) +
           ";\n\n"
           "std::byte* stored_file()\n{\n    return weights_file + (Model::weights_bytes - stored_bytes);\n}\n\n"
           "constexpr wasminfer::weights_run runs[] = {\n" +
           runs_text(stored) +
           "};\n\n}  // namespace\n\n"
           "EXPORT(weights) void* weights()\n{\n    return stored_file();\n}\n\n"
           "EXPORT(check) int check()\n{\n    return static_cast<int>(wasminfer::check_weights({stored_file(), "
           "sizeof(wasminfer::weights_header) + stored_bytes}, stored_bytes, " +
           std::to_string(stored.checksum) +
           "u));\n}\n\n"
           "EXPORT(widen) void widen()\n{\n"
           "    wasminfer::widen_weights(stored_file() + sizeof(wasminfer::weights_header),\n"
           "                             weights_file + sizeof(wasminfer::weights_header), runs);\n}\n\n";
}

std::string weights_exports(const ModuleWeights& weights)
{
    if (weights.packed.bytes.empty()) {
        return "";
    }
    if (weights.stored) {
        return stored_weights_exports(*weights.stored);
    }
    return "EXPORT(weights) void* weights()\n{\n    return weights_file;\n}\n\n"
           "EXPORT(check) int check()\n{\n    return static_cast<int>(wasminfer::check_weights(weights_file, "
           "Model::weights_bytes, " +
           std::to_string(weights.packed.checksum) + "u));\n}\n\n";
}

std::string size_exports(const ModuleFace& face)
{
    if (face.sizes.empty()) {
        return "";
    }
    std::string parameters;
    std::string members;
    for (std::size_t i = 0; i < face.sizes.size(); ++i) {
        parameters += ", wasminfer::index size_" + std::to_string(i);
        members += (i == 0 ? "size_" : ", size_") + std::to_string(i);
    }
    return "EXPORT(resize) int resize(Instance* instance" + parameters + ")\n{\n    return instance->model.resize({" +
           members + "}) ? 1 : 0;\n}\n\n";
}

std::string state_exports(const ModuleFace& face)
{
    return face.state_bytes == 0
               ? ""
               : "EXPORT(state) void* state(Instance* instance)\n{\n    return instance->arena;\n}\n\n"
                 "EXPORT(reset) void reset(Instance* instance)\n{\n    "
                 "instance->model.reset();\n}\n\n" +
                     std::string{face.has_cache()
                                     ? "EXPORT(rows) int rows(Instance* instance, int cache, int count)\n{\n"
                                       "    return instance->model.rows(cache, count);\n}\n\n"
                                     : ""};
}

/// The clock is read twice, so that what the observer does itself counts nowhere.
std::string observer(int step_count)
{
    const std::string steps = std::to_string(step_count);
    return "extern \"C\" __attribute__((import_module(\"env\"), import_name(\"now\"))) double now();\n\n"
           "namespace {\n\ndouble spent_in[" +
           steps + " + 1];\ndouble calls_of[" + steps + " + 1];\nint current = " + steps +
           ";\ndouble since;\n\n}  // namespace\n\n"
           "void wasminfer::observe(int step) noexcept\n{\n"
           "    spent_in[current] += now() - since;\n    calls_of[step] += 1;\n    current = step;\n    since = "
           "now();\n}\n\n"
           "EXPORT(spent) double spent(int step)\n{\n    return spent_in[step];\n}\n\n"
           "EXPORT(calls) double calls(int step)\n{\n    return calls_of[step];\n}\n\n";
}

}  // namespace

std::string module_program(const ModuleFace& face, const ModuleWeights& weights, const std::string& header,
                           const std::string& space, int profiled_steps)
{
    // From the top: within the class, a namespace `model` would be hidden by the name of a class that it inherits from.
    const std::string generated = "::" + space + "::Model";
    const bool loaded = !weights.packed.bytes.empty();
    std::string text = "#include \"" + header + "\"\n\n#include <new>\n\n" +
                       (weights.stored ? "#include <wasminfer/half_weights.hpp>\n\n" : "") +
                       "#define EXPORT(name) extern \"C\" "
                       "__attribute__((export_name(#name)))\n\nnamespace {\n\n";
    if (loaded) {
        text += "alignas(64) std::byte weights_file[sizeof(wasminfer::weights_header) + " + generated +
                "::weights_bytes];\n\n";
    }
    text += "class Model : public " + generated +
            " {\npublic:\n    explicit Model(std::span<std::byte> arena) noexcept : " + generated + "{arena}\n    {\n" +
            (loaded ? "        use_weights(weights_file + sizeof(wasminfer::weights_header));\n" : "") + "    }\n" +
            (face.has_cache() ? "\n" : "") + rows_members(face) + "};\n\n";
    text += "struct Instance {\n    alignas(64) std::byte arena[Model::arena_bytes];\n    Model model{arena};\n};\n"
            "alignas(Instance) std::byte first_instance[sizeof(Instance)];\n\n}  // namespace\n\n";
    text += "EXPORT(first) void* first()\n{\n    return first_instance;\n}\n\n"
            "EXPORT(instance_bytes) std::size_t instance_bytes()\n{\n    return sizeof(Instance);\n}\n\n"
            "EXPORT(make) void make(void* place)\n{\n    new (place) Instance;\n}\n\n"
            "EXPORT(run) " +
            std::string{face.has_cache() ? "int" : "void"} + " run(Instance* instance)\n{\n    " +
            (face.has_cache() ? "return instance->model.run() ? 1 : 0;" : "instance->model.run();") + "\n}\n\n";
    text +=
        "EXPORT(data) const void* data([[maybe_unused]] Instance* instance, int tensor)\n{\n    switch (tensor) {\n" +
        cases(face, [](const ModuleTensor& tensor) { return "instance->model." + tensor.accessor + "().data()"; }) +
        "    default: return nullptr;\n    }\n}\n\n";
    if (!face.all_fixed()) {
        text += "EXPORT(extent) std::size_t extent([[maybe_unused]] Instance* instance, int tensor, [[maybe_unused]] "
                "std::size_t axis)\n{\n    switch (tensor) {\n" +
                cases(face,
                      [](const ModuleTensor& tensor) {
                          return tensor.fixed() ? ""
                                                : "static_cast<std::size_t>(instance->model." + tensor.shape_accessor +
                                                      "()[axis])";
                      }) +
                "    default: return 0;\n    }\n}\n\n";
    }
    return text + weights_exports(weights) + size_exports(face) + state_exports(face) +
           (profiled_steps > 0 ? observer(profiled_steps) : "");
}

}  // namespace wasminfer::gen
