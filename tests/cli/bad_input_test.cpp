// What is wrong with a model is said in full, in sentences, with exit code 1; nothing is written, nothing crashes.
#include <doctest/doctest.h>

#include "cli.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// Runs `header` on the file; checks the exit code and that no output is there; returns what was said.
std::string refusal(const Cli& cli, const std::string& model, std::vector<std::string> more = {})
{
    std::vector<std::string> words{"header", model, "-o", cli.path("out.hpp")};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = cli.run(words);
    CHECK(result.status == 1);
    CHECK(!cli.exists("out.hpp"));
    CHECK(!cli.exists("out_weights.hpp"));
    CHECK(!cli.exists("out.hpp.bin"));
    CAPTURE(result.output);
    CHECK(result.output.find("internal error") == std::string::npos);
    return result.output;
}

std::string refusal(const ModelBuilder& builder, const std::vector<std::string>& more = {})
{
    const Cli cli;
    return refusal(cli, cli.write("model.onnx", builder.bytes()), more);
}

bool says(const std::string& text, const std::vector<std::string>& parts)
{
    CAPTURE(text);
    for (const auto& part : parts) {
        CAPTURE(part);
        CHECK(text.find(part) != std::string::npos);
    }
    return true;
}

ModelBuilder with_x()
{
    return ModelBuilder{}.input("x", DType::f32, {1, 4});
}

}  // namespace

TEST_CASE("bad input: a missing file")
{
    const Cli cli;
    says(refusal(cli, cli.path("nowhere.onnx")), {"nowhere.onnx"});
}

TEST_CASE("bad input: a text file")
{
    const Cli cli;
    says(refusal(cli, cli.write("notes.onnx", std::string{"These are my notes.\n"})), {"notes.onnx"});
}

TEST_CASE("bad input: a truncated model, at every length")
{
    const auto bytes = with_x().node("Relu", {"x"}, {"y"}).output("y").bytes();
    for (std::size_t length = 0; length < bytes.size(); length += 7) {
        const Cli cli;
        refusal(cli, cli.write("cut.onnx", std::vector<std::byte>(
                                               bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length))));
    }
}

TEST_CASE("bad input: an unknown operator, with node, opset and advice")
{
    says(refusal(with_x().node("Frobnicate", {"x"}, {"y"}, {}, "layer7").output("y")),
         {"Frobnicate", "layer7", "18", "wasminfer ops"});
}

TEST_CASE("bad input: an operator set from the future, and an operator before its time")
{
    auto future = ModelBuilder{28}.input("x", DType::f32, {1, 4}).node("Relu", {"x"}, {"y"}, {}, "act").output("y");
    says(refusal(future), {"Relu", "act", "version 28", "27"});
    auto past = ModelBuilder{6}.input("x", DType::f32, {1, 4}).node("Erf", {"x"}, {"y"}, {}, "erf1").output("y");
    says(refusal(past), {"Erf", "erf1", "opsets 9 to 27", "opset 6"});
}

TEST_CASE("bad input: an unsupported attribute")
{
    says(refusal(ModelBuilder{}
                     .input("x", DType::f32, {1, 1, 8, 8})
                     .initializer("w", floats({1, 1, 3, 3}, std::vector<float>(9, 1.0F)))
                     .node("Conv", {"x", "w"}, {"y"}, {attribute("auto_pad", "SOMETIMES")}, "conv1")
                     .output("y")),
         {"conv1", "auto_pad", "SOMETIMES"});
}

TEST_CASE("bad input: a cyclic graph")
{
    says(refusal(
             with_x().node("Add", {"x", "b"}, {"a"}, {}, "first").node("Relu", {"a"}, {"b"}, {}, "second").output("a")),
         {"first", "second"});
}

TEST_CASE("bad input: a shape mismatch")
{
    says(refusal(with_x()
                     .initializer("w", floats({5, 2}, std::vector<float>(10, 1.0F)))
                     .node("MatMul", {"x", "w"}, {"y"}, {}, "product")
                     .output("y")),
         {"product", "4", "5"});
}

