// The structure of a sliding window, a template argument of the convolutions and pools.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

struct window {
    index h = 1;
    index w = 1;
};

struct stride {
    index h = 1;
    index w = 1;
};

}  // namespace wasminfer
