#pragma once

#include <span>

#include "ops/call.hpp"

namespace wasminfer::gen {

/// before: x -> Transpose -> t -> Concat -> y          after: x -> copy (strides of both) -> y
///
/// A copy of all that another copy made reads from where that one read. Only whole rows are joined: a transposition of
/// single elements has a kernel of its own. The first copy is left without a reader, for remove_unread_steps.
void join_copies(Program& program, std::span<Value* const> outputs);

}  // namespace wasminfer::gen
