// Recurrent layers, one direction a call. What the input contributes is one gemm over the whole sequence, done before;
// here the steps follow, each one product of the state with the packed recurrent weights and one pass over the gates.
// T is float or double; elements of f16 are widened before.
//
// Equations: ONNX's operators LSTM, GRU and RNN, with their order of gates.
#pragma once

#include <cassert>
#include <type_traits>

#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/gemm.hpp>
#include <wasminfer/kernels/lanes.hpp>

namespace wasminfer {

/// x_step and x_batch: rows between two steps, and two members of the batch, of `xg` (row [steps, batch] or
/// [batch, steps]). y_step and y_batch: elements between them in y. state: elements between two members of the batch in
/// the final states. reverse: 1 runs from the last element of each sequence to its first.
struct rnn_extents {
    index steps = 0;
    index batch = 0;
    index hidden = 0;
    index x_step = 0;
    index x_batch = 0;
    index y_step = 0;
    index y_batch = 0;
    index state = 0;
    index reverse = 0;
};

/// Elements of scratch: the gates of one step, and the states.
constexpr index lstm_scratch(const rnn_extents& e) noexcept
{
    return 6 * e.batch * e.hidden;
}
constexpr index gru_scratch(const rnn_extents& e) noexcept
{
    return 4 * e.batch * e.hidden;
}
constexpr index rnn_scratch(const rnn_extents& e) noexcept
{
    return 2 * e.batch * e.hidden;
}

/// min(max(x, -bound), bound): the attribute `clip`, on what goes into an activation.
struct gate_clip {
    static constexpr bool vector = true;
    float bound;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return clip<float>{-bound, bound}(x);
    }
};

/// Scaled tanh, alpha tanh(beta x), and alpha x + beta: activations that only recurrent layers know.
struct scaled_tanh {
    static constexpr bool vector = true;
    float alpha = 1.0f;
    float beta = 1.0f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return V(alpha) * math::tanh(V(beta) * x);
    }
};
struct affine {
    static constexpr bool vector = true;
    float alpha = 1.0f;
    float beta = 0.0f;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return V(alpha) * x + V(beta);
    }
};

/// b: Wb then Rb, `gates` rows of `hidden` each. out: their sum, but for the last `apart` gates Wb alone.
struct rnn_bias_extents {
    index gates = 0;
    index hidden = 0;
    index apart = 0;
};
template <class T>
inline void rnn_bias(const T* b, T* out, const rnn_bias_extents& e) noexcept
{
    const index n = e.gates * e.hidden;
    const index summed = (e.gates - e.apart) * e.hidden;
    for (index i = 0; i < n; ++i) {
        out[i] = i < summed ? b[i] + b[n + i] : b[i];
    }
}

namespace detail {

/// T, told by another argument: null pointers are welcome.
template <class T>
using same = std::type_identity_t<T>;

/// Calls f(first, count) with the lanes of a row of n elements, lanes<T> at a time and a tail.
template <class T, class F>
WASMINFER_INLINE void for_lanes(index n, F f) noexcept
{
    for (index i = 0; i < n; i += lanes<T>) {
        f(i, n - i < lanes<T> ? n - i : lanes<T>);
    }
}

/// gate[i] = f(limit(x[i] + gate[i])), i < n. A function of its own, as one with all gates in one loop took 1.4 times as
/// long on wasm: the constants of that many activations don't fit the registers.
template <class T, class Limit, class F>
__attribute__((noinline)) void activate_gate(const T* x, T* gate, index n, const Limit& limit, const F& f) noexcept
{
    for_lanes<T>(n, [&](index i, index count) {
        store_lanes(gate + i, f(limit(load_lanes(x + i, count) + load_lanes(gate + i, count))), count);
    });
}

/// gate[i] += peephole[i] * cell[i]; peephole may be null.
template <class T>
inline void add_peephole(const T* peephole, const T* cell, T* gate, index n) noexcept
{
    for (index i = 0; peephole && i < n; ++i) {
        gate[i] = gate[i] + peephole[i] * cell[i];
    }
}

/// The states [batch, hidden] before the first step; `from` may be null, its rows are `stride` apart.
template <class T>
inline void start_state(const T* from, T* state, const rnn_extents& e) noexcept
{
    for (index b = 0; b < e.batch; ++b) {
        for (index i = 0; i < e.hidden; ++i) {
            state[b * e.hidden + i] = from ? from[b * e.state + i] : T{0};
        }
    }
}

template <class T>
inline void end_state(const T* state, T* to, const rnn_extents& e) noexcept
{
    for (index b = 0; to && b < e.batch; ++b) {
        for (index i = 0; i < e.hidden; ++i) {
            to[b * e.state + i] = state[b * e.hidden + i];
        }
    }
}

/// The element of the sequence that member b handles at step s, or -1 past its end (then its output there is zero).
inline index element_at(const std::int32_t* lengths, index b, index s, const rnn_extents& e) noexcept
{
    index length = lengths ? lengths[b] : e.steps;
    length = length < 0 ? 0 : length > e.steps ? e.steps : length;
    if (s >= length) {
        return -1;
    }
    return e.reverse ? length - 1 - s : s;
}

/// Does the steps. `before(h)` computes what all members need from the states; `member(b, xg row, h row)` updates one.
template <class T, class Before, class Member>
inline void recur(const T* xg, index gates, const std::int32_t* lengths, T* h, T* y, const rnn_extents& e,
                  Before before, Member member) noexcept
{
    for (index s = 0; s < e.steps; ++s) {
        before();
        for (index b = 0; b < e.batch; ++b) {
            const index t = element_at(lengths, b, s, e);
            T* row = h + b * e.hidden;
            if (t >= 0) {
                member(b, xg + (t * e.x_step + b * e.x_batch) * gates * e.hidden, row);
            }
            if (y) {
                T* out = y + (t >= 0 ? t : s) * e.y_step + b * e.y_batch;
                for (index i = 0; i < e.hidden; ++i) {
                    out[i] = t >= 0 ? row[i] : T{0};
                }
            }
        }
    }
}

}  // namespace detail

