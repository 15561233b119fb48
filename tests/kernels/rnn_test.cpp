#include "kernels/rnn_reference.hpp"

namespace wasminfer {
namespace {

using reference::activations;
using reference::cell;
using reference::recurrent_layer;
using reference::recurrent_results;
using reference::worst;

constexpr double bound = 1e-5;

void check(const recurrent_layer& l, const recurrent_results<float>& out, const recurrent_results<double>& expected)
{
    CAPTURE(static_cast<int>(l.kind));
    CAPTURE(l.hidden);
    CAPTURE(l.batch);
    CAPTURE(l.layout);
    CAPTURE(l.directions);
    CAPTURE(l.reverse);
    CAPTURE(l.linear_before_reset);
    CHECK(worst(out.y, expected.y) < bound);
    CHECK(worst(out.h, expected.h) < bound);
    if (l.kind == cell::lstm) {
        CHECK(worst(out.c, expected.c) < bound);
    }
}

void check(const recurrent_layer& l)
{
    check(l, reference::run_recurrent(l), reference::recurrent(l));
}

/// The layer as an LSTM, as a GRU of either kind, and as an RNN.
std::vector<recurrent_layer> cells(recurrent_layer l)
{
    std::vector<recurrent_layer> all;
    for (const cell kind : {cell::lstm, cell::gru, cell::rnn}) {
        l.kind = kind;
        all.push_back(l);
    }
    all[1].linear_before_reset = true;
    l.kind = cell::gru;
    all.push_back(l);
    return all;
}

bool is_past_the_end(const recurrent_layer& l, index t, index b)
{
    return t >= l.lengths[static_cast<std::size_t>(b)];
}

}  // namespace

TEST_CASE("recurrent layers of every width and batch against double")
{
    for (const index hidden : {1, 3, 4, 5, 8, 17, 36}) {
        for (const index batch : {1, 3}) {
            for (const auto& l : cells({.batch = batch, .hidden = hidden})) {
                check(l);
            }
        }
    }
}

TEST_CASE("recurrent layers in double are as exact as double")
{
    for (const auto& l : cells({.batch = 3, .hidden = 5, .directions = 2})) {
        const auto out = reference::run_recurrent<double>(l);
        const auto expected = reference::recurrent(l);
        CHECK(worst(out.y, expected.y) < 1e-14);
        CHECK(worst(out.h, expected.h) < 1e-14);
    }
}

TEST_CASE("recurrent layers: forward, reverse, both, in either layout")
{
    for (const index layout : {0, 1}) {
        for (const index directions : {1, 2}) {
            for (const bool reverse : {false, true}) {
                for (const auto& l :
                     cells({.directions = directions, .reverse = reverse && directions == 1, .layout = layout})) {
                    check(l);
                }
            }
        }
    }
}

TEST_CASE("recurrent layers: no steps leave the initial states, one step is the least")
{
    for (const index steps : {0, 1}) {
        for (const auto& l : cells({.steps = steps, .directions = 2})) {
            check(l);
        }
    }
}

TEST_CASE("recurrent layers start at zero without initial states, and know no bias without one")
{
    for (const auto& l : cells({.states = false})) {
        check(l);
    }
    for (const auto& l : cells({.bias = false})) {
        check(l);
    }
}

TEST_CASE("recurrent layers: each member's own length, from none to all, whatever its number is")
{
    for (const index layout : {0, 1}) {
        for (const index directions : {1, 2}) {
            for (const bool reverse : {false, true}) {
                for (const auto& l : cells({.steps = 5,
                                            .batch = 6,
                                            .directions = directions,
                                            .reverse = reverse,
                                            .layout = layout,
                                            .lengths = {5, 3, 0, 1, -2, 99}})) {
                    check(l);
                }
            }
        }
    }
}

TEST_CASE("recurrent layers: past a sequence's end the output is zero, and the state stays what it was there")
{
    for (const auto& l : cells({.steps = 4, .batch = 2, .lengths = {2, 0}})) {
        const auto out = reference::run_recurrent(l);
        const reference::recurrent_inputs in{l};
        for (index t = 0; t < l.steps; ++t) {
            for (index b = 0; b < l.batch; ++b) {
                for (index i = 0; is_past_the_end(l, t, b) && i < l.hidden; ++i) {
                    CHECK(out.y[static_cast<std::size_t>(l.y_row(t, b, 0) * l.hidden + i)] == 0);
                }
            }
        }
        for (std::size_t i = 0; i < 5; ++i) {
            CHECK(out.h[i] == out.y[static_cast<std::size_t>(l.y_row(1, 0, 0) * l.hidden) + i]);
            CHECK(out.h[5 + i] == in.h0[5 + i]);
        }
    }
}

TEST_CASE("recurrent layers write what is asked for, and the same whatever else is")
{
    for (const auto& l : cells({.directions = 2})) {
        const auto all = reference::run_recurrent(l);
        const recurrent_results<float> nothing{l};
        for (const reference::wanted& want :
             {reference::wanted{true, false, false}, {false, true, false}, {false, false, true}}) {
            const auto out = reference::run_recurrent(l, want);
            CHECK(out.y == (want.y ? all.y : nothing.y));
            CHECK(out.h == (want.h ? all.h : nothing.h));
            CHECK(out.c == (want.c ? all.c : nothing.c));
        }
    }
}

TEST_CASE("recurrent layers: clip bounds what goes into every activation")
{
    for (auto& l : cells({.hidden = 7, .directions = 2, .peepholes = true, .bound = 0.3f})) {
        const auto clipped = reference::recurrent(l);
        check(l, reference::run_recurrent(l, {}, gate_clip{l.bound}), clipped);
        l.bound = 0;
        CHECK(worst(reference::run_recurrent(l).y, clipped.y) > 1e-2);
    }
}

TEST_CASE("lstm: peepholes look at the old cell, the output's at the new one")
{
    for (const index hidden : {3, 4, 9}) {
        for (const index directions : {1, 2}) {
            check({.hidden = hidden, .directions = directions, .peepholes = true});
        }
    }
}

TEST_CASE("lstm: a forget gate coupled to the input gate, with peepholes and without")
{
    check({.hidden = 6, .couple = true});
    check({.hidden = 6, .peepholes = true, .couple = true});
}

TEST_CASE("rnn_bias sums both halves, but for the gates whose recurrent half comes later")
{
    const std::vector<float> b{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};
    std::vector<float> out(6);
    rnn_bias(b.data(), out.data(), {.gates = 3, .hidden = 2, .apart = 0});
    CHECK(out == std::vector<float>{11, 22, 33, 44, 55, 66});
    rnn_bias(b.data(), out.data(), {.gates = 3, .hidden = 2, .apart = 1});
    CHECK(out == std::vector<float>{11, 22, 33, 44, 5, 6});
}

TEST_CASE("recurrent layers with other activations")
{
    const auto scaled = [](double x) { return 1.5 * std::tanh(0.5 * x); };
    const auto line = [](double x) { return 0.25 * x + 0.125; };
    const auto soft = [](double x) { return x / (1 + std::fabs(x)); };
    const recurrent_layer l{.hidden = 6, .directions = 2, .peepholes = true};
    check(l, reference::run_recurrent(l, {}, identity{}, affine{0.25f, 0.125f}, scaled_tanh{1.5f, 0.5f}, softsign{}),
          reference::recurrent(l, {.f = line, .g = scaled, .h = soft}));
    for (const bool linear : {false, true}) {
        const recurrent_layer g{.kind = cell::gru, .hidden = 6, .linear_before_reset = linear};
        check(g, reference::run_recurrent(g, {}, identity{}, affine{0.25f, 0.125f}, softsign{}),
              reference::recurrent(g, {.f = line, .g = soft}));
    }
    const recurrent_layer r{.kind = cell::rnn, .hidden = 6};
    check(r, reference::run_recurrent(r, {}, identity{}, scaled_tanh{1.5f, 0.5f}),
          reference::recurrent(r, {.g = scaled}));
}

TEST_CASE("recurrent layers: the same bits on every target")
{
    std::vector<float> all;
    for (const index batch : {1, 3}) {
        for (const auto& l : cells({.batch = batch, .input = 9, .hidden = 19, .directions = 2})) {
            const auto out = reference::run_recurrent(l);
            all.insert(all.end(), out.y.begin(), out.y.end());
        }
    }
    if (reference::same_bits) {
        CHECK(reference::hash(all) == 15187947458495387766u);
    }
}

}  // namespace wasminfer
