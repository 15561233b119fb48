// A hook between the steps of generated code, for profilers. It compiles to nothing, unless the program is compiled with
// -DWASMINFER_OBSERVE and defines it.
#pragma once

namespace wasminfer {

#if defined(WASMINFER_OBSERVE)
/// Called before each step with its number, as the generated header has it, and behind the last with their count. Steps
/// in loops are called as often as they run.
void observe(int step) noexcept;
#else
constexpr void observe(int) noexcept {}
#endif

}  // namespace wasminfer
