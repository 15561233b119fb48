#include <wasminfer/kernels/attention.hpp>

#include <functional>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

/// Everything contiguous: [batch, heads, rows, width].
attention_extents contiguous(attention_extents e)
{
    const auto set = [](index(&strides)[3], index heads, index rows, index width) {
        strides[0] = heads * rows * width;
        strides[1] = rows * width;
        strides[2] = width;
    };
    set(e.q, e.q_heads, e.rows, e.width);
    set(e.k, e.kv_heads, e.keys, e.width);
    set(e.v, e.kv_heads, e.keys, e.v_width);
    set(e.out, e.q_heads, e.rows, e.v_width);
    return e;
}

template <class T, class M>
struct problem {
    attention_extents e;
    std::vector<T> q, k, v;
    std::vector<M> mask{};
    std::vector<std::int64_t> lengths{};
    double scale = 0.5;
    double softcap = 0;
};

template <class T, class M = T>
problem<T, M> make(const attention_extents& e)
{
    return {.e = contiguous(e),
            .q = random<T>(e.batch * e.q_heads * e.rows * e.width, 1),
            .k = random<T>(e.batch * e.kv_heads * e.keys * e.width, 2),
            .v = random<T>(e.batch * e.kv_heads * e.keys * e.v_width, 3)};
}

struct answer {
    std::vector<double> out, scores;
};

template <class T, class M>
answer expected(const problem<T, M>& p, attention_scores stage)
{
    const attention_extents& e = p.e;
    const auto at = [](const auto& v, index i) { return static_cast<double>(widen(v[static_cast<std::size_t>(i)])); };
    answer a;
    for (index b = 0; b < e.batch; ++b) {
        const index length = p.lengths.empty() ? e.keys : static_cast<index>(p.lengths[static_cast<std::size_t>(b)]);
        const index offset = p.lengths.empty() ? e.past : length - e.rows;
        for (index h = 0; h < e.q_heads; ++h) {
            const index kv = h / (e.q_heads / e.kv_heads);
            for (index i = 0; i < e.rows; ++i) {
                std::vector<double> row;
                std::vector<double> seen;
                double largest = -INFINITY;
                bool hidden = true;
                for (index j = 0; j < e.keys; ++j) {
                    double sum = 0;
                    for (index d = 0; d < e.width; ++d) {
                        sum += at(p.q, ((b * e.q_heads + h) * e.rows + i) * e.width + d) *
                               at(p.k, ((b * e.kv_heads + kv) * e.keys + j) * e.width + d);
                    }
                    const double raw = sum * p.scale;
                    const double capped = p.softcap == 0 ? raw : p.softcap * std::tanh(raw / p.softcap);
                    double bias = j < length && (!e.causal || j <= i + offset) ? 0 : -INFINITY;
                    if (!p.mask.empty() && j >= e.mask_keys) {
                        bias = -INFINITY;
                    } else if (!p.mask.empty()) {
                        const index place = b * e.mask[0] + h * e.mask[1] + i * e.mask[2] + j * e.mask[3];
                        if constexpr (std::is_same_v<M, bool>) {
                            bias += p.mask[static_cast<std::size_t>(place)] ? 0 : -INFINITY;
                        } else {
                            bias += at(p.mask, place);
                        }
                    }
                    hidden = hidden && bias == -INFINITY;
                    row.push_back(capped + bias);
                    largest = std::fmax(largest, row.back());
                    seen.push_back(stage == attention_scores::raw ? raw : capped);
                }
                double sum = 0;
                std::vector<double> weights;
                for (const double x : row) {
                    weights.push_back(std::exp(x - largest));
                    sum += weights.back();
                }
                for (double& w : weights) {
                    w = hidden ? (e.empty ? 0 : NAN) : w / sum;
                }
                const auto& shown = stage == attention_scores::masked    ? row
                                    : stage == attention_scores::softmax ? weights
                                                                         : seen;
                a.scores.insert(a.scores.end(), shown.begin(), shown.end());
                for (index d = 0; d < e.v_width; ++d) {
                    double y = 0;
                    for (index j = 0; j < e.keys; ++j) {
                        y += weights[static_cast<std::size_t>(j)] *
                             at(p.v, ((b * e.kv_heads + kv) * e.keys + j) * e.v_width + d);
                    }
                    a.out.push_back(y);
                }
            }
        }
    }
    return a;
}

/// vector<bool> has no elements to point at.
template <class M>
std::vector<std::uint8_t> bytes_of(const std::vector<M>& mask)
{
    std::vector<std::uint8_t> bytes(mask.size() * sizeof(M));
    for (std::size_t i = 0; i < mask.size(); ++i) {
        const M m = mask[i];
        std::memcpy(bytes.data() + i * sizeof(M), &m, sizeof(M));
    }
    return bytes;
}

