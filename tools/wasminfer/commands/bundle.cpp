#include <iostream>

#include "commands/commands.hpp"
#include "support/files.hpp"
#include "support/runtime_files.hpp"

namespace wasminfer::gen {

namespace {

int run(const std::vector<std::string>& words)
{
    const Arguments arguments{words, {}};
    const std::filesystem::path folder = arguments.only("folder");
    for (const RuntimeFile& file : runtime_files()) {
        const auto path = folder / file.path;
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        try {
            write_file(path, file.text);
        } catch (const FileError& failure) {
            throw Refused{path.string() + ": " + failure.what()};
        }
    }
    std::cout << folder.string() << ": " << runtime_files().size() << " files\n";
    return 0;
}

}  // namespace

const Command bundle_command = {
    .name = "bundle",
    .summary = "write all that a generated header includes into one folder",
    .help =
        "usage: wasminfer bundle DIR\n"
        "\n"
        "Writes the runtime, xsimd and their licences below DIR. An app then needs no build system and no package:\n"
        "\n"
        "    em++ -std=c++20 -O3 -msimd128 -ffp-contract=off -I DIR app.cpp -o app.js\n",
    .run = run,
};

}  // namespace wasminfer::gen
