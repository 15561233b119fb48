// Files that are no models, and models that mean harm.
#include <random>

#include <unistd.h>

#include <doctest/doctest.h>

#include "support/files.hpp"
#include "support/model_builder.hpp"
#include "support/temporary_folder.hpp"

using namespace wasminfer::gen;

namespace {

bool contains(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

std::string findings_of(const std::filesystem::path& path)
{
    Diagnostics diagnostics{"model.onnx"};
    const auto model = import_model(path, {}, diagnostics);
    CHECK_FALSE(model);
    CHECK(diagnostics.findings().size() == 1);
    return diagnostics.text();
}

std::string findings_of_text(std::string_view text)
{
    const TemporaryFolder folder;
    write_file(folder / "model.onnx", text);
    return findings_of(folder / "model.onnx");
}

/// A model with something of everything.
ModelBuilder rich_model()
{
    const auto branch = ModelBuilder{}.initializer("c", floats({2}, {1, 2})).node("Add", {"a", "c"}, {"n"}).output("n");
    const auto body = ModelBuilder{}.node("Neg", {"a"}, {"t"}).node("Exp", {"t"}, {"b"});
    auto builder = ModelBuilder{}
                       .input("x", DType::f32, {"batch", "2*seq + 1", 3})
                       .initializer("w", floats({3}, {1, 2, 3}))
                       .function("pkg", "f", {"a"}, {"b"}, body)
                       .node("Add", {"x", "w"}, {"a"}, {}, "add")
                       .node("pkg::f", {"a"}, {"f"}, {attribute("axis", 1)})
                       .node("If", {"f"}, {"i"}, {attribute("then_branch", branch), attribute("else_branch", branch)})
                       .node("Constant", {}, {"k"}, {attribute("value", Tensor::ints({2}, {1, 2}))})
                       .node("Clip", {"i", "", "k"}, {"y"}, {attribute("ints", {1, 2}), attribute("s", "text")})
                       .output("y");
    auto* sparse = builder.proto.mutable_graph()->add_sparse_initializer();
    *sparse->mutable_values() = tensor_proto(floats({1}, {5}), "sparse");
    *sparse->mutable_indices() = tensor_proto(Tensor::ints({1}, {2}));
    sparse->add_dims(4);
    return builder;
}

void import_anything(std::span<const std::byte> bytes)
{
    Diagnostics diagnostics{"model.onnx"};
    const auto model = import_model_bytes(bytes, {}, "model.onnx", {}, diagnostics);
    REQUIRE((model || !diagnostics.empty()));
    diagnostics.text();
}

}  // namespace

TEST_CASE("model files: what is no model gets one readable diagnosis")
{
    const TemporaryFolder folder;
    CHECK(contains(findings_of(folder / "missing.onnx"), "model.onnx: file: no such file"));
    CHECK(contains(findings_of(folder.path()), "is a folder, not a file"));
    CHECK(contains(findings_of_text(""), "is empty"));
    CHECK(contains(findings_of_text("Once upon a time\nthere was a network.\n"), "is a text file"));
    CHECK(contains(findings_of_text("<!DOCTYPE html><html>"), "is a text file"));
    CHECK(contains(findings_of_text("version https://git-lfs.github.com/spec/v1\noid sha256:0"), "git lfs pull"));
    CHECK(contains(findings_of_text("PK\x03\x04 and more"), "is a zip archive"));
    CHECK(contains(findings_of_text("\x01\x02\x03\xff\xfe"), "not an ONNX model"));
}

TEST_CASE("model files: more than 2 GB")
{
    const TemporaryFolder folder;
    write_file(folder / "model.onnx", "");
    REQUIRE(::truncate((folder / "model.onnx").c_str(), ::off_t{3} << 30) == 0);
    CHECK(contains(findings_of(folder / "model.onnx"), "ONNX files end at 2 GiB"));
}

TEST_CASE("model files: a truncated model says so")
{
    const auto bytes = rich_model().bytes();
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    CHECK(contains(findings_of_text(text.substr(0, text.size() / 2)), "is cut off"));
}

TEST_CASE("model files: the path may have no folder")
{
    const TemporaryFolder folder;
    write_file(folder / "model.onnx",
               ModelBuilder{}.input("x", DType::f32, {1}).node("Relu", {"x"}, {"y"}).output("y").bytes());
    Diagnostics diagnostics{"model.onnx"};
    const auto model = import_model(folder / "model.onnx", {}, diagnostics);
    REQUIRE(model);
    CHECK(diagnostics.empty());
    CHECK(model->file == "model.onnx");
}

TEST_CASE("hostile models: cut off anywhere, nothing breaks")
{
    const auto bytes = rich_model().bytes();
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        import_anything(std::span{bytes}.first(size));
    }
}

