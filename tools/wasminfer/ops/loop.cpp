// Loop becomes C++ control flow. The body's steps stand in place; its values share the one arena.
#include <algorithm>

#include "ops/loop.hpp"

namespace wasminfer::gen {

LoopParts::LoopParts(const NodeView& view, Graph& graph) : body{&graph}
{
    // Absent inputs at the end are not listed: without states there may be fewer than two.
    const std::size_t states = std::max<std::size_t>(view.input_count(), 2) - 2;
    if (body->inputs.size() != states + 2 || body->outputs.size() < states + 1 ||
        view.output_count() > body->outputs.size() - 1) {
        NodeView::fail("the body's inputs and outputs do not match the node's");
    }
    if (states > 0) {
        first.assign(view.node().inputs.begin() + 2, view.node().inputs.end());
    }
    inside.assign(body->inputs.begin() + 2, body->inputs.end());
    const auto split = body->outputs.begin() + 1 + static_cast<std::ptrdiff_t>(states);
    after.assign(body->outputs.begin() + 1, split);
    slices.assign(split, body->outputs.end());
}

namespace {

bool is_read(const Graph& body, const Value& value)
{
    bool read = false;
    for (const auto& node : body.nodes()) {
        read = read || std::ranges::find(node->inputs, &value) != node->inputs.end();
        for_each_subgraph(*node, [&](const Graph& inner) { read = read || UseCounts{inner}(&value) > 0; });
    }
    return read;
}

/// What is asked for first is what has to be bound: inside the body, the turn alone would be blamed.
void check_trips(const NodeView& view, const LoopParts& loop)
{
    if (!loop.slices.empty() && view.has(0) &&
        view.known_elements(0, "number of turns, which sizes the stacked outputs").size() != 1) {
        NodeView::fail("the trip count, input 0, is not one number");
    }
}

/// The shape after all turns of what has this shape in each.
Shape after_turns(Shape shape, const std::string& turn, const Dim& turns)
{
    std::ranges::transform(shape, shape.begin(), [&](const Dim& dim) { return dim.substitute({{turn, turns}}); });
    return shape;
}

/// How many Loops stand one inside the other in the graph.
int loop_depth(const Graph& graph)
{
    int deepest = 0;
    for (const auto& node : graph.nodes()) {
        for_each_subgraph(*node, [&](const Graph& inner) {
            deepest = std::max(deepest, loop_depth(inner) + (node->is("Loop") ? 1 : 0));
        });
    }
    return deepest;
}

/// How a state grows is found by inferring the body up to three times, and so at each level below: a small file could keep
/// the generator busy for days.
void check_depth(const LoopParts& loop)
{
    constexpr int most = 8;
    if (loop_depth(*loop.body) >= most) {
        NodeView::fail("has Loops in its body that nest deeper than " + std::to_string(most) + " levels");
    }
}

void infer_loop(Infer& infer)
{
    check_depth(LoopParts{infer});
    check_trips(infer, LoopParts{infer});
    const Symbols before = infer.symbols();
    const Dim turn = make_turn(infer, known_trips(infer));
    const std::string& symbol = *turn.as_symbol();
    try {
        infer_states(infer, turn);
    } catch (const WrittenOut&) {
        infer.symbols() = before;
        throw;
    }
    const LoopParts loop{infer};
    if (is_endless(infer) && always_goes_on(loop)) {
        NodeView::fail("never ends: it has no trip count, and its condition never becomes false");
    }
    const bool grows = std::ranges::any_of(loop.inside, [&](const Value* state) {
        return std::ranges::any_of(*state->shape, [&](const Dim& dim) { return dim.symbols().contains(symbol); });
    });
    Dim turns = 0;
    infer.note("counts", std::string{});
    if (grows || !loop.slices.empty()) {
        const Turns known = count_turns(infer, loop, turn);
        if (!known.most) {
            NodeView::fail(
                "stacks outputs, and neither its trip count nor its condition says how many there may be",
                "loops that stack outputs are supported with a trip count, which may be more than the turns taken, and "
                "where they go on while a counter is below or above a known number");
        }
        turns = known.exact ? *known.most : infer.measured("loop_turns", *known.most);
        infer.note("counts", known.exact ? std::string{} : *turns.as_symbol());
        Dim& last = infer.symbols().at(symbol).hi;
        last = grows ? last : max(*known.most - Dim{1}, 0);
    }
    for (std::size_t i = 0; i < loop.first.size(); ++i) {
        infer.set(i, loop.inside[i]->dtype, after_turns(*loop.inside[i]->shape, symbol, turns));
    }
    for (std::size_t i = 0; i < loop.slices.size(); ++i) {
        check_slice(*loop.slices[i], turn, loop.first.size() + i);
        Shape shape{turns};
        shape.insert(shape.end(), loop.slices[i]->shape->begin(), loop.slices[i]->shape->end());
        infer.set(loop.first.size() + i, loop.slices[i]->dtype, shape);
    }
}

void lower_loop(Lower& lower)
{
    const LoopParts loop{lower};
    start_states(lower, loop.first, loop.inside);
    Step step;
    step.kind = Step::Kind::loop;
    step.trips = known_trips(lower);
    step.trip_count = step.trips || is_endless(lower) ? Operand{} : lower.operand(0);
    step.condition = starts(lower) ? Operand{} : lower.operand(1);
    step.turn = turn_of(lower);
    step.measures = lower.string_attribute("counts", "");
    step.iteration = lower.operand(*loop.body->inputs[0]);
    step.body_condition = always_goes_on(loop) ? Operand{} : lower.operand(*loop.body->outputs[0]);
    Steps& steps = step.bodies.emplace_back();
    if (is_read(*loop.body, *loop.body->inputs[1])) {
        // Who reads the condition inside reads true: a turn is only begun with it.
        const Operand one = lower.weight("true", DType::boolean, std::vector<std::byte>{std::byte{1}});
        Node none;
        Lower{none, lower.program(), steps}.copy(lower.operand(*loop.body->inputs[1]), one, Dim{1});
    }
    lower.lower_body(*loop.body, steps);
    if (!loop.slices.empty()) {
        const std::vector<Dim> turns(loop.slices.size(), Dim::symbol(step.turn));
        stack_outputs(lower, loop.slices, loop.first.size(), turns, steps);
    }
    turn_states(lower, loop.inside, loop.after, steps);
    for (std::size_t i = 0; i < loop.first.size(); ++i) {
        if (lower.has_output(i)) {
            lower.alias(lower.out(i), *loop.inside[i]);
        }
    }
    lower.steps().push_back(std::move(step));
}

const Operator rows[] = {
    {.type = "Loop", .infer = infer_loop, .lower = lower_loop},
};

}  // namespace

std::span<const Operator> loop_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
