// --help, ops and inspect: what they say, to people and to programs.
#include <doctest/doctest.h>

#include "cli.hpp"
#include "import/opsets.hpp"
#include "ops/operator.hpp"
#include "support/json_reader.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

void says(const std::string& text, const std::vector<std::string>& parts)
{
    CAPTURE(text);
    for (const auto& part : parts) {
        CAPTURE(part);
        CHECK(text.find(part) != std::string::npos);
    }
}

/// Two products of which the first two values are in use at once: 64 bytes for x or y, 128 for h.
ModelBuilder two_layers()
{
    return ModelBuilder{17}
        .input("x", DType::f32, {1, 16})
        .initializer("w1", floats({16, 32}, std::vector<float>(512, 0.5F)))
        .initializer("w2", floats({32, 16}, std::vector<float>(512, 0.25F)))
        .node("MatMul", {"x", "w1"}, {"h"}, {}, "first")
        .node("MatMul", {"h", "w2"}, {"y"}, {}, "second")
        .output("y");
}

google::protobuf::Struct parsed(const std::string& json)
{
    const auto object = read_json(json);
    CAPTURE(json);
    REQUIRE(object);
    return *object;
}

double number(const google::protobuf::Struct& object, const std::string& key)
{
    CAPTURE(key);
    REQUIRE(object.fields().contains(key));
    return object.fields().at(key).number_value();
}

}  // namespace

TEST_CASE("--help of each command names all its options")
{
    const Cli cli;
    const std::vector<std::string> of_models{"--dim", "--bind", "--output", "--input-layout", "--no-fold"};
    says(cli.run({"header", "--help"}).output,
         {"MODEL.onnx", "-o", "--name", "--weights", "literal", "incbin", "file"});
    says(cli.run({"header", "--help"}).output, of_models);
    says(cli.run({"inspect", "--help"}).output, {"MODEL.onnx", "--json"});
    says(cli.run({"inspect", "--help"}).output, of_models);
    says(cli.run({"verify", "--help"}).output, {"CASE_DIR", "--on", "--rtol", "--atol", "--flags", "--no-fold"});
    says(cli.run({"ops", "--help"}).output, {"--markdown"});
    const auto help = cli.run({"--help"});
    CHECK(help.status == 0);
    says(help.output, {"header", "inspect", "verify", "ops"});
    CHECK(cli.run({}).status == 1);
}

TEST_CASE("ops: a line for each row of the registry but the generator's own, as text and as a table")
{
    const Cli cli;
    const auto text = cli.run({"ops"}).output;
    const auto table = cli.run({"ops", "--markdown"}).output;
    for (const Operator* row : all_operators()) {
        const std::string type{row->type};
        CAPTURE(type);
        // Rows of one operator are one entry.
        std::int64_t since = row->since;
        std::int64_t until = row->until;
        for (const Operator* other : all_operators()) {
            if (other->domain == row->domain && other->type == row->type) {
                since = std::min(since, other->since);
                until = std::max(until, other->until);
            }
        }
        until = std::min(until, newest_version(row->domain).value_or(until));
        const std::string opsets = std::to_string(since) + (since == until ? "" : "–" + std::to_string(until));
        const std::string name = (row->domain.empty() ? "" : std::string{row->domain} + "::") + type;
        const bool shown = row->domain != "wasminfer";
        // The table has a line for each range of opsets, and the operators in a list.
        const auto line = table.find("| " + opsets + " | ");
        const std::string list =
            line == std::string::npos ? "" : table.substr(line, table.find(" |\n", line) - line) + ",";
        CHECK((list.find(" " + name + ",") != std::string::npos) == shown);
        CHECK((("\n" + text).find("\n" + name + " ") != std::string::npos) == shown);
    }
    CHECK(cli.run({"ops", "more"}).status == 1);
}

TEST_CASE("inspect: what is in a model, what it costs, and the plan beside its lower bound")
{
    const Cli cli;
    const auto result = cli.run({"inspect", cli.write("model.onnx", two_layers().bytes())});
    CHECK(result.status == 0);
    says(result.output,
         {"ai.onnx opset 17", "x  f32[1,16]", "y  f32[1,16]", "2  MatMul", "parameters  1024", "MACs        1024",
          "arena       192 bytes, lower bound 192", "2 steps", "gemm", "first", "second"});
}

