// Runs ONNX backend cases through generated code: many models a program, several programs at once.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "cases.hpp"
#include "commands/arguments.hpp"
#include "import/face.hpp"
#include "support/files.hpp"
#include "verify/driver.hpp"

namespace {

using namespace wasminfer::gen;
namespace fs = std::filesystem;

constexpr std::size_t cases_a_program = 25;
/// Arenas and weights of one program together; a case above it gets a program of its own.
constexpr std::int64_t bytes_a_program = std::int64_t{64} << 20;
constexpr std::chrono::minutes run_limit{5};

enum class Outcome { passed, failed, skipped };

struct Result {
    Outcome outcome = Outcome::failed;
    int kernel_calls = 0;
    std::string reason;
};

/// A case on its way.
struct Job {
    fs::path folder;
    std::string name;
    TestCase test;
    Compiled compiled;
    std::vector<Tensor> inputs;  ///< Those that reach run().
    Result result;
    bool ready = false;
};

int count_kernel_calls(Steps& steps)
{
    int calls = 0;
    for_each_step(steps, [&](const Step& step, int) { calls += step.kind == Step::Kind::kernel ? 1 : 0; });
    return calls;
}

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

std::string one_line(std::string text)
{
    std::ranges::replace(text, '\n', ' ');
    std::ranges::replace(text, '\t', ' ');
    return text.substr(0, 400);
}

/// Compiles with as few inputs bound as shapes allow: first none, then those that the findings ask for.
std::optional<Compiled> compile_case(const Job& job, const ModelFace& face, std::string& reason)
{
    const DataSet& data = job.test.data_sets.front();
    CompileOptions options;
    options.passes.fold = false;
    std::vector<std::vector<std::int64_t>> shapes;
    for (const Tensor& input : data.inputs) {
        shapes.push_back(input.shape());
    }
    options.import.dims = dims_from_shapes(face, shapes);
    while (true) {
        Diagnostics diagnostics{job.name};
        auto compiled = try_compile_model(job.test.model(), options, diagnostics);
        if (compiled) {
            return compiled;
        }
        bool bound_more = false;
        for (const Finding& finding : diagnostics.findings()) {
            for (const auto& name : finding.unbound) {
                const auto it = std::ranges::find(face.inputs, name, &DeclaredInput::name);
                if (it != face.inputs.end()) {
                    const auto position = static_cast<std::size_t>(it - face.inputs.begin());
                    bound_more |= options.import.bind.emplace(name, data.inputs.at(position)).second;
                }
            }
        }
        if (!bound_more) {
            reason = diagnostics.text();
            return std::nullopt;
        }
    }
}

void prepare(Job& job)
{
    try {
        job.test = read_test_case(job.folder);
        const ModelFace face = read_model_face(job.test.model());
        auto compiled = compile_case(job, face, job.result.reason);
        if (!compiled) {
            return;
        }
        job.compiled = *std::move(compiled);
        for (const Value* input : job.compiled.model->graph.inputs) {
            const auto it = std::ranges::find(face.inputs, input->name, &DeclaredInput::name);
            job.inputs.push_back(
                job.test.data_sets.front().inputs.at(static_cast<std::size_t>(it - face.inputs.begin())));
        }
        job.result.kernel_calls = count_kernel_calls(job.compiled.plan.program.steps);
        job.ready = true;
    } catch (const std::exception& error) {
        job.result.reason = error.what();
    }
}

void judge(Job& job, const std::optional<std::vector<Tensor>>& outputs, const std::string& log,
           const Tolerance& tolerance)
{
    const auto& expected = job.test.data_sets.front().outputs;
    if (!outputs) {
        job.result.reason = "did not run: " + log;
        return;
    }
    for (const auto& [position, tensor] : expected) {
        if (position >= outputs->size()) {
            job.result.reason = "output " + std::to_string(position) + " is missing";
            return;
        }
        const Difference difference = compare((*outputs)[position], tensor, tolerance);
        if (!difference.passed) {
            job.result.reason = "output " + std::to_string(position) + ": " + difference.reason;
            return;
        }
    }
    const bool constants_alone = job.test.data_sets.front().inputs.empty();
    if (job.result.kernel_calls == 0 && !constants_alone) {
        job.result.reason = "no kernel call";
        return;
    }
    job.result.outcome = Outcome::passed;
}

/// Compiles and runs a batch; a batch that doesn't compile is halved until the culprit stands alone.
void run_batch(const Toolchain& toolchain, std::span<Job*> batch, const CaseTree& tree)
{
    try {
        const TemporaryFolder folder;
        std::vector<DriverModel> models;
        std::vector<DriverRun> runs;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const std::string space = "case_" + std::to_string(i);
            const std::string header = space + ".hpp";
            models.push_back(
                {.header = header,
                 .space = space,
                 .emitted = write_header(
                     batch[i]->compiled, folder.path() / header,
                     {.name = space, .header = header, .weights = default_weights_mode(batch[i]->compiled.plan)}),
                 .model = batch[i]->compiled.model.get()});
            runs.push_back({.model = i, .sizes = {}, .inputs = batch[i]->inputs});
        }
        write_file(folder.path() / "driver.cpp", driver_source(models));
        const auto program = folder.path() / (toolchain.target() == Target::wasm ? "driver.js" : "driver");
        std::int64_t data_bytes = 0;
        for (const Job* job : batch) {
            data_bytes += job->compiled.plan.weight_bytes;
        }
        toolchain.compile(folder.path() / "driver.cpp", program, data_bytes);
        std::string log;
        const auto results = drive(toolchain, program, models, runs, run_limit, log);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            judge(*batch[i], results[i], log, tree.tolerance(batch[i]->name));
        }
    } catch (const std::exception& error) {
        if (batch.size() == 1) {
            batch[0]->result.reason = error.what();
            return;
        }
        const auto half = batch.size() / 2;
        run_batch(toolchain, batch.first(half), tree);
        run_batch(toolchain, batch.subspan(half), tree);
    }
}

