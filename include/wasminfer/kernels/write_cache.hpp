// TensorScatter: rows of a cache (of keys or values) replaced, each batch from a place of its own on.
#pragma once

#include <cstring>

#include <wasminfer/core.hpp>

namespace wasminfer {

/// The cache is [batch, outer, length, inner], the update [batch, outer, count, inner].
struct write_cache_extents {
    index batch = 1;
    index outer = 1;
    index length = 1;
    index count = 1;
    index inner = 1;
};

/// What happens at the cache's end: nothing comes behind it, or writing goes on at its beginning.
enum class cache_end { linear, circular };

/// cache[b, o, starts[b] + k, i] = update[b, o, k, i]; all starts are 0 where `starts` is null. Linear: a place that isn't
/// in the cache is not written (ONNX leaves it undefined).
template <cache_end end = cache_end::linear, class T>
inline void write_cache(const T* update, const std::int64_t* starts, T* cache, const write_cache_extents& e) noexcept
{
    for (index b = 0; b < e.batch; ++b) {
        const std::int64_t start = starts ? starts[b] : 0;
        for (index o = 0; o < e.outer; ++o, cache += e.length * e.inner) {
            for (index k = 0; k < e.count; ++k, update += e.inner) {
                const std::int64_t at = end == cache_end::circular ? (start + k) % e.length : start + k;
                if (at >= 0 && at < e.length) {
                    std::memcpy(static_cast<void*>(cache + static_cast<index>(at) * e.inner), update,
                                static_cast<std::size_t>(e.inner) * sizeof(T));
                }
            }
        }
    }
}

}  // namespace wasminfer
