#include <doctest/doctest.h>

#include <wasminfer/kernels/integer_depthwise.hpp>
#include <wasminfer/kernels/integer_gemm.hpp>

#include <cmath>

#include "kernels/conv_reference.hpp"

namespace wasminfer {
namespace {

std::size_t at(index i)
{
    return static_cast<std::size_t>(i);
}

/// Bytes all over T's range.
template <class T>
std::vector<T> bytes(index n, std::uint32_t seed)
{
    std::vector<T> list(at(n));
    for (T& element : list) {
        seed = seed * 1664525u + 1013904223u;
        element = static_cast<T>(static_cast<std::uint8_t>(seed >> 24));
    }
    return list;
}

template <class T>
std::vector<double> centred(const std::vector<T>& list, const std::vector<T>& zeros, index run)
{
    std::vector<double> result;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::size_t zero = zeros.size() == 1 ? 0 : i / at(run) % zeros.size();
        result.push_back(zeros.empty() ? list[i] : static_cast<double>(list[i]) - static_cast<double>(zeros[zero]));
    }
    return result;
}

/// One step of a scale, as ONNX defines it.
template <class T>
T requantized(double sum, float multiplier, T zero)
{
    const float steps = std::nearbyint(static_cast<float>(static_cast<std::int32_t>(sum)) * multiplier);
    const float shifted = steps + static_cast<float>(zero);
    return static_cast<T>(
        std::fmin(std::fmax(shifted, std::numeric_limits<T>::lowest()), std::numeric_limits<T>::max()));
}

template <class A, class B>
void check_matmul(index m, index n, index k, bool by_row, bool by_column)
{
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    const auto a = bytes<A>(m * k, 1);
    const auto b = bytes<B>(k * n, 2);
    const auto a_zero = bytes<A>(by_row ? m : 1, 3);
    const auto b_zero = bytes<B>(by_column ? n : 1, 4);
    std::vector<std::int8_t> packed(at(integer_packed_size(k, n)));
    pack_integer_b(b.data(), packed.data(), {.k = k, .n = n, .row_stride = n});
    const integer_matmul_extents e{.m = m, .n = n, .k = k, .a_step = by_row ? 1 : 0, .b_step = by_column ? 1 : 0};
    std::vector<std::int32_t> out(at(m * n));
    matmul_integer<B>(a.data(), a_zero.data(), packed.data(), b_zero.data(), out.data(), e);

    const std::vector<float> a_scale(at(by_row ? m : 1), 0.25f);
    std::vector<float> b_scale(at(by_column ? n : 1));
    for (std::size_t j = 0; j < b_scale.size(); ++j) {
        b_scale[j] = 0.001f * static_cast<float>(j + 1);
    }
    const float y_scale = 3.0f;
    const std::uint8_t y_zero = 101;
    std::vector<std::uint8_t> y(at(m * n));
    qlinear_matmul<B>(a.data(), a_scale.data(), a_zero.data(), packed.data(), b_scale.data(), b_zero.data(), &y_scale,
                      &y_zero, y.data(), e);

    const auto x = centred(a, a_zero, k);
    for (index i = 0; i < m; ++i) {
        for (index j = 0; j < n; ++j) {
            const double zero = b_zero[at(by_column ? j : 0)];
            double sum = 0;
            for (index l = 0; l < k; ++l) {
                sum += x[at(i * k + l)] * (b[at(l * n + j)] - zero);
            }
            REQUIRE(out[at(i * n + j)] == sum);
            REQUIRE(y[at(i * n + j)] == requantized(sum, 0.25f * b_scale[at(by_column ? j : 0)] / 3.0f, y_zero));
        }
    }
}

template <class X, class W>
void check_conv(const reference::convolution& c, bool by_channel)
{
    const auto in = bytes<X>(c.in_size(), 5);
    const auto w = bytes<W>(c.weights(), 6);
    const auto in_zero = bytes<X>(1, 7);
    const auto w_zero = bytes<W>(by_channel ? c.channels : 1, 8);
    std::vector<std::int32_t> bias(at(c.channels));
    for (std::size_t o = 0; o < bias.size(); ++o) {
        bias[o] = static_cast<std::int32_t>(o * 1000) - 2500;
    }
    std::vector<float> w_scale(w_zero.size());
    for (std::size_t o = 0; o < w_scale.size(); ++o) {
        w_scale[o] = 0.002f * static_cast<float>(o + 1);
    }
    integer_conv_extents e{.batch = c.batch, .groups = c.groups, .w_step = by_channel ? 1 : 0};
    for (index d = 0; d < 3; ++d) {
        e.in[d] = c.in[d];
        e.out[d] = c.out(d);
        e.window[d] = c.window[d];
        e.stride[d] = c.stride[d];
        e.pad[d] = c.pad[d];
        e.dilation[d] = c.dilation[d];
    }
    e.in[3] = c.in[3];
    e.out[3] = c.channels;
    const conv_pack_extents pack{.out = c.channels,
                                 .in = c.in[3] / c.groups,
                                 .window = {c.window[0], c.window[1], c.window[2]},
                                 .groups = c.groups};
    std::vector<std::int8_t> packed(at(integer_conv_packed_size(pack)));
    pack_integer_conv(w.data(), packed.data(), pack);
    const float in_scale = 0.5f;
    const float y_scale = 7.0f;
    const std::int8_t y_zero = -3;
    std::vector<std::int32_t> sums(at(c.out_size()));
    std::vector<std::int8_t> steps(at(c.out_size()));
    conv_integer<W>(in.data(), in_zero.data(), packed.data(), w_zero.data(), sums.data(), e);
    qlinear_conv<W>(in.data(), &in_scale, in_zero.data(), packed.data(), w_scale.data(), w_zero.data(), &y_scale,
                    &y_zero, bias.data(), steps.data(), e);

    const index taps = c.window[0] * c.window[1] * c.window[2];
    const auto expected = reference::convolve(c, centred(in, in_zero, 1), centred(w, w_zero, c.in[3] / c.groups * taps),
                                              std::vector<double>{});
    const auto step_of = [&](index i) {
        const std::size_t o = at(i % c.channels);
        return requantized(expected[at(i)] + bias[o], 0.5f * w_scale[by_channel ? o : 0] / 7.0f, y_zero);
    };
    for (index i = 0; i < c.out_size(); ++i) {
        REQUIRE(sums[at(i)] == expected[at(i)]);
        REQUIRE(steps[at(i)] == step_of(i));
    }
    if (c.groups != c.in[3] || c.channels != c.in[3]) {
        return;
    }
    const integer_depthwise_pack_extents depthwise{.c = c.channels, .taps = taps, .w_step = e.w_step};
    std::vector<std::int16_t> centred_weights(at(integer_depthwise_packed_size(depthwise)));
    pack_integer_depthwise(w.data(), w_zero.data(), centred_weights.data(), depthwise);
    std::vector<float> scratch(at(c.channels + 8));
    depthwise_integer(in.data(), in_zero.data(), centred_weights.data(), sums.data(), e);
    qlinear_depthwise(in.data(), &in_scale, in_zero.data(), centred_weights.data(), w_scale.data(), &y_scale, &y_zero,
                      bias.data(), steps.data(), e, scratch.data());
    for (index i = 0; i < c.out_size(); ++i) {
        REQUIRE(sums[at(i)] == expected[at(i)]);
        REQUIRE(steps[at(i)] == step_of(i));
    }
}

TEST_CASE("integer products are exact for every sign, zero point and remainder of the tiles")
{
    // What is gathered at a time is whole tiles, whatever the float kernel's tile is.
    static_assert(detail::integer_block_rows % detail::integer_mr == 0);
    for (const index m : {1, 2, 4, 5, 30, 33}) {
        for (const index n : {1, 8, 19}) {
            for (const index k : {1, 6, 257, 600}) {
                check_matmul<std::uint8_t, std::int8_t>(m, n, k, false, false);
                check_matmul<std::int8_t, std::uint8_t>(m, n, k, true, true);
            }
        }
    }
    check_matmul<std::uint8_t, std::uint8_t>(7, 9, 40, false, true);
    check_matmul<std::int8_t, std::int8_t>(7, 9, 40, true, false);
    check_matmul<std::int8_t, std::int8_t>(3, 120, 2000, false, false);
}

TEST_CASE("integer products step through batches, repeating what has one matrix")
{
    const auto a = bytes<std::uint8_t>(2 * 3 * 4, 1);
    const auto b = bytes<std::int8_t>(2 * 4 * 5, 2);
    std::vector<std::int8_t> packed(at(2 * integer_packed_size(4, 5)));
    pack_integer_b(b.data(), packed.data(), {.matrices = 2, .k = 4, .n = 5, .row_stride = 5});
    std::vector<std::int32_t> out(2 * 2 * 3 * 5);
    matmul_integer<std::int8_t>(
        a.data(), nullptr, packed.data(), nullptr, out.data(),
        {.batch = {1, 1, 2, 2}, .m = 3, .n = 5, .k = 4, .a_batch = {0, 0, 12, 0}, .b_batch = {0, 0, 0, 20}});
    for (std::size_t x = 0; x < 2; ++x) {
        for (std::size_t y = 0; y < 2; ++y) {
            for (std::size_t i = 0; i < 15; ++i) {
                int sum = 0;
                for (std::size_t l = 0; l < 4; ++l) {
                    sum += a[x * 12 + i / 5 * 4 + l] * b[y * 20 + l * 5 + i % 5];
                }
                CHECK(out[(x * 2 + y) * 15 + i] == sum);
            }
        }
    }
}

TEST_CASE("integer convolutions are exact: padding is the zero point, windows, strides, groups and three axes")
{
    const reference::convolution shapes[] = {
        {.in = {1, 7, 6, 3}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .pad_end = {0, 1, 1}, .channels = 9},
        {.batch = 2, .in = {1, 9, 8, 8}, .window = {1, 3, 2}, .stride = {1, 2, 1}, .channels = 4, .groups = 2},
        {.in = {1, 1, 40, 16}, .window = {1, 1, 5}, .pad = {0, 0, 4}, .dilation = {1, 1, 2}, .channels = 8},
        {.in = {3, 4, 5, 2}, .window = {2, 2, 2}, .pad = {1, 0, 1}, .pad_end = {1, 1, 0}, .channels = 3},
        {.in = {1, 6, 6, 64}, .window = {1, 3, 3}, .channels = 10},
        {.in = {1, 8, 7, 16},
         .window = {1, 3, 3},
         .stride = {1, 2, 2},
         .pad = {0, 1, 1},
         .pad_end = {0, 1, 1},
         .channels = 16,
         .groups = 16},
        {.in = {1, 5, 6, 13}, .window = {1, 2, 3}, .pad = {0, 1, 2}, .channels = 13, .groups = 13},
        {.in = {1, 5, 6, 5}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .channels = 5, .groups = 5},
        {.in = {1, 5, 6, 3}, .window = {1, 3, 3}, .pad = {0, 1, 1}, .channels = 6, .groups = 3},
    };
    for (const auto& shape : shapes) {
        CAPTURE(shape.in[3]);
        check_conv<std::uint8_t, std::int8_t>(shape, true);
        check_conv<std::int8_t, std::uint8_t>(shape, false);
    }
}

TEST_CASE("requantised steps round halves to even, saturate, and give the lowest for NaN")
{
    const std::int32_t sums[8] = {1, 3, -1, -3, 1000, -1000, 0, 5};
    const float halves[8] = {0.5f, 0.5f, 0.5f, 0.5f, 1.0f, 1.0f, std::numeric_limits<float>::quiet_NaN(), 0.5f};
    std::int8_t steps[8];
    detail::store_requantized(sums, halves, 1.0f, steps, 8);
    const int expected[8] = {1, 3, 1, -1, 127, -128, -128, 3};
    for (int i = 0; i < 8; ++i) {
        CHECK(int{steps[i]} == expected[i]);
    }
}

}  // namespace
}  // namespace wasminfer
