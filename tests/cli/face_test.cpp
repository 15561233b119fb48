// Pictures and layouts on a model's face: a header made with the option against one without, in one program.
#include <doctest/doctest.h>

#include "cli.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// A convolution with padding, so that a wrong fold of the mean would show at the border.
ModelBuilder convolution(std::int64_t channels, DType dtype = DType::f32)
{
    std::vector<float> weights;
    for (std::int64_t i = 0; i < 2 * channels * 9; ++i) {
        weights.push_back(static_cast<float>(i % 7) / 4 - 0.5F);
    }
    auto builder = ModelBuilder{}.input("image", dtype, {1, channels, 5, 6});
    builder.initializer("w32", floats({2, channels, 3, 3}, weights));
    return builder.node("Cast", {"w32"}, {"w"}, {attribute("to", onnx_of_dtype(dtype))})
        .node("Conv", {"image", "w"}, {"y"}, {attribute("pads", {1, 1, 1, 1})})
        .output("y");
}

/// Runs plain.hpp on numbers that `expression` makes of pixel i's byte(c), and picture.hpp on the bytes themselves.
void compare(const Cli& cli, const ModelBuilder& builder, const std::string& option, int bytes, int channels,
             const std::string& expression, bool channels_first = true, const std::string& type = "float")
{
    CAPTURE(option);
    const auto model = cli.write("model.onnx", builder.bytes());
    const auto plain = cli.run({"header", model, "-o", cli.path("plain.hpp")});
    const auto picture = cli.run({"header", model, "-o", cli.path("picture.hpp"), "--input", option});
    INFO(plain.output << picture.output);
    REQUIRE(plain.status + picture.status == 0);
    std::ostringstream text;
    text << "#include \"plain.hpp\"\n#include \"picture.hpp\"\n#include <cstdio>\n"
         << "constexpr int bytes = " << bytes << ", channels = " << channels << ";\n"
         << R"(int main()
{
    static plain::Model plain;
    static picture::Model picture;
    std::array<unsigned char, 30 * bytes> pixels{};
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        pixels[i] = static_cast<unsigned char>(i * 41 + 13);
    }
    static_assert(picture::Model::image_shape()[3] == bytes);
    picture.image(pixels);
    for (int i = 0; i < 30; ++i) {
        for (int c = 0; c < channels; ++c) {
            [[maybe_unused]] const auto byte = [&](int channel) {
                return static_cast<float>(pixels[static_cast<std::size_t>(i * bytes + channel)]);
            };
            plain.image()[static_cast<std::size_t>()"
         << (channels_first ? "c * 30 + i" : "i * channels + c") << ")] = " << type << "(" << expression << R"();
        }
    }
    plain.run();
    picture.run();
    int different = 0;
    for (std::size_t i = 0; i < plain.y().size(); ++i) {
        const float difference = static_cast<float>(plain.y()[i]) - static_cast<float>(picture.y()[i]);
        different += difference * difference > 1e-8f ? 1 : 0;
    }
    std::printf("%d of %d", different, static_cast<int>(plain.y().size()));
    return 0;
}
)";
    cli.write("main.cpp", text.str());
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    REQUIRE(compiled.status == 0);
    const auto count = channels_first ? "60" : std::to_string(30 * channels);
    CHECK(run_process({cli.path("app")}, {}, cli.path("run.log"), std::chrono::minutes{1}).output ==
          "0 of " + std::string{count});
}

}  // namespace

TEST_CASE("--input: rgba8, with a mean and a deviation a channel, alpha dropped")
{
    compare(Cli{}, convolution(3), "image=rgba8,mean=120,110,100,std=60,50,64", 4, 3,
            "(byte(c) - (c == 0 ? 120.0f : c == 1 ? 110.0f : 100.0f)) / (c == 0 ? 60.0f : c == 1 ? 50.0f : 64.0f)");
}

TEST_CASE("--input: rgb8, blue first for the model, one mean for all")
{
    compare(Cli{}, convolution(3), "image=rgb8,order=bgr,mean=127.5,std=127.5", 3, 3,
            "(byte(2 - c) - 127.5f) / 127.5f");
}

