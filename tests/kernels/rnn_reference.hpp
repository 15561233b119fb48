// Recurrent layers computed plainly in double, from the equations of ONNX's operators LSTM, GRU and RNN, and the calls of
// the kernels that do the same.
#pragma once

#include <wasminfer/kernels/rnn.hpp>

#include "kernels/reference.hpp"

#include <algorithm>
#include <functional>

namespace wasminfer::reference {

enum class cell { lstm, gru, rnn };

/// A layer as ONNX describes it; layout 0: X [steps, batch, input], layout 1: X [batch, steps, input].
struct recurrent_layer {
    cell kind = cell::lstm;
    index steps = 4;
    index batch = 2;
    index input = 3;
    index hidden = 5;
    index directions = 1;
    bool reverse = false;  ///< Of the first direction; a second one always is.
    index layout = 0;
    bool bias = true;
    bool states = true;  ///< initial_h and initial_c, else zeros.
    bool peepholes = false;
    bool couple = false;               ///< input_forget
    bool linear_before_reset = false;  ///< Of GRU.
    float bound = 0;                   ///< clip, 0 for none.
    std::vector<std::int32_t> lengths{};

    index gates() const { return kind == cell::lstm ? 4 : kind == cell::gru ? 3 : 1; }
    index rows() const { return gates() * hidden; }
    bool backward(index direction) const { return direction == 1 || reverse; }
    /// The place of x's element of a step and a member of the batch, and of the same in y.
    index x_row(index t, index b) const { return layout == 0 ? t * batch + b : b * steps + t; }
    index y_row(index t, index b, index d) const
    {
        return layout == 0 ? (t * directions + d) * batch + b : (b * steps + t) * directions + d;
    }
    index state_row(index b, index d) const { return layout == 0 ? d * batch + b : b * directions + d; }
};

/// The numbers that go in, the same for the same layer.
template <class T = float>
struct recurrent_inputs {
    explicit recurrent_inputs(const recurrent_layer& l)
        : x{numbers(l.steps * l.batch * l.input, 1)}, w{numbers(l.directions * l.rows() * l.input, 2)},
          r{numbers(l.directions * l.rows() * l.hidden, 3)}, b{numbers(l.directions * 2 * l.rows(), 4)},
          h0{numbers(l.directions * l.batch * l.hidden, 5)}, c0{numbers(l.directions * l.batch * l.hidden, 6)},
          p{numbers(l.directions * 3 * l.hidden, 7)}
    {
        for (auto* zeros :
             {l.bias ? nullptr : &b, l.states ? nullptr : &h0, l.states ? nullptr : &c0, l.peepholes ? nullptr : &p}) {
            if (zeros) {
                std::ranges::fill(*zeros, T{0});
            }
        }
    }

    static std::vector<T> numbers(index count, std::uint32_t seed)
    {
        const auto floats = random(count, seed);
        return {floats.begin(), floats.end()};
    }

    std::vector<T> x, w, r, b, h0, c0, p;
};

template <class T>
struct recurrent_results {
    explicit recurrent_results(const recurrent_layer& l)
        : y(static_cast<std::size_t>(l.steps * l.directions * l.batch * l.hidden), T(99)),
          h(static_cast<std::size_t>(l.directions * l.batch * l.hidden), T(99)), c(h.size(), T(99))
    {
        y.reserve(1);  // Not null where there are no steps.
    }

    std::vector<T> y, h, c;
};

/// f, g and h of ONNX's equations.
struct activations {
    std::function<double(double)> f = [](double x) { return 1 / (1 + std::exp(-x)); };
    std::function<double(double)> g = [](double x) { return std::tanh(x); };
    std::function<double(double)> h = [](double x) { return std::tanh(x); };
};

namespace detail {

/// One direction for one member of the batch.
class recurrence {
public:
    recurrence(const recurrent_layer& l, const recurrent_inputs<>& in, const activations& a, index d, index b)
        : l_{l}, in_{in}, a_{a}, d_{d}
    {
        for (index i = 0; i < l.hidden; ++i) {
            h.push_back(number(in.h0, l.state_row(b, d) * l.hidden + i));
            c.push_back(number(in.c0, l.state_row(b, d) * l.hidden + i));
        }
    }