class Progress {
public:
    explicit Progress(std::size_t total) : total_{total} {}
    void add(std::size_t count, const char* what)
    {
        const std::lock_guard lock{mutex_};
        done_ += count;
        if (done_ == total_ || done_ - shown_ >= 100) {
            shown_ = done_;
            std::cerr << what << " " << done_ << " of " << total_ << "\n";
        }
    }

private:
    std::mutex mutex_;
    std::size_t total_;
    std::size_t done_ = 0;
    std::size_t shown_ = 0;
};

template <class F>
void in_parallel(std::size_t count, F f)
{
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
        threads.emplace_back([&] {
            for (std::size_t item = next++; item < count; item = next++) {
                f(item);
            }
        });
    }
}

std::vector<std::vector<Job*>> batches(std::vector<Job>& jobs)
{
    std::vector<std::vector<Job*>> list(1);
    std::int64_t bytes = 0;
    for (Job& job : jobs) {
        if (!job.ready) {
            continue;
        }
        const std::int64_t own = job.compiled.plan.arena_bytes + job.compiled.plan.weight_bytes;
        if (!list.back().empty() && (list.back().size() == cases_a_program || bytes + own > bytes_a_program)) {
            list.emplace_back();
            bytes = 0;
        }
        list.back().push_back(&job);
        bytes += own;
    }
    return list;
}

const char* const usage = "usage: run DIR-OR-ARCHIVE… [--on wasm|native] [--tsv OUT] [--filter TEXT] [--flags \"…\"]\n";

int run(const std::vector<std::string>& words)
{
    const Arguments arguments{words, {{.name = "--on"}, {.name = "--tsv"}, {.name = "--filter"}, {.name = "--flags"}}};
    if (arguments.positional().empty()) {
        throw UsageError{"names no folder or archive of cases"};
    }
    const std::string target = arguments.value("--on", "wasm");
    if (target != "wasm" && target != "native") {
        throw UsageError{"--on is wasm or native"};
    }
    Toolchain toolchain{target == "wasm" ? Target::wasm : Target::native};
    toolchain.set_flags(split_words(arguments.value("--flags", "-O1")));
    int counts[3] = {};
    std::ofstream table;
    if (arguments.has("--tsv")) {
        table.open(arguments.value("--tsv"));
        table << "case\tresult\tkernel_calls\treason\n";
    }
    for (const auto& path : arguments.positional()) {
        const CaseTree tree{path};
        std::vector<Job> jobs;
        for (const auto& folder : tree.cases()) {
            const std::string name = folder.filename().string();
            if (name.find(arguments.value("--filter")) != std::string::npos) {
                jobs.push_back(
                    {.folder = folder, .name = name, .test = {}, .compiled = {}, .inputs = {}, .result = {}});
            }
        }
        Progress prepared{jobs.size()};
        in_parallel(jobs.size(), [&](std::size_t i) {
            prepare(jobs[i]);
            prepared.add(1, "generated");
        });
        auto list = batches(jobs);
        Progress ran{static_cast<std::size_t>(std::ranges::count(jobs, true, &Job::ready))};
        in_parallel(list.size(), [&](std::size_t i) {
            run_batch(toolchain, list[i], tree);
            ran.add(list[i].size(), "ran");
        });
        for (const Job& job : jobs) {
            constexpr const char* names[] = {"passed", "failed", "skipped"};
            const char* outcome = names[static_cast<int>(job.result.outcome)];
            ++counts[static_cast<int>(job.result.outcome)];
            if (job.result.outcome != Outcome::passed) {
                std::cout << outcome << "  " << job.name << "  " << one_line(first_line(job.result.reason)) << "\n";
            }
            if (table.is_open()) {
                table << job.name << "\t" << outcome << "\t" << job.result.kernel_calls << "\t"
                      << one_line(job.result.reason) << "\n";
            }
        }
    }
    std::cout << counts[0] << " passed, " << counts[1] << " failed, " << counts[2] << " skipped\n";
    return counts[1] == 0 && counts[0] > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        return run({argv + 1, argv + argc});
    } catch (const UsageError& error) {
        std::cerr << error.what() << "\n" << usage;
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
    }
    return 2;
}
