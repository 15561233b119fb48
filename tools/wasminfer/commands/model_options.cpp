#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "commands/commands.hpp"
#include "import/bound_value.hpp"
#include "verify/test_case.hpp"

namespace wasminfer::gen {

const char* const model_options_help =
    "  --dim NAME=SIZE      size of a free dimension, once for each: --dim batch=1\n"
    "  --dim NAME=LO..HI    free at run time, between the two: --dim seq=1..128 (…:8 for multiples of 8)\n"
    "  --dim NAME=FORMULA   what other dimensions make: --dim total=past+seq\n"
    "  --dims-from DIR      free dimensions take the sizes of the tensors in DIR (input_0.pb …: a data set of ONNX's)\n"
    "  --bind NAME=VALUE    makes an input a constant, where its value decides shapes or branches: --bind sr=16000, "
    "or\n"
    "                       --bind NAME=FILE.pb (a TensorProto file)\n"
    "  --output NAME        keep this output; what feeds no kept output is dropped. Repeatable; default: all\n"
    "  --input-layout NAME=nhwc   the caller holds this input channels-last (--output-layout likewise)\n"
    "  --input NAME=rgba8,mean=M,std=S   the caller holds this input as bytes [N,H,W,4] (rgb8: 3, gray8: 1; alpha is\n"
    "                       dropped); the model gets (byte - M) / S. M and S: one number, or one a channel "
    "(M1,M2,M3).\n"
    "                       order=bgr: the model wants blue first\n"
    "  --conv direct|winograd2|winograd4   how convolutions with windows of 3 are computed\n"
    "                       where that applies; default: auto, by their costs\n"
    "  --state IN=OUT       keeps a recurrent value in the model: input IN takes over output OUT when a run ends;\n"
    "                       the header gets reset(), snapshot(), restore(). Repeatable\n"
    "  --cache IN=OUT:ROWS  keeps a key/value cache in the model: OUT is IN with new rows behind it (a Concat), at "
    "most "
    "ROWS;\n"
    "                       they stay where they are, rows outermost, and only new ones are written. Repeatable\n"
    "  --custom DOMAIN::OP=HEADER:FUNCTION   the operator is that function of yours, as in "
    "my.domain::Foo=foo.hpp:my::foo. It\n"
    "                       gets a view of each input, of each output, and the attributes as one aggregate. "
    "Repeatable\n"
    "  --shape NAME=f32[batch,4]   type and shape of what a custom operator makes, where the model declares none\n"
    "  --no-fold            compute constants at run time, but for what decides shapes\n";

std::vector<Arguments::Option> model_options()
{
    return {{.name = "--dim", .repeats = true},
            {.name = "--dims-from"},
            {.name = "--bind", .repeats = true},
            {.name = "--output", .repeats = true},
            {.name = "--input-layout", .repeats = true},
            {.name = "--output-layout", .repeats = true},
            {.name = "--input", .repeats = true},
            {.name = "--state", .repeats = true},
            {.name = "--cache", .repeats = true},
            {.name = "--no-fold", .takes_value = false},
            {.name = "--conv"},
            {.name = "--custom", .repeats = true},
            {.name = "--shape", .repeats = true}};
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

std::vector<std::pair<std::string, std::string>> assignments(const Arguments& arguments, const std::string& option)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& text : arguments.values(option)) {
        pairs.push_back(assignment(option, text));
    }
    return pairs;
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

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts{""};
    for (const char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

float number(const std::string& text)
{
    char* end = nullptr;
    const float value = std::strtof(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(value)) {
        throw UsageError{"--input: '" + text + "' is not a number"};
    }
    return value;
}

/// "rgba8", "mean=1,2,3", "std=4" behind one another: a word without "=" goes on with the list before it.
PixelFormat pixel_format(const std::string& text)
{
    const auto words = split(text, ',');
    PixelFormat format;
    format.bytes = words[0] == "rgba8" ? 4 : words[0] == "rgb8" ? 3 : 1;
    format.channels = format.bytes == 1 ? 1 : 3;
    std::vector<float>* list = nullptr;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        const std::string key = words[i].substr(0, equals == std::string::npos ? 0 : equals);
        const std::string value = words[i].substr(equals == std::string::npos ? 0 : equals + 1);
        if (key == "order" && (value == "bgr" || value == "rgb") && format.channels == 3) {
            format.reversed = value == "bgr";
            list = nullptr;
            continue;
        }
        if (key == "mean" || key == "std") {
            list = key == "mean" ? &format.mean : &format.deviation;
            list->clear();
        } else if (!key.empty() || !list) {
            throw UsageError{"--input: '" + words[i] + "' is none of mean=…, std=…, order=bgr"};
        }
        list->push_back(number(value));
    }
    for (const auto* numbers : {&format.mean, &format.deviation}) {
        if (numbers->size() != 1 && numbers->size() != static_cast<std::size_t>(format.channels)) {
            throw UsageError{"--input: mean and std are one number or " + std::to_string(format.channels) + " for " +
                             words[0]};
        }
    }
    if (std::ranges::any_of(format.deviation,
                            [](float std) { return !std::isnormal(std) || !std::isnormal(1 / std); })) {
        throw UsageError{"--input: std divides, so it can't be 0, nor next to it"};
    }
    return format;
}

/// NAME=rgba8,…: a name may have "=" in it.
std::map<std::string, PixelFormat> pixel_inputs(const Arguments& arguments)
{
    std::map<std::string, PixelFormat> inputs;
    for (const auto& text : arguments.values("--input")) {
        std::size_t at = std::string::npos;
        for (const char* format : {"=rgba8", "=rgb8", "=gray8"}) {
            const auto found = (text + ",").rfind(format + std::string{","});
            at = found != std::string::npos && found > 0 ? found : at;
        }
        if (at == std::string::npos) {
            throw UsageError{"--input takes NAME=rgba8, NAME=rgb8 or NAME=gray8, not '" + text + "'"};
        }
        const std::string name = text.substr(0, at);
        if (!inputs.emplace(name, pixel_format(text.substr(at + 1))).second) {
            throw UsageError{"--input " + name + " is given twice"};
        }
    }
    return inputs;
}

DimBindings dims_of_data(const ModelFace& face, const std::string& folder)
{
    std::vector<std::vector<std::int64_t>> shapes;
    for (const Tensor& input : read_data_set(folder).inputs) {
        shapes.push_back(input.shape());
    }
    return dims_from_shapes(face, shapes);
}

/// The free dimension of a cache that --dim says nothing of counts its rows.
void leave_rows_free(const ModelFace& face, const CacheRequest& cache, DimBindings& dims)
{
    const auto input = std::ranges::find(face.inputs, cache.input, &DeclaredInput::name);
    if (input == face.inputs.end() || !input->shape) {
        return;
    }
    for (const DeclaredDim& dim : *input->shape) {
        if (!dim.value && !dims.contains(dim.name)) {
            dims[dim.name] = {0, cache.rows - 1, 1};
            return;
        }
    }
}

/// A state's output is computed even where --output does not name it.
void keep_output(ImportOptions& options, const std::string& name)
{
    if (!options.outputs.empty() && std::ranges::find(options.outputs, name) == options.outputs.end()) {
        options.outputs.push_back(name);
    }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> state_pairs(const Arguments& arguments)
{
    return assignments(arguments, "--state");
}

std::vector<CacheRequest> cache_requests(const Arguments& arguments)
{
    std::vector<CacheRequest> requests;
    for (const auto& text : arguments.values("--cache")) {
        const auto colon = text.rfind(':');
        const std::string rows = colon == std::string::npos ? "" : text.substr(colon + 1);
        CacheRequest request;
        const auto [end, error] = std::from_chars(rows.data(), rows.data() + rows.size(), request.rows);
        if (error != std::errc{} || end != rows.data() + rows.size() || request.rows < 1 ||
            request.rows > largest_extent) {
            throw UsageError{"--cache takes IN=OUT:ROWS, as in past=present:64, not '" + text + "'"};
        }
        std::tie(request.input, request.output) = assignment("--cache", text.substr(0, colon));
        requests.push_back(std::move(request));
    }
    return requests;
}

std::vector<std::pair<std::string, std::string>> bound_inputs(const Arguments& arguments)
{
    return assignments(arguments, "--bind");
}

DimBindings dim_bindings(const Arguments& arguments)
{
    DimBindings dims;
    for (const auto& text : arguments.values("--dim")) {
        const auto binding = parse_dim_binding(text);
        if (!dims.insert(binding).second) {
            throw UsageError{"--dim " + binding.first + " is given twice"};
        }
    }
    return dims;
}

CustomOptions custom_options(const Arguments& arguments)
{
    CustomOptions options;
    for (const auto& text : arguments.values("--custom")) {
        const auto custom = parse_custom_operator(text);
        if (!options.operators.insert(custom).second) {
            throw UsageError{"--custom " + custom.first + " is given twice"};
        }
    }
    for (const auto& [value, shape] : assignments(arguments, "--shape")) {
        options.shapes.insert_or_assign(value, shape);
    }
    return options;
}

CompileOptions compile_options(const Arguments& arguments)
{
    CompileOptions options;
    // The file is read for it where an option asks, and once.
    auto face = [&, read = std::optional<ModelFace>{}]() mutable -> const ModelFace& {
        return read ? *read : read.emplace(read_model_face(arguments.only("model")));
    };
    options.import.dims = dim_bindings(arguments);
    if (arguments.has("--dims-from")) {
        // What --dim says stands.
        options.import.dims.merge(dims_of_data(face(), arguments.value("--dims-from")));
    }
    for (const auto& [name, value] : bound_inputs(arguments)) {
        options.import.bind.insert_or_assign(name, read_bound_value(face(), name, value));
        if (value.ends_with(".pb")) {
            options.bound_files.insert(value);
        }
    }
    options.import.custom = custom_options(arguments);
    options.import.outputs = arguments.values("--output");
    options.passes.states = state_pairs(arguments);
    options.passes.caches = cache_requests(arguments);
    for (const auto& [in, out] : options.passes.states) {
        keep_output(options.import, out);
    }
    for (const CacheRequest& cache : options.passes.caches) {
        keep_output(options.import, cache.output);
        leave_rows_free(face(), cache, options.import.dims);
    }
    options.passes.fold = !arguments.has("--no-fold");
    options.passes.convolution = convolution(arguments);
    options.passes.channels_last_inputs = channels_last_names(arguments, "--input-layout");
    options.passes.channels_last_outputs = channels_last_names(arguments, "--output-layout");
    options.passes.pixel_inputs = pixel_inputs(arguments);
    for (const auto& [name, format] : options.passes.pixel_inputs) {
        if (options.passes.channels_last_inputs.contains(name)) {
            throw UsageError{"--input-layout " + name + ": pictures are channels-last anyway"};
        }
    }
    return options;
}

bool half_weights_of(const Arguments& arguments)
{
    const std::string type = arguments.value("--weights-type", "f32");
    if (type != "f32" && type != "f16") {
        throw UsageError{"--weights-type is f32 or f16, not '" + type + "'"};
    }
    return type == "f16";
}

Target target_of(const Arguments& arguments)
{
    const std::string target = arguments.value("--on", "wasm");
    if (target != "wasm" && target != "native") {
        throw UsageError{"--on is wasm or native, not '" + target + "'"};
    }
    return target == "wasm" ? Target::wasm : Target::native;
}

}  // namespace wasminfer::gen
