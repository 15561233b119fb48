// A Loop's parts, how many turns it takes, and what its states look like in each.
#pragma once

#include "ops/control.hpp"

namespace wasminfer::gen {

struct LoopParts {
    /// The parts as they are in `body`, the node's own or a copy of it.
    LoopParts(const NodeView& view, Graph& body);
    explicit LoopParts(const NodeView& view) : LoopParts{view, body_of(view, "body")} {}

    Graph* body;
    std::vector<Value*> first, inside, after, slices;
};

/// Loops with more nodes than this, all turns together, are not written out.
inline constexpr std::size_t most_written_out = 4096;

/// What infer() throws of a Loop whose states change their shape and which is to be written out turn by turn. The symbols
/// are as they were before; that the body is too, is seen to by inferring copies of it.
class WrittenOut : public OperatorError {
public:
    WrittenOut() : OperatorError{"carries a state that changes its shape"} {}
};

/// Whether the first turn is begun whatever the inputs are.
bool starts(const NodeView& view);

/// Whether the body leaves its condition true whatever happens.
bool always_goes_on(const LoopParts& loop);

/// Whether the condition alone ends it.
bool is_endless(const NodeView& view);

/// The trip count where it is known when the header is made, and any.
std::optional<Dim> known_trips(const NodeView& view);

/// What trip count and condition say of the number of turns.
struct Turns {
    std::optional<Dim> most;  ///< There are no more.
    bool exact = false;       ///< There are as many.
};

/// From the trip count, and from the condition where it compares a state that grows or shrinks by the same number in each
/// turn: `while i < n`. The body's types, shapes and elements are inferred.
Turns count_turns(const NodeView& view, const LoopParts& loop, const Dim& turn);

/// Infers the body, for any turn. States keep their shapes, or grow (or shrink) by the same extents in every turn: then their
/// shapes are expressions over the turn, up to those after the last one. Throws WrittenOut where the turns are few and
/// known, or nothing else will do; refuses states that change in another way.
void infer_states(Infer& infer, const Dim& turn);

}  // namespace wasminfer::gen
