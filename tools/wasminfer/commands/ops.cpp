#include <algorithm>
#include <iostream>
#include <map>

#include "commands/commands.hpp"
#include "import/opsets.hpp"
#include "ops/operator.hpp"
#include "ops/refused.hpp"

namespace wasminfer::gen {

namespace {

using Opsets = std::pair<std::int64_t, std::int64_t>;

/// Operators with the opsets in which they are implemented. One that has a row for each of its versions counts once.
std::map<std::string, std::vector<Opsets>> supported()
{
    std::map<std::string, std::vector<Opsets>> operators;
    for (const Operator* row : all_operators()) {
        if (row->domain == "wasminfer") {
            continue;
        }
        auto& ranges = operators[(row->domain.empty() ? "" : std::string{row->domain} + "::") + std::string{row->type}];
        const auto until = std::min(row->until, newest_version(row->domain).value_or(row->until));
        if (!ranges.empty() && ranges.back().second + 1 >= row->since) {
            ranges.back().second = std::max(ranges.back().second, until);
        } else {
            ranges.emplace_back(row->since, until);
        }
    }
    return operators;
}

std::string text(const std::vector<Opsets>& ranges)
{
    std::string list;
    for (const auto& [since, until] : ranges) {
        list += (list.empty() ? "" : ", ") + std::to_string(since);
        list += since == until ? "" : "–" + std::to_string(until);
    }
    return list;
}

/// A table with a row a range of opsets: most operators share a few.
void print_markdown()
{
    std::map<std::vector<Opsets>, std::string> rows;
    for (const auto& [name, ranges] : supported()) {
        std::string& names = rows[ranges];
        names += (names.empty() ? "" : ", ") + name;
    }
    std::cout << "| opsets | operators |\n| --- | --- |\n";
    for (const auto& [ranges, names] : rows) {
        std::cout << "| " << text(ranges) << " | " << names << " |\n";
    }
}

void print_refused()
{
    for (const Refusal& refusal : all_refusals()) {
        const std::string domain = refusal.domain.empty() ? "" : std::string{refusal.domain} + "::";
        std::cout << domain << (refusal.type.empty() ? "*" : refusal.type) << ": " << refusal.reason << "\n";
    }
}

int run(const std::vector<std::string>& words)
{
    const Arguments arguments{
        words, {{.name = "--markdown", .takes_value = false}, {.name = "--refused", .takes_value = false}}};
    if (!arguments.positional().empty()) {
        throw UsageError{"takes no arguments"};
    }
    if (arguments.has("--markdown")) {
        print_markdown();
        return 0;
    }
    if (arguments.has("--refused")) {
        print_refused();
        return 0;
    }
    for (const auto& [name, ranges] : supported()) {
        std::cout << name << std::string(name.size() < 36 ? 36 - name.size() : 1, ' ') << text(ranges) << "\n";
    }
    return 0;
}

}  // namespace

const Command ops_command = {
    .name = "ops",
    .summary = "list the supported operators",
    .help = "usage: wasminfer ops [--markdown] [--refused]\n"
            "\n"
            "Prints every operator that the generator knows, with the operator sets in which it is implemented.\n"
            "--refused: those that are not supported on purpose, and why.\n",
    .run = run,
};

}  // namespace wasminfer::gen
