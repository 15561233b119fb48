#include "module/module.hpp"

#include <algorithm>

#include <wasminfer/weights.hpp>

#include "emit/identifiers.hpp"
#include "module/manifest.hpp"
#include "module/program.hpp"
#include "plan/lower_graph.hpp"
#include "support/files.hpp"
#include "support/process.hpp"
#include "support/sha256.hpp"

namespace wasminfer::gen {

namespace {

/// Weights that are uploaded together with a Worker, unless the options say otherwise.
constexpr std::size_t largest_bundled = std::size_t{10} << 20;

std::vector<std::string> vector_flags(ModuleSimd simd)
{
    switch (simd) {
    case ModuleSimd::none: return {};
    case ModuleSimd::relaxed: return {"-msimd128", "-mrelaxed-simd"};
    default: return {"-msimd128"};
    }
}

std::string file_text(const std::filesystem::path& path)
{
    const auto bytes = read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// One module of each kind that the options want, by their files' names.
std::vector<EmittedFile> compile_modules(const ModuleOptions& options, const Toolchain& toolchain,
                                         const std::filesystem::path& program)
{
    std::vector<EmittedFile> files;
    const auto add = [&](const std::string& name, ModuleSimd simd) {
        const auto wasm = program.parent_path() / name;
        auto flags = vector_flags(simd);
        if (options.profile) {
            flags.emplace_back("-DWASMINFER_OBSERVE");
        }
        toolchain.compile_module(program, wasm, flags);
        files.push_back({name, file_text(wasm)});
    };
    if (options.simd != ModuleSimd::auto_) {
        add(options.name + ".wasm", options.simd);
    } else if (options.platform == Platform::workers) {
        add(options.name + ".wasm", ModuleSimd::relaxed);
    } else {
        add(options.name + ".wasm", ModuleSimd::simd);
        add(options.name + ".relaxed.wasm", ModuleSimd::relaxed);
    }
    return files;
}

std::string origin(const Model& model)
{
    return "from " + comment_text(std::filesystem::path{model.file}.filename().string()) + " (sha256 " +
           model.sha256.substr(0, 8) + "...)";
}

std::vector<ModuleStep> steps_of(const Plan& plan)
{
    std::vector<ModuleStep> steps;
    for_each_step(const_cast<Steps&>(plan.program.steps),
                  [&](const Step& step, int) { steps.push_back({step_text(step), step.label}); });
    return steps;
}

std::string simd_name(const ModuleOptions& options)
{
    switch (options.simd) {
    case ModuleSimd::none: return "none";
    case ModuleSimd::simd: return "simd";
    case ModuleSimd::relaxed: return "relaxed";
    case ModuleSimd::auto_: break;
    }
    return options.platform == Platform::workers ? "relaxed" : "simd or relaxed";
}

}  // namespace

std::vector<EmittedFile> make_module(const Compiled& compiled, const ModuleOptions& options, const Toolchain& toolchain)
{
    const TemporaryFolder folder;
    const std::string header = options.name + ".hpp";
    const EmittedModel emitted = write_header(compiled, folder.path() / header,
                                              {.name = options.name, .header = header, .weights = WeightsMode::file});
    const PackedWeights weights = pack_weights(compiled.plan.program);
    const ModuleFace face = module_face(*compiled.model, compiled.plan, emitted);
    const std::optional<StoredWeights> stored =
        options.half_weights ? std::optional{store_weights(compiled.plan.program, weights)} : std::nullopt;
    const auto program = folder.path() / (options.name + ".cpp");
    write_file(program, module_program(face, {.packed = weights, .stored = stored ? &*stored : nullptr}, header,
                                       options.name, options.profile ? compiled.plan.step_count : 0));
    std::vector<EmittedFile> files = compile_modules(options, toolchain, program);

    const auto steps = steps_of(compiled.plan);
    ScriptFacts facts{.face = face, .options = options, .origin = origin(*compiled.model), .steps = steps};
    if (!weights.bytes.empty()) {
        std::string bytes =
            stored ? weights_file(stored->bytes, stored->checksum) : weights_file(weights.bytes, weights.checksum);
        constexpr std::size_t digits = 16;
        facts.weights_file =
            options.name + ".weights-" + sha256_hex(std::as_bytes(std::span{bytes})).substr(0, digits) + ".bin";
        facts.weights_bytes = bytes.size();
        facts.bundled = options.bundle_weights.value_or(bytes.size() <= largest_bundled);
        files.push_back({facts.weights_file, std::move(bytes)});
    }
    files.push_back({options.name + ".mjs", module_script(facts)});
    files.push_back({options.name + ".d.mts", module_types(facts)});
    if (options.platform == Platform::any || options.platform == Platform::workers) {
        files.push_back({options.name + ".workers.mjs", workers_script(facts)});
        files.push_back({options.name + ".edge.mjs", edge_script(facts)});
    }
    files.push_back({"package.json", module_package(facts, files)});
    files.push_back({"manifest.json", module_manifest(facts,
                                                      {.model = *compiled.model,
                                                       .plan = compiled.plan,
                                                       .compiler = toolchain.module_compiler(),
                                                       .wasm_bits = simd_name(options)},
                                                      files)});
    return files;
}

}  // namespace wasminfer::gen
