#include "plan/lower_graph.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "ops/operator.hpp"
#include "ops/symbolic.hpp"
#include "plan/join_copies.hpp"
#include "plan/program_bytes.hpp"
#include "plan/remove_unread_steps.hpp"

namespace wasminfer::gen {

namespace {

/// Steps of a body that stand for no node of it are called after the node around it.
void name_steps(std::span<Step> steps, const std::string& name)
{
    for (Step& step : steps) {
        step.label = step.label.empty() ? name : step.label;
        for (Steps& body : step.bodies) {
            name_steps(body, name);
        }
    }
}

/// A sum of multiples of symbols, and a number.
bool is_linear(const Dim& dim)
{
    std::map<std::string, std::int64_t> zeros;
    for (const auto& symbol : dim.symbols()) {
        zeros[symbol] = 0;
    }
    const auto constant = dim.evaluate(zeros);
    Dim sum = constant.value_or(0);
    for (const auto& [symbol, zero] : zeros) {
        auto one = zeros;
        one[symbol] = 1;
        const auto with = dim.evaluate(one);
        if (!constant || !with) {
            return false;
        }
        sum += Dim{*with - *constant} * Dim::symbol(symbol);
    }
    return sum == dim;
}

/// The elements of a node's only output where they are expressions over the free dimensions: what arithmetic on shapes
/// leads to is written down at once, without the steps of the way there. What picks from another tensor of sizes is a
/// view of it more often than not, and stays.
const std::vector<Dim>* written_sizes(const Node& node, const Operator& row, const Symbols& symbols)
{
    constexpr std::size_t most = 8;
    if (node.outputs.size() != 1 || !node.outputs[0] || row.moves != 0) {
        return nullptr;
    }
    const Value& out = *node.outputs[0];
    const bool few = out.elements && out.dtype == DType::i64 && !out.constant && out.elements->size() <= most;
    const auto is_free = [](const Dim& size) { return !size.is_constant(); };
    // A quotient may be small and what it divides past an index of 32 bits, where the node's kernel has 64.
    const auto is_small = [&](const Dim& size) { return is_linear(size) && is_exact(size, DType::f32, symbols); };
    const bool free = few && std::ranges::any_of(*out.elements, is_free);
    return free && std::ranges::all_of(*out.elements, is_small) ? &*out.elements : nullptr;
}

void lower_nodes(const Graph& graph, const Symbols& symbols, Program& program, Steps& steps, Diagnostics& diagnostics)
{
    for (const auto& node : graph.nodes()) {
        const Operator* row = find_operator(node->domain, node->op, node->opset);
        const std::size_t first = steps.size();
        try {
            if (!row) {
                throw explain_missing(*node);
            }
            Lower lower{*node, program, steps, [&](const Graph& body, Steps& inner) {
                            lower_nodes(body, symbols, program, inner, diagnostics);
                        }};
            if (const auto* sizes = written_sizes(*node, *row, symbols)) {
                lower_sizes(lower, *sizes);
            } else {
                row->lower(lower);
            }
        } catch (const OperatorError& error) {
            diagnostics.add(*node, error);
        }
        name_steps(std::span{steps}.subspan(first), node_label(*node));
    }
}

/// An output that is a view of an input gets bytes of its own, copied before the first step: a caller who fills the next
/// input while reading the last output must not be surprised. A cache is both by intention.
void separate_outputs(const Model& model, Program& program)
{
    for (std::size_t i = 0; i < model.graph.outputs.size(); ++i) {
        if (std::ranges::find(model.caches, i, &Cache::output) != model.caches.end()) {
            continue;
        }
        const Value* output = model.graph.outputs[i];
        const auto alias = program.aliases.find(output);
        const Value* source = root_of(output, program);
        if (alias == program.aliases.end() ||
            std::ranges::find(model.graph.inputs, source) == model.graph.inputs.end()) {
            continue;
        }
        Steps steps;
        const Node none;
        Lower lower{none, program, steps};
        Operand from = lower.operand(*alias->second.base);
        from.byte_offset = alias->second.byte_offset;
        from.dtype = output->dtype;
        lower.copy(lower.operand(*output), from, element_count(*output->shape));
        steps[0].label = output->name;
        program.aliases.erase(alias);
        program.steps.insert(program.steps.begin(), std::move(steps[0]));
    }
}

/// A cache's new rows are computed where they belong, if a step of their own makes them: nothing is left to copy.
void place_new_rows(const Model& model, Program& program)
{
    for (const Cache& cache : model.caches) {
        const Value* input = model.graph.inputs[cache.input];
        const auto is_append = [&](const Step& step) {
            const auto* to = step.call.arguments.size() > 1 ? std::get_if<Operand>(&step.call.arguments[1]) : nullptr;
            return step.call.function == "copy" && to && to->kind == Operand::Kind::value && to->value == input;
        };
        const auto append = std::ranges::find_if(program.steps, is_append);
        if (append == program.steps.end()) {
            continue;
        }
        const auto& from = std::get<Operand>(append->call.arguments[0]);
        const Value* rows = root_of(from.value, program);
        const bool whole = known_equal(element_count(*rows->shape), element_count(*from.value->shape)) &&
                           size_of(rows->dtype) == size_of(from.value->dtype);
        const bool made = rows->producer && !rows->constant && from.byte_offset == Dim{0};
        const bool seen = std::ranges::any_of(model.graph.outputs,
                                              [&](const Value* output) { return root_of(output, program) == rows; });
        if (whole && made && !seen) {
            program.aliases[rows] = {input, std::get<Operand>(append->call.arguments[1]).byte_offset};
            program.steps.erase(append);
        }
    }
}

}  // namespace

std::string node_label(const Node& node)
{
    if (!node.name.empty()) {
        return node.name;
    }
    const Value* output = node.output(0);
    return output ? node.op + " -> " + output->name : node.op;
}

std::string step_text(const Step& step)
{
    switch (step.kind) {
    case Step::Kind::branch: return "if";
    case Step::Kind::loop: return "loop";
    case Step::Kind::kernel: break;
    }
    const auto& arguments = step.call.template_arguments;
    return step.call.function + (arguments.empty() ? "" : "<" + arguments + ">");
}

Program lower_graph(const Model& model, Diagnostics& diagnostics)
{
    Program program;
    lower_nodes(model.graph, model.symbols, program, program.steps, diagnostics);
    separate_outputs(model, program);
    place_new_rows(model, program);
    join_copies(program, model.graph.outputs);
    remove_unread_steps(program, model.graph.outputs);
    return program;
}

}  // namespace wasminfer::gen
