#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/gemm.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;
using reference::widen_all;
using reference::worst;

using Floats = std::vector<float>;

/// a [k] times b [k, n].
std::vector<double> multiply(const Floats& a, const Floats& b, index n)
{
    const auto x = widen_all(a);
    const auto y = widen_all(b);
    std::vector<double> out(static_cast<std::size_t>(n));
    for (std::size_t p = 0; p < x.size(); ++p) {
        for (std::size_t j = 0; j < out.size(); ++j) {
            out[j] += x[p] * y[p * out.size() + j];
        }
    }
    return out;
}

/// v spread out with the numbers `step` apart, what lies between them no numbers.
Floats spread(const Floats& v, index step)
{
    Floats out(v.size() * static_cast<std::size_t>(step), NAN);
    for (std::size_t i = 0; i < v.size(); ++i) {
        out[i * static_cast<std::size_t>(step)] = v[i];
    }
    return out;
}

/// The sum as dot() documents its order.
float ordered_dot(const Floats& x, const Floats& y)
{
    float part[16] = {};
    for (std::size_t i = 0; i < x.size(); ++i) {
        part[i % 16] += x[i] * y[i];
    }
    alignas(16) float four[4];
    for (std::size_t i = 0; i < 4; ++i) {
        four[i] = (part[i] + part[4 + i]) + (part[8 + i] + part[12 + i]);
    }
    return (four[0] + four[2]) + (four[1] + four[3]);
}

float column_product(const Floats& x, index x_step, const Floats& y, index y_step)
{
    float out = 0;
    matmul(x.data(), y.data(), &out,
           {.m = 1,
            .n = 1,
            .k = static_cast<index>(x.size()) / x_step,
            .a_row = static_cast<index>(x.size()),
            .a_col = x_step,
            .b_row = y_step},
           nullptr);
    return out;
}

}  // namespace

TEST_CASE("one column: dot, every length and step, in the order that it documents")
{
    for (index n = 0; n <= 67; ++n) {
        const auto x = random(n, 1);
        auto y = random(n, 2);
        for (float& v : y) {
            v *= 1.1f;  // Products that have to be rounded.
        }
        const float expected = ordered_dot(x, y);
        for (const index x_step : {1, 2, 5}) {
            for (const index y_step : {1, 3}) {
                CAPTURE(n);
                CAPTURE(x_step);
                CAPTURE(y_step);
                const float got = column_product(spread(x, x_step), x_step, spread(y, y_step), y_step);
                if (reference::same_bits) {
                    REQUIRE(got == expected);
                }
                REQUIRE(worst(Floats{got}, multiply(x, y, 1)) < 2e-6);
            }
        }
    }
}

TEST_CASE("one row times packed panels: every width up to nine panels, the bits of a row among others")
{
    for (index n = 1; n <= 72; ++n) {
        for (const index k : {0, 1, 7, 300}) {
            CAPTURE(n);
            CAPTURE(k);
            const auto a = random(k, 3);
            auto b = random(k * n, 4);
            b.reserve(1);  // Not null where it is empty.
            const auto bias = random(n, 5);
            Floats packed(static_cast<std::size_t>(gemm_packed_size({.k = k, .n = n})));
            pack_gemm_b(b.data(), packed.data(), {.k = k, .n = n, .row_stride = n});
            Floats one(static_cast<std::size_t>(n) + 1, -7.0f);
            gemm(a.data(), packed.data(), bias.data(), one.data(), {.m = 1, .n = n, .k = k}, relu{});
            REQUIRE(one.back() == -7.0f);
            one.pop_back();
            auto expected = multiply(a, b, n);
            for (std::size_t j = 0; j < expected.size(); ++j) {
                expected[j] = std::fmax(expected[j] + static_cast<double>(bias[j]), 0.0);
            }
            REQUIRE(worst(one, expected) < 2e-6);
            Floats rows = a;
            rows.insert(rows.end(), a.begin(), a.end());
            Floats two(static_cast<std::size_t>(2 * n));
            gemm(rows.data(), packed.data(), bias.data(), two.data(), {.m = 2, .n = n, .k = k}, relu{});
            REQUIRE(one == Floats{two.begin(), two.begin() + n});
        }
    }
}

TEST_CASE("one row times a matrix as it lies: rows, columns and neither contiguous, the bits of packed panels")
{
    for (const index n : {2, 7, 8, 31, 32, 33, 40, 64, 77}) {
        for (const index k : {1, 5, 127, 128, 129, 300}) {
            CAPTURE(n);
            CAPTURE(k);
            const auto a = random(k, 6);
            const auto b = random(k * n, 7);
            Floats transposed(b.size());
            for (index i = 0; i < k; ++i) {
                for (index j = 0; j < n; ++j) {
                    transposed[static_cast<std::size_t>(j * k + i)] = b[static_cast<std::size_t>(i * n + j)];
                }
            }
            const auto run = [&](const Floats& row, index step, const Floats& matrix, index b_row, index b_col) {
                Floats out(static_cast<std::size_t>(n) + 1, -7.0f);
                matmul(row.data(), matrix.data(), out.data(),
                       {.m = 1, .n = n, .k = k, .a_row = k * step, .a_col = step, .b_row = b_row, .b_col = b_col},
                       nullptr);
                REQUIRE(out.back() == -7.0f);
                out.pop_back();
                return out;
            };
            const auto out = run(a, 1, b, n, 1);
            REQUIRE(worst(out, multiply(a, b, n)) < 5e-6);
            REQUIRE(run(spread(a, 3), 3, b, n, 1) == out);
            REQUIRE(run(a, 1, transposed, 1, k) == out);
            REQUIRE(run(spread(a, 2), 2, spread(b, 2), 2 * n, 2) == out);
        }
    }
}

TEST_CASE("one row, one column: epilogues see their place in the output")
{
    const auto a = random(6, 8);
    const auto b = random(6 * 20, 9);
    const auto addend = random(60, 10);
    const auto check = [&](const matmul_extents& e, const Floats& x, const Floats& y, index elements) {
        Floats plain(60);
        Floats added(60);
        matmul(x.data(), y.data(), plain.data(), e, nullptr);
        matmul(x.data(), y.data(), added.data(), e, nullptr, residual{addend.data()});
        for (std::size_t i = 0; i < static_cast<std::size_t>(elements); ++i) {
            CHECK(added[i] == plain[i] + addend[i]);
        }
    };
    check({.batch = {1, 1, 1, 3}, .m = 1, .n = 20, .k = 6}, a, b, 60);
    check({.batch = {1, 1, 1, 2}, .m = 20, .n = 1, .k = 6}, b, a, 40);
}

}  // namespace wasminfer
