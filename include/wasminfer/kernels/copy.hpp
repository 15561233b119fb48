// Elements from one place to another, and the extents that a shape is read from.
#pragma once

#include <cstring>

#include <wasminfer/core.hpp>

namespace wasminfer {

struct copy_extents {
    index n;
};

/// out[i] = in[i] for i < n. The two may be the same, but must not overlap otherwise.
template <class T>
void copy(const T* in, T* out, const copy_extents& e) noexcept
{
    if (in != out && e.n > 0) {
        std::memcpy(static_cast<void*>(out), in, static_cast<std::size_t>(e.n) * sizeof(T));
    }
}

}  // namespace wasminfer
