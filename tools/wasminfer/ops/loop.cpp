// Loop becomes C++ control flow. The body's steps stand in place; its values share the one arena.
#include <algorithm>

#include "ops/control.hpp"

namespace wasminfer::gen {

namespace {

void like(Value& inner, const Value& outer)
{
    inner.dtype = outer.dtype;
    inner.shape = outer.shape;
}

struct LoopParts {
    explicit LoopParts(const NodeView& view) : body{body_of(view, "body")}
    {
        // Absent inputs at the end are not listed: without states there may be fewer than two.
        const std::size_t states = std::max<std::size_t>(view.input_count(), 2) - 2;
        if (body.inputs.size() != states + 2 || body.outputs.size() < states + 1 ||
            view.output_count() > body.outputs.size() - 1) {
            NodeView::fail("the body's inputs and outputs do not match the node's");
        }
        if (states > 0) {
            first.assign(view.node().inputs.begin() + 2, view.node().inputs.end());
        }
        inside.assign(body.inputs.begin() + 2, body.inputs.end());
        const auto split = body.outputs.begin() + 1 + static_cast<std::ptrdiff_t>(states);
        after.assign(body.outputs.begin() + 1, split);
        slices.assign(split, body.outputs.end());
    }

    Graph& body;
    std::vector<Value*> first, inside, after, slices;
};

/// Whether the body leaves its condition true whatever happens.
bool always_goes_on(const LoopParts& loop)
{
    const Value* condition = loop.body.outputs[0];
    while (condition->producer && condition->producer->is("Identity")) {
        condition = condition->producer->input(0);
    }
    if (condition == loop.body.inputs[1]) {
        return true;
    }
    const Tensor* numbers = condition->numbers();
    return numbers && numbers->count() == 1 && numbers->to_ints()[0] != 0;
}

bool is_read(const Graph& body, const Value& value)
{
    bool read = false;
    for (const auto& node : body.nodes()) {
        read = read || std::ranges::find(node->inputs, &value) != node->inputs.end();
        for_each_subgraph(*node, [&](const Graph& inner) { read = read || UseCounts{inner}(&value) > 0; });
    }
    return read;
}

bool starts(const NodeView& view)
{
    const Tensor* numbers = view.has(1) ? view.in(1).numbers() : nullptr;
    return !view.has(1) || (numbers && numbers->count() == 1 && numbers->to_ints()[0] != 0);
}

/// The number of turns where it is known when the header is made.
std::optional<Dim> known_trips(const NodeView& view)
{
    if (!view.has(0)) {
        return std::nullopt;
    }
    const auto elements = view.elements(0);
    return elements && elements->size() == 1 ? std::optional{max((*elements)[0], Dim{0})} : std::nullopt;
}

/// The number of turns, where the size of what they stack has to be known.
Dim needed_trips(const NodeView& view)
{
    if (!view.has(0)) {
        NodeView::fail(
            "stacks outputs and has no trip count: how many there will be is not known",
            "loops that stack outputs are supported with a trip count, which may be more than the turns taken");
    }
    const auto trips = view.known_elements(0, "number of turns, which sizes the stacked outputs");
    if (trips.size() != 1) {
        NodeView::fail("the trip count, input 0, is not one number");
    }
    return max(trips[0], Dim{0});
}

void infer_loop(Infer& infer)
{
    const LoopParts loop{infer};
    // What is asked for first is what has to be bound: inside the body, the turn alone would be blamed.
    const auto trips = loop.slices.empty() ? known_trips(infer) : needed_trips(infer);
    const Dim turn = make_turn(infer, trips);
    loop.body.inputs[0]->dtype = DType::i64;
    loop.body.inputs[0]->shape = Shape{};
    loop.body.inputs[0]->elements = std::vector{turn};
    loop.body.inputs[1]->dtype = DType::boolean;
    loop.body.inputs[1]->shape = Shape{};
    for (std::size_t i = 0; i < loop.first.size(); ++i) {
        like(*loop.inside[i], infer.in(i + 2));
    }
    infer.infer_body(loop.body);
    for (std::size_t i = 0; i < loop.first.size(); ++i) {
        check_state(*loop.inside[i], *loop.after[i], i);
        set_like(infer, i, *loop.inside[i]);
    }
    if (loop.slices.empty()) {
        return;
    }
    const bool all_turns = starts(infer) && always_goes_on(loop);
    const Dim turns = all_turns ? *trips : infer.measured("loop_turns", *trips);
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
    step.trip_count = step.trips ? Operand{} : lower.operand(0);
    step.condition = starts(lower) ? Operand{} : lower.operand(1);
    step.turn = turn_of(lower);
    step.iteration = lower.operand(*loop.body.inputs[0]);
    step.body_condition = always_goes_on(loop) ? Operand{} : lower.operand(*loop.body.outputs[0]);
    Steps& steps = step.bodies.emplace_back();
    if (is_read(loop.body, *loop.body.inputs[1])) {
        // Who reads the condition inside reads true: a turn is only begun with it.
        const Operand one = lower.weight("true", DType::boolean, std::vector<std::byte>{std::byte{1}});
        Node none;
        Lower{none, lower.program(), steps}.copy(lower.operand(*loop.body.inputs[1]), one, Dim{1});
    }
    lower.lower_body(loop.body, steps);
    if (!loop.slices.empty()) {
        const std::vector<Dim> turns(loop.slices.size(), Dim::symbol(step.turn));
        stack_outputs(lower, loop.slices, loop.first.size(), turns, steps);
        const Dim& stacked = (*lower.out(loop.first.size()).shape)[0];
        if (const std::string* symbol = stacked.as_symbol(); symbol && !(known_trips(lower) == stacked)) {
            step.measures = *symbol;
        }
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
