#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "support/model_builder.hpp"
#include "support/process.hpp"

namespace wasminfer::gen::test {

/// Runs the command with these words in a folder of its own.
class Cli {
public:
    ProcessResult run(std::vector<std::string> words) const
    {
        words.insert(words.begin(), WASMINFER_CLI);
        // What verify compiles with, where the generator is not in build/bin and beside its settings.
        return run_process(words,
                           {{"WASMINFER_CXX", WASMINFER_TEST_CXX}, {"WASMINFER_INCLUDE", WASMINFER_TEST_INCLUDE}},
                           folder.path() / "log", std::chrono::minutes{2});
    }

    /// Writes a file of the folder, and returns its path.
    std::string write(const std::string& name, const std::vector<std::byte>& bytes) const
    {
        const auto path = folder.path() / name;
        std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                    static_cast<std::streamsize>(bytes.size()));
        return path.string();
    }
    std::string write(const std::string& name, const std::string& text) const
    {
        const auto bytes = std::as_bytes(std::span{text});
        return write(name, std::vector<std::byte>(bytes.begin(), bytes.end()));
    }

    std::string path(const std::string& name) const { return (folder.path() / name).string(); }
    bool exists(const std::string& name) const { return std::filesystem::exists(folder.path() / name); }
    std::string read(const std::string& name) const
    {
        std::ifstream stream{folder.path() / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{stream}, {}};
    }

    TemporaryFolder folder;
};

/// Compiles an app of the folder as its users would, all warnings errors.
inline ProcessResult compile(const Cli& cli, const std::vector<std::string>& sources, const std::string& program)
{
    std::vector<std::string> words{WASMINFER_TEST_CXX, "-std=c++20", "-O1",          "-ffp-contract=off", "-Wall",
                                   "-Wextra",          "-Wpedantic", "-Wconversion", "-Wshadow",          "-Werror",
                                   "-fno-exceptions",  "-fno-rtti"};
    std::istringstream includes{WASMINFER_TEST_INCLUDES};
    for (std::string word; includes >> word;) {
        words.push_back(word);
    }
    for (const auto& source : sources) {
        words.push_back(cli.path(source));
    }
    words.insert(words.end(), {"-o", cli.path(program)});
    return run_process(words, {}, cli.folder.path() / "compile.log", std::chrono::minutes{2});
}

/// Makes model.hpp of a model.
inline void generate(const Cli& cli, const ModelBuilder& builder, std::vector<std::string> options = {})
{
    std::vector<std::string> words{"header", cli.write("model.onnx", builder.bytes()), "-o", cli.path("model.hpp")};
    words.insert(words.end(), options.begin(), options.end());
    const auto result = cli.run(words);
    INFO(result.output);
    REQUIRE(result.status == 0);
}

}  // namespace wasminfer::gen::test
