#include "job.hpp"

#include <algorithm>

#include "import/face.hpp"

namespace wasminfer::gen {

namespace {

namespace fs = std::filesystem;

std::size_t position_of(const ModelFace& face, const std::string& input)
{
    return static_cast<std::size_t>(std::ranges::find(face.inputs, input, &DeclaredInput::name) - face.inputs.begin());
}

/// Binds the inputs that the findings ask for; false where there are no new ones.
bool bind_more(const Diagnostics& diagnostics, const ModelFace& face, const DataSet& data, ImportOptions& options)
{
    bool bound = false;
    for (const Finding& finding : diagnostics.findings()) {
        for (const auto& name : finding.unbound) {
            if (const auto position = position_of(face, name); position < face.inputs.size()) {
                bound |= options.bind.emplace(name, data.inputs.at(position)).second;
            }
        }
    }
    return bound;
}

bool is_constants_alone(const fs::path& model)
{
    Diagnostics diagnostics{model.string()};
    const auto imported = import_model(model, {}, diagnostics);
    return imported &&
           std::ranges::all_of(imported->graph.nodes(), [](const auto& node) { return node->is("Constant"); });
}

}  // namespace

std::vector<Job> make_jobs(const fs::path& folder, const CaseInfo& info)
{
    std::vector<Job> jobs;
    try {
        TestCase test = read_test_case(folder);
        for (std::size_t set = 0; set < test.data_sets.size(); ++set) {
            jobs.push_back({.folder = folder, .info = info, .set = set, .data = std::move(test.data_sets[set])});
        }
    } catch (const std::exception& error) {
        jobs.push_back({.folder = folder, .info = info});
        jobs.back().result.reason = error.what();
    }
    return jobs;
}

void prepare(Job& job)
{
    if (!job.result.reason.empty()) {
        return;
    }
    try {
        const fs::path model = job.folder / "model.onnx";
        const ModelFace face = read_model_face(model);
        CompileOptions options;
        options.passes.fold = false;
        std::vector<std::vector<std::int64_t>> shapes;
        for (const Tensor& input : job.data.inputs) {
            shapes.push_back(input.shape());
        }
        options.import.dims = dims_from_shapes(face, shapes);
        while (true) {
            Diagnostics diagnostics{job.folder.filename().string()};
            if (auto compiled = try_compile_model(model, options, diagnostics)) {
                job.compiled = *std::move(compiled);
                break;
            }
            if (!bind_more(diagnostics, face, job.data, options.import)) {
                job.result.reason = diagnostics.text();
                return;
            }
        }
        for (const Value* input : job.compiled.model->graph.inputs) {
            job.inputs.push_back(job.data.inputs.at(position_of(face, input->name)));
        }
        job.ready = true;
    } catch (const std::exception& error) {
        job.result.reason = error.what();
    }
}

void judge(Job& job, const std::vector<Tensor>& outputs, std::int64_t kernel_calls)
{
    CaseResult& result = job.result;
    result.kernel_calls = kernel_calls;
    if (outputs.size() != job.data.outputs.size()) {
        result.reason =
            "has " + std::to_string(outputs.size()) + " outputs, expected " + std::to_string(job.data.outputs.size());
        return;
    }
    for (const auto& [position, expected] : job.data.outputs) {
        const std::string output = "output " + std::to_string(position);
        if (position >= outputs.size()) {
            result.reason = output + " is missing";
            return;
        }
        const Difference difference = compare(outputs[position], expected, job.info.tolerance);
        if (!difference.passed) {
            result.reason = output + ": " + difference.reason;
            const bool values_alone =
                outputs[position].shape() == expected.shape() && outputs[position].dtype() == expected.dtype();
            if (values_alone && !job.info.noise.empty()) {
                result.outcome = Outcome::skipped;
                result.reason = job.info.noise + "; " + result.reason;
            }
            return;
        }
    }
    result.constants_alone = kernel_calls == 0 && is_constants_alone(job.folder / "model.onnx");
    if (kernel_calls == 0 && !result.constants_alone) {
        result.reason = "no kernel was called";
        return;
    }
    result.outcome = Outcome::passed;
}

}  // namespace wasminfer::gen