/// xg: rows of 4 hidden, x·Wᵀ + Wb + Rb, gates i o f c. r: Rᵀ [hidden, 4 hidden] packed. peepholes: [3 hidden], i o f, or
/// null. lengths: [batch] or null. h0, c0: rows of `hidden`, e.state apart, or null for zeros. y, h_last, c_last may be
/// null. scratch: lstm_scratch(e) elements. f, g, h: the activations of the gates, the cell and the output; `limit` is
/// applied to what goes into them. couple: 1 makes the forget gate 1 - i.
template <class T, class Limit = identity, class F = sigmoid, class G = tanh_, class H = tanh_>
void lstm(const T* xg, const detail::same<T>* r, const detail::same<T>* peepholes, const std::int32_t* lengths,
          const detail::same<T>* h0, const detail::same<T>* c0, detail::same<T>* y, detail::same<T>* h_last,
          detail::same<T>* c_last, detail::same<T>* scratch, const rnn_extents& e, bool couple, const Limit& limit = {},
          const F& f = {}, const G& g = {}, const H& out = {}) noexcept
{
    using V = detail::lanes_t<T>;
    const index n = e.hidden;
    T* const h = scratch;
    T* const c = h + e.batch * n;
    T* const gates = c + e.batch * n;
    detail::start_state(h0, h, e);
    detail::start_state(c0, c, e);
    const auto product = [&] { gemm(static_cast<const T*>(h), r, nullptr, gates, {.m = e.batch, .n = 4 * n, .k = n}); };
    const auto member = [&](index b, const T* x, T* row) {
        T* input = gates + b * 4 * n;
        T* output = input + n;
        T* forget = output + n;
        T* fresh = forget + n;
        T* cell = c + b * n;
        detail::add_peephole(peepholes, cell, input, n);
        detail::apart(detail::activate_gate<T, Limit, F>)(x, input, n, limit, f);
        if (!couple) {
            detail::add_peephole(peepholes ? peepholes + 2 * n : nullptr, cell, forget, n);
            detail::apart(detail::activate_gate<T, Limit, F>)(x + 2 * n, forget, n, limit, f);
        }
        detail::apart(detail::activate_gate<T, Limit, G>)(x + 3 * n, fresh, n, limit, g);
        detail::for_lanes<T>(n, [&](index i, index count) {
            const V in = detail::load_lanes(input + i, count);
            const V keep = couple ? V(1) - in : detail::load_lanes(forget + i, count);
            const V old = detail::load_lanes(cell + i, count);
            detail::store_lanes(cell + i, keep * old + in * detail::load_lanes(fresh + i, count), count);
        });
        detail::add_peephole(peepholes ? peepholes + n : nullptr, cell, output, n);
        detail::apart(detail::activate_gate<T, Limit, F>)(x + n, output, n, limit, f);
        detail::for_lanes<T>(n, [&](index i, index count) {
            const V state = out(limit(detail::load_lanes(cell + i, count)));
            detail::store_lanes(row + i, detail::load_lanes(output + i, count) * state, count);
        });
    };
    detail::recur(xg, 4, lengths, h, y, e, product, member);
    detail::end_state(h, h_last, e);
    detail::end_state(c, c_last, e);
}

