#include "module/module.hpp"

#include <algorithm>
#include <iostream>

#include "commands/commands.hpp"
#include "emit/identifiers.hpp"
#include "module/budget.hpp"
#include "support/files.hpp"

namespace wasminfer::gen {

namespace {

template <class T>
T word(const Arguments& arguments, const std::string& option, const std::string& fallback,
       const std::vector<std::pair<std::string, T>>& meanings)
{
    const std::string given = arguments.value(option, fallback);
    std::string list;
    for (const auto& [name, meaning] : meanings) {
        if (given == name) {
            return meaning;
        }
        list += (list.empty() ? "" : ", ") + name;
    }
    throw UsageError{option + " is one of " + list + ", not '" + given + "'"};
}

/// Three numbers with dots between, and what may follow them in an npm version.
void check_version(const std::string& version)
{
    int dots = 0;
    bool right = !version.empty() && version.size() <= 64;
    std::size_t i = 0;
    for (; i < version.size() && dots < 3 && version[i] != '-' && version[i] != '+'; ++i) {
        const bool digit = version[i] >= '0' && version[i] <= '9';
        const bool dot = version[i] == '.' && i > 0 && version[i - 1] != '.';
        right = right && (digit || dot);
        dots += dot ? 1 : 0;
    }
    right = right && dots == 2 && version[i - 1] != '.';
    right = right && std::ranges::all_of(version.substr(i), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                       c == '-' || c == '+';
            });
    if (!right) {
        throw UsageError{"--version is like 1.2.3, not '" + version + "'"};
    }
}

int check(const std::filesystem::path& folder)
{
    const auto findings = check_module(folder);
    for (const auto& finding : findings) {
        std::cerr << (folder / "").string() << finding << "\n";
    }
    if (findings.empty()) {
        std::cout << folder.string() << ": every file is what its manifest says\n";
    }
    return findings.empty() ? 0 : 1;
}

/// The options without the model and the folder: where they lay on somebody's disk is nobody's business.
std::vector<std::string> kept_words(const std::vector<std::string>& words, const std::string& model)
{
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "-o") {
            ++i;
        } else if (words[i] != model && !words[i].starts_with("-o")) {
            kept.push_back(words[i]);
        }
    }
    return kept;
}

int run(const std::vector<std::string>& words)
{
    auto options = model_options();
    options.insert(options.end(), {{.name = "-o"},
                                   {.name = "--name"},
                                   {.name = "--target"},
                                   {.name = "--simd"},
                                   {.name = "--version"},
                                   {.name = "--weights"},
                                   {.name = "--weights-type"},
                                   {.name = "--profile", .takes_value = false},
                                   {.name = "--check"}});
    const Arguments arguments{words, options};
    if (arguments.has("--check")) {
        if (!arguments.positional().empty()) {
            throw UsageError{"--check DIR checks what is there, it takes no model"};
        }
        return check(arguments.value("--check"));
    }
    const std::string model = arguments.only("model");
    if (!arguments.has("-o")) {
        throw UsageError{"-o DIR is missing: where should the module go?"};
    }
    const std::filesystem::path folder = arguments.value("-o");
    if (std::filesystem::exists(folder) && !std::filesystem::is_directory(folder)) {
        throw Refused{folder.string() + ": is not a folder"};
    }
    const std::string stem = std::filesystem::path{model}.stem().string();
    ModuleOptions module{.name = arguments.value("--name", namespace_identifier(stem)),
                         .version = arguments.value("--version", "1.0.0")};
    if (namespace_identifier(module.name) != module.name) {
        throw UsageError{"--name '" + module.name + "' can't be a C++ namespace; '" +
                         namespace_identifier(module.name) + "' could"};
    }
    check_version(module.version);
    module.platform = word<Platform>(
        arguments, "--target", "any",
        {{"any", Platform::any}, {"web", Platform::web}, {"workers", Platform::workers}, {"node", Platform::node}});
    module.simd = word<ModuleSimd>(arguments, "--simd", "auto",
                                   {{"auto", ModuleSimd::auto_},
                                    {"none", ModuleSimd::none},
                                    {"simd", ModuleSimd::simd},
                                    {"relaxed", ModuleSimd::relaxed}});
    module.bundle_weights = word<std::optional<bool>>(arguments, "--weights", "auto",
                                                      {{"auto", std::nullopt}, {"bundled", true}, {"apart", false}});
    module.profile = arguments.has("--profile");
    module.words = kept_words(words, model);

    const Toolchain toolchain{Target::wasm};
    CompileOptions compile = compile_options(arguments);
    compile.half_weights = module.half_weights = half_weights_of(arguments);
    const Compiled compiled = compile_model(model, compile);
    const auto files = make_module(compiled, module, toolchain);
    WorkersBudget budget;
    if (module.platform == Platform::workers) {
        budget = workers_budget(files, module, *compiled.model);
        for (const auto& refusal : budget.refusals) {
            std::cerr << model << ": " << refusal << "\n";
        }
        if (!budget.refusals.empty()) {
            return 1;
        }
    }
    std::vector<FileContent> contents;
    for (const EmittedFile& file : files) {
        contents.push_back({folder / file.name, std::as_bytes(std::span{file.bytes})});
    }
    std::error_code error;
    const bool made = std::filesystem::create_directories(folder, error);
    try {
        write_files(contents);
    } catch (const FileError& failure) {
        if (made) {
            std::filesystem::remove(folder, error);
        }
        throw Refused{failure.what()};
    }
    for (const EmittedFile& file : files) {
        std::cout << (folder / file.name).string() << "  " << file.bytes.size() << " bytes\n";
    }
    std::cout << budget.text;
    return 0;
}

}  // namespace

const Command module_command = {
    .name = "module",
    .summary = "compile a model to a JavaScript module",
    .help =
        "usage: wasminfer module MODEL.onnx -o DIR [options]\n"
        "       wasminfer module --check DIR\n"
        "\n"
        "Writes a folder that `import` understands, an npm package too, compiled by em++:\n"
        "\n"
        "    import { load } from './DIR/NAME.mjs';\n"
        "    const m = await load();\n"
        "    m.inputs.image.set(pixels);      // a typed array over linear memory, with ONNX's own names\n"
        "    m.run();\n"
        "    use(m.outputs.probabilities);    // m.run({image: pixels}) copies in and returns copies\n"
        "\n"
        "NAME.d.mts says all that there is. Equal models, options and compilers give equal files.\n"
        "\n"
        "  -o DIR               the folder\n"
        "  --name NAME          what the files' names begin with (default: the model's)\n"
        "  --version 1.2.3      of the package (default: 1.0.0)\n"
        "  --target any|web|workers|node   where it runs (default: any, which is all of them)\n"
        "  --simd auto|none|simd|relaxed   auto: SIMD, and relaxed SIMD where a probe finds it; on Workers, which\n"
        "                       can't probe, relaxed. simd: the same bits everywhere\n"
        "  --weights bundled|apart   whether a Worker is uploaded together with its weights (default: up to 10 MB)\n"
        "  --weights-type f16   stores weights of f32 as f16, half the size, and widens them when they are loaded;\n"
        "                       'wasminfer verify --weights-type f16' says what that costs in accuracy\n"
        "  --profile            with m.profile(): calls and time of each step\n"
        "  --check DIR          compares the files of a module with their manifest\n",
    .takes_model_options = true,
    .run = run,
};

}  // namespace wasminfer::gen