TEST_CASE("hostile models: any byte changed, nothing breaks")
{
    const auto bytes = rich_model().bytes();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const int change : {1, 2, 0x80, 0xff, 0x08, 0x7f}) {
            auto changed = bytes;
            changed[at] ^= static_cast<std::byte>(change);
            import_anything(changed);
        }
    }
}

TEST_CASE("hostile models: pieces removed, doubled and swapped, nothing breaks")
{
    const auto bytes = rich_model().bytes();
    std::mt19937 random{20260101};
    const auto pick = [&](std::size_t below) { return random() % below; };
    for (int round = 0; round < 4000; ++round) {
        auto changed = bytes;
        for (std::size_t edits = 1 + pick(4); edits > 0 && !changed.empty(); --edits) {
            const auto at = static_cast<std::ptrdiff_t>(pick(changed.size()));
            const auto length = static_cast<std::ptrdiff_t>(
                pick(std::min<std::size_t>(40, changed.size() - static_cast<std::size_t>(at)) + 1));
            switch (pick(3)) {
            case 0: changed.erase(changed.begin() + at, changed.begin() + at + length); break;
            case 1: {
                const std::vector<std::byte> piece(changed.begin() + at, changed.begin() + at + length);
                changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(pick(changed.size())), piece.begin(),
                               piece.end());
                break;
            }
            default: changed[static_cast<std::size_t>(at)] = static_cast<std::byte>(random()); break;
            }
        }
        import_anything(changed);
    }
}

TEST_CASE("hostile models: names of any length and content")
{
    for (const std::string& name : {std::string(10'000, 'a'), std::string{"a\"b\n*/#include\\"}, std::string{"\0x", 2},
                                    std::string{"\xff\xfe"}, std::string{"if"}}) {
        const auto model = ModelBuilder{}
                               .input(name, DType::f32, {1})
                               .node("Relu", {name}, {name + "y"}, {}, name)
                               .output(name + "y")
                               .model();
        CHECK(model->graph.inputs[0]->name == name);
        CHECK(model->graph.nodes()[0]->name == name);
    }
}

TEST_CASE("hostile models: subgraphs nested as deep as the format goes")
{
    auto body = ModelBuilder{}.node("Neg", {"x"}, {"n"}).output("n");
    for (int level = 0; level < 40; ++level) {
        auto around = ModelBuilder{}.node("If", {"x"}, {"n"}, {attribute("then_branch", body)}).output("n");
        body = around;
    }
    CHECK(contains(body.input("x", DType::f32, {1}).findings(), "file: "));
}

TEST_CASE("hostile models: a long chain is read in time and without deep recursion")
{
    auto builder = ModelBuilder{}.input("x", DType::f32, {1});
    constexpr int length = 50'000;
    for (int i = length; i > 0; --i) {
        builder.node("Relu", {i == 1 ? "x" : "v" + std::to_string(i - 1)}, {"v" + std::to_string(i)});
    }
    const auto model = builder.output("v" + std::to_string(length)).model();
    CHECK(model->graph.nodes().size() == length);
    CHECK(model->graph.nodes()[0]->input(0) == model->graph.inputs[0]);
}
