// LinearAttention: a matrix of state a head, read by queries and updated by keys and values, row by row.
//
//     linear:       S += k ⊗ v
//     gated:        S = e^decay · S + k ⊗ v
//     delta:        S += k ⊗ β (v - Sᵀ k)
//     gated_delta:  S = e^decay · S, then as delta
//
// and then y = scale · Sᵀ q. See Yang et al., "Gated Delta Networks", arXiv:2412.06464.
#pragma once

#include <wasminfer/kernels/lanes.hpp>
#include <wasminfer/math/exp.hpp>

namespace wasminfer {

/// Queries are [batch, rows, q_heads · width], keys [batch, rows, kv_heads · width], values [batch, rows, kv_heads · v_width],
/// the state [batch, kv_heads, width, v_width]. Query head h reads the state of head h / (q_heads / kv_heads).
struct linear_attention_extents {
    index batch = 1;
    index rows = 1;
    index q_heads = 1;
    index kv_heads = 1;
    index width = 1;
    index v_width = 1;
    index decays = 1;  ///< A row and head has: 1, or width.
    index betas = 1;   ///< A row has: 1, or kv_heads.
};

/// Elements of scratch, of compute_t: a head's state in rows of whole vectors, and two rows more.
constexpr index linear_attention_scratch(const linear_attention_extents& e) noexcept
{
    return (e.width + 2) * ceil_div(e.v_width, 4) * 4;
}

namespace detail {

/// One row of one head: state, updated in place, has rows `step` apart, whole vectors with zeros behind v_width.
template <class T>
inline void update_state(const T* k, const T* v, const T* decay, const T* beta, compute_t<T>* state,
                         compute_t<T>* write, index step, const linear_attention_extents& e) noexcept
{
    using C = compute_t<T>;
    using V = lanes_t<C>;
    for (index j = 0; j < step; ++j) {
        write[j] = C(0);
    }
    for (index i = 0; (decay || beta) && i < e.width; ++i) {
        C* row = state + i * step;
        const V kept = V(decay ? math::exp(widen(decay[e.decays == 1 ? 0 : i])) : C(1));
        const V key = V(beta ? widen(k[i]) : C(0));
        for (index j = 0; j < step; j += lanes<C>) {
            const V s = load_lanes(row + j, lanes<C>) * kept;
            store_lanes(row + j, s, lanes<C>);
            store_lanes(write + j, madd(key, s, load_lanes(write + j, lanes<C>)), lanes<C>);
        }
    }
    for (index j = 0; j < e.v_width; j += lanes<C>) {
        const V fresh = load_lanes(v + j, e.v_width - j < lanes<C> ? e.v_width - j : lanes<C>);
        const V delta = beta ? V(widen(*beta)) * (fresh - load_lanes(write + j, lanes<C>)) : fresh;
        store_lanes(write + j, delta, lanes<C>);
    }
    for (index i = 0; i < e.width; ++i) {
        C* row = state + i * step;
        const V key = V(widen(k[i]));
        for (index j = 0; j < e.v_width; j += lanes<C>) {
            store_lanes(row + j, madd(key, load_lanes(write + j, lanes<C>), load_lanes(row + j, lanes<C>)), lanes<C>);
        }
    }
}

/// y = scale · stateᵀ q.
template <class T>
inline void read_state(const T* q, const compute_t<T>* state, T* y, index step, compute_t<T> scale,
                       const linear_attention_extents& e) noexcept
{
    using C = compute_t<T>;
    using V = lanes_t<C>;
    for (index j = 0; j < e.v_width; j += lanes<C>) {
        const index n = e.v_width - j < lanes<C> ? e.v_width - j : lanes<C>;
        V sum = V(C(0));
        for (index i = 0; i < e.width; ++i) {
            sum = madd(V(widen(q[i])), load_lanes(state + i * step + j, lanes<C>), sum);
        }
        store_lanes(y + j, sum * V(scale), n);
    }
}

}  // namespace detail

/// decay: [batch, rows, kv_heads · decays], or null where the rule has none; beta: [batch, rows, betas], or null likewise.
/// past may be null for zeros, present where it isn't wanted; they may be the same. out: [batch, rows, q_heads · v_width].
/// T: float, half (computed as float) or double; S holds the state.
template <class T, class S>
inline void linear_attention(const T* q, const T* k, const T* v, const S* past, const T* decay, const T* beta, T* out,
                             S* present, compute_t<T>* scratch, const linear_attention_extents& e,
                             std::type_identity_t<compute_t<T>> scale) noexcept
{
    using C = compute_t<T>;
    const index step = ceil_div(e.v_width, 4) * 4;
    const index shared = e.kv_heads > 0 ? e.q_heads / e.kv_heads : 0;
    C* write = scratch + e.width * step;
    for (index b = 0; b < e.batch; ++b) {
        for (index h = 0; h < e.kv_heads; ++h) {
            const index stored = (b * e.kv_heads + h) * e.width * e.v_width;
            for (index i = 0; i < e.width; ++i) {
                for (index j = 0; j < step; ++j) {
                    const bool there = past && j < e.v_width;
                    scratch[i * step + j] = there ? static_cast<C>(widen(past[stored + i * e.v_width + j])) : C(0);
                }
            }
            for (index t = 0; t < e.rows; ++t) {
                const index row = b * e.rows + t;
                const index head = row * e.kv_heads + h;
                detail::update_state(
                    k + head * e.width, v + head * e.v_width, decay ? decay + head * e.decays : nullptr,
                    beta ? beta + row * e.betas + (e.betas == 1 ? 0 : h) : nullptr, scratch, write, step, e);
                for (index g = 0; g < shared; ++g) {
                    const index query = row * e.q_heads + h * shared + g;
                    detail::read_state(q + query * e.width, scratch, out + query * e.v_width, step, scale, e);
                }
            }
            for (index i = 0; present && i < e.width; ++i) {
                for (index j = 0; j < e.v_width; ++j) {
                    present[stored + i * e.v_width + j] = static_cast<S>(scratch[i * step + j]);
                }
            }
        }
    }
}

}  // namespace wasminfer
