// Runs ONNX backend cases through generated code: many models a program, several programs at once.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "batch.hpp"
#include "commands/arguments.hpp"

namespace {

using namespace wasminfer::gen;

class Progress {
public:
    Progress(std::size_t total, std::string what) : total_{total}, what_{std::move(what)} {}

    void add(std::size_t count)
    {
        const std::lock_guard lock{mutex_};
        done_ += count;
        if (done_ == total_ || done_ - shown_ >= 100) {
            shown_ = done_;
            std::cerr << what_ << " " << done_ << " of " << total_ << "\n";
        }
    }

private:
    std::mutex mutex_;
    std::size_t total_;
    std::string what_;
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

/// What a table or a terminal shows of a reason: its first lines in one, without the case's own name.
std::string one_line(std::string text)
{
    std::ranges::replace(text, '\n', ' ');
    std::ranges::replace(text, '\t', ' ');
    return text.substr(0, 400);
}

const char* name(Outcome outcome)
{
    return outcome == Outcome::passed ? "passed" : outcome == Outcome::failed ? "failed" : "skipped";
}

struct Counts {
    int passed = 0, failed = 0, skipped = 0, constants_alone = 0;

    void add(const CaseResult& result)
    {
        passed += result.outcome == Outcome::passed ? 1 : 0;
        failed += result.outcome == Outcome::failed ? 1 : 0;
        skipped += result.outcome == Outcome::skipped ? 1 : 0;
        constants_alone += result.constants_alone ? 1 : 0;
    }

    std::string text() const
    {
        return std::to_string(passed) + " passed, " + std::to_string(failed) + " failed, " + std::to_string(skipped) +
               " skipped";
    }
};

class Report {
public:
    explicit Report(const std::string& table)
    {
        if (!table.empty()) {
            table_.open(table);
            table_ << "case\tresult\tkernel_calls\treason\n";
            if (!table_) {
                throw UsageError{"cannot write " + table};
            }
        }
    }

    void add(const std::string& case_name, const CaseInfo& info, const CaseResult& result)
    {
        all_.add(result);
        tiers_[info.tier].add(result);
        if (result.outcome != Outcome::passed) {
            std::cout << name(result.outcome) << "  " << case_name << "  " << one_line(result.reason) << "\n";
        }
        table_ << case_name << "\t" << name(result.outcome) << "\t" << result.kernel_calls << "\t"
               << (result.constants_alone ? "constants alone" : one_line(result.reason)) << "\n";
    }

    /// True where nothing failed.
    bool finish() const
    {
        for (const auto& [tier, counts] : tiers_) {
            if (!tier.empty()) {
                std::cout << "tier " << tier << ": " << counts.text() << "\n";
            }
        }
        if (all_.constants_alone > 0) {
            std::cout << all_.constants_alone << " of those that passed are constants alone: no kernel runs\n";
        }
        std::cout << all_.text() << "\n";
        return all_.failed == 0 && all_.passed > 0;
    }

private:
    std::ofstream table_;
    Counts all_;
    std::map<std::string, Counts> tiers_;
};

std::vector<Job> jobs_of(const CaseTree& tree, const std::string& filter)
{
    std::vector<Job> jobs;
    for (const auto& folder : tree.cases()) {
        if (folder.filename().string().find(filter) != std::string::npos) {
            std::ranges::move(make_jobs(folder, tree.info(folder)), std::back_inserter(jobs));
        }
    }
    return jobs;
}

void run_jobs(std::vector<Job>& jobs, const Toolchain& toolchain)
{
    Progress generated{jobs.size(), "generated"};
    in_parallel(jobs.size(), [&](std::size_t i) {
        prepare(jobs[i]);
        generated.add(1);
    });
    const auto batches = make_batches(jobs);
    Progress ran{static_cast<std::size_t>(std::ranges::count(jobs, true, &Job::ready)), "ran"};
    in_parallel(batches.size(), [&](std::size_t i) {
        run_batch(toolchain, batches[i]);
        ran.add(batches[i].size());
    });
}

/// A case is what the worst of its data sets is, and called as many kernels as the one that called fewest.
void report(const std::vector<Job>& jobs, Report& report)
{
    for (auto first = jobs.begin(); first != jobs.end();) {
        const auto last = std::find_if(first, jobs.end(), [&](const Job& job) { return job.folder != first->folder; });
        CaseResult result = first->result;
        for (auto job = first; job != last; ++job) {
            const bool worse = result.outcome == Outcome::passed && job->result.outcome != Outcome::passed;
            const auto calls = std::min(result.kernel_calls, job->result.kernel_calls);
            result = worse ? job->result : result;
            result.kernel_calls = calls;
        }
        report.add(first->folder.filename().string(), first->info, result);
        first = last;
    }
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
    Report all{arguments.value("--tsv")};
    for (const auto& path : arguments.positional()) {
        const CaseTree tree{path};
        std::vector<Job> jobs = jobs_of(tree, arguments.value("--filter"));
        run_jobs(jobs, toolchain);
        report(jobs, all);
    }
    return all.finish() ? 0 : 1;
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
