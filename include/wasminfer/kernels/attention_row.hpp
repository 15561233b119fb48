// What attention does to one row of scores between its two products: soft cap, mask, exponentials.
#pragma once

#include <wasminfer/kernels/gemm_kernel.hpp>
#include <wasminfer/math/exp.hpp>
#include <wasminfer/math/tanh.hpp>

#include <limits>

namespace wasminfer::detail {

/// Rows of a block: element j of a row in chunk j / kc, at step `chunk`.
template <class C>
struct score_row {
    C* first;
    index chunk;
    WASMINFER_INLINE C* at(index j) const noexcept { return first + j / gemm_kc<C> * chunk + j % gemm_kc<C>; }
};

/// One element of the mask as what is added to a score: booleans say who is seen.
template <class C, class M>
WASMINFER_INLINE C bias_of(M m) noexcept
{
    if constexpr (std::is_same_v<M, bool>) {
        return m ? C(0) : -std::numeric_limits<C>::infinity();
    } else {
        return widen(m);
    }
}

/// Lanes of the mask, `step` elements apart.
template <class C, class M>
WASMINFER_INLINE lanes_t<C> load_bias(const M* mask, index step, index n) noexcept
{
    if constexpr (float_like<C> && float_like<M>) {
        if (step == 1) {
            return load_lanes(mask, n);
        }
    }
    if constexpr (float_like<C>) {
        const auto one = [=](index i) { return i < n ? bias_of<C>(mask[i * step]) : 0.0f; };
        return f32x4(one(0), one(1), one(2), one(3));
    } else {
        return bias_of<C>(*mask);
    }
}

/// Whether the mask adds minus infinity to each of n scores.
template <class C, class M>
inline bool hides_all(const M* mask, index step, index n) noexcept
{
    index j = 0;
    while (j < n && mask && bias_of<C>(mask[j * step]) == -std::numeric_limits<C>::infinity()) {
        ++j;
    }
    return j == n;
}

/// Writes n scores of a row as they are now.
template <class C, class T>
inline void write_scores(const score_row<C>& row, T* out, index n) noexcept
{
    for (index j = 0; j < n; ++j) {
        out[j] = static_cast<T>(*row.at(j));
    }
}

/// x = cap · tanh(x / cap) for n scores.
template <class C>
inline void cap_scores(const score_row<C>& row, index n, C cap) noexcept
{
    using V = lanes_t<C>;
    for (index j = 0; j < n; j += lanes<C>) {
        C* x = row.at(j);
        store_lanes(x, V(cap) * math::tanh(load_lanes(x, lanes<C>) / V(cap)), lanes<C>);
    }
}

/// Adds the mask to n scores, and returns the largest. Lanes behind the last are made minus infinity.
template <class C, class M>
inline C mask_scores(const score_row<C>& row, const M* mask, index step, index n) noexcept
{
    using V = lanes_t<C>;
    constexpr C none = -std::numeric_limits<C>::infinity();
    V largest = V(none);
    for (index j = 0; j < n; j += lanes<C>) {
        C* p = row.at(j);
        const index count = n - j < lanes<C> ? n - j : lanes<C>;
        V x = load_lanes(p, lanes<C>);
        if (mask) {
            x = x + load_bias<C>(mask + j * step, step, count);
        }
        store_lanes(p, x, lanes<C>);
        if (count < lanes<C>) {
            for (index i = count; i < lanes<C>; ++i) {
                p[i] = none;
            }
            x = load_lanes(p, lanes<C>);
        }
        largest = pmax(largest, x);
    }
    if constexpr (float_like<C>) {
        return fold_lanes(largest, [](C a, C b) { return pmax(a, b); });
    } else {
        return largest;
    }
}

/// Makes n scores exponentials, and returns their sum.
template <class C>
inline C exponentiate_scores(const score_row<C>& row, index n, C largest) noexcept
{
    using V = lanes_t<C>;
    V sum = V(C(0));
    for (index j = 0; j < n; j += lanes<C>) {
        C* p = row.at(j);
        const V x = math::exp_of_negative(load_lanes(p, lanes<C>) - V(largest));
        store_lanes(p, x, lanes<C>);
        sum = sum + x;
    }
    if constexpr (float_like<C>) {
        return sum_lanes(sum);
    } else {
        return sum;
    }
}

}  // namespace wasminfer::detail
