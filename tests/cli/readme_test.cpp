// What the README says, held against what is true: its list of operators, and the code that it shows.
#include <doctest/doctest.h>

#include <cstdlib>

#include "cli.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

constexpr const char* readme_path = WASMINFER_TESTS_DIR "/../README.md";

std::string read_readme()
{
    std::ifstream stream{readme_path};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// The blocks that begin with ```LANGUAGE.
std::vector<std::string> code_blocks(const std::string& text, const std::string& language)
{
    const std::string open = "\n```" + language + "\n";
    std::vector<std::string> blocks;
    for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
        const auto start = at + open.size();
        blocks.push_back(text.substr(start, text.find("\n```", start) + 1 - start));
    }
    return blocks;
}

}  // namespace

TEST_CASE("readme: lists the operators that `wasminfer ops --markdown` prints")
{
    const Cli cli;
    const std::string open = "<!-- wasminfer ops --markdown -->\n\n";
    const std::string close = "\n<!-- end -->";
    std::string text = read_readme();
    const auto start = text.find(open) + open.size();
    const auto end = text.find(close, start);
    REQUIRE(end != std::string::npos);
    const std::string table = cli.run({"ops", "--markdown"}).output;
    if (std::getenv("WASMINFER_UPDATE_README")) {
        text.replace(start, end - start, table);
        std::ofstream{readme_path} << text;
        return;
    }
    INFO("operators came or went: build the target update_readme and commit what it writes");
    CHECK(text.substr(start, end - start) == table);
}

TEST_CASE("readme: its code compiles, each block as a file of its own")
{
    const Cli cli;
    REQUIRE(cli.run({"header", WASMINFER_TESTS_DIR "/../examples/digits/digits.onnx", "-o", cli.path("digits.hpp")})
                .status == 0);
    const auto blocks = code_blocks(read_readme(), "cpp");
    REQUIRE(blocks.size() >= 2);
    for (const std::string& block : blocks) {
        INFO(block);
        cli.write("main.cpp", "#include <algorithm>\n#include <cstdint>\n#include <span>\n#include <vector>\n" + block +
                                  "int main() {}\n");
        const auto compiled = compile(cli, {"main.cpp"}, "app");
        INFO(compiled.output);
        CHECK(compiled.status == 0);
    }
}