TEST_CASE("bad input: a missing initializer")
{
    says(refusal(with_x().node("Add", {"x", "weights"}, {"y"}, {}, "sum").output("y")), {"sum", "weights"});
}

TEST_CASE("bad input: an unbound dimension, with the option that binds it")
{
    says(refusal(ModelBuilder{}.input("x", DType::f32, {"batch", 4}).node("Relu", {"x"}, {"y"}).output("y")),
         {"batch", "--dim"});
}

TEST_CASE("bad input: external data outside the folder")
{
    auto builder = with_x().node("Add", {"x", "w"}, {"y"}).output("y");
    auto* tensor = builder.proto.mutable_graph()->add_initializer();
    tensor->set_name("w");
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->add_dims(4);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    auto* location = tensor->add_external_data();
    location->set_key("location");
    location->set_value("../../../../etc/passwd");
    says(refusal(builder), {"w", "../../../../etc/passwd"});
}

TEST_CASE("bad input: all findings at once")
{
    const auto text = refusal(with_x()
                                  .node("Frobnicate", {"x"}, {"a"}, {}, "one")
                                  .node("Transmogrify", {"x"}, {"b"}, {}, "two")
                                  .node("Softmax", {"x"}, {"c"}, {attribute("axis", 7)}, "three")
                                  .output("a")
                                  .output("b")
                                  .output("c"));
    says(text, {"one", "two", "three"});
}

TEST_CASE("bad input: an option that does not exist, and one without its value")
{
    const Cli cli;
    CHECK(cli.run({"header", "--frob"}).status == 1);
    CHECK(cli.run({"header", "x.onnx", "-o"}).status == 1);
    CHECK(cli.run({"frobnicate"}).status == 1);
    CHECK(cli.run({"header", "--help"}).status == 0);
}

TEST_CASE("bad input: a header that can't be written, said without blaming the generator")
{
    const Cli cli;
    const auto model = cli.write("model.onnx", with_x().node("Relu", {"x"}, {"y"}).output("y").bytes());
    const auto result = cli.run({"header", model, "-o", cli.path("nowhere/out.hpp")});
    CHECK(result.status == 1);
    says(result.output, {"nowhere/out.hpp", "cannot be written"});
    CHECK(result.output.find("internal error") == std::string::npos);
}

TEST_CASE("bad input: where the header can't be written, the weights stay as they were")
{
    const Cli cli;
    cli.write("out_weights.hpp", std::string{"// precious\n"});
    std::filesystem::create_directory(cli.folder.path() / "out.hpp");
    const auto model = cli.write(
        "model.onnx",
        with_x().initializer("w", floats({4}, {1, 2, 3, 4})).node("Add", {"x", "w"}, {"y"}).output("y").bytes());
    const auto result = cli.run({"header", model, "-o", cli.path("out.hpp")});
    CHECK(result.status == 1);
    says(result.output, {"out.hpp", "is a folder"});
    CHECK(cli.read("out_weights.hpp") == "// precious\n");
}

TEST_CASE("bad input: an old header survives a failed run")
{
    const Cli cli;
    cli.write("out.hpp", std::string{"// precious\n"});
    const auto model = cli.write("model.onnx", with_x().node("Frobnicate", {"x"}, {"y"}).output("y").bytes());
    CHECK(cli.run({"header", model, "-o", cli.path("out.hpp")}).status == 1);
    CHECK(cli.read("out.hpp") == "// precious\n");
}

TEST_CASE("bad input: a bundle that can't be written says where")
{
    const Cli cli;
    cli.write("file", std::string{"in the way"});
    const auto result = cli.run({"bundle", cli.path("file")});
    CHECK(result.status == 1);
    CHECK(result.output.find(cli.path("file")) != std::string::npos);
    CHECK(cli.run({"bundle"}).status == 1);
}
