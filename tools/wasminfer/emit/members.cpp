#include "emit/members.hpp"

#include <algorithm>

namespace wasminfer::gen {

namespace {

/// What counts a cache's rows, and one of the caches that have as many.
std::map<std::string, const Cache*> caches_of(const Model& model)
{
    std::map<std::string, const Cache*> by_rows;
    for (const Cache& cache : model.caches) {
        by_rows[cache.rows] = &cache;
    }
    return by_rows;
}

}  // namespace

std::string print_sizes(const Model& model, const PlanNames& names)
{
    std::string members;
    std::string check;
    std::string assign;
    std::string read;
    Identifiers fields;
    std::map<std::string, std::string> identifiers;
    for (const auto& [symbol, info] : model.symbols) {
        if (info.measured_by) {
            continue;
        }
        const std::string field = fields.make(symbol);
        identifiers[symbol] = field;
        const std::string lo = std::to_string(info.lo.constant());
        const std::string hi = std::to_string(info.hi.constant());
        members += "        wasminfer::index " + field + " = " + (info.cached ? lo : hi) + ";  // " + lo + " to " + hi +
                   (info.multiple == 1 ? "" : ", a multiple of " + std::to_string(info.multiple)) +
                   (info.cached ? ": rows in the cache, which run() counts on" : "") + "\n";
        check += (check.empty() ? "" : " || ") + ("sizes." + field) + " < " + lo + " || sizes." + field + " > " + hi;
        if (info.multiple != 1) {
            check += " || sizes." + field + " % " + std::to_string(info.multiple) + " != 0";
        }
        assign += "        " + names.dimension(symbol) + " = sizes." + field + ";\n";
        read += (read.empty() ? "." : ", .") + field + " = " + names.dimension(symbol);
    }
    if (members.empty()) {
        return "";
    }
    for (const auto& [rows, cache] : caches_of(model)) {
        const auto size = [&](const std::string& symbol) { return "sizes." + identifiers.at(symbol); };
        check += " || " + (Dim::symbol(rows) + cache->added).cpp(size) + " > " + std::to_string(cache->capacity);
    }
    return "\n    /// The free dimensions.\n    struct Sizes {\n" + members +
           "    };\n"
           "    /// Sets them for the runs to come; out of range: false, and nothing is changed.\n"
           "    [[nodiscard]] bool resize(const Sizes& sizes) noexcept\n    {\n"
           "        if (" +
           check + ") {\n            return false;\n        }\n" + assign +
           "        return true;\n    }\n"
           "    Sizes sizes() const noexcept { return {" +
           read + "}; }\n";
}

std::string print_state(const Model& model, const Plan& plan, const PlanNames& names)
{
    if (model.states.empty() && model.caches.empty()) {
        return "";
    }
    std::string counters;
    std::string clear;
    for (const auto& [rows, cache] : caches_of(model)) {
        counters += ", " + names.dimension(rows);
        clear += " " + names.dimension(rows) + " = 0;";
    }
    const auto bytes = plan.state_bytes + static_cast<std::int64_t>(8 * caches_of(model).size());
    const std::string kind = counters.empty() ? "state" : model.states.empty() ? "cache" : "state and the cache";
    return "\n    /// Bytes of the " + kind + ", which each run() reads and " +
           (counters.empty() ? "replaces" : "goes on from") +
           ".\n"
           "    static constexpr std::size_t state_bytes = " +
           std::to_string(bytes) + ";\n    /// " +
           (counters.empty() ? "Sets the state to zeros" : "Sets the state to zeros, the cache to no rows") +
           ", as in a new model.\n"
           "    void reset() noexcept { clear_state(" +
           std::to_string(plan.state_bytes) + ");" + clear +
           " }\n"
           "    /// Copies the " +
           kind +
           ", for restore() of this or another instance of the model.\n"
           "    void snapshot(std::span<std::byte, state_bytes> to) const noexcept { save_state(to" +
           counters +
           "); }\n"
           "    void restore(std::span<const std::byte, state_bytes> from) noexcept { load_state(from" +
           counters + "); }\n";
}

std::string print_run(const Model& model, const PlanNames& names)
{
    std::string full;
    std::string count;
    for (const auto& [rows, cache] : caches_of(model)) {
        const auto name = [&](const std::string& symbol) { return names.dimension(symbol); };
        full += (full.empty() ? "" : " || ") + (Dim::symbol(rows) + cache->added).cpp(name) + " > " +
                std::to_string(cache->capacity);
        count += "        " + name(rows) + " += " + cache->added.cpp(name) + ";\n";
    }
    const std::string ready = "        assert(ready() && \"the arena or the weights are missing\");\n";
    if (full.empty()) {
        return "\n    /// No allocation, no exception, no system call.\n"
               "    void run() noexcept\n    {\n" +
               ready + "        run_steps();\n    }\n";
    }
    return "\n    /// No allocation, no exception, no system call. False, and nothing is done, where the cache has "
           "no room "
           "for more rows.\n"
           "    [[nodiscard]] bool run() noexcept\n    {\n" +
           ready + "        if (" + full + ") {\n            return false;\n        }\n        run_steps();\n" + count +
           "        return true;\n    }\n";
}

std::optional<std::size_t> kept_in(const Model& model, std::size_t output)
{
    const auto state = std::ranges::find(model.states, output, &State::output);
    if (state != model.states.end()) {
        return state->input;
    }
    const auto cache = std::ranges::find(model.caches, output, &Cache::output);
    return cache == model.caches.end() ? std::nullopt : std::optional{cache->input};
}

}  // namespace wasminfer::gen