/// xg: rows of 3 hidden, gates z r h: x·Wᵀ + Wb + Rb, but without Rb for h where `linear_before_reset`. r_zr:
/// Rᵀ's columns of z and r, packed; r_h: those of h. rb_h: [hidden], Rb of h, used where linear_before_reset, or null.
/// The rest is as in lstm.
template <class T, class Limit = identity, class F = sigmoid, class G = tanh_>
void gru(const T* xg, const detail::same<T>* r_zr, const detail::same<T>* r_h, const detail::same<T>* rb_h,
         const std::int32_t* lengths, const detail::same<T>* h0, detail::same<T>* y, detail::same<T>* h_last,
         detail::same<T>* scratch, const rnn_extents& e, bool linear_before_reset, const Limit& limit = {},
         const F& f = {}, const G& g = {}) noexcept
{
    using V = detail::lanes_t<T>;
    const index n = e.hidden;
    T* const h = scratch;
    T* const gates = h + e.batch * n;
    T* const fresh = gates + e.batch * 2 * n;
    detail::start_state(h0, h, e);
    const gemm_extents of_h{.m = e.batch, .n = n, .k = n};
    const auto product = [&] {
        gemm(static_cast<const T*>(h), r_zr, nullptr, gates, {.m = e.batch, .n = 2 * n, .k = n});
        if (linear_before_reset) {
            gemm(static_cast<const T*>(h), r_h, rb_h, fresh, of_h);
        }
    };
    const auto member = [&](index b, const T* x, T* row) {
        T* update = gates + b * 2 * n;
        T* reset = update + n;
        T* mine = fresh + b * n;
        detail::apart(detail::activate_gate<T, Limit, F>)(x, update, n, limit, f);
        detail::apart(detail::activate_gate<T, Limit, F>)(x + n, reset, n, limit, f);
        T* gated = linear_before_reset ? mine : row;
        detail::for_lanes<T>(n, [&](index i, index count) {
            const V v = detail::load_lanes(reset + i, count) * detail::load_lanes(gated + i, count);
            detail::store_lanes(reset + i, v, count);
        });
        if (!linear_before_reset) {
            gemm(static_cast<const T*>(reset), r_h, nullptr, mine, {.m = 1, .n = n, .k = n});
        }
        T* candidate = linear_before_reset ? reset : mine;
        detail::apart(detail::activate_gate<T, Limit, G>)(x + 2 * n, candidate, n, limit, g);
        detail::for_lanes<T>(n, [&](index i, index count) {
            const V z = detail::load_lanes(update + i, count);
            const V old = detail::load_lanes(row + i, count);
            const V v = (V(1) - z) * detail::load_lanes(candidate + i, count) + z * old;
            detail::store_lanes(row + i, v, count);
        });
    };
    detail::recur(xg, 3, lengths, h, y, e, product, member);
    detail::end_state(h, h_last, e);
}

/// h = f(xg + h·Rᵀ); xg: rows of hidden, x·Wᵀ + Wb + Rb. The rest is as in lstm.
template <class T, class Limit = identity, class F = tanh_>
void rnn(const T* xg, const detail::same<T>* r, const std::int32_t* lengths, const detail::same<T>* h0,
         detail::same<T>* y, detail::same<T>* h_last, detail::same<T>* scratch, const rnn_extents& e,
         const Limit& limit = {}, const F& f = {}) noexcept
{
    const index n = e.hidden;
    T* const h = scratch;
    T* const sums = h + e.batch * n;
    detail::start_state(h0, h, e);
    const auto product = [&] { gemm(static_cast<const T*>(h), r, nullptr, sums, {.m = e.batch, .n = n, .k = n}); };
    const auto member = [&](index b, const T* x, T* row) {
        T* mine = sums + b * n;
        detail::apart(detail::activate_gate<T, Limit, F>)(x, mine, n, limit, f);
        for (index i = 0; i < n; ++i) {
            row[i] = mine[i];
        }
    };
    detail::recur(xg, 1, lengths, h, y, e, product, member);
    detail::end_state(h, h_last, e);
}

}  // namespace wasminfer
