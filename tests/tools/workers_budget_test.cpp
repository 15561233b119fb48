// The budget of modules for Workers.
#include <doctest/doctest.h>

#include "module/budget.hpp"

using namespace wasminfer::gen;

namespace {

/// A module that declares `pages` of memory, and nothing else.
std::string memory_module(unsigned pages)
{
    std::string section = std::string{'\x01', '\x00'};
    do {
        section += static_cast<char>((pages & 0x7fu) | (pages > 0x7f ? 0x80u : 0));
        pages >>= 7;
    } while (pages != 0);
    return std::string{"\0asm\x01\0\0\0", 8} + '\x05' + static_cast<char>(section.size()) + section;
}

std::vector<EmittedFile> files(unsigned pages, std::size_t weights, bool bundled)
{
    return {{"m.wasm", memory_module(pages)},
            {"m.weights-1.bin", std::string(weights, 'w')},
            {"m.mjs", "script"},
            {"m.workers.mjs", std::string{"import module from './m.wasm';\nimport './m.mjs';\n"} +
                                  (bundled ? "import bytes from './m.weights-1.bin';\n" : "")}};
}

}  // namespace

TEST_CASE("initial_memory: of the memory section, and of what is none")
{
    CHECK(initial_memory(memory_module(3)) == 3 * 65536);
    CHECK(initial_memory(memory_module(1000)) == 1000 * 65536);
    CHECK(initial_memory(std::string{"\0asm\x01\0\0\0", 8}) == 0);
    CHECK(initial_memory("") == 0);
    CHECK(initial_memory(memory_module(3).substr(0, 10)) == 0);
}

TEST_CASE("workers_budget: what fits is told, what can't is refused with the option that helps")
{
    const ModuleOptions options{.name = "m", .platform = Platform::workers};
    Model model;
    auto budget = workers_budget(files(100, std::size_t{1} << 20, true), options, model);
    CHECK(budget.refusals.empty());
    CHECK(budget.text.find("memory      6.2 MiB of 128.0 MiB") != std::string::npos);
    CHECK(budget.text.find("weights     1.0 MiB, uploaded with the Worker") != std::string::npos);

    budget = workers_budget(files(100, std::size_t{70} << 20, true), options, model);
    REQUIRE(budget.refusals.size() == 1);
    CHECK(budget.refusals[0].find("--weights apart leaves 70.0 MiB") != std::string::npos);
    budget = workers_budget(files(100, std::size_t{70} << 20, false), options, model);
    CHECK(budget.refusals.empty());
    CHECK(budget.text.find("a bucket, then") != std::string::npos);

    budget = workers_budget(files(2049, 1000, true), options, model);
    REQUIRE(budget.refusals.size() == 1);
    CHECK(budget.refusals[0].find("--conv direct") != std::string::npos);
    CHECK(budget.refusals[0].find("--dim") == std::string::npos);
    model.symbols["seq"] = Symbol{.lo = 1, .hi = 100};
    CHECK(workers_budget(files(2049, 1000, true), options, model).refusals[0].find("bounds of --dim") !=
          std::string::npos);
}
