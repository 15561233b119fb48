#include "commands/commands.hpp"
#include "import/tensor_io.hpp"

namespace wasminfer::gen {

const char* const model_options_help =
    "  --dim NAME=SIZE      size of a free dimension, once for each: --dim batch=1\n"
    "  --dim NAME=LO..HI    free at run time, between the two: --dim seq=1..128 (…:8 for multiples of 8)\n"
    "  --bind NAME=FILE.pb  makes an input a constant (a TensorProto file), where its value decides shapes\n"
    "  --output NAME        keep this output; what feeds no kept output is dropped. Repeatable; default: all\n"
    "  --input-layout NAME=nhwc   the caller holds this input channels-last (--output-layout likewise)\n"
    "  --conv direct|winograd2|winograd4   how 3x3 convolutions are computed that can be; default: auto, by their "
    "costs\n"
    "  --no-fold            compute constants at run time, but for what decides shapes\n";

std::vector<Arguments::Option> model_options()
{
    return {{.name = "--dim", .repeats = true},
            {.name = "--bind", .repeats = true},
            {.name = "--output", .repeats = true},
            {.name = "--input-layout", .repeats = true},
            {.name = "--output-layout", .repeats = true},
            {.name = "--no-fold", .takes_value = false},
            {.name = "--conv"}};
}

namespace {

std::pair<std::string, std::string> assignment(const std::string& option, const std::string& text)
{
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) {
        throw UsageError{option + " takes NAME=VALUE, not '" + text + "'"};
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

std::set<std::string> channels_last_names(const Arguments& arguments, const std::string& option)
{
    std::set<std::string> names;
    for (const auto& text : arguments.values(option)) {
        const auto [name, layout] = assignment(option, text);
        if (layout != "nhwc" && layout != "nchw") {
            throw UsageError{option + ": the layout of '" + name + "' is nhwc or nchw, not '" + layout + "'"};
        }
        if (layout == "nhwc") {
            names.insert(name);
        }
    }
    return names;
}

std::optional<ConvAlgorithm> convolution(const Arguments& arguments)
{
    const std::string word = arguments.value("--conv", "auto");
    const auto algorithm = conv_algorithm(word);
    if (!algorithm && word != "auto") {
        throw UsageError{"--conv is auto, direct, winograd2 or winograd4, not '" + word + "'"};
    }
    return algorithm;
}

}  // namespace

CompileOptions compile_options(const Arguments& arguments)
{
    CompileOptions options;
    for (const auto& text : arguments.values("--dim")) {
        const auto binding = parse_dim_binding(text);
        if (!options.import.dims.insert(binding).second) {
            throw UsageError{"--dim " + binding.first + " is given twice"};
        }
    }
    for (const auto& text : arguments.values("--bind")) {
        const auto [name, file] = assignment("--bind", text);
        options.import.bind.insert_or_assign(name, read_tensor_file(file));
    }
    options.import.outputs = arguments.values("--output");
    options.passes.fold = !arguments.has("--no-fold");
    options.passes.convolution = convolution(arguments);
    options.passes.channels_last_inputs = channels_last_names(arguments, "--input-layout");
    options.passes.channels_last_outputs = channels_last_names(arguments, "--output-layout");
    return options;
}

}  // namespace wasminfer::gen
