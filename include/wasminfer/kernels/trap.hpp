// The end of a run that can't go on.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

/// Stands for steps that would make `out` and can't at the sizes that the code was generated for: ends the program, in
/// every build.
template <class T>
[[noreturn]] inline void trap(T*) noexcept
{
    __builtin_trap();
}

}  // namespace wasminfer