    /// To the next state, x_row being the element's row of x.
    void step(index x_row)
    {
        const auto old_h = h;
        const auto old_c = c;
        const auto limit = [&](double x) {
            const double bound = static_cast<double>(l_.bound);
            return bound > 0 ? std::clamp(x, -bound, bound) : x;
        };
        const auto f = [&](double x) { return a_.f(limit(x)); };
        const auto g = [&](double x) { return a_.g(limit(x)); };
        // X·Wᵀ + Wb and H·Rᵀ + Rb of a gate's row.
        const auto of_x = [&](index gate, index i) {
            const index row = gate * l_.hidden + i;
            double sum = number(in_.b, d_ * 2 * l_.rows() + row);
            for (index k = 0; k < l_.input; ++k) {
                sum += number(in_.x, x_row * l_.input + k) * number(in_.w, (d_ * l_.rows() + row) * l_.input + k);
            }
            return sum;
        };
        const auto of_h = [&](index gate, index i, const std::vector<double>& state) {
            const index row = gate * l_.hidden + i;
            double sum = number(in_.b, (d_ * 2 + 1) * l_.rows() + row);
            for (index k = 0; k < l_.hidden; ++k) {
                sum += state[static_cast<std::size_t>(k)] * number(in_.r, (d_ * l_.rows() + row) * l_.hidden + k);
            }
            return sum;
        };
        const auto both = [&](index gate, index i) { return of_x(gate, i) + of_h(gate, i, old_h); };
        std::vector<double> reset;
        for (index i = 0; l_.kind == cell::gru && i < l_.hidden; ++i) {
            reset.push_back(f(both(1, i)));
        }
        for (index i = 0; i < l_.hidden; ++i) {
            const auto at = static_cast<std::size_t>(i);
            if (l_.kind == cell::rnn) {
                h[at] = g(both(0, i));
            } else if (l_.kind == cell::gru) {
                std::vector<double> gated = old_h;
                for (std::size_t k = 0; k < gated.size(); ++k) {
                    gated[k] *= reset[k];
                }
                const double recurrent = l_.linear_before_reset ? reset[at] * of_h(2, i, old_h) : of_h(2, i, gated);
                const double update = f(both(0, i));
                h[at] = (1 - update) * g(of_x(2, i) + recurrent) + update * old_h[at];
            } else {
                const auto peep = [&](index gate) { return number(in_.p, (d_ * 3 + gate) * l_.hidden + i); };
                const double input = f(both(0, i) + peep(0) * old_c[at]);
                const double forget = l_.couple ? 1 - input : f(both(2, i) + peep(2) * old_c[at]);
                c[at] = forget * old_c[at] + input * g(both(3, i));
                h[at] = f(both(1, i) + peep(1) * c[at]) * a_.h(limit(c[at]));
            }
        }
    }

    std::vector<double> h, c;

private:
    static double number(const std::vector<float>& v, index i)
    {
        return static_cast<double>(v[static_cast<std::size_t>(i)]);
    }

