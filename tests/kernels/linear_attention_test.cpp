#include <wasminfer/kernels/linear_attention.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

/// The recurrence as it is written, in double.
template <class T>
struct answer {
    std::vector<double> out, state;

    answer(const std::vector<T>& q, const std::vector<T>& k, const std::vector<T>& v, const std::vector<T>& past,
           const std::vector<T>& decay, const std::vector<T>& beta, const linear_attention_extents& e, double scale)
    {
        const auto at = [](const std::vector<T>& x, index i) {
            return static_cast<double>(widen(x[static_cast<std::size_t>(i)]));
        };
        out.resize(static_cast<std::size_t>(e.batch * e.rows * e.q_heads * e.v_width));
        const index shared = e.q_heads / e.kv_heads;
        for (index b = 0; b < e.batch; ++b) {
            for (index h = 0; h < e.kv_heads; ++h) {
                const index size = e.width * e.v_width;
                std::vector<double> s;
                for (index i = 0; i < size; ++i) {
                    s.push_back(past.empty() ? 0 : at(past, (b * e.kv_heads + h) * size + i));
                }
                const auto cell = [&](index i, index j) -> double& {
                    return s[static_cast<std::size_t>(i * e.v_width + j)];
                };
                for (index t = 0; t < e.rows; ++t) {
                    const index head = (b * e.rows + t) * e.kv_heads + h;
                    for (index i = 0; !decay.empty() && i < e.width; ++i) {
                        for (index j = 0; j < e.v_width; ++j) {
                            cell(i, j) *= std::exp(at(decay, head * e.decays + (e.decays == 1 ? 0 : i)));
                        }
                    }
                    for (index j = 0; j < e.v_width; ++j) {
                        double write = at(v, head * e.v_width + j);
                        if (!beta.empty()) {
                            for (index i = 0; i < e.width; ++i) {
                                write -= cell(i, j) * at(k, head * e.width + i);
                            }
                            write *= at(beta, (b * e.rows + t) * e.betas + (e.betas == 1 ? 0 : h));
                        }
                        for (index i = 0; i < e.width; ++i) {
                            cell(i, j) += at(k, head * e.width + i) * write;
                        }
                    }
                    for (index g = 0; g < shared; ++g) {
                        const index query = (b * e.rows + t) * e.q_heads + h * shared + g;
                        for (index j = 0; j < e.v_width; ++j) {
                            double y = 0;
                            for (index i = 0; i < e.width; ++i) {
                                y += at(q, query * e.width + i) * cell(i, j);
                            }
                            out[static_cast<std::size_t>(query * e.v_width + j)] = scale * y;
                        }
                    }
                }
                state.insert(state.end(), s.begin(), s.end());
            }
        }
    }
};

template <class T>
void check(bool gated, bool delta, bool with_past, linear_attention_extents e, double tolerance)
{
    CAPTURE(gated);
    CAPTURE(delta);
    e.decays = e.decays ? e.width : 1;
    const auto q = random<T>(e.batch * e.rows * e.q_heads * e.width, 1);
    const auto k = random<T>(e.batch * e.rows * e.kv_heads * e.width, 2);
    const auto v = random<T>(e.batch * e.rows * e.kv_heads * e.v_width, 3);
    const index states = e.batch * e.kv_heads * e.width * e.v_width;
    const auto past = random<T>(with_past ? states : 0, 4);
    const auto decay = random<T>(gated ? e.batch * e.rows * e.kv_heads * e.decays : 0, 5);
    const auto beta = random<T>(delta ? e.batch * e.rows * e.betas : 0, 6);
    const auto or_null = [](const std::vector<T>& x) { return x.empty() ? nullptr : x.data(); };
    std::vector<T> out(static_cast<std::size_t>(e.batch * e.rows * e.q_heads * e.v_width));
    std::vector<T> state(static_cast<std::size_t>(states));
    using C = compute_t<T>;
    std::vector<C> scratch(static_cast<std::size_t>(linear_attention_scratch(e)), static_cast<C>(NAN));
    linear_attention(q.data(), k.data(), v.data(), or_null(past), or_null(decay), or_null(beta), out.data(),
                     state.data(), scratch.data(), e, C(0.5));
    const answer<T> right{q, k, v, past, decay, beta, e, 0.5};
    CHECK(reference::worst(out, right.out) <= tolerance);
    CHECK(reference::worst(state, right.state) <= tolerance);
}

}  // namespace

TEST_CASE_TEMPLATE("a state is decayed, corrected, written and read", T, float, half, double)
{
    const double tolerance = is_half<T> ? 4e-3 : std::is_same_v<T, double> ? 1e-13 : 1e-5;
    for (const bool gated : {false, true}) {
        for (const bool delta : {false, true}) {
            check<T>(gated, delta, false, {.rows = 3, .width = 4, .v_width = 4, .decays = 1}, tolerance);
            check<T>(
                gated, delta, true,
                {.batch = 2, .rows = 2, .q_heads = 6, .kv_heads = 3, .width = 5, .v_width = 7, .decays = 1, .betas = 3},
                tolerance);
            check<T>(gated, delta, true,
                     {.batch = 2, .q_heads = 2, .kv_heads = 2, .width = 3, .v_width = 9, .decays = 0}, tolerance);
        }
    }
}

TEST_CASE("a state of floats beside halves is kept in floats")
{
    const linear_attention_extents e{.width = 1, .v_width = 1};
    const std::vector<half> one{half{1.0f}};
    const std::vector<float> past{0x1p-20f};
    std::vector<half> out(1);
    std::vector<float> state(1);
    std::vector<float> scratch(static_cast<std::size_t>(linear_attention_scratch(e)));
    const half* none = nullptr;
    linear_attention(one.data(), one.data(), one.data(), past.data(), none, none, out.data(), state.data(),
                     scratch.data(), e, 1.0f);
    CHECK(state[0] == 1 + 0x1p-20f);
}

}  // namespace wasminfer
