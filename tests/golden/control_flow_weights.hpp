// Weights of control_flow.hpp, in the layout that its kernels read. Do not edit.
#pragma once

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Woverlength-strings"
#endif
namespace wasminfer::compiled {

alignas(64) inline constexpr char control_flow_weights[65] =
    "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

}  // namespace wasminfer::compiled
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
