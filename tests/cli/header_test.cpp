// Headers as their users see them: any name compiles, any folder will do, the same input gives the same bytes.
#include <doctest/doctest.h>

#include "cli.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// Adds a vector to the input: weights, so that the ways to store them differ.
ModelBuilder add_weights(const std::string& input = "x", const std::string& output = "y",
                         const std::string& node = "sum")
{
    return ModelBuilder{}
        .input(input, DType::f32, {1, 4})
        .initializer("w", floats({4}, {1, 2, 3, 4}))
        .node("Add", {input, "w"}, {output}, {}, node)
        .output(output);
}

const std::string main_text = R"(#include "model.hpp"
#include <cstdio>
int main()
{
    model::Model m;
    for (float& x : m.x()) {
        x = 10.0f;
    }
    m.run();
    for (const float y : m.y()) {
        std::printf("%g ", static_cast<double>(y));
    }
}
)";

}  // namespace

TEST_CASE("header: a model runs in an app")
{
    const Cli cli;
    for (const char* mode : {"literal", "incbin"}) {
        CAPTURE(mode);
        generate(cli, add_weights(), {"--weights", mode});
        cli.write("main.cpp", main_text);
        const auto compiled = compile(cli, {"main.cpp"}, "app");
        INFO(compiled.output);
        REQUIRE(compiled.status == 0);
        CHECK(run_process({cli.path("app")}, {}, cli.folder.path() / "run.log", std::chrono::minutes{1}).output ==
              "11 12 13 14 ");
    }
}

TEST_CASE("header: weights from a file are checked before use")
{
    const Cli cli;
    generate(cli, add_weights(), {"--weights", "file"});
    cli.write("main.cpp", R"(#include "model.hpp"
#include <cstdio>
#include <cstring>
int main(int, char** argv)
{
    alignas(64) static std::byte bytes[4096];
    std::FILE* file = std::fopen(argv[1], "rb");
    const std::size_t size = std::fread(bytes, 1, sizeof bytes, file);
    std::fclose(file);
    model::Model m;
    std::printf("%d ", m.ready());
    bytes[70] ^= std::byte{1};
    std::printf("%d ", static_cast<int>(m.load_weights({bytes, size})));
    bytes[70] ^= std::byte{1};
    std::printf("%d ", static_cast<int>(m.load_weights({bytes, 80})));
    std::printf("%d ", static_cast<int>(m.load_weights({bytes, size})));
    std::printf("%d ", m.ready());
    m.run();
    std::printf("%g", static_cast<double>(m.y()[3]));
    model::Model viewed{wasminfer::weights_view{{bytes, size}}};
    viewed.run();
    std::printf(" %d %g %d", viewed.ready(), static_cast<double>(viewed.y()[3]),
                model::Model{wasminfer::weights_view{{bytes, 80}}}.ready());
}
)");
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    REQUIRE(compiled.status == 0);
    const auto run = run_process({cli.path("app"), cli.path("model.weights")}, {}, cli.folder.path() / "run.log",
                                 std::chrono::minutes{1});
    CHECK(run.output == "0 6 1 0 1 4 1 4 0");
}

