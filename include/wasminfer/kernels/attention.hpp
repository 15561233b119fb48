// Scaled dot-product attention, softmax(scale · Q·Kᵀ + mask)·V, for heads that may share keys and values.
//
// Queries are taken in blocks of rows. A block's scores lie in the form in which the product's microkernel reads its left
// operand, [keys / kc][rows][kc]: Q·Kᵀ writes them there, softmax runs along them, and the product with V reads them, with
// no copy and no tensor of all scores between. What the causal mask or a length hides from a whole block is never computed.
// Softmax sees whole rows; division by its sum waits until the product is done.
#pragma once

#include <wasminfer/functors/binary.hpp>
#include <wasminfer/kernels/attention_row.hpp>
#include <wasminfer/kernels/gemv.hpp>

namespace wasminfer {

/// Which scores attention writes beside its result: those of Q·Kᵀ · scale; with the soft cap applied; with the mask added;
/// after softmax.
enum class attention_scores : index { raw, capped, masked, softmax };

/// Query head h reads head h / (q_heads / kv_heads) of keys and values. Strides are of batch, head and row; elements of a
/// row are neighbours. Strides of 0 repeat.
struct attention_extents {
    index batch = 1;
    index q_heads = 1;
    index kv_heads = 1;
    index rows = 1;   ///< Queries a head.
    index keys = 1;   ///< Keys and values a head.
    index width = 1;  ///< Of a query and a key.
    index v_width = 1;
    index q[3] = {};
    index k[3] = {};
    index v[3] = {};
    index out[3] = {};
    index mask[4] = {};   ///< Of batch, head, row, column.
    index mask_keys = 0;  ///< Columns of the mask; keys behind them are hidden.
    index causal = 0;     ///< 1: row i sees the keys up to i + past, or with lengths up to i + length - rows.
    index past = 0;
    index stage = 0;  ///< attention_scores, for the output that holds them.
    index empty = 0;  ///< A row that the mask hides completely: 1 makes it zeros, 0 NaN, as softmax does.
};

namespace detail {

/// What scratch is sized by: gemm_rows is at most that on every target.
inline constexpr index attention_rows = 32;
static_assert(gemm_rows <= attention_rows);

}  // namespace detail

/// Elements of scratch that attention<T> wants, of compute_t<T>. A single row of floats needs no packed operands.
template <class T>
constexpr index attention_scratch(const attention_extents& e) noexcept
{
    using C = compute_t<T>;
    if (std::is_same_v<T, float> && e.rows == 1 && e.q_heads == e.kv_heads) {
        return (ceil_div(e.width, 4) + ceil_div(e.keys, 4)) * 4;
    }
    const index block = detail::attention_rows * detail::gemm_row_step<C>;
    const index blocks = ceil_div(e.width, detail::gemm_kc<C>) + ceil_div(e.keys, detail::gemm_kc<C>);
    const index packed =
        ceil_div(e.keys, gemm_nr) * gemm_nr * e.width + ceil_div(e.v_width, gemm_nr) * gemm_nr * e.keys;
    return blocks * block + packed;
}

namespace detail {

/// What a call and its blocks have in common.
template <class T, class M>
struct attention_call {
    using C = compute_t<T>;
    const attention_extents& e;
    const M* mask;
    T* scores;
    C softcap;
    index valid;   ///< Keys of this member of the batch.
    index offset;  ///< Row i sees keys up to i + offset, where causal.

    /// Keys that row i of a head may see.
    index visible(index i) const noexcept
    {
        index n = mask && e.mask_keys < valid ? e.mask_keys : valid;
        if (e.causal && i + offset + 1 < n) {
            n = i + offset + 1;
        }
        return n < 0 ? 0 : n;
    }