TEST_CASE("--input: gray8, unnormalised")
{
    compare(Cli{}, convolution(1), "image=gray8,std=16", 1, 1, "byte(0) / 16");
}

TEST_CASE("--input: a model that holds pictures channels-last itself")
{
    compare(Cli{}, ModelBuilder{}.input("image", DType::f32, {1, 5, 6, 3}).node("Neg", {"image"}, {"y"}).output("y"),
            "image=rgba8,std=255", 4, 3, "byte(c) / 255", false);
}

TEST_CASE("--input: a model of half precision")
{
    compare(Cli{}, convolution(3, DType::f16), "image=rgb8,std=256", 3, 3, "byte(c) / 256", true, "wasminfer::half");
}

TEST_CASE("--input: what can't be meant is refused by name")
{
    const Cli cli;
    const auto model = cli.write("model.onnx", convolution(3).bytes());
    const auto refused = [&](const std::string& option, const std::string& word) {
        const auto result = cli.run({"header", model, "-o", cli.path("x.hpp"), "--input", option});
        INFO(option << ": " << result.output);
        CHECK(result.status == 1);
        CHECK(result.output.find(word) != std::string::npos);
    };
    refused("image=gray8", "C = 1");
    refused("picture=rgba8", "names no input");
    refused("image=rgba9", "rgba8");
    refused("=rgba8", "NAME");
    refused("image=rgba8,mean=1,2", "3");
    refused("image=rgba8,mean=1,2,3,4", "3");
    refused("image=rgba8,mean=", "not a number");
    refused("image=rgba8,mean=nan", "not a number");
    refused("image=rgba8,std=0", "std");
    refused("image=rgba8,gamma=2", "gamma");
    refused("image=rgba8,7", "7");
    CHECK(!cli.exists("x.hpp"));
    const auto twice =
        cli.run({"header", model, "-o", cli.path("x.hpp"), "--input", "image=rgb8", "--input-layout", "image=nhwc"});
    CHECK(twice.status == 1);
    const auto integers = cli.write(
        "integers.onnx",
        ModelBuilder{}.input("image", DType::i32, {1, 3, 5, 6}).node("Neg", {"image"}, {"y"}).output("y").bytes());
    const auto type = cli.run({"header", integers, "-o", cli.path("x.hpp"), "--input", "image=rgb8"});
    CHECK(type.status == 1);
    CHECK(type.output.find("i32[1,3,5,6]") != std::string::npos);
}

TEST_CASE("--input-layout, --output-layout: the same numbers, channels behind")
{
    const Cli cli;
    const auto model = cli.write("model.onnx", convolution(3).bytes());
    REQUIRE(cli.run({"header", model, "-o", cli.path("plain.hpp")}).status == 0);
    REQUIRE(cli.run({"header", model, "-o", cli.path("turned.hpp"), "--input-layout", "image=nhwc", "--output-layout",
                     "y=nhwc"})
                .status == 0);
    cli.write("main.cpp", std::string{R"(#include "plain.hpp"
#include "turned.hpp"
#include <cstdio>
int main()
{
    plain::Model plain;
    turned::Model turned;
    static_assert(turned::Model::image_shape() == std::array<wasminfer::index, 4>{1, 5, 6, 3});
    static_assert(turned::Model::y_shape() == std::array<wasminfer::index, 4>{1, 5, 6, 2});
    for (std::size_t i = 0; i < 30; ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            plain.image()[c * 30 + i] = turned.image()[i * 3 + c] = static_cast<float>((7 * i + 5 * c) % 11);
        }
    }
    plain.run();
    turned.run();
    int different = 0;
    for (std::size_t i = 0; i < 30; ++i) {
        for (std::size_t c = 0; c < 2; ++c) {
            different += plain.y()[c * 30 + i] < turned.y()[i * 2 + c] || plain.y()[c * 30 + i] > turned.y()[i * 2 + c];
        }
    }
    std::printf("%d %g", different, static_cast<double>(plain.y()[31]));
}
)"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    REQUIRE(compiled.status == 0);
    const auto output = run_process({cli.path("app")}, {}, cli.path("run.log"), std::chrono::minutes{1}).output;
    CHECK(output.starts_with("0 "));
    CHECK(output != "0 0");
}
