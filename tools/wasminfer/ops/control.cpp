// Loop and Scan become C++ control flow. The bodies' steps stand in place; their values share the one arena.
#include <algorithm>

#include "ops/control.hpp"

namespace wasminfer::gen {

namespace {

// What Loop and Scan have in common: state that goes from turn to turn, and outputs that are stacked.

/// The counter of a loop, as bodies' shapes, elements and byte offsets name it: from 0 to trips - 1. The node keeps its
/// name in the attribute `turn`.
Dim make_turn(Infer& infer, const std::optional<Dim>& trips)
{
    const Dim most = trips ? max(*trips - Dim{1}, 0) : Dim{std::numeric_limits<std::int64_t>::max()};
    const Dim turn = infer.measured("turn", most);
    infer.note("turn", *turn.as_symbol());
    return turn;
}

std::string turn_of(const NodeView& view)
{
    return view.string_attribute("turn", "");
}

/// A slice of a stacked output must not grow or shrink with the turn.
void check_slice(const Value& slice, const Dim& turn, std::size_t which)
{
    const auto changes = [&](const Dim& dim) { return dim.symbols().contains(*turn.as_symbol()); };
    if (std::ranges::any_of(*slice.shape, changes)) {
        NodeView::fail("the stacked output " + std::to_string(which) + " would be made of tensors of changing shape, " +
                       type_string(slice));
    }
}

/// A value of the body that stands for the input's state must keep its type from turn to turn.
void check_state(const Value& before, const Value& after, std::size_t which)
{
    if (before.dtype != after.dtype || !(*before.shape == *after.shape)) {
        NodeView::fail("the state " + std::to_string(which) + " changes from " + type_string(before) + " to " +
                       type_string(after) + " in one turn; only states that keep their shape are supported");
    }
}

void like(Value& inner, const Value& outer)
{
    inner.dtype = outer.dtype;
    inner.shape = outer.shape;
}

/// Before the loop: the state's first value. The body reads and leaves it in one place.
void start_states(Lower& lower, const std::vector<Value*>& first, const std::vector<Value*>& inside)
{
    for (std::size_t i = 0; i < first.size(); ++i) {
        lower.copy(lower.operand(*inside[i]), lower.operand(*first[i]), element_count(*first[i]->shape));
    }
}

/// At a turn's end: the new states take the old ones' place. One that is another's old state (two that swap) goes
/// through a temporary, as a parallel assignment.
void turn_states(Lower& lower, const std::vector<Value*>& inside, const std::vector<Value*>& after, Steps& steps)
{
    Node none;
    Lower inner{none, lower.program(), steps};
    std::vector<Operand> sources;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        Operand source = inner.operand(*after[i]);
        const Value* root = after[i];
        for (auto it = lower.program().aliases.find(root); it != lower.program().aliases.end();
             it = lower.program().aliases.find(root)) {
            root = it->second.base;
        }
        const bool is_old_state = root != inside[i] && std::ranges::find(inside, root) != inside.end();
        if (is_old_state) {
            const Dim count = element_count(*after[i]->shape);
            const Operand saved =
                inner.temporary(after[i]->dtype, count * Dim{static_cast<std::int64_t>(size_of(after[i]->dtype))});
            inner.copy(saved, source, count);
            source = saved;
        }
        sources.push_back(std::move(source));
    }
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (after[i] != inside[i]) {
            inner.copy(inner.operand(*inside[i]), sources[i], element_count(*inside[i]->shape));
        }
    }
}

/// The slice of a stacked output that a turn writes.
void stack_outputs(Lower& lower, const std::vector<Value*>& slices, std::size_t first_output,
                   const std::vector<Dim>& turns, Steps& steps)
{
    Node none;
    Lower inner{none, lower.program(), steps};
    for (std::size_t i = 0; i < slices.size(); ++i) {
        if (lower.has_output(first_output + i)) {
            const Dim count = element_count(*slices[i]->shape);
            Operand to = inner.operand(lower.out(first_output + i));
            to.byte_offset = turns[i] * count * Dim{static_cast<std::int64_t>(size_of(slices[i]->dtype))};
            inner.copy(to, inner.operand(*slices[i]), count);
        }
    }
}

// Loop

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

// Scan

struct ScanParts {
    explicit ScanParts(const NodeView& view) : body{body_of(view, "body")}
    {
        const auto scanned = view.int_attribute("num_scan_inputs");
        const std::size_t skipped = view.opset() < 9 ? 1 : 0;
        if (scanned < 1 || view.input_count() < skipped + static_cast<std::size_t>(scanned)) {
            NodeView::fail("num_scan_inputs does not match its inputs");
        }
        const std::size_t states = view.input_count() - skipped - static_cast<std::size_t>(scanned);
        if (body.inputs.size() != states + static_cast<std::size_t>(scanned) || body.outputs.size() < states ||
            view.output_count() > body.outputs.size()) {
            NodeView::fail("the body's inputs and outputs do not match the node's");
        }
        if (skipped == 1 && view.has(0)) {
            NodeView::fail("sequence lengths (input 0 at opset 8) are not supported");
        }
        const auto at = [](const std::vector<Value*>& list, std::size_t from, std::size_t to) {
            return std::vector<Value*>(list.begin() + static_cast<std::ptrdiff_t>(from),
                                       list.begin() + static_cast<std::ptrdiff_t>(to));
        };
        first = at(view.node().inputs, skipped, skipped + states);
        sequences = at(view.node().inputs, skipped + states, view.input_count());
        inside = at(body.inputs, 0, states);
        elements = at(body.inputs, states, body.inputs.size());
        after = at(body.outputs, 0, states);
        slices = at(body.outputs, states, body.outputs.size());
        for (const char* axes : {"scan_input_axes", "scan_output_axes"}) {
            for (const auto axis : view.ints_attribute(axes)) {
                if (axis != 0) {
                    NodeView::fail(std::string{axes} + " other than 0 are not supported");
                }
            }
        }
        input_reversed = flags(view, view.opset() < 9 ? "directions" : "scan_input_directions", elements.size());
        output_reversed = flags(view, "scan_output_directions", slices.size());
        batched = view.opset() < 9;
    }

