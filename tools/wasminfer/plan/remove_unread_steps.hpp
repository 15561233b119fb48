#pragma once

#include <span>

#include "ops/call.hpp"

namespace wasminfer::gen {

/// Takes out steps whose results nobody reads: the arithmetic on shapes, mostly, whose results were known when the shapes
/// were inferred. What stays writes an output, counts a size, or writes what another step that stays reads or writes.
void remove_unread_steps(Program& program, std::span<Value* const> outputs);

}  // namespace wasminfer::gen
