// Generated files against those that are committed, so that a change of the generator shows what it does to them.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "emit/emit.hpp"
#include "passes/pass.hpp"
#include "support/model_builder.hpp"

namespace wasminfer::gen::test {

struct GoldenOptions {
    DimBindings dims = {};
    WeightsMode weights = WeightsMode::literal;
    PassOptions passes = {};
};

/// The first line in which two texts differ, as each has it; "" where they are equal.
inline std::string first_difference(const std::string& got, const std::string& golden)
{
    const auto differs = std::ranges::mismatch(got, golden);
    if (differs.in1 == got.end() && differs.in2 == golden.end()) {
        return "";
    }
    const auto same = static_cast<std::size_t>(differs.in1 - got.begin());
    const std::size_t start = same == 0 ? 0 : got.rfind('\n', same - 1) + 1;
    const auto line = [&](const std::string& text) { return text.substr(start, text.find('\n', same) - start); };
    return "\n  now:    " + line(got) + "\n  golden: " + line(golden);
}

/// Compiles the model to NAME.hpp, and compares every file that is made with the one in tests/golden, byte by byte.
/// With WASMINFER_UPDATE_GOLDEN in the environment (the target update_golden sets it), writes them there instead.
inline void check_golden(const std::string& name, const ModelBuilder& builder, const GoldenOptions& options = {})
{
    const auto model = builder.model({.dims = options.dims});
    model->file = name + ".onnx";
    Diagnostics diagnostics{model->file};
    run_passes(*model, options.passes, diagnostics);
    REQUIRE(diagnostics.text() == "");
    const Plan plan = make_plan(*model, diagnostics);
    REQUIRE(diagnostics.text() == "");
    const auto emitted = emit(*model, plan, {.name = name, .header = name + ".hpp", .weights = options.weights});
    for (const EmittedFile& file : emitted.files) {
        const std::string path = WASMINFER_TESTS_DIR "/golden/" + file.name;
        if (std::getenv("WASMINFER_UPDATE_GOLDEN")) {
            std::ofstream{path, std::ios::binary} << file.bytes;
            continue;
        }
        std::ifstream stream{path, std::ios::binary};
        const std::string golden{std::istreambuf_iterator<char>{stream}, {}};
        INFO(file.name << ": where the difference is meant, build the target update_golden and commit it");
        CHECK(first_difference(file.bytes, golden) == "");
    }
}

}  // namespace wasminfer::gen::test
