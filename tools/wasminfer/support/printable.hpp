#pragma once

#include <string>
#include <string_view>

namespace wasminfer::gen {

/// Text of a model for people: it may hold anything, and a terminal gets no control characters. Longer than `longest`
/// bytes, it is cut.
std::string printable(std::string_view text, std::size_t longest = 400);

}  // namespace wasminfer::gen