    /// From scores to exponentials, zeros from the keys that row i of head h doesn't see up to `limit`. Returns the sum.
    C finish_row(const score_row<C>& row, index b, index h, index i, index limit) const noexcept
    {
        const index n = visible(i);
        T* written = scores ? scores + ((b * e.q_heads + h) * e.rows + i) * e.keys : nullptr;
        const auto write = [&](attention_scores stage) {
            if (written && static_cast<index>(stage) == e.stage) {
                write_scores(row, written, e.keys);
            }
        };
        write(attention_scores::raw);
        if (softcap != C(0)) {
            cap_scores(row, limit, softcap);
        }
        write(attention_scores::capped);
        const M* bias = mask ? mask + b * e.mask[0] + h * e.mask[1] + i * e.mask[2] : nullptr;
        C largest = mask_scores(row, bias, e.mask[3], n);
        for (index j = n; j < limit; ++j) {
            *row.at(j) = -std::numeric_limits<C>::infinity();
        }
        write(attention_scores::masked);
        const bool empty =
            e.empty && largest == -std::numeric_limits<C>::infinity() && hides_all<C>(bias, e.mask[3], n);
        largest = empty ? C(0) : largest;
        const C sum = empty ? C(1) : exponentiate_scores(row, n, largest);
        for (index j = empty ? 0 : n; j < limit; ++j) {
            *row.at(j) = C(0);
        }
        if (written && e.stage == static_cast<index>(attention_scores::softmax)) {
            for (index j = 0; j < e.keys; ++j) {
                written[j] = static_cast<T>(*row.at(j) / sum);
            }
        }
        return n == 0 && !e.empty ? std::numeric_limits<C>::quiet_NaN() : sum;
    }
};

/// Rows of queries in chunks of kc, as the microkernel reads them, multiplied by scale.
template <class T>
inline void gather_query(const T* q, compute_t<T>* block, index width, compute_t<T> scale) noexcept
{
    using C = compute_t<T>;
    constexpr index chunk = attention_rows * gemm_row_step<C>;
    for (index j = 0; j < width; j += lanes<C>) {
        const index n = width - j < lanes<C> ? width - j : lanes<C>;
        C* to = block + j / gemm_kc<C> * chunk + j % gemm_kc<C>;
        store_lanes(to, load_lanes(q + j, n) * lanes_t<C>(scale), lanes<C>);
    }
}

/// scores[row][key] = block[row] · key for keys [0, limit) in packed panels.
template <class C>
inline void score_block(const C* block, const C* keys, C* scores, index tiles, index width, index limit) noexcept
{
    constexpr index chunk = attention_rows * gemm_row_step<C>;
    alignas(16) C part[gemm_rows * gemm_nr];
    alignas(16) C zeros[gemm_nr] = {};
    for (index key = 0; key < limit; key += gemm_nr) {
        const C* panel = keys + key * width;
        index k0 = 0;
        do {
            const index kc = width - k0 < gemm_kc<C> ? width - k0 : gemm_kc<C>;
            apart(multiply_tiles<gemm_mr, gemm_nr, C>)(tiles, kc, block + k0 / gemm_kc<C> * chunk, panel + k0 * gemm_nr,
                                                       k0 == 0 ? zeros : part, k0 == 0 ? 0 : gemm_nr, part);
            k0 += kc;
        } while (k0 < width);
        C* to = scores + key / gemm_kc<C> * chunk + key % gemm_kc<C>;
        for (index i = 0; i < tiles * gemm_mr; ++i) {
            for (index j = 0; j < gemm_nr; j += lanes<C>) {
                store_lanes(to + i * gemm_row_step<C> + j, load_lanes(part + i * gemm_nr + j, lanes<C>), lanes<C>);
            }
        }
    }
}

/// Calls done(column, columns, sums) with rows · values for 8 columns at a time: sums are [rows][8].
template <class C, class Done>
inline void weigh_block(const C* scores, const C* values, index tiles, index keys, index limit, index width,
                        Done done) noexcept
{
    constexpr index chunk = attention_rows * gemm_row_step<C>;
    constexpr index group = gemm_group<C>;
    alignas(16) C part[group * gemm_rows * gemm_nr];
    alignas(16) C zeros[gemm_nr] = {};
    const index panels = ceil_div(width, gemm_nr);
    for (index first = 0; first < panels; first += group) {
        const index last = panels - first < group ? panels : first + group;
        // A chunk of scores stays in the first-level cache for a group of panels.
        index k0 = 0;
        do {
            const index kc = limit - k0 < gemm_kc<C> ? limit - k0 : gemm_kc<C>;
            for (index panel = first; panel < last; ++panel) {
                C* sums = part + (panel - first) * gemm_rows * gemm_nr;
                apart(multiply_tiles<gemm_mr, gemm_nr, C>)(tiles, kc, scores + k0 / gemm_kc<C> * chunk,
                                                           values + (panel * keys + k0) * gemm_nr,
                                                           k0 == 0 ? zeros : sums, k0 == 0 ? 0 : gemm_nr, sums);
            }
            k0 += kc;
        } while (k0 < limit);
        for (index panel = first; panel < last; ++panel) {
            const index column = panel * gemm_nr;
            const index columns = width - column < gemm_nr ? width - column : gemm_nr;
            done(column, columns, part + (panel - first) * gemm_rows * gemm_nr);
        }
    }
}

/// The query heads that share one head of keys and values, in blocks of rows.
template <class T, class M>
inline void attend_blocks(const attention_call<T, M>& call, const T* q, const T* k, const T* v, T* out, index b,
                          index first_head, index heads, index keys, compute_t<T> scale, compute_t<T>* scratch) noexcept
{
    using C = compute_t<T>;
    constexpr index chunk = attention_rows * gemm_row_step<C>;
    const attention_extents& e = call.e;
    C* block = scratch;
    C* scores = block + ceil_div(e.width, gemm_kc<C>) * chunk;
    C* packed_k = scores + ceil_div(e.keys, gemm_kc<C>) * chunk;
    C* packed_v = packed_k + ceil_div(e.keys, gemm_nr) * gemm_nr * e.width;
    pack_gemm_b(k, packed_k, {.k = e.width, .n = keys, .row_stride = 1, .col_stride = e.k[2]});
    pack_gemm_b(v, packed_v, {.k = keys, .n = e.v_width, .row_stride = e.v[2], .col_stride = 1});
    C sums[gemm_rows];
    for (index row = 0; row < heads * e.rows; row += gemm_rows) {
        const index count = heads * e.rows - row < gemm_rows ? heads * e.rows - row : gemm_rows;
        const index tiles = ceil_div(count, gemm_mr);
        const auto head = [&](index i) { return first_head + (row + i) / e.rows; };
        const auto place = [&](index i) { return (row + i) % e.rows; };
        index limit = call.scores ? keys : 0;
        for (index i = 0; i < tiles * gemm_mr; ++i) {
            C* to = block + i * gemm_row_step<C>;
            if (i < count) {
                gather_query(q + b * e.q[0] + head(i) * e.q[1] + place(i) * e.q[2], to, e.width, scale);
                const index seen = call.visible(place(i));
                limit = seen > limit ? seen : limit;
            } else {
                for (index j = 0; j < e.width; j += gemm_kc<C>) {
                    zero_run(to + j / gemm_kc<C> * chunk, e.width - j < gemm_kc<C> ? e.width - j : gemm_kc<C>);
                }
            }
        }
        score_block(block, packed_k, scores, tiles, e.width, limit);
        for (index i = 0; i < count; ++i) {
            const score_row<C> scored{scores + i * gemm_row_step<C>, chunk};
            sums[i] = call.finish_row(scored, b, head(i), place(i), limit);
        }
        weigh_block(scores, packed_v, tiles, keys, limit, e.v_width, [&](index column, index columns, const C* part) {
            for (index i = 0; i < count; ++i) {
                const index at = b * e.out[0] + head(i) * e.out[1] + place(i) * e.out[2] + column;
                detail::finish_row(bind_right{div{}, sums[i]}, part + i * gemm_nr, out, at, columns);
            }
        });
    }
}

/// One query row of floats reads keys and values as they lie: packing would cost as much as the products.
template <class M>
inline void attend_row(const attention_call<float, M>& call, const float* q, const float* k, const float* v, float* out,
                       index b, index h, index keys, float scale, float* scratch) noexcept
{
    const attention_extents& e = call.e;
    float* query = scratch;
    float* scores = query + ceil_div(e.width, 4) * 4;
    for (index j = 0; j < e.width; ++j) {
        query[j] = q[j] * scale;
    }
    const index limit = call.scores ? keys : call.visible(0);
    gemv_strided(query, 1, k, 1, e.k[2], scores, 0, limit, e.width, identity{});
    const float sum = call.finish_row({scores, gemm_kc<float>}, b, h, 0, limit);
    gemv_strided(scores, 1, v, e.v[2], 1, out, 0, e.v_width, limit, bind_right{div{}, sum});
}

}  // namespace detail

/// out[b][h][i] = Σ_j softmax_j(cap(scale · q[b][h][i] · k[b][h'][j]) + mask[b][h][i][j]) · v[b][h'][j], with
/// cap(x) = softcap · tanh(x / softcap), or x where softcap is 0. float, half (computed as float) and double.
///
/// mask, of M: bool (false hides) or T (is added), or null. lengths: keys of each member of the batch, or null; later ones
/// are hidden. scores: [batch, q_heads, rows, keys], contiguous, what e.stage says, or null. scratch:
/// attention_scratch<T>(e) elements. out must not overlap an input.
template <class T, class M>
inline void attention(const T* q, const T* k, const T* v, const M* mask, const std::int64_t* lengths, T* out, T* scores,
                      compute_t<T>* scratch, const attention_extents& e, std::type_identity_t<compute_t<T>> scale,
                      std::type_identity_t<compute_t<T>> softcap) noexcept
{
    const index heads = e.kv_heads > 0 ? e.q_heads / e.kv_heads : 0;
    for (index b = 0; b < e.batch; ++b) {
        index valid = e.keys;
        index offset = e.past;
        if (lengths) {
            valid = lengths[b] < 0 ? 0 : lengths[b] < e.keys ? static_cast<index>(lengths[b]) : e.keys;
            offset = valid - e.rows;
        }
        const detail::attention_call<T, M> call{e, mask, scores, softcap, valid, offset};
        const index keys = scores ? e.keys : valid;
        for (index h = 0; h < e.kv_heads; ++h) {
            const T* key = k + b * e.k[0] + h * e.k[1];
            const T* value = v + b * e.v[0] + h * e.v[1];
            if constexpr (std::is_same_v<T, float>) {
                if (heads * e.rows == 1) {
                    detail::attend_row(call, q + b * e.q[0] + h * e.q[1], key, value, out + b * e.out[0] + h * e.out[1],
                                       b, h, keys, scale, scratch);
                    continue;
                }
            }
            detail::attend_blocks(call, q, key, value, out, b, h * heads, heads, keys, scale, scratch);
        }
    }
}

}  // namespace wasminfer
