// What reductions do with their elements, apart from the walks in reduce.hpp: how a run of elements becomes one value
// (map, combine) and what the result is made of it (finish).
#pragma once

#include <wasminfer/functors.hpp>

namespace wasminfer::detail {

/// 4 n adjacent outputs that are reduced side by side.
template <int n>
struct columns {
    f32x4 lanes[n];
};

/// The value of reducing nothing.
template <class V, class R>
WASMINFER_INLINE V start_of(const R&) noexcept
{
    return R::template start<V>();
}

template <class V, class R>
    requires requires(V v) { v.lanes; }
WASMINFER_INLINE V start_of(const R&) noexcept
{
    V start;
    for (f32x4& lanes : start.lanes) {
        lanes = R::template start<f32x4>();
    }
    return start;
}

template <class R, class V>
WASMINFER_INLINE V combine(const R& r, const V& a, const V& b) noexcept
{
    return r.combine(a, b);
}

template <class R, int n>
WASMINFER_INLINE columns<n> combine(const R& r, const columns<n>& a, const columns<n>& b) noexcept
{
    columns<n> result;
    for (int k = 0; k < n; ++k) {
        result.lanes[k] = r.combine(a.lanes[k], b.lanes[k]);
    }
    return result;
}

template <class R, class V>
WASMINFER_INLINE V finish(const R& r, const V& v, index count) noexcept
{
    return r.finish(v, count);
}

template <class R, int n>
WASMINFER_INLINE columns<n> finish(const R& r, const columns<n>& v, index count) noexcept
{
    columns<n> result;
    for (int k = 0; k < n; ++k) {
        result.lanes[k] = r.finish(v.lanes[k], count, k);
    }
    return result;
}

/// Sums pairwise: runs of equal length meet, as in a binary counter, so that the error grows with log n instead of n. The
/// order depends on the number of runs alone.
template <class V, class R>
class pairwise {
public:
    WASMINFER_INLINE explicit pairwise(const R& r) noexcept : r_{r} {}

    WASMINFER_INLINE void add(V run) noexcept
    {
        int level = 0;
        for (std::uint64_t bits = count_; (bits & 1u) != 0; bits >>= 1) {
            run = combine(r_, levels_[level++], run);
        }
        levels_[level] = run;
        ++count_;
    }

    WASMINFER_INLINE V total() const noexcept
    {
        V sum = start_of<V>(r_);
        bool first = true;
        int level = 0;
        for (std::uint64_t bits = count_; bits != 0; bits >>= 1, ++level) {
            if ((bits & 1u) != 0) {
                sum = first ? levels_[level] : combine(r_, levels_[level], sum);
                first = false;
            }
        }
        return sum;
    }

private:
    const R& r_;
    std::uint64_t count_ = 0;
    V levels_[32];
};

// A reducer's map() and finish() are told which of several f32x4 they see, for reducers with a state per column.

struct sum_of_values {
    template <class V>
    static WASMINFER_INLINE V start() noexcept
    {
        return V(0);
    }
    template <class V>
    WASMINFER_INLINE V map(V x, int = 0) const noexcept
    {
        return x;
    }
    template <class V>
    WASMINFER_INLINE V combine(V a, V b) const noexcept
    {
        return wrap_add(a, b);
    }
    template <class V>
    WASMINFER_INLINE V finish(V sum, index, int = 0) const noexcept
    {
        return sum;
    }
};

struct mean_of_values : sum_of_values {
    template <class V>
    WASMINFER_INLINE V finish(V sum, index count, int = 0) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return quotient(sum, static_cast<V>(count));
        } else {
            return sum / V(static_cast<lane_t<V>>(count));
        }
    }
};

struct sum_of_magnitudes : sum_of_values {
    template <class V>
    WASMINFER_INLINE V map(V x, int = 0) const noexcept
    {
        return abs_{}(x);
    }
};

