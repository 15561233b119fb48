#include <iostream>

#include "commands/commands.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

int run(const std::vector<std::string>& words)
{
    const Arguments arguments{words, {{.name = "--markdown", .takes_value = false}}};
    if (!arguments.positional().empty()) {
        throw UsageError{"takes no arguments"};
    }
    const bool markdown = arguments.has("--markdown");
    if (markdown) {
        std::cout << "| operator | opsets |\n| --- | --- |\n";
    }
    for (const Operator* row : all_operators()) {
        const std::string name = (row->domain.empty() ? "" : std::string{row->domain} + "::") + std::string{row->type};
        const std::string opsets = std::to_string(row->since) + "–" + std::to_string(row->until);
        if (row->domain == "wasminfer") {
            continue;
        }
        if (markdown) {
            std::cout << "| " << name << " | " << opsets << " |\n";
        } else {
            std::cout << name << std::string(name.size() < 36 ? 36 - name.size() : 1, ' ') << opsets << "\n";
        }
    }
    return 0;
}

}  // namespace

const Command ops_command = {
    .name = "ops",
    .summary = "list the supported operators",
    .help = "usage: wasminfer ops [--markdown]\n"
            "\n"
            "Prints every operator that the generator knows, with the operator sets in which it is implemented.\n",
    .run = run,
};

}  // namespace wasminfer::gen
