#include "verify/verify.hpp"

#include <algorithm>
#include <ostream>

#include "import/bound_value.hpp"
#include "passes/permutation.hpp"
#include "support/files.hpp"
#include "verify/driver.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::chrono::minutes run_limit{10};

std::string scientific(double number)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.2e", number);
    return text;
}

class CaseRun {
public:
    CaseRun(const std::filesystem::path& folder, const VerifyOptions& options, const Toolchain& toolchain)
        : options_{options}, toolchain_{toolchain}, case_{read_test_case(folder)}, face_{read_model_face(case_.model())}
    {
        name_ = std::filesystem::weakly_canonical(folder).filename().string();
        for (const auto& [input, text] : options.bound) {
            bound_.insert_or_assign(input, read_bound_value(face_, input, text));
        }
    }

    VerifyCounts run(std::ostream& out)
    {
        VerifyCounts counts;
        for (const Group& group : groups()) {
            std::vector<std::optional<DriverResult>> results;
            std::string log;
            try {
                results = compile_and_run(group, log);
            } catch (const Refused& refusal) {
                log = refusal.what();
                results.assign(group.sets.size(), std::nullopt);
            }
            for (std::size_t i = 0; i < group.sets.size(); ++i) {
                const bool passed = report(*group.sets[i], group, results[i], log, out);
                ++(passed ? counts.passed : counts.failed);
                log.clear();
            }
        }
        return counts;
    }

private:
    /// Data sets whose inputs have the same shapes, and that have the same reference outputs: one header serves them.
    struct Group {
        DimBindings dims;
        std::vector<std::size_t> outputs;
        std::vector<const DataSet*> sets;
    };

    std::vector<Group> groups() const
    {
        std::vector<Group> list;
        const DimBindings ranges = options_.ranges ? ranges_of_all() : DimBindings{};
        for (const DataSet& set : case_.data_sets) {
            Group group;
            group.dims = options_.ranges ? ranges : dims_of(set);
            for (const auto& [name, range] : options_.dims) {
                if (!group.dims.contains(name)) {
                    throw Refused{"--dim " + name + ": the data does not say how large it is\n"};
                }
                group.dims[name] = range;
            }
            for (const CacheRequest& cache : options_.caches) {
                group.dims[rows_of(cache, set)] = {0, cache.rows - 1, 1};
            }
            for (const auto& [position, tensor] : set.outputs) {
                if (position >= face_.outputs.size()) {
                    throw Refused{case_.folder.string() + ": " + set.name + " has an output_" +
                                  std::to_string(position) + ".pb, and the model " +
                                  std::to_string(face_.outputs.size()) + " outputs\n"};
                }
                group.outputs.push_back(position);
            }
            const auto same = std::ranges::find_if(
                list, [&](const Group& other) { return other.dims == group.dims && other.outputs == group.outputs; });
            if (same == list.end()) {
                list.push_back(std::move(group));
                list.back().sets.push_back(&set);
            } else {
                same->sets.push_back(&set);
            }
        }
        return list;
    }

    /// Each free dimension from 1, or from the least size that a data set has, to the greatest.
    DimBindings ranges_of_all() const
    {
        DimBindings ranges;
        for (const DataSet& set : case_.data_sets) {
            for (const auto& [name, size] : dims_of(set)) {
                const auto [it, fresh] =
                    ranges.try_emplace(name, DimBinding{std::min<std::int64_t>(size.lo, 1), size.hi, 1});
                it->second.lo = std::min(it->second.lo, size.lo);
                it->second.hi = std::max(it->second.hi, size.hi);
            }
        }
        return ranges;
    }

    DimBindings dims_of(const DataSet& set) const
    {
        std::vector<std::vector<std::int64_t>> shapes;
        for (const Tensor& input : set.inputs) {
            shapes.push_back(input.shape());
        }
        return dims_from_shapes(face_, shapes);
    }

    /// The free dimension that counts a cache's rows: the one in which the data's input and output differ.
    std::string rows_of(const CacheRequest& cache, const DataSet& set) const
    {
        const auto in = static_cast<std::size_t>(std::ranges::find(face_.inputs, cache.input, &DeclaredInput::name) -
                                                 face_.inputs.begin());
        const auto out =
            static_cast<std::size_t>(std::ranges::find(face_.outputs, cache.output) - face_.outputs.begin());
        const auto reference = set.outputs.find(out);
        if (in < set.inputs.size() && face_.inputs[in].shape && reference != set.outputs.end()) {
            const auto& before = set.inputs[in].shape();
            const auto& after = reference->second.shape();
            const auto axis = std::ranges::mismatch(before, after).in1 - before.begin();
            if (before.size() == after.size() && axis < std::ssize(before)) {
                return (*face_.inputs[in].shape)[static_cast<std::size_t>(axis)].name;
            }
        }
        throw Refused{"--cache " + cache.input + "=" + cache.output + ": " + set.name +
                      " has no input and output of these names that differ in one extent\n"};
    }

