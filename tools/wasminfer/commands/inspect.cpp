#include <iomanip>
#include <iostream>
#include <set>

#include "commands/commands.hpp"
#include "compile/notes.hpp"
#include "hints/hints.hpp"
#include "ops/cost.hpp"
#include "plan/lower_graph.hpp"
#include "support/json.hpp"
#include "support/printable.hpp"

namespace wasminfer::gen {

namespace {

/// Everything that a report tells. What lies behind a finding (the plan, mostly) is absent.
struct Report {
    std::unique_ptr<Model> model;
    std::map<std::string, int> operators;
    std::int64_t parameters = 0;
    std::int64_t macs = 0;
    std::optional<Plan> plan;
    std::vector<std::string> notes;  ///< See notes.hpp.
    std::vector<Finding> findings;
    std::vector<StatePair> state_pairs;
    std::vector<TraceLoss> trace_losses;
};

void count_operators(const Graph& graph, Report& report)
{
    for (const auto& value : graph.values()) {
        report.parameters += value->constant && is_float(value->dtype) ? value->constant->count() : 0;
    }
    for (const auto& node : graph.nodes()) {
        ++report.operators[(node->domain.empty() ? "" : node->domain + "::") + node->op];
        for_each_subgraph(*node, [&](const Graph& body) { count_operators(body, report); });
    }
}

/// The model with its free dimensions as ranges, inferred; an empty one where that can't be.
std::unique_ptr<Model> infer_freely(const std::string& path, const ModelFace& face, const CompileOptions& options)
{
    ImportOptions import = options.import;
    import.dims = bind_all_freely(face, import.dims);
    Diagnostics diagnostics{path};
    auto model = import_model(path, import, diagnostics);
    if (!model || !diagnostics.empty()) {
        return std::make_unique<Model>();
    }
    // What fails is a finding of its own elsewhere; shapes before it are known all the same.
    infer_graph(model->graph, model->symbols, options.passes, diagnostics);
    return model;
}

Report examine(const std::string& path, const CompileOptions& options)
{
    Report report;
    Diagnostics diagnostics{path};
    report.model = import_model(path, options.import, diagnostics);
    if (report.model) {
        count_operators(report.model->graph, report);
        report.notes = face_notes(report.model->graph);
        const ModelFace face = read_model_face(path);
        report.state_pairs = find_state_pairs(face, report.model->graph);
        report.trace_losses = find_trace_losses(report.model->graph, infer_freely(path, face, options)->graph);
        if (diagnostics.empty()) {
            run_passes(*report.model, options.passes, diagnostics);
        } else {
            check_operators(report.model->graph, diagnostics);
        }
        if (diagnostics.empty()) {
            report.macs = largest(total_macs(report.model->graph), report.model->symbols);
            Plan plan = make_plan(*report.model, diagnostics);
            if (diagnostics.empty()) {
                std::ranges::move(plan_notes(plan), std::back_inserter(report.notes));
                report.plan = std::move(plan);
            }
        }
    }
    report.findings = diagnostics.findings();
    return report;
}

/// Arena bytes that are in use at a step.
std::int64_t live_bytes(const Plan& plan, int step)
{
    std::int64_t bytes = 0;
    for (const Region& region : plan.regions) {
        bytes += region.first <= step && step <= region.last ? region.bytes : 0;
    }
    return bytes;
}

void print_values(const char* title, const std::vector<Value*>& values)
{
    std::cout << title << "\n";
    for (const Value* value : values) {
        std::cout << "  " << printable(value->name) << "  " << printable(type_string(*value)) << "\n";
    }
}

/// Per convolution that can be computed in several ways: what each costs, and the one that is taken.
void print_convolutions(const Graph& graph, const Symbols& symbols, bool& first)
{
    for (const auto& node : graph.nodes()) {
        const auto costs = conv_costs(*node, symbols);
        if (!costs.empty()) {
            std::cout << (first ? "convolutions; millions of vector multiply-adds, kilobytes of weights and scratch\n"
                                : "")
                      << "  ";
            first = false;
            for (const ConvCost& cost : costs) {
                std::cout << name(cost.algorithm) << " " << cost.work * 1e-6 << " M, " << cost.weight_bytes / 1024
                          << " + " << cost.scratch_bytes / 1024 << " KB  ";
            }
            std::cout << "-> " << name(algorithm_of(*node)) << "  " << node->name << "\n";
        }
        for_each_subgraph(*node, [&](const Graph& body) { print_convolutions(body, symbols, first); });
    }
}

void print_hints(const Report& report)
{
    if (!report.state_pairs.empty()) {
        std::cout << "looks like state, to be kept in the model\n";
        for (const StatePair& pair : report.state_pairs) {
            std::cout << "  " << printable(pair.option()) << "\n";
        }
    }
    if (!report.trace_losses.empty()) {
        std::cout << "may have been lost when the model was exported\n";
        for (const TraceLoss& loss : report.trace_losses) {
            std::cout << "  " << printable(loss.where) << " " << printable(loss.message)
                      << (loss.trace.empty() ? "" : " (" + printable(loss.trace) + ")") << "\n";
        }
    }
}

void print_report(Report& report)
{
    if (report.model) {
        const Model& model = *report.model;
        std::cout << printable(model.file) << "\n  IR version " << model.ir_version;
        for (const auto& [domain, version] : model.opsets) {
            std::cout << ", " << (domain.empty() ? "ai.onnx" : printable(domain)) << " opset " << version;
        }
        std::cout << (model.producer.empty() ? "" : ", made by " + printable(model.producer)) << "\n  sha256 "
                  << model.sha256 << "\n";
        print_values("inputs", model.graph.inputs);
        print_values("outputs", model.graph.outputs);
        std::cout << "operators\n";
        for (const auto& [name, count] : report.operators) {
            std::cout << "  " << std::setw(5) << count << "  " << printable(name) << "\n";
        }
        std::cout << "parameters  " << report.parameters << "\n";
        print_hints(report);
    }
    if (report.plan) {
        Plan& plan = *report.plan;
        std::cout << std::fixed << std::setprecision(1);
        bool first = true;
        print_convolutions(report.model->graph, report.model->symbols, first);
        std::cout << "MACs        " << report.macs << "\n"
                  << "weights     " << plan.weight_bytes << " bytes\n"
                  << "arena       " << plan.arena_bytes << " bytes, lower bound " << plan.lower_bound << "\n"
                  << "plan        " << plan.step_count << " steps; bytes in use at each:\n";
        for_each_step(plan.program.steps, [&](const Step& step, int number) {
            std::cout << "  " << std::setw(4) << number << "  " << std::setw(10) << live_bytes(plan, number) << "  "
                      << step_text(step) << "  " << printable(step.label) << "\n";
        });
    }
    for (const auto& note : report.notes) {
        std::cout << "note: " << note << "\n";
    }
    std::cout << std::flush;
}

void write_values(JsonWriter& json, const char* key, const std::vector<Value*>& values)
{
    json.open_array(key);
    for (const Value* value : values) {
        json.open_object().string("name", value->name).string("type", name(value->dtype)).open_array("shape");
        if (value->shape) {
            for (const Dim& dim : *value->shape) {
                dim.is_constant() ? json.number("", dim.constant()) : json.string("", dim.str());
            }
        }
        json.close().close();
    }
    json.close();
}

std::string json_report(Report& report)
{
    JsonWriter json;
    json.open_object();
    if (report.model) {
        const Model& model = *report.model;
        json.string("file", model.file).string("sha256", model.sha256).number("ir_version", model.ir_version);
        json.string("producer", model.producer).open_object("opsets");
        for (const auto& [domain, version] : model.opsets) {
            json.number(domain.empty() ? "ai.onnx" : domain, version);
        }
        json.close();
        write_values(json, "inputs", model.graph.inputs);
        write_values(json, "outputs", model.graph.outputs);
        json.open_object("operators");
        for (const auto& [name, count] : report.operators) {
            json.number(name, static_cast<std::int64_t>(count));
        }
        json.close().number("parameters", report.parameters);
        json.open_array("states");
        for (const StatePair& pair : report.state_pairs) {
            json.open_object().string("input", pair.input).string("output", pair.output);
            json.string("option", pair.option()).close();
        }
        json.close().open_array("trace_losses");
        for (const TraceLoss& loss : report.trace_losses) {
            json.open_object().string("where", loss.where).string("message", loss.message);
            json.string("trace", loss.trace).close();
        }
        json.close();
    }
    if (report.plan) {
        Plan& plan = *report.plan;
        json.number("macs", report.macs).number("weight_bytes", plan.weight_bytes);
        json.number("arena_bytes", plan.arena_bytes).number("arena_lower_bound", plan.lower_bound);
        json.open_array("steps");
        for_each_step(plan.program.steps, [&](const Step& step, int number) {
            json.open_object().string("call", step_text(step)).string("nodes", step.label);
            json.number("live_bytes", live_bytes(plan, number)).close();
        });
        json.close();
    }
    json.open_array("notes");
    for (const auto& note : report.notes) {
        json.string("", note);
    }
    json.close().open_array("findings");
    for (const Finding& finding : report.findings) {
        json.open_object().string("where", finding.where).string("message", finding.message);
        json.string("advice", finding.advice).close();
    }
    json.close().close();
    return json.text();
}

int run(const std::vector<std::string>& words)
{
    auto options = model_options();
    options.push_back({.name = "--json", .takes_value = false});
    const Arguments arguments{words, options};
    Report report = examine(arguments.only("model"), compile_options(arguments));
    if (arguments.has("--json")) {
        std::cout << json_report(report);
    } else {
        print_report(report);
        Diagnostics diagnostics{arguments.only("model")};
        for (const Finding& finding : report.findings) {
            diagnostics.add(finding);
        }
        std::cerr << diagnostics.text();
    }
    return report.findings.empty() ? 0 : 1;
}

}  // namespace

const Command inspect_command = {
    .name = "inspect",
    .summary = "say what a model is and how it would run",
    .help =
        "usage: wasminfer inspect MODEL.onnx [--json] [options]\n"
        "\n"
        "Prints inputs, outputs, opset, operators with counts, parameters, multiply-accumulates (MACs), bytes of\n"
        "weights and arena (beside the lower bound: the largest sum of values in use at once), the plan step by step,\n"
        "and everything that stands in the way of a header: then the exit code is 1.\n"
        "\n"
        "  --json               for programs\n",
    .takes_model_options = true,
    .run = run,
};

}  // namespace wasminfer::gen
