// Scan becomes a C++ loop, as Loop does, whose body reads the sequences' own bytes.
#include <algorithm>

#include "ops/control.hpp"

namespace wasminfer::gen {

namespace {

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
    {.type = "Scan", .since = 8, .infer = infer_scan, .lower = lower_scan},
};

}  // namespace

std::span<const Operator> scan_loop_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
