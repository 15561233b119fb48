// States of a Loop that change their shape from turn to turn: path = cat([path, step]).
#include <algorithm>

#include "ir/copy.hpp"
#include "ops/loop.hpp"

namespace wasminfer::gen {

namespace {

using Shapes = std::vector<Shape>;

/// A copy of the body, inferred with these shapes of the states. Inference leaves traces: what turns out to be wrong for
/// later turns must not have touched the body itself.
struct Attempt {
    Attempt(Infer& infer, const Dim& turn, const Shapes& states)
        : body{copy_graph(body_of(infer, "body"))}, parts{infer, *body}
    {
        enter(infer, parts, turn, states);
        try {
            infer.infer_body(*body);
        } catch (const OperatorError& error) {
            failure = error;
        }
    }

    static void enter(const Infer& infer, const LoopParts& loop, const Dim& turn, const Shapes& states)
    {
        Value& iteration = *loop.body->inputs[0];
        iteration.dtype = DType::i64;
        iteration.shape = Shape{};
        iteration.elements = std::vector{turn};
        Value& condition = *loop.body->inputs[1];
        condition.dtype = DType::boolean;
        condition.shape = Shape{};
        for (std::size_t i = 0; i < loop.inside.size(); ++i) {
            loop.inside[i]->dtype = infer.in(i + 2).dtype;
            loop.inside[i]->shape = states[i];
        }
    }

    std::shared_ptr<Graph> body;
    LoopParts parts;
    std::optional<OperatorError> failure;
};

/// Whether a state is known to leave the turn with another shape than it came with.
bool changes(const LoopParts& loop)
{
    bool any = false;
    for (std::size_t i = 0; i < loop.inside.size(); ++i) {
        any = any || (loop.after[i]->shape && !(*loop.after[i]->shape == *loop.inside[i]->shape));
    }
    return any;
}

bool same(const Shape& a, const Shape& b)
{
    return std::ranges::equal(a, b, known_equal);
}

Shape in_turn(Shape shape, const Dim& turn, const Dim& when)
{
    std::ranges::transform(shape, shape.begin(),
                           [&](const Dim& dim) { return dim.substitute({{*turn.as_symbol(), when}}); });
    return shape;
}

[[noreturn]] void refuse(const Value& before, const Value& after, std::size_t which)
{
    NodeView::fail(
        "the state " + std::to_string(which) + " changes from " + type_string(before) + " to " + type_string(after) +
            " in one turn; only states that keep their shape, or grow by the same extents in every turn, are "
            "supported",
        "loops whose number of turns is known when the header is made are written out, whatever they carry");
}

/// The shapes over the turn, if every turn adds what the first one does.
Shapes growing_shapes(const LoopParts& loop, const Dim& turn)
{
    Shapes shapes;
    for (std::size_t i = 0; i < loop.inside.size(); ++i) {
        const Value& before = *loop.inside[i];
        const Value& after = *loop.after[i];
        if (before.dtype != after.dtype || before.rank() != after.rank()) {
            refuse(before, after, i);
        }
        Shape& shape = shapes.emplace_back(*before.shape);
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            const Dim growth = (*after.shape)[axis] - shape[axis];
            if (growth.symbols().contains(*turn.as_symbol())) {
                refuse(before, after, i);
            }
            shape[axis] = shape[axis] + growth * turn;
        }
    }
    return shapes;
}

/// Whether the state leaves a turn with the shape that it has in the next.
bool keeps_growing(const Value& before, const Value& after, const Dim& turn)
{
    return before.dtype == after.dtype && same(in_turn(*before.shape, turn, turn + Dim{1}), *after.shape);
}

bool all_keep_growing(const LoopParts& loop, const Dim& turn)
{
    bool all = true;
    for (std::size_t i = 0; i < loop.inside.size(); ++i) {
        all = all && keeps_growing(*loop.inside[i], *loop.after[i], turn);
    }
    return all;
}

void accept(Infer& infer, const Attempt& attempt, const Dim& turn)
{
    if (attempt.failure) {
        throw OperatorError{*attempt.failure};
    }
    for (std::size_t i = 0; i < attempt.parts.inside.size(); ++i) {
        const Value& before = *attempt.parts.inside[i];
        const Value& after = *attempt.parts.after[i];
        if (!keeps_growing(before, after, turn)) {
            refuse(before, after, i);
        }
    }
    infer.note("body", attempt.body);
}

bool is_few(const Turns& turns, const Graph& body)
{
    return turns.exact && turns.most->is_constant() &&
           turns.most->constant() <=
               static_cast<std::int64_t>(most_written_out / std::max<std::size_t>(body.nodes().size(), 1));
}

/// With shapes over the turn. Throws WrittenOut where the turns are few, and where only their number will tell how many there
/// are.
void infer_growth(Infer& infer, const LoopParts& loop, const Dim& turn)
{
    const Symbols before = infer.symbols();
    const Shapes shapes = growing_shapes(loop, turn);
    Attempt growing{infer, turn, shapes};
    if (growing.failure) {
        throw OperatorError{*growing.failure};
    }
    Turns turns = count_turns(infer, growing.parts, turn);
    if (turns.most && !all_keep_growing(growing.parts, turn)) {
        // What shrinks may need to know that there are no more turns than it has rows. Whether there are no more, as shapes
        // and condition are up to the last, is asked again.
        const Dim most = *turns.most;
        infer.symbols() = before;
        infer.symbols().at(*turn.as_symbol()).hi = max(most - Dim{1}, 0);
        growing = Attempt{infer, turn, shapes};
        turns = growing.failure ? Turns{} : count_turns(infer, growing.parts, turn);
        turns = turns.most && known_equal(*turns.most, most) ? turns : Turns{};
    }
    if (!turns.most || is_few(turns, *growing.body)) {
        throw WrittenOut{};
    }
    accept(infer, growing, turn);
    // After the last turn a state is as large as it would be in one more.
    infer.symbols().at(*turn.as_symbol()).hi = *turns.most;
}

}  // namespace

void infer_states(Infer& infer, const Dim& turn)
{
    const LoopParts loop{infer};
    Shapes first;
    for (std::size_t i = 0; i < loop.first.size(); ++i) {
        first.push_back(infer.shape(i + 2));
    }
    const Symbols before = infer.symbols();
    const Attempt steady{infer, turn, first};
    if (!changes(steady.parts)) {
        accept(infer, steady, turn);
        return;
    }
    infer.symbols() = before;
    const auto trips = known_trips(infer);
    try {
        if (steady.failure) {
            throw OperatorError{*steady.failure};
        }
        infer_growth(infer, steady.parts, turn);
    } catch (const WrittenOut&) {
        throw;
    } catch (const OperatorError&) {
        // Turn by turn it may well do, or the reason be told better.
        if (is_endless(infer) || (trips && trips->is_constant())) {
            throw WrittenOut{};
        }
        throw;
    }
}

}  // namespace wasminfer::gen