template <class T, class M>
void check(problem<T, M> p, double tolerance)
{
    const attention_extents& e = p.e;
    const auto scratch_size = static_cast<std::size_t>(attention_scratch<T>(e));
    const auto mask = bytes_of(p.mask);
    const M* bias = p.mask.empty() ? nullptr : reinterpret_cast<const M*>(mask.data());
    const std::int64_t* lengths = p.lengths.empty() ? nullptr : p.lengths.data();
    const auto run = [&](T* out, T* scores) {
        // NaN from one end to the other: what is read before it is written shows.
        std::vector<compute_t<T>> scratch(scratch_size, static_cast<compute_t<T>>(NAN));
        attention(p.q.data(), p.k.data(), p.v.data(), bias, lengths, out, scores, scratch.data(), p.e,
                  static_cast<compute_t<T>>(p.scale), static_cast<compute_t<T>>(p.softcap));
    };
    std::vector<T> out(static_cast<std::size_t>(e.batch * e.q_heads * e.rows * e.v_width));
    run(out.data(), nullptr);
    CHECK(reference::worst(out, expected(p, attention_scores::raw).out) <= tolerance);
    for (const auto stage :
         {attention_scores::raw, attention_scores::capped, attention_scores::masked, attention_scores::softmax}) {
        CAPTURE(static_cast<int>(stage));
        p.e.stage = static_cast<index>(stage);
        std::vector<T> scores(static_cast<std::size_t>(e.batch * e.q_heads * e.rows * e.keys));
        run(out.data(), scores.data());
        const answer right = expected(p, stage);
        CHECK(reference::worst(out, right.out) <= tolerance);
        CHECK(reference::worst(scores, right.scores) <= tolerance);
    }
}

constexpr double f32_tolerance = 2e-6;

}  // namespace

TEST_CASE("attention of any number of rows, keys and elements a head")
{
    for (const index rows : {1, 2, 5, 32, 67}) {
        for (const index keys : {1, 3, 8, 129, 300}) {
            for (const index width : {1, 6, 16, 130}) {
                CAPTURE(rows);
                CAPTURE(keys);
                CAPTURE(width);
                check(make<float>({.rows = rows, .keys = keys, .width = width, .v_width = 9}), f32_tolerance);
            }
        }
    }
}

TEST_CASE("heads share keys and values")
{
    for (const index rows : {1, 7}) {
        check(
            make<float>({.batch = 2, .q_heads = 6, .kv_heads = 2, .rows = rows, .keys = 11, .width = 8, .v_width = 72}),
            f32_tolerance);
    }
}

TEST_CASE("attention of doubles and halves")
{
    check(make<double>({.batch = 2, .q_heads = 2, .kv_heads = 1, .rows = 9, .keys = 70, .width = 66, .v_width = 3}),
          1e-14);
    check(make<half>({.batch = 2, .q_heads = 2, .kv_heads = 2, .rows = 1, .keys = 37, .width = 6, .v_width = 10}),
          1e-3);
    check(make<half>({.batch = 1, .q_heads = 4, .kv_heads = 2, .rows = 5, .keys = 140, .width = 16, .v_width = 10}),
          1e-3);
}

TEST_CASE("a causal mask counts from the past")
{
    for (const index rows : {1, 6, 40}) {
        for (const index past : {0, 3, 130}) {
            CAPTURE(rows);
            CAPTURE(past);
            check(make<float>({.q_heads = 2,
                               .kv_heads = 2,
                               .rows = rows,
                               .keys = past + rows,
                               .width = 4,
                               .v_width = 8,
                               .causal = 1,
                               .past = past}),
                  f32_tolerance);
        }
    }
}

TEST_CASE("masks repeat along any axis and may be shorter than the keys")
{
    attention_extents e{.batch = 2, .q_heads = 3, .kv_heads = 3, .rows = 5, .keys = 10, .width = 4, .v_width = 4};
    e.mask_keys = 10;
    const auto with = [&](index b, index h, index r, index c) {
        auto p = make<float>(e);
        p.e.mask[0] = b;
        p.e.mask[1] = h;
        p.e.mask[2] = r;
        p.e.mask[3] = c;
        p.mask = random<float>(2 * 3 * 5 * 10, 4);
        return p;
    };
    check(with(150, 50, 10, 1), f32_tolerance);
    check(with(0, 0, 10, 1), f32_tolerance);
    check(with(10, 0, 0, 1), f32_tolerance);
    check(with(0, 5, 1, 0), f32_tolerance);
    e.mask_keys = 7;
    check(with(105, 35, 7, 1), f32_tolerance);
}

