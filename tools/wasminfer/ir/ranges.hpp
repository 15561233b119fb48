#pragma once

#include "ir/graph.hpp"

namespace wasminfer::gen {

/// Between which bounds each free dimension lies, and what is counted at run time: from 0 to the largest value that its
/// own bound, an expression over the others, can have.
std::map<std::string, Range> ranges_of(const Symbols& symbols);

}  // namespace wasminfer::gen
