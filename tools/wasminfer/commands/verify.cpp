#include "verify/verify.hpp"

#include <cstdlib>
#include <iostream>

#include "commands/commands.hpp"

namespace wasminfer::gen {

namespace {

std::optional<double> number(const Arguments& arguments, const std::string& option)
{
    if (!arguments.has(option)) {
        return std::nullopt;
    }
    const std::string text = arguments.value(option);
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value >= 0)) {
        throw UsageError{option + " takes a number of at least 0, not '" + text + "'"};
    }
    return value;
}

int run(const std::vector<std::string>& words)
{
    const Arguments arguments{words,
                              {{.name = "--on"},
                               {.name = "--rtol"},
                               {.name = "--atol"},
                               {.name = "--flags"},
                               {.name = "--state", .repeats = true},
                               {.name = "--weights-type"},
                               {.name = "--cache", .repeats = true},
                               {.name = "--dim", .repeats = true},
                               {.name = "--bind", .repeats = true},
                               {.name = "--custom", .repeats = true},
                               {.name = "--shape", .repeats = true},
                               {.name = "--ranges", .takes_value = false},
                               {.name = "--no-fold", .takes_value = false}}};
    VerifyOptions options;
    options.cases.assign(arguments.positional().begin(), arguments.positional().end());
    if (options.cases.empty()) {
        throw UsageError{"names no case: a folder with model.onnx and test_data_set_0"};
    }
    options.target = target_of(arguments);
    options.rtol = number(arguments, "--rtol");
    options.atol = number(arguments, "--atol");
    options.fold = !arguments.has("--no-fold");
    options.states = state_pairs(arguments);
    options.half_weights = half_weights_of(arguments);
    options.caches = cache_requests(arguments);
    options.dims = dim_bindings(arguments);
    options.bound = bound_inputs(arguments);
    options.custom = custom_options(arguments);
    options.ranges = arguments.has("--ranges");
    options.compiler_flags = split_words(arguments.value("--flags"));
    const VerifyCounts counts = verify_cases(options, std::cout);
    std::cout << counts.passed << " passed, " << counts.failed << " failed\n";
    return counts.failed == 0 ? 0 : 1;
}

}  // namespace

const Command verify_command = {
    .name = "verify",
    .summary = "run a model on reference data and compare",
    .help =
        "usage: wasminfer verify CASE_DIR… [options]\n"
        "\n"
        "A case is a folder in the layout of ONNX's backend tests: model.onnx, and test_data_set_0 (1, 2 …) with\n"
        "input_0.pb … and output_0.pb …, one TensorProto each. Generates a header, compiles it, runs it, and compares\n"
        "shape, type and every value. Free dimensions take the sizes that the data has; outputs without a reference\n"
        "are left out.\n"
        "\n"
        "  --on wasm|native     where to run it (default: wasm, under Node)\n"
        "  --rtol R, --atol A   |got - expected| <= A + R * |expected| (default: the case's meta.json; without one\n"
        "                       1e-3 and 1e-7)\n"
        "  --flags \"…\"          compiler flags in place of -O3, such as \"-O3 -mrelaxed-simd\"\n"
        "  --state IN=OUT       keep this state in the model: only the first data set of each size gives it, the "
        "others\n"
        "                       go on from what the one before left. Repeatable\n"
        "  --cache IN=OUT:ROWS  the same of an input that grows by rows (see header). Repeatable\n"
        "  --dim NAME=LO..HI    leave a dimension free in the header, so that one serves data sets of several sizes. "
        "Repeatable\n"
        "  --ranges             leave all dimensions free, from 1 to the largest size in the data, but for those of "
        "--dim:\n"
        "                       one header serves all data sets\n"
        "  --bind NAME=VALUE    make an input a constant (see header); data sets that give another value fail. "
        "Repeatable\n"
        "  --custom DOMAIN::OP=HEADER:FUNCTION, --shape NAME=f32[batch,4]   the operator is that function of yours "
        "(see "
        "header);\n"
        "                       HEADER is looked for in the working folder, and in the case's. Repeatable\n"
        "  --weights-type f16   store weights as f16, as 'header' and 'module' do with it: the errors that are printed "
        "say\n"
        "                       what that costs. Without --rtol and --atol, floats may be off by 2^-8 of their "
        "output's\n"
        "                       largest value\n"
        "  --no-fold            compute constants at run time, but for what decides shapes\n",
    .run = run,
};

}  // namespace wasminfer::gen