struct sum_of_squares : sum_of_values {
    template <class V>
    WASMINFER_INLINE V map(V x, int = 0) const noexcept
    {
        return wrap_multiply(x, x);
    }
};

struct root_of_squares : sum_of_squares {
    template <class V>
    WASMINFER_INLINE V finish(V sum, index, int = 0) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return to_integer<V>(std::sqrt(static_cast<double>(sum)));
        } else {
            return math::sqrt(sum);
        }
    }
};

struct log_of_sum : sum_of_values {
    template <class V>
    WASMINFER_INLINE V finish(V sum, index, int = 0) const noexcept
    {
        if constexpr (std::is_integral_v<V>) {
            return to_integer<V>(math::log(static_cast<double>(sum)));
        } else {
            return math::log(sum);
        }
    }
};

struct product_of_values {
    template <class V>
    static WASMINFER_INLINE V start() noexcept
    {
        return V(1);
    }
    template <class V>
    WASMINFER_INLINE V map(V x, int = 0) const noexcept
    {
        return x;
    }
    template <class V>
    WASMINFER_INLINE V combine(V a, V b) const noexcept
    {
        return wrap_multiply(a, b);
    }
    template <class V>
    WASMINFER_INLINE V finish(V product, index, int = 0) const noexcept
    {
        return product;
    }
};

struct largest_value {
    template <class V>
    static WASMINFER_INLINE V start() noexcept
    {
        using limits = std::numeric_limits<lane_t<V>>;
        return limits::has_infinity ? V(-limits::infinity()) : V(limits::lowest());
    }
    template <class V>
    WASMINFER_INLINE V map(V x, int = 0) const noexcept
    {
        return x;
    }
    template <class V>
    WASMINFER_INLINE V combine(V a, V b) const noexcept
    {
        return maximum(a, b);
    }
    template <class V>
    WASMINFER_INLINE V finish(V x, index, int = 0) const noexcept
    {
        return x;
    }
};

struct smallest_value {
    template <class V>
    static WASMINFER_INLINE V start() noexcept
    {
        using limits = std::numeric_limits<lane_t<V>>;
        return limits::has_infinity ? V(limits::infinity()) : V(limits::max());
    }
    template <class V>
    WASMINFER_INLINE V map(V x, int = 0) const noexcept
    {
        return x;
    }
    template <class V>
    WASMINFER_INLINE V combine(V a, V b) const noexcept
    {
        return minimum(a, b);
    }
    template <class V>
    WASMINFER_INLINE V finish(V x, index, int = 0) const noexcept
    {
        return x;
    }
};

/// Second pass of log_sum_exp: the largest element is subtracted first, so that no exponential overflows.
template <class V>
class log_of_exponentials : public sum_of_values {
public:
    WASMINFER_INLINE explicit log_of_exponentials(const V& largest) noexcept : shift_{largest}
    {
        if constexpr (requires { shift_.lanes; }) {
            for (f32x4& lanes : shift_.lanes) {
                lanes = finite(lanes);
            }
        } else {
            shift_ = finite(shift_);
        }
    }

    template <class L>
    WASMINFER_INLINE L map(L x, int k = 0) const noexcept
    {
        return math::exp(x - shift<L>(k));
    }

    template <class L>
    WASMINFER_INLINE L finish(L sum, index, int k = 0) const noexcept
    {
        return math::log(sum) + shift<L>(k);
    }

private:
    /// An infinite maximum would turn x - maximum into NaN; left out, the sum comes to 0 or infinity by itself.
    template <class L>
    static WASMINFER_INLINE L finite(L largest) noexcept
    {
        return select(largest - largest == L(0), largest, select(largest == largest, L(0), largest));
    }

    template <class L>
    WASMINFER_INLINE L shift(int k) const noexcept
    {
        if constexpr (requires { shift_.lanes; }) {
            return shift_.lanes[k];
        } else {
            return L(shift_);
        }
    }

    V shift_;
};

}  // namespace wasminfer::detail
