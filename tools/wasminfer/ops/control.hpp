// What If, Loop and Scan have in common: their bodies.
#pragma once

#include "ops/operator.hpp"

namespace wasminfer::gen {

/// The subgraph in an attribute, which must be there.
Graph& body_of(const NodeView& view, const std::string& key);

/// Refuses a body ("a branch", "the body") with another number of outputs.
void check_outputs(const Graph& body, std::size_t count, const char* what);

/// Gives an output the type and shape of a body's value.
void set_like(Infer& infer, std::size_t output, const Value& value);

// Of Loop and Scan: state that goes from turn to turn, and outputs that are stacked.

/// The counter of a loop, as bodies' shapes, elements and byte offsets name it: from 0 to trips - 1. The node keeps its
/// name in the attribute `turn`.
Dim make_turn(Infer& infer, const std::optional<Dim>& trips);
std::string turn_of(const NodeView& view);

/// A slice of a stacked output must not grow or shrink with the turn.
void check_slice(const Value& slice, const Dim& turn, std::size_t which);

/// A value of the body that stands for the input's state must keep its type from turn to turn.
void check_state(const Value& before, const Value& after, std::size_t which);

/// Before the loop: the state's first value. The body reads and leaves it in one place.
void start_states(Lower& lower, const std::vector<Value*>& first, const std::vector<Value*>& inside);

/// At a turn's end: the new states take the old ones' place. One that is another's old state (two that swap) goes
/// through a temporary, as a parallel assignment.
void turn_states(Lower& lower, const std::vector<Value*>& inside, const std::vector<Value*>& after, Steps& steps);

/// The slice of a stacked output that a turn writes.
void stack_outputs(Lower& lower, const std::vector<Value*>& slices, std::size_t first_output,
                   const std::vector<Dim>& turns, Steps& steps);

/// If, and what stands in for a branch of it that can't run.
std::span<const Operator> branch_operators();
std::span<const Operator> loop_operators();
std::span<const Operator> scan_loop_operators();

}  // namespace wasminfer::gen
