// If becomes a C++ if. The branches' steps stand in place, and a branch's result is written straight into the node's
// output where the branch itself computes it.
//
// A branch that can't run at the sizes that the header is made for (an exporter's variant for another sampling rate,
// say) becomes a Trap: a run that takes it ends the program, where an interpreter would report an error.
#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/control.hpp"

namespace wasminfer::gen {

namespace {

constexpr const char* branches[] = {"then_branch", "else_branch"};

/// Infers both branches. Returns the one that can't run, nullptr where both can; throws where neither can, or where an
/// input's value would settle it.
Graph* infer_branches(Infer& infer, std::string& reason)
{
    Graph* broken = nullptr;
    for (const char* key : branches) {
        Graph& body = body_of(infer, key);
        check_outputs(body, infer.output_count(), "a branch");
        try {
            infer.infer_body(body);
        } catch (const OperatorError& error) {
            if (broken || !error.unbound().empty()) {
                throw;
            }
            broken = &body;
            reason = std::string{key == branches[0] ? "then" : "else"} + " branch, " + error.what();
        }
    }
    return broken;
}

/// Leaves a branch of Traps, of the other branch's types.
void replace_by_traps(Graph& broken, const Graph& sound, const std::string& reason)
{
    broken.take_nodes();
    for (std::size_t i = 0; i < sound.outputs.size(); ++i) {
        const Value& like = *sound.outputs[i];
        std::vector<std::string> shape;
        for (const Dim& dim : *like.shape) {
            shape.push_back(dim.str());
        }
        auto trap = std::make_unique<Node>();
        trap->domain = "wasminfer";
        trap->op = "Trap";
        trap->opset = 1;
        trap->name = "can't run: " + reason;
        trap->attributes.set("type", static_cast<std::int64_t>(like.dtype));
        trap->attributes.set("shape", std::move(shape));
        broken.outputs[i] = broken.add_value(like.name + "_missing");
        trap->outputs = {broken.outputs[i]};
        broken.append_node(std::move(trap));
    }
}

void infer_if(Infer& infer)
{
    infer.require_types(0, {DType::boolean});
    std::string reason;
    Graph& then_body = body_of(infer, branches[0]);
    Graph& else_body = body_of(infer, branches[1]);
    if (Graph* broken = infer_branches(infer, reason)) {
        replace_by_traps(*broken, broken == &then_body ? else_body : then_body, reason);
        infer.infer_body(*broken);
    }
    for (std::size_t i = 0; i < infer.output_count(); ++i) {
        const Value& a = *then_body.outputs[i];
        const Value& b = *else_body.outputs[i];
        if (a.dtype != b.dtype || !(*a.shape == *b.shape)) {
            NodeView::fail("the branches give output " + std::to_string(i) + " different types: " + type_string(a) +
                               " and " + type_string(b),
                           "where the condition is always the same, make it a constant with --bind");
        }
        set_like(infer, i, a);
    }
}

/// Whether the body's own steps write the value, so that it can be given another place.
bool computed_in(const Graph& body, const Value& value, const Program& program)
{
    return value.producer && !value.is_constant() && !program.aliases.contains(&value) &&
           std::ranges::any_of(body.nodes(), [&](const auto& node) { return node.get() == value.producer; });
}

/// A result of a body, put where `target` is: without a copy where the body's steps write it themselves.
void deliver(const Graph& body, const Value& result, const Value& target, Program& program, Steps& steps)
{
    if (computed_in(body, result, program) && std::ranges::count(body.outputs, &result) == 1) {
        program.aliases[&result] = {&target, 0};
        return;
    }
    Node none;
    Lower lower{none, program, steps};
    lower.copy(lower.operand(target), lower.operand(result), element_count(*target.shape));
}

void lower_if(Lower& lower)
{
    Step step;
    step.kind = Step::Kind::branch;
    step.condition = lower.operand(0);
    for (const char* key : branches) {
        const Graph& body = body_of(lower, key);
        Steps& steps = step.bodies.emplace_back();
        lower.lower_body(body, steps);
        for (std::size_t i = 0; i < lower.output_count(); ++i) {
            if (lower.has_output(i)) {
                deliver(body, *body.outputs[i], lower.out(i), lower.program(), steps);
            }
        }
    }
    lower.steps().push_back(std::move(step));
}

/// Attributes: `type`, a DType, and `shape`, extents as Dim::str() has them.
void infer_trap(Infer& infer)
{
    only_attributes(infer, {"type", "shape"});
    Shape shape;
    for (const auto& text : infer.node().attributes.get_or<std::vector<std::string>>("shape", {})) {
        shape.push_back(parse_dim(text).value());
    }
    infer.set(0, static_cast<DType>(infer.int_attribute("type")), std::move(shape));
}

void lower_trap(Lower& lower)
{
    lower.call("trap", "kernels/trap.hpp").write(lower.result(0));
}

const Operator rows[] = {
    {.type = "If", .infer = infer_if, .lower = lower_if},
    {.type = "Trap", .infer = infer_trap, .lower = lower_trap, .domain = "wasminfer"},
};

}  // namespace

std::span<const Operator> branch_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
