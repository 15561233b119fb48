// The structure of a sliding window, a template argument of the convolutions and pools.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

/// Rows and columns of a window.
struct window {
    index h = 1;
    index w = 1;
};

/// Pixels from one window to the next.
struct stride {
    index h = 1;
    index w = 1;
};

}  // namespace wasminfer