TEST_CASE("a boolean mask hides, and a row without a key is NaN or zeros")
{
    for (const index rows : {1, 4}) {
        for (const index empty : {0, 1}) {
            CAPTURE(rows);
            CAPTURE(empty);
            auto p =
                make<float, bool>({.rows = rows, .keys = 6, .width = 4, .v_width = 5, .mask_keys = 6, .empty = empty});
            p.e.mask[2] = 6;
            p.e.mask[3] = 1;
            for (index i = 0; i < rows * 6; ++i) {
                p.mask.push_back(i >= 6 && i % 3 != 1);
            }
            check(p, f32_tolerance);
        }
    }
}

TEST_CASE("minus infinity in a mask is softmax's business where rows without keys are not zeros")
{
    auto p = make<float>({.rows = 2, .keys = 4, .width = 4, .v_width = 5, .mask_keys = 4});
    p.e.mask[2] = 4;
    p.e.mask[3] = 1;
    p.mask = {-INFINITY, 0, -INFINITY, 1, -INFINITY, -INFINITY, -INFINITY, -INFINITY};
    check(p, f32_tolerance);
    p.e.empty = 1;
    check(p, f32_tolerance);
}

TEST_CASE("lengths hide keys, and a causal mask counts from their end")
{
    for (const index causal : {0, 1}) {
        auto p =
            make<float>({.batch = 3, .rows = 3, .keys = 9, .width = 4, .v_width = 4, .causal = causal, .empty = 1});
        p.lengths = {9, 2, 0};
        check(p, f32_tolerance);
    }
}

TEST_CASE("the soft cap comes before the mask")
{
    auto p = make<float>({.rows = 6, .keys = 7, .width = 16, .v_width = 4, .mask_keys = 7});
    p.softcap = 0.75;
    p.scale = 2;
    p.e.mask[3] = 1;
    p.mask = {0, -INFINITY, 3, 0, 0, -1, 0};
    check(p, f32_tolerance);
}

TEST_CASE("heads beside each other in a row: [batch, rows, heads · width]")
{
    attention_extents e{.batch = 2, .q_heads = 4, .kv_heads = 2, .rows = 3, .keys = 5, .width = 4, .v_width = 6};
    const auto p = make<float>(e);
    const auto beside = [&](const std::vector<float>& from, index heads, index rows, index width) {
        std::vector<float> to(from.size());
        for (index b = 0; b < e.batch; ++b) {
            for (index h = 0; h < heads; ++h) {
                for (index i = 0; i < rows; ++i) {
                    for (index d = 0; d < width; ++d) {
                        to[static_cast<std::size_t>(((b * rows + i) * heads + h) * width + d)] =
                            from[static_cast<std::size_t>(((b * heads + h) * rows + i) * width + d)];
                    }
                }
            }
        }
        return to;
    };
    attention_extents other = e;
    const auto set = [](index(&strides)[3], index heads, index rows, index width) {
        strides[0] = heads * rows * width;
        strides[1] = width;
        strides[2] = heads * width;
    };
    set(other.q, 4, 3, 4);
    set(other.k, 2, 5, 4);
    set(other.v, 2, 5, 6);
    set(other.out, 4, 3, 6);
    std::vector<float> out(2 * 4 * 3 * 6);
    std::vector<float> swapped(out.size());
    std::vector<float> scratch(static_cast<std::size_t>(attention_scratch<float>(p.e)));
    const float* none = nullptr;
    float* unwanted = nullptr;
    attention(p.q.data(), p.k.data(), p.v.data(), none, nullptr, out.data(), unwanted, scratch.data(), p.e, 0.5f, 0.0f);
    const auto q = beside(p.q, 4, 3, 4);
    const auto k = beside(p.k, 2, 5, 4);
    const auto v = beside(p.v, 2, 5, 6);
    attention(q.data(), k.data(), v.data(), none, nullptr, swapped.data(), unwanted, scratch.data(), other, 0.5f, 0.0f);
    CHECK(swapped == beside(out, 4, 3, 6));
}

TEST_CASE("attention has the same bits on every target")
{
    const auto p =
        make<float>({.q_heads = 4, .kv_heads = 2, .rows = 21, .keys = 150, .width = 24, .v_width = 24, .causal = 1});
    std::vector<float> out(4 * 21 * 24);
    std::vector<float> scratch(static_cast<std::size_t>(attention_scratch<float>(p.e)));
    const float* none = nullptr;
    float* unwanted = nullptr;
    attention(p.q.data(), p.k.data(), p.v.data(), none, nullptr, out.data(), unwanted, scratch.data(), p.e, 0.5f, 8.0f);
    if (reference::same_bits) {
        CHECK(reference::hash(out) == 13422028115091916130u);
    }
}

}  // namespace wasminfer
