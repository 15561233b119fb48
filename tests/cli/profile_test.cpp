// profile over a case that is made here, run natively.
#include <doctest/doctest.h>

#include "cli.hpp"
#include "import/tensor_io.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

TEST_CASE("profile: every step with its share, those with multiply-adds with a rate, and the sums by kernel")
{
    const Cli cli;
    cli.write("model.onnx", ModelBuilder{}
                                .input("x", DType::f32, {"n", 64})
                                .initializer("w", floats({64, 64}, std::vector<float>(4096, 0.5f)))
                                .node("MatMul", {"x", "w"}, {"product"}, {}, "multiply")
                                .node("Softmax", {"product"}, {"y"}, {}, "normalise")
                                .output("y")
                                .bytes());
    std::filesystem::create_directory(cli.path("test_data_set_0"));
    const Tensor x = floats({32, 64}, std::vector<float>(2048, 1.0f));
    cli.write("test_data_set_0/input_0.pb", tensor_file_bytes(x));
    cli.write("test_data_set_0/output_0.pb", tensor_file_bytes(x));
    const auto result = cli.run({"profile", cli.folder.path().string(), "--on", "native"});
    INFO(result.output);
    CHECK(result.status == 0);
    const auto line_of = [&](const std::string& end) {
        const auto at = result.output.find("  " + end + "\n");
        REQUIRE(at != std::string::npos);
        const auto start = result.output.rfind('\n', at) + 1;
        return result.output.substr(start, at - start);
    };
    CHECK(line_of("multiply").find("GFLOP/s") != std::string::npos);
    CHECK(line_of("normalise").find("GFLOP/s") == std::string::npos);
    CHECK(line_of("normalise").find(" us ") != std::string::npos);
    CHECK(result.output.find("by kernel\n") != std::string::npos);
}

TEST_CASE("profile: a folder that is no case is refused")
{
    const Cli cli;
    const auto result = cli.run({"profile", cli.folder.path().string(), "--on", "native"});
    CHECK(result.status == 1);
    CHECK(result.output.find("holds no model.onnx") != std::string::npos);
    CHECK(cli.run({"profile"}).status == 1);
}