TEST_CASE("header: weights stored as f16 are widened once, wherever they are stored")
{
    const Cli cli;
    std::vector<float> large;
    for (int i = 0; i < 512; ++i) {
        large.push_back(0.1F + 0.01F * static_cast<float>(i));
    }
    const auto builder = ModelBuilder{}
                             .input("x", DType::f32, {512})
                             .input("u", DType::f32, {3})
                             .initializer("large", floats({512}, large))
                             .initializer("small", floats({3}, {0.1F, 0.2F, 0.3F}))
                             .node("Add", {"x", "large"}, {"y"})
                             .node("Add", {"u", "small"}, {"v"})
                             .output("y")
                             .output("v");
    cli.write("main.cpp", R"(#include "model.hpp"
#include <cstdio>
int wrong(model::Model m)
{
    int count = 0;
    m.run();
    for (std::size_t i = 0; i < 512; ++i) {
        const float exact = 0.1F + 0.01F * static_cast<float>(i);
        count += m.y()[i] != static_cast<float>(wasminfer::half{exact});
    }
    return count + (m.v()[0] != 0.1F) + (m.v()[1] != 0.2F) + (m.v()[2] != 0.3F);
}
int main([[maybe_unused]] int count, [[maybe_unused]] char** arguments)
{
    const auto zeros = [](model::Model m) {
        m.x(std::array<float, 512>{});
        m.u(std::array<float, 3>{});
        return m;
    };
#ifdef WEIGHTS_FILE
    alignas(64) static std::byte bytes[8192];
    std::FILE* file = std::fopen(arguments[1], "rb");
    const std::size_t size = std::fread(bytes, 1, sizeof bytes, file);
    std::fclose(file);
    std::printf("%d ", size == sizeof(wasminfer::weights_header) + model::Model::weights_bytes);
    bytes[70] ^= std::byte{1};
    std::printf("%d ", model::Model{wasminfer::weights_view{{bytes, size}}}.ready());
    bytes[70] ^= std::byte{1};
    model::Model first{wasminfer::weights_view{{bytes, size}}};
    model::Model second{wasminfer::weights_view{{bytes, size}}};
    std::memset(bytes, 0, sizeof bytes);
#else
    model::Model first;
    model::Model second;
#endif
    std::printf("%d %d", wrong(zeros(std::move(first))), wrong(zeros(std::move(second))));
}
)");
    for (const std::string mode : {"literal", "incbin", "file"}) {
        CAPTURE(mode);
        generate(cli, builder, {"--weights", mode, "--weights-type", "f16"});
        if (mode == "file") {
            cli.write("main.cpp", "#define WEIGHTS_FILE\n" + cli.read("main.cpp"));
        }
        const auto compiled = compile(cli, {"main.cpp"}, "app");
        INFO(compiled.output);
        REQUIRE(compiled.status == 0);
        const auto run = run_process({cli.path("app"), cli.path("model.weights")}, {}, cli.folder.path() / "run.log",
                                     std::chrono::minutes{1});
        CHECK(run.output == (mode == "file" ? "1 0 0 0" : "0 0"));
    }
    // 2048 and 12 bytes, in sections of 64, before; 1024 and 12 now.
    CHECK(cli.read("model.hpp.bin").size() == 1024 + 64);
    CHECK(cli.read("model.weights").size() == 64 + 1024 + 64);
}

TEST_CASE("header: weights that f16 makes no smaller are stored as they are")
{
    const Cli plain;
    const Cli half;
    generate(plain, add_weights());
    generate(half, add_weights(), {"--weights-type", "f16"});
    CHECK(plain.read("model_weights.hpp") == half.read("model_weights.hpp"));
}

TEST_CASE("header: the same model gives the same bytes")
{
    const Cli first;
    const Cli second;
    generate(first, add_weights());
    generate(second, add_weights());
    CHECK(first.read("model.hpp") == second.read("model.hpp"));
    CHECK(first.read("model_weights.hpp") == second.read("model_weights.hpp"));
}

TEST_CASE("header: two translation units share one copy of embedded weights")
{
    const Cli cli;
    for (const char* mode : {"literal", "incbin"}) {
        CAPTURE(mode);
        generate(cli, add_weights(), {"--weights", mode});
        cli.write("other.cpp",
                  std::string{"#include \"model.hpp\"\nfloat other() { model::Model m; m.run(); return m.y()[0]; }\n"});
        cli.write("main.cpp", "float other();\n" + main_text);
        const auto compiled = compile(cli, {"main.cpp", "other.cpp"}, "app");
        INFO(compiled.output);
        CHECK(compiled.status == 0);
    }
}

