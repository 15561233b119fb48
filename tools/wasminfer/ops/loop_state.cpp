#include <algorithm>

#include "ops/control.hpp"

namespace wasminfer::gen {

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

void check_slice(const Value& slice, const Dim& turn, std::size_t which)
{
    const auto changes = [&](const Dim& dim) { return dim.symbols().contains(*turn.as_symbol()); };
    if (std::ranges::any_of(*slice.shape, changes)) {
        NodeView::fail("the stacked output " + std::to_string(which) + " would be made of tensors of changing shape, " +
                       type_string(slice));
    }
}

void check_state(const Value& before, const Value& after, std::size_t which)
{
    if (before.dtype != after.dtype || !(*before.shape == *after.shape)) {
        NodeView::fail("the state " + std::to_string(which) + " changes from " + type_string(before) + " to " +
                       type_string(after) + " in one turn; only states that keep their shape are supported");
    }
}

void start_states(Lower& lower, const std::vector<Value*>& first, const std::vector<Value*>& inside)
{
    for (std::size_t i = 0; i < first.size(); ++i) {
        lower.copy(lower.operand(*inside[i]), lower.operand(*first[i]), element_count(*first[i]->shape));
    }
}

void turn_states(Lower& lower, const std::vector<Value*>& inside, const std::vector<Value*>& after, Steps& steps)
{
    Node none;
    Lower inner{none, lower.program(), steps};
    struct Move {
        const Value* state;
        Operand source;
        Dim count;
    };
    std::vector<Move> moves;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        Operand source = inner.operand(*after[i]);
        const Dim count = element_count(*after[i]->shape);
        const Value* root = after[i];
        Dim offset = 0;
        for (auto it = lower.program().aliases.find(root); it != lower.program().aliases.end();
             it = lower.program().aliases.find(root)) {
            root = it->second.base;
            offset += it->second.byte_offset;
        }
        if (root == inside[i] && offset == Dim{0}) {
            continue;
        }
        // Another's old state, or a part of its own, which a copy would tread on.
        if (std::ranges::find(inside, root) != inside.end()) {
            const Operand saved =
                inner.temporary(after[i]->dtype, count * Dim{static_cast<std::int64_t>(size_of(after[i]->dtype))});
            inner.copy(saved, source, count);
            source = saved;
        }
        moves.push_back({inside[i], std::move(source), count});
    }
    for (const Move& move : moves) {
        inner.copy(inner.operand(*move.state), move.source, move.count);
    }
}

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

}  // namespace wasminfer::gen
