// module: what it refuses before anything is compiled, and its check of a folder. tests/module runs what it makes.
#include <doctest/doctest.h>

#include "cli.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

TEST_CASE("module: wrong options are said, and nothing is written")
{
    const Cli cli;
    const std::string model =
        cli.write("a.onnx", ModelBuilder{}.input("x", DType::f32, {2}).node("Relu", {"x"}, {"y"}).output("y").bytes());
    const auto refuse = [&](std::vector<std::string> words, const std::string& text) {
        words.insert(words.begin(), "module");
        const auto result = cli.run(words);
        CAPTURE(result.output);
        CHECK(result.status == 1);
        CHECK(result.output.find(text) != std::string::npos);
        CHECK_FALSE(cli.exists("out"));
    };
    const std::string out = cli.path("out");
    refuse({model}, "-o DIR is missing");
    refuse({model, "-o", out, "--name", "a-b"}, "--name 'a-b' can't be a C++ namespace; 'a_b' could");
    refuse({model, "-o", out, "--simd", "wide"}, "--simd is one of auto, none, simd, relaxed, not 'wide'");
    refuse({model, "-o", out, "--target", "moon"}, "--target is one of any, web, workers, node, not 'moon'");
    refuse({model, "-o", out, "--weights-type", "f8"}, "--weights-type is f32 or f16, not 'f8'");
    refuse({model, "-o", out, "--weights", "file"}, "--weights is one of auto, bundled, apart, not 'file'");
    for (const char* version : {"1", "1.2", "1.2.", "1..2", "1.2.3.4", "v1.2.3", "1.2.3 x", ""}) {
        refuse({model, "-o", out, "--version", version}, "--version is like 1.2.3");
    }
    refuse({cli.path("none.onnx"), "-o", out}, "none.onnx");
}

TEST_CASE("module --check: a folder without a manifest, and with a model")
{
    const Cli cli;
    auto result = cli.run({"module", "--check", cli.folder.path().string()});
    CHECK(result.status == 1);
    CHECK(result.output.find("manifest.json: ") != std::string::npos);
    result = cli.run({"module", "a.onnx", "--check", cli.folder.path().string()});
    CHECK(result.output.find("takes no model") != std::string::npos);
}
