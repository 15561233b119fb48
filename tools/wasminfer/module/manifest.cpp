#include "module/manifest.hpp"

#include <algorithm>

#include "ops/cost.hpp"
#include "support/json.hpp"
#include "support/sha256.hpp"

namespace wasminfer::gen {

namespace {

void write_tensors(JsonWriter& json, const char* key, const std::vector<ModuleTensor>& tensors)
{
    json.open_array(key);
    for (const ModuleTensor& tensor : tensors) {
        json.open_object().string("name", tensor.name).string("type", name(tensor.dtype)).open_array("shape");
        for (const Dim& dim : tensor.shape) {
            dim.is_constant() ? json.number("", dim.constant()) : json.string("", dim.str());
        }
        json.close();
        if (tensor.state) {
            json.boolean("state", true);
        }
        json.close();
    }
    json.close();
}

bool has_file(const std::vector<EmittedFile>& files, const std::string& name)
{
    return std::ranges::find(files, name, &EmittedFile::name) != files.end();
}

/// An npm package's name: lower case.
std::string package_name(std::string name)
{
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    // A name may not begin so.
    return name.starts_with('_') ? "model" + name : name;
}

}  // namespace

std::string module_manifest(const ScriptFacts& facts, const ManifestFacts& more, const std::vector<EmittedFile>& files)
{
    const ModuleFace& face = facts.face;
    JsonWriter json;
    json.open_object().string("name", facts.options.name).string("version", facts.options.version);
    json.open_object("model").string("sha256", more.model.sha256).number("ir_version", more.model.ir_version);
    json.open_object("opsets");
    for (const auto& [domain, version] : more.model.opsets) {
        json.number(domain.empty() ? "ai.onnx" : domain, version);
    }
    json.close().close();
    json.string("generator", "wasminfer " + std::string{generator_version}).string("compiler", more.compiler);
    json.open_array("options");
    for (const auto& word : facts.options.words) {
        json.string("", word);
    }
    json.close();
    json.number("abi", std::int64_t{abi}).string("vectors", more.wasm_bits);
    write_tensors(json, "inputs", face.inputs);
    write_tensors(json, "outputs", face.outputs);
    json.open_array("sizes");
    for (const ModuleSize& size : face.sizes) {
        json.open_object()
            .string("name", size.name)
            .number("lo", size.lo)
            .number("hi", size.hi)
            .number("multiple", size.multiple)
            .close();
    }
    json.close();
    json.number("state_bytes", face.state_bytes)
        .number("arena_bytes", more.plan.arena_bytes)
        .number("weights_bytes", more.plan.weight_bytes)
        .number("macs", largest(total_macs(more.model.graph), more.model.symbols));
    json.open_array("files");
    for (const EmittedFile& file : files) {
        json.open_object()
            .string("name", file.name)
            .number("bytes", static_cast<std::int64_t>(file.bytes.size()))
            .string("sha256", sha256_hex(std::as_bytes(std::span{file.bytes})))
            .close();
    }
    json.close().close();
    return json.text() + "\n";
}

std::string module_package(const ScriptFacts& facts, const std::vector<EmittedFile>& files)
{
    const std::string& name = facts.options.name;
    const std::string script = "./" + name + ".mjs";
    const std::string workers = "./" + name + ".workers.mjs";
    JsonWriter json;
    json.open_object()
        .string("name", package_name(name))
        .string("version", facts.options.version)
        .string("type", "module");
    json.boolean("sideEffects", false);
    json.open_object("exports").open_object(".").string("types", "./" + name + ".d.mts");
    if (has_file(files, name + ".workers.mjs")) {
        json.string("workerd", workers).string("edge-light", "./" + name + ".edge.mjs");
    }
    if (facts.options.platform == Platform::workers) {
        json.string("default", workers);
    } else {
        json.string("node", script).string("browser", script).string("default", script);
    }
    json.close();
    json.string("./*", "./*").close();
    json.open_array("files");
    for (const EmittedFile& file : files) {
        json.string("", file.name);
    }
    json.string("", "manifest.json");
    json.close().close();
    return json.text() + "\n";
}

}  // namespace wasminfer::gen