    const recurrent_layer& l_;
    const recurrent_inputs<>& in_;
    const activations& a_;
    index d_;
};

}  // namespace detail

/// RNN's one activation is g.
inline recurrent_results<double> recurrent(const recurrent_layer& l, const activations& a = {})
{
    const recurrent_inputs<> in{l};
    recurrent_results<double> out{l};
    std::ranges::fill(out.y, 0.0);  // What lies past a sequence's end.
    for (index d = 0; d < l.directions; ++d) {
        for (index b = 0; b < l.batch; ++b) {
            const index given = l.lengths.empty() ? l.steps : l.lengths[static_cast<std::size_t>(b)];
            const index length = std::clamp<index>(given, 0, l.steps);
            detail::recurrence state{l, in, a, d, b};
            for (index s = 0; s < length; ++s) {
                const index t = l.backward(d) ? length - 1 - s : s;
                state.step(l.x_row(t, b));
                std::ranges::copy(state.h, out.y.begin() + l.y_row(t, b, d) * l.hidden);
            }
            std::ranges::copy(state.h, out.h.begin() + l.state_row(b, d) * l.hidden);
            std::ranges::copy(state.c, out.c.begin() + l.state_row(b, d) * l.hidden);
        }
    }
    return out;
}

/// What of a layer's outputs is asked for; the rest gets null and stays as it is.
struct wanted {
    bool y = true;
    bool h = true;
    bool c = true;
};

/// The same by the kernels, as the generator calls them: one gemm for the input, then a call a direction.
template <class T = float, class Limit = identity, class... Activations>
inline recurrent_results<T> run_recurrent(const recurrent_layer& l, const wanted& want = {}, const Limit& limit = {},
                                          const Activations&... activations)
{
    const recurrent_inputs<T> in{l};
    recurrent_results<T> out{l};
    const index n = l.hidden;
    const index rows = l.rows();
    const auto packed = [](const T* weights, index k, index count) {
        std::vector<T> p(static_cast<std::size_t>(gemm_packed_size({.k = k, .n = count})));
        pack_gemm_b(weights, p.data(), {.k = k, .n = count, .row_stride = 1, .col_stride = k});
        return p;
    };
    for (index d = 0; d < l.directions; ++d) {
        const bool apart = l.kind == cell::gru && l.linear_before_reset;
        std::vector<T> bias(static_cast<std::size_t>(rows));
        rnn_bias(in.b.data() + d * 2 * rows, bias.data(), {.gates = l.gates(), .hidden = n, .apart = apart ? 1 : 0});
        std::vector<T> xg(static_cast<std::size_t>(l.steps * l.batch * rows));
        gemm(in.x.data(), packed(in.w.data() + d * rows * l.input, l.input, rows).data(),
             l.bias ? bias.data() : nullptr, xg.data(), {.m = l.steps * l.batch, .n = rows, .k = l.input});
        const bool by_step = l.layout == 0;
        const rnn_extents e{.steps = l.steps,
                            .batch = l.batch,
                            .hidden = n,
                            .x_step = by_step ? l.batch : 1,
                            .x_batch = by_step ? 1 : l.steps,
                            .y_step = by_step ? l.directions * l.batch * n : l.directions * n,
                            .y_batch = by_step ? n : l.steps * l.directions * n,
                            .state = by_step ? n : l.directions * n,
                            .reverse = l.backward(d) ? 1 : 0};
        const std::int32_t* lengths = l.lengths.empty() ? nullptr : l.lengths.data();
        const index offset = d * (by_step ? l.batch * n : n);
        const T* h0 = l.states ? in.h0.data() + offset : nullptr;
        const T* c0 = l.states ? in.c0.data() + offset : nullptr;
        T* y = want.y ? out.y.data() + offset : nullptr;
        T* h = want.h ? out.h.data() + offset : nullptr;
        T* c = want.c ? out.c.data() + offset : nullptr;
        // Scratch may hold anything.
        const auto scratch_of = [](index count) { return std::vector<T>(static_cast<std::size_t>(count), NAN); };
        const T* weights = in.r.data() + d * rows * n;
        if constexpr (sizeof...(Activations) == 0 || sizeof...(Activations) == 3) {
            if (l.kind == cell::lstm) {
                auto scratch = scratch_of(lstm_scratch(e));
                const T* p = l.peepholes ? in.p.data() + d * 3 * n : nullptr;
                lstm(xg.data(), packed(weights, n, rows).data(), p, lengths, h0, c0, y, h, c, scratch.data(), e,
                     l.couple, limit, activations...);
            }
        }
        if constexpr (sizeof...(Activations) == 0 || sizeof...(Activations) == 2) {
            if (l.kind == cell::gru) {
                auto scratch = scratch_of(gru_scratch(e));
                const T* rb = apart && l.bias ? in.b.data() + d * 2 * rows + 5 * n : nullptr;
                gru(xg.data(), packed(weights, n, 2 * n).data(), packed(weights + 2 * n * n, n, n).data(), rb, lengths,
                    h0, y, h, scratch.data(), e, l.linear_before_reset, limit, activations...);
            }
        }
        if constexpr (sizeof...(Activations) <= 1) {
            if (l.kind == cell::rnn) {
                auto scratch = scratch_of(rnn_scratch(e));
                rnn(xg.data(), packed(weights, n, n).data(), lengths, h0, y, h, scratch.data(), e, limit,
                    activations...);
            }
        }
    }
    return out;
}

}  // namespace wasminfer::reference
