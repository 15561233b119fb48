// The parts of `wasminfer module` that need no compiler: templates, reading JSON, checking a folder.
#include <doctest/doctest.h>

#include "module/module.hpp"
#include "module/program.hpp"
#include "module/script.hpp"
#include "module/squeeze.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/json_reader.hpp"
#include "support/process.hpp"
#include "support/sha256.hpp"

using namespace wasminfer::gen;

TEST_CASE("template: facts, lines of the words that hold, no comments, letters")
{
    const std::string_view text = "// says why\n"
                                  "//#letters first second/third\n"
                                  "always(first, second);\n"
                                  "//#if a\n"
                                  "    // and this\n"
                                  "    only_a(third);\n"
                                  "//#if b\n"
                                  "        both();\n"
                                  "//#end\n"
                                  "//#else\n"
                                  "\n"
                                  "not_a();\n"
                                  "//#end\n";
    CHECK(fill_template(text, {"a", "b"}, "// one\nfirst = 1;\n") ==
          "// one\nfirst=1;\nalways(a,b);\nonly_a(b);\nboth();\n");
    CHECK(fill_template(text, {"a"}, "") == "always(a,b);\nonly_a(b);\n");
    CHECK(fill_template(text, {"b"}, "") == "always(a,b);\nnot_a();\n");
    CHECK_THROWS_AS(fill_template("//#if a\n", {}, ""), std::logic_error);
    CHECK_THROWS_AS(fill_template("//#end\n", {}, ""), std::logic_error);
    CHECK_THROWS_AS(fill_template("//#iff a\n", {}, ""), std::logic_error);
}

TEST_CASE("squeeze: blanks go where nothing needs them, strings and comments stay")
{
    CHECK(squeeze("const a = b + +c - d;\n") == "const a=b+ +c-d;\n");
    CHECK(squeeze("if (a) {\n    return 'b  c';\n}\n\n\nf( 1,\n  2 )\n") == "if(a){return 'b  c';\n}\nf(1,2)\n");
    CHECK(squeeze("x = \"a \\\" = b\" ;") == "x=\"a \\\" = b\";");
    CHECK(squeeze("// a = b, {\nc = d;") == "// a = b, {\nc=d;");
    CHECK(squeeze("async function* f(x) { for await (const y of x) yield y; }") ==
          "async function*f(x){for await(const y of x)yield y;}");
    CHECK(squeeze("`a = ${ b + `${ { c : d }[e] } = ` } = f`") == "`a = ${b+`${{c:d}[e]} = `} = f`");
    CHECK(squeeze("} a") == "}a");
    CHECK(squeeze("'open") == "'open");
    CHECK(squeeze("'\\").size() <= 3);
}

TEST_CASE("squeeze: letters for names, never for members or inside strings")
{
    const std::map<std::string, std::string, std::less<>> letters{{"list", "a"}, {"found", "b"}};
    CHECK(squeeze("const found = [...list, x.list, x?.list, listed, 'list', `list ${list}`];", letters) ==
          "const b=[...a,x.list,x?.list,listed,'list',`list ${a}`];");
    CHECK(squeeze("x.a", letters) == "x.a");
    CHECK_THROWS_AS(squeeze("a + list", letters), std::logic_error);
}

TEST_CASE("read_json: what the writer writes, and nothing that is no JSON")
{
    JsonWriter json;
    json.open_object()
        .string("text", "a\"\\\n\tz")
        .number("count", std::int64_t{-12})
        .open_array("list")
        .boolean("", true)
        .number("", 1.5)
        .close()
        .close();
    const auto read = read_json(json.text());
    REQUIRE(read);
    const auto& fields = read->fields();
    REQUIRE(fields.contains("text"));
    CHECK(fields.at("text").string_value() == "a\"\\\n\tz");
    CHECK(fields.at("count").number_value() == -12);
    CHECK(fields.at("list").list_value().values_size() == 2);
    CHECK_FALSE(fields.at("count").has_string_value());
    CHECK_FALSE(fields.contains("none"));
    for (const char* text :
         {"", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "\"", "\"\\", "\"\\u12", "truth", "1 2", "nan", "--1"}) {
        CAPTURE(text);
        CHECK_FALSE(read_json(text));
    }
    CHECK_FALSE(read_json(std::string(100000, '[')));
}

TEST_CASE("check_module: a changed, a missing and a foreign file, and no manifest")
{
    const TemporaryFolder folder;
    const auto manifest = [&](const std::string& name, const std::string& text) {
        JsonWriter json;
        json.open_object().open_array("files").open_object().string("name", name);
        json.number("bytes", static_cast<std::int64_t>(text.size()));
        json.string("sha256", sha256_hex(std::as_bytes(std::span{text}))).close().close().close();
        write_file(folder.path() / "manifest.json", json.text());
    };
    CHECK_THROWS_AS(check_module(folder.path()), Refused);
    write_file(folder.path() / "a.wasm", "program");
    manifest("a.wasm", "program");
    CHECK(check_module(folder.path()).empty());
    write_file(folder.path() / "a.wasm", "progRam");
    CHECK(check_module(folder.path()) == std::vector<std::string>{"a.wasm: its content is not the manifest's"});
    write_file(folder.path() / "a.wasm", "programs");
    CHECK(check_module(folder.path()) == std::vector<std::string>{"a.wasm: has 8 bytes, the manifest says 7"});
    manifest("b.wasm", "program");
    CHECK(check_module(folder.path()).size() == 1);
    // Numbers of bytes that are none, or that no integer holds.
    for (const char* bytes : {"-1", "7.5", "1e300", "-1e300", "18446744073709551616", "9007199254740993"}) {
        CAPTURE(bytes);
        write_file(folder.path() / "manifest.json",
                   std::string{R"({"files": [{"name": "a.wasm", "sha256": "", "bytes": )"} + bytes + "}]}");
        CHECK(check_module(folder.path()) ==
              std::vector<std::string>{"manifest.json: 'a.wasm' has a number of bytes that no file has"});
    }
    manifest("../a.wasm", "program");
    CHECK(check_module(folder.path()) ==
          std::vector<std::string>{"manifest.json: '../a.wasm' is not a file of this folder"});
    for (const char* text : {"", "[]", "{}", "{\"files\": 1}", "{\"files\": []}"}) {
        write_file(folder.path() / "manifest.json", text);
        CHECK_THROWS_AS(check_module(folder.path()), Refused);
    }
    write_file(folder.path() / "manifest.json", "{\"files\": [1, {}]}");
    CHECK(check_module(folder.path()).size() == 2);
}

TEST_CASE("types: comments that no name can end, keys that are no identifiers")
{
    const ModuleFace face{.inputs = {{.name = "a b", .dtype = DType::i64, .shape = {Dim::symbol("*/ x")}}},
                          .outputs = {{.name = "y", .dtype = DType::f32, .shape = {2}}},
                          .sizes = {{.name = "*/ x", .lo = 1, .hi = 4}},
                          .state_bytes = 0};
    const ModuleOptions options{.name = "m"};
    const std::string types = module_types({.face = face, .options = options, .origin = "from m.onnx"});
    CHECK(types.find("/** i64[* / x] */\n    readonly \"a b\": BigInt64Array;") != std::string::npos);
    CHECK(types.find("readonly y: Float32Array;") != std::string::npos);
    CHECK(types.find("\"*/ x\": number;") != std::string::npos);
    CHECK(types.find("shape(name: \"a b\" | \"y\"): number[];") != std::string::npos);
    CHECK(types.find("WeightsSource") == std::string::npos);
    CHECK(types.find("profile") == std::string::npos);
}