TEST_CASE("inspect --json: the same for programs")
{
    const Cli cli;
    const auto result = cli.run({"inspect", "--json", cli.write("model.onnx", two_layers().bytes())});
    CHECK(result.status == 0);
    const auto report = parsed(result.output);
    CHECK(number(report, "parameters") == 1024);
    CHECK(number(report, "macs") == 1024);
    CHECK(number(report, "arena_bytes") == 192);
    CHECK(number(report, "arena_lower_bound") == 192);
    CHECK(number(report, "weight_bytes") >= 4096);
    CHECK(number(report.fields().at("operators").struct_value(), "MatMul") == 2);
    CHECK(number(report.fields().at("opsets").struct_value(), "ai.onnx") == 17);
    const auto& input = report.fields().at("inputs").list_value().values(0).struct_value();
    CHECK(input.fields().at("name").string_value() == "x");
    CHECK(input.fields().at("type").string_value() == "f32");
    CHECK(input.fields().at("shape").list_value().values(1).number_value() == 16);
    const auto& steps = report.fields().at("steps").list_value();
    REQUIRE(steps.values_size() == 2);
    CHECK(steps.values(0).struct_value().fields().at("nodes").string_value() == "first");
    CHECK(number(steps.values(0).struct_value(), "live_bytes") == 192);
    CHECK(report.fields().at("findings").list_value().values_size() == 0);
}

TEST_CASE("A ZipMap is replaced by its tensor, and header and inspect say so")
{
    const Cli cli;
    const auto model = cli.write("model.onnx", ModelBuilder{17}
                                                   .opset("ai.onnx.ml", 3)
                                                   .input("x", DType::f32, {1, 2})
                                                   .node("ai.onnx.ml::ZipMap", {"x"}, {"scores"},
                                                         {attribute("classlabels_strings", {"no", "yes\x1b[2J"})})
                                                   .output("scores")
                                                   .bytes());
    const std::string note =
        "note: 'scores' is a tensor of scores, a column for each class, in place of ZipMap's maps; "
        "the columns are 'no', 'yes";
    const auto text = cli.run({"inspect", model});
    says(text.output, {note});
    CHECK(text.output.find('\x1b') == std::string::npos);
    says(cli.run({"header", model, "-o", cli.path("m.hpp")}).output, {"m.hpp: " + note});
    const auto report = parsed(cli.run({"inspect", "--json", model}).output);
    CHECK(report.fields().at("notes").list_value().values_size() == 1);
}

TEST_CASE("inspect: everything that is not supported, beside what could be read")
{
    const Cli cli;
    const auto model = cli.write("model.onnx", ModelBuilder{}
                                                   .input("x", DType::f32, {"batch", 4})
                                                   .node("Frobnicate", {"x"}, {"a"}, {}, "one")
                                                   .node("Transmogrify", {"a"}, {"y"}, {}, "two")
                                                   .output("y")
                                                   .bytes());
    const auto result = cli.run({"inspect", model});
    CHECK(result.status == 1);
    says(result.output, {"x  f32[batch,4]", "1  Frobnicate", "'one'", "'two'", "--dim batch=1"});
    const auto json = cli.run({"inspect", model, "--json"});
    CHECK(json.status == 1);
    const auto report = parsed(json.output);
    CHECK(report.fields().at("findings").list_value().values_size() == 3);
    CHECK_FALSE(report.fields().contains("arena_bytes"));
}

TEST_CASE("inspect: names of any bytes give JSON, and nothing that drives a terminal")
{
    const Cli cli;
    const std::string name = "\xff\"\\\n\x1b[2J\xc3\xa4\xed\xa0\x80";
    const auto model = cli.write(
        "model.onnx",
        ModelBuilder{}.input(name, DType::f32, {1}).node("Relu", {name}, {"y"}, {}, name).output("y").bytes());
    const auto report = parsed(cli.run({"inspect", "--json", model}).output);
    CHECK(report.fields().at("inputs").list_value().values(0).struct_value().fields().at("name").string_value() ==
          "\uFFFD\"\\\n\x1b[2Jä\uFFFD\uFFFD\uFFFD");
    const auto text = cli.run({"inspect", model});
    CHECK(text.status == 0);
    CHECK(text.output.find('\x1b') == std::string::npos);
}
