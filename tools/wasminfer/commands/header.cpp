#include <algorithm>
#include <iostream>

#include "commands/commands.hpp"
#include "emit/identifiers.hpp"
#include "support/files.hpp"
#include "support/printable.hpp"

namespace wasminfer::gen {

namespace {

WeightsMode weights_mode(const Arguments& arguments, const Plan& plan)
{
    if (!arguments.has("--weights")) {
        return default_weights_mode(plan);
    }
    const std::string mode = arguments.value("--weights");
    if (mode == "literal") {
        return WeightsMode::literal;
    }
    if (mode == "incbin") {
        return WeightsMode::incbin;
    }
    if (mode == "file") {
        return WeightsMode::file;
    }
    throw UsageError{"--weights is literal, incbin or file, not '" + mode + "'"};
}

/// A path as make and ninja read it in a depfile.
std::string depfile_path(const std::filesystem::path& path)
{
    std::string text;
    for (const char c : std::filesystem::absolute(path).lexically_normal().generic_string()) {
        text += c == ' ' || c == '#' || c == '\\' ? std::string{'\\', c} : c == '$' ? "$$" : std::string{c};
    }
    return text;
}

/// "header: everything that it was made from", for build systems to know when to make it again.
void write_depfile(const std::filesystem::path& depfile, const std::filesystem::path& header,
                   const std::set<std::filesystem::path>& sources)
{
    std::string text = depfile_path(header) + ":";
    for (const auto& source : sources) {
        text += " \\\n  " + depfile_path(source);
    }
    write_file(depfile, text + "\n");
}

int run(const std::vector<std::string>& words)
{
    auto options = model_options();
    options.push_back({.name = "-o"});
    options.push_back({.name = "--name"});
    options.push_back({.name = "--weights"});
    options.push_back({.name = "--weights-type"});
    options.push_back({.name = "--depfile"});
    const Arguments arguments{words, options};
    const std::string model = arguments.only("model");
    if (!arguments.has("-o")) {
        throw UsageError{"-o NAME.hpp is missing: where should the header go?"};
    }
    const std::filesystem::path header = arguments.value("-o");
    const std::string file = header.filename().string();
    if (std::ranges::any_of(file, [](char c) { return c == '"' || c == '\\' || (c >= 0 && c < ' '); })) {
        throw UsageError{"-o: a header's name has no quotes, backslashes or control characters"};
    }
    const std::string name = arguments.value("--name", header.stem().string());
    const std::string space = namespace_identifier(name);
    if (arguments.has("--name") && space != name) {
        throw UsageError{"--name '" + name + "' can't be a C++ namespace; '" + space + "' could"};
    }
    CompileOptions compile = compile_options(arguments);
    compile.half_weights = half_weights_of(arguments);
    Compiled compiled = compile_model(model, compile);
    write_header(compiled, header,
                 {.name = space,
                  .header = file,
                  .weights = weights_mode(arguments, compiled.plan),
                  .half_weights = compile.half_weights});
    if (arguments.has("--depfile")) {
        auto sources = compiled.data_files;
        sources.insert(model);
        sources.insert(compile.bound_files.begin(), compile.bound_files.end());
        write_depfile(arguments.value("--depfile"), header, sources);
    }
    std::cout << header.string() << ": " << compiled.plan.step_count << " steps, weights " << compiled.plan.weight_bytes
              << " bytes, arena " << compiled.plan.arena_bytes << " bytes\n";
    for (const auto& note : compiled.notes) {
        std::cout << header.string() << ": note: " << note << "\n";
    }
    return 0;
}

}  // namespace

const Command header_command = {
    .name = "header",
    .summary = "compile a model to a C++ header",
    .help =
        "usage: wasminfer header MODEL.onnx -o NAME.hpp [options]\n"
        "\n"
        "Writes NAME.hpp, which an app includes after #include <wasminfer/model.hpp>:\n"
        "\n"
        "    NAME::Model model;\n"
        "    std::ranges::copy(pixels, model.image().begin());   // an accessor for each input\n"
        "    model.run();\n"
        "    use(model.probabilities());                         // and for each output\n"
        "\n"
        "  -o NAME.hpp          the header; its weights go beside it\n"
        "  --name ns            the namespace (default: the header's name)\n"
        "  --weights literal    weights in a second header, NAME_weights.hpp (default up to 1 MB)\n"
        "            incbin     in NAME.hpp.bin, which the assembler reads (default above)\n"
        "            file       in NAME.weights, which the app loads: see Model::load_weights()\n"
        "  --weights-type f16   stores weights of f32 as f16, half the size, and widens them when the first model is\n"
        "                       made, into memory that all models share; 'wasminfer verify --weights-type f16' says\n"
        "                       what that costs in accuracy\n"
        "  --depfile FILE       writes what the header was made from (model, external data), for make and ninja\n",
    .takes_model_options = true,
    .run = run,
};

}  // namespace wasminfer::gen