    static std::vector<bool> flags(const NodeView& view, const std::string& key, std::size_t count)
    {
        std::vector<bool> list(count, false);
        const auto given = view.ints_attribute(key);
        for (std::size_t i = 0; i < std::min(count, given.size()); ++i) {
            list[i] = given[i] != 0;
        }
        return list;
    }

    /// At opset 8 every operand has a batch in front, which the body does not see.
    Shape inner_shape(const Value& value, std::size_t dropped) const
    {
        if (!value.shape || value.shape->size() < dropped + (batched ? 1 : 0)) {
            NodeView::fail("an operand has too few dimensions");
        }
        if (batched && !((*value.shape)[0] == Dim{1})) {
            NodeView::fail("a batch of " + (*value.shape)[0].str() + " is not supported at opset 8, only of 1");
        }
        return {value.shape->begin() + static_cast<std::ptrdiff_t>(dropped + (batched ? 1 : 0)), value.shape->end()};
    }

    Dim length() const
    {
        const Value& sequence = *sequences[0];
        inner_shape(sequence, 1);
        return (*sequence.shape)[batched ? 1 : 0];
    }

    Graph& body;
    std::vector<Value*> first, sequences, inside, elements, after, slices;
    std::vector<bool> input_reversed, output_reversed;
    bool batched = false;
};

void infer_scan(Infer& infer)
{
    const ScanParts scan{infer};
    for (std::size_t i = 0; i < scan.first.size(); ++i) {
        scan.inside[i]->dtype = scan.first[i]->dtype;
        scan.inside[i]->shape = scan.inner_shape(*scan.first[i], 0);
    }
    for (std::size_t i = 0; i < scan.sequences.size(); ++i) {
        scan.elements[i]->dtype = scan.sequences[i]->dtype;
        scan.elements[i]->shape = scan.inner_shape(*scan.sequences[i], 1);
    }
    const Dim turn = make_turn(infer, scan.length());
    infer.infer_body(scan.body);
    const Shape batch = scan.batched ? Shape{Dim{1}} : Shape{};
    for (std::size_t i = 0; i < scan.first.size(); ++i) {
        check_state(*scan.inside[i], *scan.after[i], i);
        infer.set(i, scan.first[i]->dtype, *scan.first[i]->shape);
    }
    for (std::size_t i = 0; i < scan.slices.size(); ++i) {
        check_slice(*scan.slices[i], turn, scan.first.size() + i);
        Shape shape = batch;
        shape.push_back(scan.length());
        shape.insert(shape.end(), scan.slices[i]->shape->begin(), scan.slices[i]->shape->end());
        infer.set(scan.first.size() + i, scan.slices[i]->dtype, shape);
    }
}

void lower_scan(Lower& lower)
{
    const ScanParts scan{lower};
    start_states(lower, scan.first, scan.inside);
    Step step;
    step.kind = Step::Kind::loop;
    step.trips = scan.length();
    step.turn = turn_of(lower);
    const Dim forward = Dim::symbol(step.turn);
    const auto position = [&](bool reversed) { return reversed ? *step.trips - Dim{1} - forward : forward; };
    for (std::size_t i = 0; i < scan.elements.size(); ++i) {
        // The body reads the sequence's own bytes.
        const Value& element = *scan.elements[i];
        const Dim bytes = element_count(*element.shape) * Dim{static_cast<std::int64_t>(size_of(element.dtype))};
        lower.alias(element, *scan.sequences[i], position(scan.input_reversed[i]) * bytes);
    }
    Steps& steps = step.bodies.emplace_back();
    lower.lower_body(scan.body, steps);
    std::vector<Dim> turns;
    for (const bool reversed : scan.output_reversed) {
        turns.push_back(position(reversed));
    }
    stack_outputs(lower, scan.slices, scan.first.size(), turns, steps);
    turn_states(lower, scan.inside, scan.after, steps);
    for (std::size_t i = 0; i < scan.first.size(); ++i) {
        if (lower.has_output(i)) {
            lower.alias(lower.out(i), *scan.inside[i]);
        }
    }
    lower.steps().push_back(std::move(step));
}

const Operator rows[] = {
    {.type = "Loop", .infer = infer_loop, .lower = lower_loop},
    {.type = "Scan", .since = 8, .infer = infer_scan, .lower = lower_scan},
};

}  // namespace

std::span<const Operator> control_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