    std::vector<std::optional<DriverResult>> compile_and_run(const Group& group, std::string& log) const
    {
        CompileOptions options;
        options.import.dims = group.dims;
        options.import.bind = bound_;
        options.import.custom = options_.custom;
        options.passes.fold = options_.fold;
        options.half_weights = options_.half_weights;
        options.passes.states = options_.states;
        options.passes.caches = options_.caches;
        for (const auto position : group.outputs) {
            options.import.outputs.push_back(face_.outputs[position]);
        }
        const Compiled compiled = compile_model(case_.model(), options);
        const TemporaryFolder folder;
        const std::string header = "model.hpp";
        DriverModel driver{.header = header,
                           .space = "verified",
                           .emitted = write_header(compiled, folder.path() / header,
                                                   {.name = "verified",
                                                    .header = header,
                                                    .weights = default_weights_mode(compiled.plan),
                                                    .half_weights = options_.half_weights}),
                           .model = compiled.model.get()};
        write_file(folder.path() / "driver.cpp", driver_source({driver}));
        const auto program = folder.path() / (options_.target == Target::wasm ? "driver.js" : "driver");
        toolchain_.compile(folder.path() / "driver.cpp", program, compiled.plan.weight_bytes,
                           {std::filesystem::current_path(), case_.folder});
        std::vector<DriverRun> runs;
        for (const DataSet* set : group.sets) {
            const bool keeps = !options_.states.empty() || !options_.caches.empty();
            DriverRun run{.model = 0, .sizes = {}, .inputs = given(*set), .carry_state = keeps && !runs.empty()};
            const DimBindings dims = dims_of(*set);
            for (const auto& [symbol, info] : compiled.model->symbols) {
                if (!info.measured_by) {
                    run.sizes.push_back(dims.at(symbol).lo);
                }
            }
            for (const Cache& cache : compiled.model->caches) {
                Tensor& past = run.inputs.at(cache.input);
                past = transposed(past, to_front(past.shape().size(), cache.axis));
            }
            runs.push_back(std::move(run));
        }
        auto results = drive(toolchain_, program, {driver}, runs, run_limit, log);
        for (auto& result : results) {
            for (const Cache& cache : compiled.model->caches) {
                if (result) {
                    Tensor& present = result->outputs.at(cache.output);
                    present = transposed(present, inverse(to_front(present.shape().size(), cache.axis)));
                }
            }
        }
        return results;
    }

    /// What the header takes of a data set: all inputs but the bound ones.
    std::vector<Tensor> given(const DataSet& set) const
    {
        std::vector<Tensor> inputs;
        for (std::size_t i = 0; i < set.inputs.size(); ++i) {
            const auto constant = bound_.find(face_.inputs.at(i).name);
            if (constant == bound_.end()) {
                inputs.push_back(set.inputs[i]);
            } else if (!(constant->second == set.inputs[i])) {
                throw Refused{set.name + ": input '" + constant->first + "' has another value than --bind says\n"};
            }
        }
        return inputs;
    }

    /// The line of a data set.
    bool report(const DataSet& set, const Group& group, const std::optional<DriverResult>& got, const std::string& log,
                std::ostream& out) const
    {
        const std::string label = name_ + "/" + set.name;
        if (!got) {
            out << "FAILED  " << label << "  did not run\n" << log << std::flush;
            return false;
        }
        Difference worst;
        std::string failures;
        bool as_half = false;
        for (std::size_t i = 0; i < group.outputs.size(); ++i) {
            const std::string& output = face_.outputs[group.outputs[i]];
            const Tensor& expected = set.outputs.at(group.outputs[i]);
            Difference difference = compare(got->outputs[i], expected, tolerance(output));
            if (!difference.passed && options_.half_weights && !options_.rtol && !options_.atol) {
                difference = compare(got->outputs[i], expected, half_tolerance(tolerance(output), expected));
                as_half = true;
            }
            worst.largest_absolute = std::max(worst.largest_absolute, difference.largest_absolute);
            worst.largest_relative = std::max(worst.largest_relative, difference.largest_relative);
            if (!difference.passed) {
                failures += "        " + output + ": " + difference.reason + "\n";
            }
        }
        out << (failures.empty() ? "passed  " : "FAILED  ") << label << "  largest error "
            << scientific(worst.largest_absolute) << " absolute, " << scientific(worst.largest_relative) << " relative"
            << (failures.empty() && as_half
                    ? "; more than f32 allows, as f16 weights do: up to 2^-8 of the largest value"
                    : "")
            << "\n"
            << failures << std::flush;
        return failures.empty();
    }

    Tolerance tolerance(const std::string& output) const
    {
        Tolerance tolerance;
        if (!case_.tolerances.empty()) {
            const auto it = case_.tolerances.find(output);
            // An output that meta.json doesn't speak of has to be equal.
            tolerance = it == case_.tolerances.end() ? Tolerance{.rtol = 0, .atol = 0} : it->second;
        }
        if (options_.rtol || options_.atol) {
            tolerance = {.rtol = options_.rtol.value_or(tolerance.rtol),
                         .atol = options_.atol.value_or(tolerance.atol)};
        }
        return tolerance;
    }

    const VerifyOptions& options_;
    const Toolchain& toolchain_;
    TestCase case_;
    ModelFace face_;
    std::string name_;
    std::map<std::string, Tensor> bound_;
};

}  // namespace

VerifyCounts verify_cases(const VerifyOptions& options, std::ostream& out)
{
    Toolchain toolchain{options.target};
    if (!options.compiler_flags.empty()) {
        toolchain.set_flags(options.compiler_flags);
    }
    VerifyCounts counts;
    for (const auto& folder : options.cases) {
        try {
            const auto of_case = CaseRun{folder, options, toolchain}.run(out);
            counts.passed += of_case.passed;
            counts.failed += of_case.failed;
        } catch (const Refused& refusal) {
            out << "FAILED  " << folder.string() << "\n" << refusal.what() << std::flush;
            ++counts.failed;
        }
    }
    return counts;
}

}  // namespace wasminfer::gen
