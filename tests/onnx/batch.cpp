#include "batch.hpp"

#include <algorithm>

#include "support/files.hpp"
#include "verify/driver.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::size_t most_jobs = 25;
/// Arenas and weights of one program together; a job above it gets a program of its own.
constexpr std::int64_t most_bytes = std::int64_t{64} << 20;
constexpr std::chrono::minutes run_limit{5};

std::int64_t bytes_of(const Job& job)
{
    return job.compiled.plan.arena_bytes + job.compiled.plan.weight_bytes;
}

std::string space_of(std::size_t number)
{
    return "case_" + std::to_string(number);
}

std::string header_of(std::size_t number)
{
    return space_of(number) + ".hpp";
}

void compile_and_run(const Toolchain& toolchain, const Batch& batch)
{
    const TemporaryFolder folder;
    std::vector<DriverModel> models;
    std::vector<DriverRun> runs;
    std::int64_t weight_bytes = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Job& job = *batch[i];
        const EmitOptions options{.name = space_of(i),
                                  .header = header_of(i),
                                  .weights = default_weights_mode(job.compiled.plan),
                                  .count_calls = true};
        models.push_back({.header = options.header,
                          .space = options.name,
                          .emitted = write_header(job.compiled, folder.path() / options.header, options),
                          .model = job.compiled.model.get(),
                          .counts_calls = true});
        runs.push_back({.model = i, .sizes = {}, .inputs = job.inputs});
        weight_bytes += job.compiled.plan.weight_bytes;
    }
    write_file(folder.path() / "driver.cpp", driver_source(models));
    const auto program = folder.path() / (toolchain.target() == Target::wasm ? "driver.js" : "driver");
    toolchain.compile(folder.path() / "driver.cpp", program, weight_bytes);
    std::string log;
    const auto results = drive(toolchain, program, models, runs, run_limit, log);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (results[i]) {
            judge(*batch[i], results[i]->outputs, results[i]->kernel_calls);
        } else {
            batch[i]->result.reason = "did not run: " + log;
        }
    }
}

/// Splits a batch that does not compile: those of its jobs whose headers the compiler names, one by one, and the others.
/// Where it names none, or all, the halves.
std::vector<Batch> split(const Batch& batch, const std::string& words)
{
    std::vector<Batch> parts(1);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (words.find(header_of(i) + ":") == std::string::npos) {
            parts[0].push_back(batch[i]);
        } else {
            parts.push_back({batch[i]});
        }
    }
    if (parts.size() == 1 || parts[0].empty()) {
        const auto half = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
        return {{batch.begin(), half}, {half, batch.end()}};
    }
    return parts;
}

}  // namespace

std::vector<Batch> make_batches(std::vector<Job>& jobs)
{
    std::vector<Batch> batches;
    std::int64_t bytes = 0;
    for (Job& job : jobs) {
        if (!job.ready) {
            continue;
        }
        if (batches.empty() || batches.back().size() == most_jobs || bytes + bytes_of(job) > most_bytes) {
            batches.emplace_back();
            bytes = 0;
        }
        batches.back().push_back(&job);
        bytes += bytes_of(job);
    }
    return batches;
}

void run_batch(const Toolchain& toolchain, const Batch& batch)
{
    try {
        compile_and_run(toolchain, batch);
    } catch (const std::exception& error) {
        if (batch.size() == 1) {
            batch[0]->result.reason = error.what();
            return;
        }
        for (const Batch& part : split(batch, error.what())) {
            run_batch(toolchain, part);
        }
    }
}

}  // namespace wasminfer::gen
