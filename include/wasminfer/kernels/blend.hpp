// A weighted mean of two arrays: the running statistics of BatchNormalization's training mode.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

struct blend_extents {
    index n = 0;
};

/// out[i] = a[i] * weight + b[i] * (1 - weight), i < n. The arrays may be the same.
template <class A, class B, class Out>
inline void blend(const A* a, const B* b, Out* out, const blend_extents& e, compute_t<Out> weight) noexcept
{
    using C = compute_t<Out>;
    for (index i = 0; i < e.n; ++i) {
        out[i] = static_cast<Out>(static_cast<C>(widen(a[i])) * weight + static_cast<C>(widen(b[i])) * (C(1) - weight));
    }
}

}  // namespace wasminfer
