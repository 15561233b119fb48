// Operators whose output's size depends on the data: they return it.
#pragma once

#include <algorithm>

#include <wasminfer/core.hpp>

namespace wasminfer {

template <int rank>
struct nonzero_extents {
    index dims[rank];
};

/// The coordinates of all elements that are not 0, in row-major order: out is [rank, count], and has place for as many as
/// there are elements. Returns count. A NaN is not 0.
template <int rank, class T>
inline index nonzero(const T* in, std::int64_t* out, const nonzero_extents<rank>& e) noexcept
{
    index volume = 1;
    for (const index dim : e.dims) {
        volume *= dim;
    }
    index count = 0;
    for (index i = 0; i < volume; ++i) {
        count += widen(in[i]) != compute_t<T>{} ? 1 : 0;
    }
    index found = 0;
    for (index i = 0; i < volume; ++i) {
        if (widen(in[i]) != compute_t<T>{}) {
            index rest = i;
            for (int axis = rank; axis-- > 0;) {
                out[axis * count + found] = rest % e.dims[axis];
                rest /= e.dims[axis];
            }
            ++found;
        }
    }
    return count;
}

/// in is [outer, n, inner], condition has `conditions` ≤ n elements, the rest counts as false.
struct compress_extents {
    index outer;
    index n;
    index inner;
    index conditions;
};

/// The slices along the middle axis whose condition is true: out is [outer, count, inner]. Returns count.
template <class T>
inline index compress(const T* in, const bool* condition, T* out, const compress_extents& e) noexcept
{
    const index most = std::min(e.n, e.conditions);
    for (index o = 0; o < e.outer; ++o) {
        for (index j = 0; j < most; ++j) {
            if (condition[j]) {
                out = std::copy_n(in + (o * e.n + j) * e.inner, e.inner, out);
            }
        }
    }
    return std::count(condition, condition + most, true);
}

/// in is [outer, n, inner]; the slices along the middle axis are compared.
struct unique_extents {
    index outer;
    index n;
    index inner;
};

/// Bytes of scratch.
constexpr index unique_scratch(const unique_extents& e) noexcept
{
    return 2 * e.n * static_cast<index>(sizeof(std::int64_t));
}

/// Whether the distinct slices come in ascending order, or in that of their first occurrence.
enum class unique_order { sorted, first_seen };

/// The distinct slices: out is [outer, count, inner]. first[count] says where each occurs first, inverse[n] which of them
/// each slice of the input is, counts[count] how often each occurs; these three may be null. Slices compare element by
/// element in row-major order; NaNs equal each other and come last. Returns count. scratch: unique_scratch() bytes.
template <unique_order order = unique_order::sorted, class T>
inline index unique(const T* in, T* out, std::int64_t* first, std::int64_t* inverse, std::int64_t* counts,
                    std::int64_t* scratch, const unique_extents& e) noexcept
{
    const auto element = [&](std::int64_t slice, index o, index i) {
        return widen(in[(o * e.n + static_cast<index>(slice)) * e.inner + i]);
    };
    // -1, 0 or 1.
    const auto compare = [&](std::int64_t a, std::int64_t b) {
        for (index o = 0; o < e.outer; ++o) {
            for (index i = 0; i < e.inner; ++i) {
                const auto x = element(a, o, i);
                const auto y = element(b, o, i);
                const bool x_nan = x != x;
                const bool y_nan = y != y;
                if (x_nan != y_nan) {
                    return x_nan ? 1 : -1;
                }
                if (!x_nan && x != y) {
                    return x < y ? -1 : 1;
                }
            }
        }
        return 0;
    };
    std::int64_t* const places = scratch;
    std::int64_t* const group_of = scratch + e.n;  // of each slice
    for (index j = 0; j < e.n; ++j) {
        places[j] = j;
    }
    std::sort(places, places + e.n, [&](std::int64_t a, std::int64_t b) {
        const int way = compare(a, b);
        return way < 0 || (way == 0 && a < b);
    });
    index count = 0;
    for (index j = 0; j < e.n; ++j) {
        const bool fresh = j == 0 || compare(places[j - 1], places[j]) != 0;
        count += fresh ? 1 : 0;
        group_of[places[j]] = count - 1;
        // The first of each group is its earliest slice; the list shrinks to those in place.
        if (fresh) {
            places[count - 1] = places[j];
        }
    }
    if constexpr (order == unique_order::first_seen) {
        // Groups are numbered anew in the order in which their earliest slices stand.
        index seen = 0;
        for (index j = 0; j < e.n; ++j) {
            const std::int64_t earliest = places[group_of[j]];
            group_of[j] = earliest == j ? seen++ : group_of[earliest];
        }
        std::sort(places, places + count);
    }
    for (index g = 0; g < count; ++g) {
        for (index o = 0; o < e.outer; ++o) {
            std::copy_n(in + (o * e.n + static_cast<index>(places[g])) * e.inner, e.inner,
                        out + (o * count + g) * e.inner);
        }
        if (first) {
            first[g] = places[g];
        }
        if (counts) {
            counts[g] = 0;
        }
    }
    for (index j = 0; j < e.n; ++j) {
        if (inverse) {
            inverse[j] = group_of[j];
        }
        if (counts) {
            ++counts[group_of[j]];
        }
    }
    return count;
}

}  // namespace wasminfer