TEST_CASE("header: names that want to be code stay names")
{
    const std::vector<std::string> names = {"quote\"quote",
                                            "line\nline",
                                            "star*/slash",
                                            "#include <x>",
                                            "slash\\",
                                            "class",
                                            "run",
                                            "Model",
                                            "relu",
                                            "add",
                                            "f32",
                                            "at",
                                            "arena_bytes",
                                            "std",
                                            "wasminfer",
                                            "NULL",
                                            "assert",
                                            "x_at",
                                            "arena",
                                            "no_weights",
                                            "39",
                                            "Identity:0",
                                            "a b",
                                            "a_b",
                                            "index",
                                            "ready",
                                            "?\?/",
                                            "sizes",
                                            "binary",
                                            "int",
                                            "\xff\xfe",
                                            "onnx::Multinomial_172",
                                            std::string(10000, 'n')};
    // As inputs, outputs and nodes of one model, and as free dimensions where a dimension can be called so.
    ModelBuilder builder;
    builder.initializer("weight", floats({4}, {1, 2, 3, 4}));
    std::vector<std::string> options;
    for (const auto& name : names) {
        builder.input(name, DType::f32, {4}).node("Add", {name, "weight"}, {name + " out"}, {}, name);
        builder.output(name + " out");
    }
    for (const std::string name : {"class", "run", "index", "add", "rows_d"}) {
        builder.input("of " + name, DType::f32, {name.c_str()}).node("Relu", {"of " + name}, {"relu of " + name});
        builder.output("relu of " + name);
        options.insert(options.end(), {"--dim", name + "=1..4"});
    }
    const Cli cli;
    generate(cli, builder, options);
    cli.write("main.cpp", std::string{"#include \"model.hpp\"\nint main() { model::Model m; m.run(); }\n"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    CHECK(compiled.status == 0);
}

TEST_CASE("header: names that clean to the same identifier are told apart")
{
    const Cli cli;
    generate(cli, ModelBuilder{}
                      .input("a:b", DType::f32, {2})
                      .input("a b", DType::f32, {2})
                      .node("Add", {"a:b", "a b"}, {"a/b"})
                      .output("a/b"));
    cli.write("main.cpp",
              std::string{"#include \"model.hpp\"\nint main() { model::Model m; m.a_b()[0] = m.a_b_2()[0]; m.run(); "
                          "return m.a_b_3()[0] > 0; }\n"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    CHECK(compiled.status == 0);
}

TEST_CASE("header: a file may be called like a function of POSIX")
{
    const Cli cli;
    const auto model = cli.write("select.onnx", add_weights().bytes());
    REQUIRE(cli.run({"header", model, "-o", cli.path("select.hpp")}).status == 0);
    cli.write("main.cpp", std::string{"#include <sys/select.h>\n#include \"select.hpp\"\n"
                                      "int main() { select_::Model m; m.run(); }\n"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    CHECK(compiled.status == 0);
    CHECK(cli.run({"header", model, "-o", cli.path("a\"b.hpp")}).status == 1);
}

TEST_CASE("header: --no-fold leaves constants to run time")
{
    const Cli cli;
    const auto builder = ModelBuilder{}
                             .input("x", DType::f32, {2})
                             .initializer("a", floats({2}, {1, 2}))
                             .initializer("b", floats({2}, {3, 4}))
                             .node("Add", {"a", "b"}, {"c"}, {}, "of constants")
                             .node("Mul", {"x", "c"}, {"y"}, {}, "of the input")
                             .output("y");
    generate(cli, builder);
    CHECK(cli.read("model.hpp").find("observe(0);  // of the input") != std::string::npos);
    generate(cli, builder, {"--no-fold"});
    CHECK(cli.read("model.hpp").find("observe(0);  // of constants") != std::string::npos);
}

TEST_CASE("header: a namespace may be called like a kernel")
{
    const Cli cli;
    generate(cli, add_weights(), {"--name", "binary"});
    cli.write("main.cpp", std::string{"#include \"model.hpp\"\nint main() { binary::Model m; m.run(); }\n"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    CHECK(compiled.status == 0);
    CHECK(cli.run({"header", cli.path("model.onnx"), "-o", cli.path("x.hpp"), "--name", "no-name"}).status == 1);
}

TEST_CASE("header: another generation of the runtime is named at compile time")
{
    const Cli cli;
    generate(cli, add_weights());
    std::string text = cli.read("model.hpp");
    const std::string check = "wasminfer::abi == ";
    text.replace(text.find(check), check.size(), "wasminfer::abi == 9");
    cli.write("model.hpp", text);
    cli.write("main.cpp", std::string{"#include \"model.hpp\"\nint main() {}\n"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    CHECK(compiled.status != 0);
    CHECK(compiled.output.find("update include/wasminfer, or generate it again") != std::string::npos);
}

TEST_CASE("header: --output keeps what is asked for and drops the rest")
{
    const Cli cli;
    generate(cli,
             ModelBuilder{}
                 .input("x", DType::f32, {4})
                 .node("Relu", {"x"}, {"a"})
                 .node("Exp", {"x"}, {"b"})
                 .output("a")
                 .output("b"),
             {"--output", "b"});
    const std::string text = cli.read("model.hpp");
    CHECK(text.find("> b()") != std::string::npos);
    CHECK(text.find("> a()") == std::string::npos);
    CHECK(text.find("relu") == std::string::npos);
}

TEST_CASE("header: --input-layout turns an input's axes")
{
    const Cli cli;
    const auto builder = ModelBuilder{}.input("x", DType::f32, {1, 2, 3, 4}).node("Relu", {"x"}, {"y"}).output("y");
    generate(cli, builder, {"--input-layout", "x=nhwc"});
    CHECK(cli.read("model.hpp").find("x_shape() noexcept { return {1, 3, 4, 2}; }") != std::string::npos);
    CHECK(cli.run({"header", cli.path("model.onnx"), "-o", cli.path("z.hpp"), "--input-layout", "z=nhwc"}).status == 1);
    CHECK(cli.run({"header", cli.path("model.onnx"), "-o", cli.path("z.hpp"), "--input-layout", "x=nchw8"}).status ==
          1);
}

TEST_CASE("header: an input of the wrong length or type does not compile, and the message has its name")
{
    const Cli cli;
    generate(cli, add_weights("pixels"));
    const auto with = [&](const std::string& argument) {
        cli.write("main.cpp", "#include \"model.hpp\"\nint main() { model::Model m; m.pixels(" + argument +
                                  "); m.run(); return m.y()[3] == 8 ? 0 : 1; }\n");
        return compile(cli, {"main.cpp"}, "app");
    };
    const auto right = with("std::array<float, 4>{1, 2, 3, 4}");
    INFO(right.output);
    REQUIRE(right.status == 0);
    CHECK(run_process({cli.path("app")}, {}, cli.path("run.log"), std::chrono::minutes{1}).status == 0);
    for (const char* wrong : {"std::array<float, 5>{}", "std::array<float, 3>{}", "std::array<float, 0>{}"}) {
        CAPTURE(wrong);
        const auto result = with(wrong);
        CHECK(result.status != 0);
        CHECK(result.output.find("pixels takes 4 elements") != std::string::npos);
    }
    for (const char* wrong : {"std::array<double, 4>{}", "std::array<int, 4>{}", "\"abc\""}) {
        CAPTURE(wrong);
        const auto result = with(wrong);
        CHECK(result.status != 0);
        CHECK(result.output.find("pixels takes elements of type float") != std::string::npos);
    }
}

TEST_CASE("header: an input of the wrong length at run time asserts with its name")
{
    const Cli cli;
    generate(cli, add_weights("pixels"));
    cli.write("main.cpp", std::string{R"(#include "model.hpp"
#include <vector>
int main(int argc, char**)
{
    model::Model m;
    m.pixels(std::vector<float>(static_cast<std::size_t>(argc + 2), 1.0f));
}
)"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    REQUIRE(compiled.status == 0);
    const auto run = [&](std::vector<std::string> words) {
        words.insert(words.begin(), cli.path("app"));
        return run_process(words, {}, cli.path("run.log"), std::chrono::minutes{1});
    };
    CHECK(run({"one more"}).status == 0);
    const auto wrong = run({});
    CHECK(wrong.status != 0);
    CHECK(wrong.output.find("pixels takes 4 elements") != std::string::npos);
}

TEST_CASE("header: an input with a free dimension takes as many elements as its shape says")
{
    const Cli cli;
    generate(cli, ModelBuilder{}.input("x", DType::f32, {"rows", 2}).node("Neg", {"x"}, {"y"}).output("y"),
             {"--dim", "rows=1..4"});
    cli.write("main.cpp", std::string{R"(#include "model.hpp"
#include <cstdio>
#include <vector>
int main(int argc, char**)
{
    model::Model m;
    if (!m.resize({.rows = 3})) { return 2; }
    m.x(std::vector<float>(static_cast<std::size_t>(argc) * 6, 1.0f));
    m.run();
    std::printf("%d %d %g", static_cast<int>(m.y().shape()[0]), static_cast<int>(m.y().size()), static_cast<double>(m.y()[5]));
}
)"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    REQUIRE(compiled.status == 0);
    CHECK(run_process({cli.path("app")}, {}, cli.path("run.log"), std::chrono::minutes{1}).output == "3 6 -1");
    const auto wrong = run_process({cli.path("app"), "more"}, {}, cli.path("run.log"), std::chrono::minutes{1});
    CHECK(wrong.status != 0);
    CHECK(wrong.output.find("x takes as many elements as its shape says") != std::string::npos);
}

TEST_CASE("header: extents that are divided compile, whatever kernels there are")
{
    const Cli cli;
    generate(cli,
             ModelBuilder{}
                 .input("x", DType::f32, {1, 3, "h", "w"})
                 .initializer("k", floats({8, 3, 3, 3}, std::vector<float>(216, 1)))
                 .node("Conv", {"x", "k"}, {"y"}, {attribute("strides", {2, 2}), attribute("pads", {1, 1, 1, 1})})
                 .output("y"),
             {"--dim", "h=3..9", "--dim", "w=3..9"});
    CHECK(cli.read("model.hpp").find("floor_div") != std::string::npos);
    cli.write("main.cpp", std::string{"#include \"model.hpp\"\nint main() { model::Model m; m.run(); }\n"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    CHECK(compiled.status == 0);
}

namespace {

/// present = past with x behind it; total = the sums of all rows.
ModelBuilder growing()
{
    return ModelBuilder{}
        .input("x", DType::f32, {2, "n", 2})
        .input("past", DType::f32, {2, "p", 2})
        .initializer("axis", Tensor::ints({1}, {1}))
        .node("Identity", {"x"}, {"row"})
        .node("Concat", {"past", "row"}, {"present"}, {attribute("axis", 1)})
        .node("ReduceSum", {"present", "axis"}, {"total"}, {attribute("keepdims", 0)})
        .output("present")
        .output("total");
}

}  // namespace

TEST_CASE("header: a cache grows from run to run, is full at its bound, and is reset, saved and shortened")
{
    const Cli cli;
    generate(cli, growing(), {"--dim", "n=1..2", "--cache", "past=present:4"});
    cli.write("main.cpp", std::string{R"(#include "model.hpp"
#include <array>
#include <cstdio>
void show(model::Model& m)
{
    std::printf("%d:", static_cast<int>(m.sizes().p));
    for (const float v : m.total()) { std::printf(" %g", static_cast<double>(v)); }
    std::printf("\n");
}
int main()
{
    model::Model m;
    if (!m.resize({.n = 1, .p = 0})) { return 2; }
    std::array<std::byte, model::Model::state_bytes> saved;
    m.x(std::array{1.0f, 2.0f, 3.0f, 4.0f});
    if (!m.run()) { return 3; }
    show(m);
    m.snapshot(saved);
    if (!m.resize({.n = 2, .p = m.sizes().p})) { return 4; }
    m.x(std::array{10.0f, 20.0f, 30.0f, 40.0f, 50.0f, 60.0f, 70.0f, 80.0f});
    if (!m.run()) { return 5; }
    show(m);
    // Rows first: [p, 2, 2].
    for (const float v : m.past()) { std::printf("%g ", static_cast<double>(v)); }
    std::printf("| %d %d %d\n", static_cast<int>(m.past_shape()[0]), static_cast<int>(m.past_shape()[1]), static_cast<int>(m.past_shape()[2]));
    if (m.run() || m.resize({.n = 2, .p = 3}) || !m.resize({.n = 1, .p = 3})) { return 6; }
    m.x(std::array{10.0f, 20.0f, 30.0f, 40.0f});
    if (!m.run() || m.run()) { return 6; }
    show(m);
    model::Model other;
    other.restore(saved);
    if (!other.resize({.n = 1, .p = other.sizes().p})) { return 7; }
    other.x(std::array{0.5f, 0.0f, 0.0f, 0.0f});
    if (!other.run()) { return 8; }
    show(other);
    other.reset();
    other.x(std::array{7.0f, 7.0f, 7.0f, 7.0f});
    if (!other.run()) { return 9; }
    show(other);
}
)"});
    const auto compiled = compile(cli, {"main.cpp"}, "app");
    INFO(compiled.output);
    REQUIRE(compiled.status == 0);
    const auto ran = run_process({cli.path("app")}, {}, cli.path("run.log"), std::chrono::minutes{1});
    CHECK(ran.output == "1: 1 2 3 4\n"
                        "3: 41 62 123 144\n"
                        "1 2 3 4 10 20 50 60 30 40 70 80 | 3 2 2\n"
                        "4: 51 82 153 184\n"
                        "2: 1.5 2 3 4\n"
                        "1: 7 7 7 7\n");
    CHECK(ran.status == 0);
}

TEST_CASE("header: --cache is refused where it says nothing, and where no Concat grows")
{
    const Cli cli;
    const auto path = cli.write("model.onnx", growing().bytes());
    const auto refused = [&](const std::string& cache) {
        return cli.run({"header", path, "-o", cli.path("model.hpp"), "--dim", "n=1", "--cache", cache}).output;
    };
    CHECK(refused("past=present").find("--cache takes IN=OUT:ROWS") != std::string::npos);
    CHECK(refused("past=present:0").find("--cache takes IN=OUT:ROWS") != std::string::npos);
    CHECK(refused("past=total:4").find("a cache grows along one axis") != std::string::npos);
}

TEST_CASE("header: --depfile names the model and every file of its external data")
{
    const Cli cli;
    auto builder = ModelBuilder{}.input("x", DType::f32, {4}).node("Add", {"x", "w"}, {"y"}).output("y");
    auto* tensor = builder.proto.mutable_graph()->add_initializer();
    tensor->set_name("w");
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->add_dims(4);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    auto* location = tensor->add_external_data();
    location->set_key("location");
    location->set_value("some numbers.bin");
    cli.write("some numbers.bin", std::string(16, '\0'));
    generate(cli, builder, {"--depfile", cli.path("model.d")});
    const std::string text = cli.read("model.d");
    CHECK(text.starts_with(cli.path("model.hpp") + ":"));
    CHECK(text.find("  " + cli.path("model.onnx")) != std::string::npos);
    CHECK(text.find("/some\\ numbers.bin") != std::string::npos);
}

TEST_CASE("header: --help tells of the options for the model, too")
{
    const Cli cli;
    for (const char* command : {"header", "inspect"}) {
        const auto text = cli.run({command, "--help"}).output;
        for (const char* option : {"--dim", "--input-layout", "--output-layout", "--input NAME=rgba8"}) {
            CAPTURE(option);
            CHECK(text.find(option) != std::string::npos);
        }
    }
}

TEST_CASE("free dimensions take the sizes of a data set")
{
    const Cli cli;
    const auto model =
        cli.write("model.onnx",
                  ModelBuilder{}.input("x", DType::f32, {"batch", 3}).node("Relu", {"x"}, {"y"}).output("y").bytes());
    std::filesystem::create_directory(cli.path("data"));
    // A TensorProto: dims 5 and 3, float, 60 bytes.
    cli.write("data/input_0.pb", std::string("\x08\x05\x08\x03\x10\x01\x4a\x3c", 8) + std::string(60, '\0'));
    const auto result = cli.run({"header", model, "-o", cli.path("model.hpp"), "--dims-from", cli.path("data")});
    INFO(result.output);
    CHECK(result.status == 0);
    CHECK(cli.read("model.hpp").find("tensor_view<float, 5, 3> x()") != std::string::npos);

    const auto missing = cli.run({"header", model, "-o", cli.path("other.hpp"), "--dims-from", cli.path("nowhere")});
    CHECK(missing.status == 1);
    CHECK(missing.output.find("nowhere: is no folder") != std::string::npos);
    CHECK(!cli.exists("other.hpp"));
}
