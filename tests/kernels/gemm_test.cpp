#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/gemm.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;
using reference::widen_all;
using reference::worst;

/// A functor without a vector form, to see that epilogues take such.
struct scalar_square {
    static constexpr bool vector = false;
    template <class T>
    T operator()(T x) const
    {
        return static_cast<T>(x * x);
    }
};

template <class T>
std::vector<double> multiply(const std::vector<T>& a, const std::vector<T>& b, const T* bias, index m, index n, index k)
{
    const auto x = widen_all(a);
    const auto y = widen_all(b);
    std::vector<double> out(static_cast<std::size_t>(m * n));
    for (index i = 0; i < m; ++i) {
        for (index j = 0; j < n; ++j) {
            double sum = bias ? static_cast<double>(widen(bias[j])) : 0.0;
            for (index p = 0; p < k; ++p) {
                sum += x[static_cast<std::size_t>(i * k + p)] * y[static_cast<std::size_t>(p * n + j)];
            }
            out[static_cast<std::size_t>(i * n + j)] = sum;
        }
    }
    return out;
}

template <class T>
std::vector<compute_t<T>> packed(const std::vector<T>& b, index k, index n)
{
    std::vector<compute_t<T>> p(static_cast<std::size_t>(gemm_packed_size({.k = k, .n = n})));
    pack_gemm_b(b.data(), p.data(), {.k = k, .n = n, .row_stride = n});
    return p;
}

template <class T, class Epi = identity>
std::vector<T> run(const std::vector<T>& a, const std::vector<T>& b, const T* bias, index m, index n, index k,
                   const Epi& epi = {})
{
    std::vector<T> out(static_cast<std::size_t>(m * n));
    gemm(a.data(), packed(b, k, n).data(), bias, out.data(), {.m = m, .n = n, .k = k}, epi);
    return out;
}

TEST_CASE("pack_gemm_b: panels of 8 columns, zeros right of the last")
{
    const std::vector<float> b = random(3 * 10, 1);
    const auto p = packed(b, 3, 10);
    REQUIRE(p.size() == 2 * 3 * 8);
    for (index i = 0; i < 3; ++i) {
        for (index j = 0; j < 16; ++j) {
            const float expected = j < 10 ? b[static_cast<std::size_t>(i * 10 + j)] : 0.0f;
            CHECK(p[static_cast<std::size_t>((j / 8 * 3 + i) * 8 + j % 8)] == expected);
        }
    }
    std::vector<float> transposed(30);
    for (index i = 0; i < 3; ++i) {
        for (index j = 0; j < 10; ++j) {
            transposed[static_cast<std::size_t>(j * 3 + i)] = b[static_cast<std::size_t>(i * 10 + j)];
        }
    }
    std::vector<float> q(p.size());
    pack_gemm_b(transposed.data(), q.data(), {.k = 3, .n = 10, .row_stride = 1, .col_stride = 3});
    CHECK(p == q);
}

TEST_CASE("pack_gemm_b: contiguous rows, contiguous columns and neither agree")
{
    for (const index k : {1, 3, 4, 7, 9}) {
        for (const index n : {7, 8, 19}) {
            const auto b = random(k * n, 80);
            std::vector<float> columns(b.size());
            std::vector<float> spread(b.size() * 2);
            for (index i = 0; i < k; ++i) {
                for (index j = 0; j < n; ++j) {
                    const float x = b[static_cast<std::size_t>(i * n + j)];
                    columns[static_cast<std::size_t>(j * k + i)] = x;
                    spread[static_cast<std::size_t>((i * n + j) * 2)] = x;
                }
            }
            const auto rows = packed(b, k, n);
            std::vector<float> p(rows.size());
            pack_gemm_b(columns.data(), p.data(), {.k = k, .n = n, .row_stride = 1, .col_stride = k});
            CHECK(p == rows);
            pack_gemm_b(spread.data(), p.data(), {.k = k, .n = n, .row_stride = 2 * n, .col_stride = 2});
            CHECK(p == rows);
        }
    }
}

TEST_CASE("gemm: every small shape against double")
{
    for (index m = 1; m <= 9; ++m) {
        for (index n = 1; n <= 17; ++n) {
            for (const index k : {1, 2, 3, 8, 17}) {
                CAPTURE(m);
                CAPTURE(n);
                CAPTURE(k);
                const auto a = random(m * k, 2);
                const auto b = random(k * n, 3);
                const auto bias = random(n, 4);
                REQUIRE(worst(run(a, b, bias.data(), m, n, k), multiply(a, b, bias.data(), m, n, k)) < 1e-6);
            }
        }
    }
}

TEST_CASE("gemm: several blocks of rows, passes over k, and groups of panels")
{
    const index shapes[][3] = {{33, 8, 5},   {67, 70, 131}, {5, 200, 300}, {31, 65, 128},
                               {40, 9, 129}, {1, 100, 300}, {1, 9, 40}};
    for (const auto& [m, n, k] : shapes) {
        CAPTURE(m);
        const auto a = random(m * k, 5);
        const auto b = random(k * n, 6);
        const auto expected = multiply(a, b, static_cast<const float*>(nullptr), m, n, k);
        CHECK(worst(run(a, b, static_cast<const float*>(nullptr), m, n, k), expected) < 1e-5);
    }
}

TEST_CASE("gemm: an element's bits don't depend on its row, column, or tile")
{
    const index m = 39;
    const index n = 43;
    const index k = 150;
    const auto a = random(m * k, 7);
    const auto b = random(k * n, 8);
    const auto bias = random(n, 9);
    const auto whole = run(a, b, bias.data(), m, n, k);
    for (index i = 0; i < m; ++i) {
        const std::vector<float> row(a.begin() + i * k, a.begin() + (i + 1) * k);
        CHECK(run(row, b, bias.data(), 1, n, k) ==
              std::vector<float>(whole.begin() + i * n, whole.begin() + (i + 1) * n));
    }
    // The columns from 5 on, which then lie in other lanes.
    std::vector<float> shifted;
    for (index p = 0; p < k; ++p) {
        shifted.insert(shifted.end(), b.begin() + p * n + 5, b.begin() + (p + 1) * n);
    }
    const auto part = run(a, shifted, bias.data() + 5, m, n - 5, k);
    for (index i = 0; i < m; ++i) {
        for (index j = 5; j < n; ++j) {
            REQUIRE(part[static_cast<std::size_t>(i * (n - 5) + j - 5)] == whole[static_cast<std::size_t>(i * n + j)]);
        }
    }
}

TEST_CASE("gemm: rows at a distance leave what lies between them alone")
{
    const index m = 6;
    const index n = 11;
    const index k = 7;
    const auto a = random(m * 9, 10);
    const auto b = random(k * n, 11);
    std::vector<float> out(static_cast<std::size_t>(m * 13), 77.0f);
    gemm(a.data(), packed(b, k, n).data(), nullptr, out.data(), {.m = m, .n = n, .k = k, .lda = 9, .ldc = 13});
    for (index i = 0; i < m; ++i) {
        const std::vector<float> row(a.begin() + i * 9, a.begin() + i * 9 + k);
        const auto expected = multiply(row, b, static_cast<const float*>(nullptr), 1, n, k);
        const std::vector<float> got(out.begin() + i * 13, out.begin() + i * 13 + n);
        CHECK(worst(got, expected) < 1e-6);
        CHECK(out[static_cast<std::size_t>(i * 13 + 11)] == 77.0f);
        CHECK(out[static_cast<std::size_t>(i * 13 + 12)] == 77.0f);
    }
}

TEST_CASE("gemm: epilogues see accumulator + bias, residuals at out's offset")
{
    for (const index m : {1, 7}) {
        const index n = 13;
        const index k = 5;
        const auto a = random(m * k, 12);
        const auto b = random(k * n, 13);
        const auto bias = random(n, 14);
        const auto addend = random(m * n, 15);
        auto expected = multiply(a, b, bias.data(), m, n, k);
        auto squared = expected;
        auto clipped = expected;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            squared[i] *= squared[i];
            clipped[i] = std::fmin(std::fmax(expected[i] + static_cast<double>(addend[i]), 0.0), 1.0);
            expected[i] = std::fmax(expected[i], 0.0);
        }
        CHECK(worst(run(a, b, bias.data(), m, n, k, relu{}), expected) < 1e-6);
        CHECK(worst(run(a, b, bias.data(), m, n, k, scalar_square{}), squared) < 1e-6);
        CHECK(worst(run(a, b, bias.data(), m, n, k, residual{addend.data(), clip{0.0f, 1.0f}}), clipped) < 1e-6);
    }
}

TEST_CASE("gemm: a residual may be the output itself")
{
    const index m = 5;
    const index n = 20;
    const index k = 300;
    const auto a = random(m * k, 16);
    const auto b = random(k * n, 17);
    const auto addend = random(m * n, 18);
    auto out = addend;
    gemm(a.data(), packed(b, k, n).data(), nullptr, out.data(), {.m = m, .n = n, .k = k},
         residual{static_cast<const float*>(out.data())});
    CHECK(out == run(a, b, static_cast<const float*>(nullptr), m, n, k, residual{addend.data()}));
}

TEST_CASE("gemm: k = 0 leaves the bias, m = 0 or n = 0 nothing")
{
    const auto bias = random(9, 19);
    std::vector<float> out(18, 5.0f);
    gemm(bias.data(), bias.data(), bias.data(), out.data(), {.m = 2, .n = 9, .k = 0});
    CHECK(std::vector<float>(out.begin(), out.begin() + 9) == bias);
    CHECK(std::vector<float>(out.begin() + 9, out.end()) == bias);
    out.assign(18, 5.0f);
    gemm(bias.data(), bias.data(), bias.data(), out.data(), {.m = 0, .n = 9, .k = 3});
    gemm(bias.data(), bias.data(), bias.data(), out.data(), {.m = 1, .n = 0, .k = 3});
    gemm(bias.data(), bias.data(), bias.data(), out.data(), {.m = 2, .n = 0, .k = 3});
    CHECK(out == std::vector<float>(18, 5.0f));
}

TEST_CASE("gemm: double, half and wrapping integers")
{
    const index m = 7;
    const index n = 10;
    const index k = 140;
    const auto ad = random<double>(m * k, 20);
    const auto bd = random<double>(k * n, 21);
    const auto biasd = random<double>(n, 22);
    CHECK(worst(run(ad, bd, biasd.data(), m, n, k, relu{}), [&] {
              auto e = multiply(ad, bd, biasd.data(), m, n, k);
              for (double& x : e) {
                  x = std::fmax(x, 0.0);
              }
              return e;
          }()) < 1e-14);

    for (const index rows : {index{1}, m}) {
        const auto ah = random<half>(rows * k, 23);
        const auto bh = random<half>(k * n, 24);
        const auto biash = random<half>(n, 25);
        CHECK(worst(run(ah, bh, biash.data(), rows, n, k), multiply(ah, bh, biash.data(), rows, n, k)) < 1e-3);
    }

    const auto ai = random<std::int32_t>(m * k, 26);
    const auto bi = random<std::int32_t>(k * n, 27);
    CHECK(worst(run(ai, bi, static_cast<const std::int32_t*>(nullptr), m, n, k),
                multiply(ai, bi, static_cast<const std::int32_t*>(nullptr), m, n, k)) == 0.0);
    const std::vector<std::int32_t> big = {1 << 30, 1 << 30};
    CHECK(run(big, {4, 8}, static_cast<const std::int32_t*>(nullptr), 1, 1, 2) == std::vector<std::int32_t>{0});
}

TEST_CASE("gemm: the same bits on every target")
{
    const auto a = random(39 * 150, 30);
    const auto b = random(150 * 43, 31);
    const auto bias = random(43, 32);
    const auto out = run(a, b, bias.data(), 39, 43, 150, relu{});
    if (reference::same_bits) {
        CHECK(reference::hash(out) == 2015038266300784721u);
    }
}

struct product {
    matmul_extents e;
    index a_size, b_size, out_size;
};

template <class T>
void check_matmul(const product& p, double bound)
{
    const auto a = random<T>(p.a_size, 40);
    const auto b = random<T>(p.b_size, 41);
    std::vector<T> out(static_cast<std::size_t>(p.out_size));
    std::vector<compute_t<T>> scratch(static_cast<std::size_t>(matmul_scratch<T>(p.e)) / sizeof(compute_t<T>));
    matmul(a.data(), b.data(), out.data(), p.e, scratch.empty() ? nullptr : scratch.data());

    matmul_extents e = p.e;
    e.a_row = e.a_row ? e.a_row : e.k;
    e.b_row = e.b_row ? e.b_row : e.n;
    std::vector<double> expected;
    index i[4] = {};
    for (i[0] = 0; i[0] < e.batch[0]; ++i[0]) {
        for (i[1] = 0; i[1] < e.batch[1]; ++i[1]) {
            for (i[2] = 0; i[2] < e.batch[2]; ++i[2]) {
                for (i[3] = 0; i[3] < e.batch[3]; ++i[3]) {
                    for (index r = 0; r < e.m; ++r) {
                        for (index c = 0; c < e.n; ++c) {
                            index at = r * e.a_row;
                            index bt = c * e.b_col;
                            for (index d = 0; d < 4; ++d) {
                                at += i[d] * e.a_batch[d];
                                bt += i[d] * e.b_batch[d];
                            }
                            double sum = 0;
                            for (index q = 0; q < e.k; ++q) {
                                sum += static_cast<double>(widen(a[static_cast<std::size_t>(at + q * e.a_col)])) *
                                       static_cast<double>(widen(b[static_cast<std::size_t>(bt + q * e.b_row)]));
                            }
                            expected.push_back(sum);
                        }
                    }
                }
            }
        }
    }
    CHECK(worst(out, expected) < bound);
}

TEST_CASE("matmul: batches, broadcast operands, transposed operands, one row, one column")
{
    const product products[] = {
        {{.m = 5, .n = 6, .k = 7}, 35, 42, 30},
        {{.batch = {1, 1, 2, 3}, .m = 5, .n = 9, .k = 4, .a_batch = {0, 0, 60, 20}, .b_batch = {0, 0, 108, 36}},
         120,
         216,
         270},
        {{.batch = {2, 2, 2, 3}, .m = 2, .n = 9, .k = 4, .a_batch = {48, 24, 0, 8}, .b_batch = {0, 36, 0, 0}},
         96,
         72,
         432},
        // b transposed, as in a query times keys; heads side by side
        {{.batch = {1, 1, 1, 4},
          .m = 10,
          .n = 12,
          .k = 8,
          .a_batch = {0, 0, 0, 8},
          .a_row = 32,
          .b_batch = {0, 0, 0, 8},
          .b_row = 1,
          .b_col = 32},
         320,
         384,
         480},
        {{.m = 10, .n = 12, .k = 8, .a_row = 1, .a_col = 10}, 80, 96, 120},
        {{.m = 1, .n = 77, .k = 300}, 300, 23100, 77},
        {{.m = 1, .n = 21, .k = 300, .b_row = 1, .b_col = 300}, 300, 6300, 21},
        {{.batch = {1, 1, 1, 3}, .m = 1, .n = 5, .k = 3, .a_batch = {0, 0, 0, 1}, .a_col = 3, .b_batch = {0, 0, 0, 15}},
         9,
         45,
         15},
        {{.m = 9, .n = 1, .k = 37}, 333, 37, 9},
        {{.m = 9, .n = 1, .k = 37, .a_row = 1, .a_col = 9}, 333, 37, 9},
        {{.m = 1, .n = 1, .k = 1}, 1, 1, 1},
        {{.m = 3, .n = 2, .k = 0}, 0, 0, 6},
        {{.batch = {1, 0, 1, 1}, .m = 3, .n = 2, .k = 2}, 0, 0, 0},
    };
    for (const product& p : products) {
        CAPTURE(p.e.m);
        CAPTURE(p.e.n);
        CAPTURE(p.e.k);
        check_matmul<float>(p, 1e-5);
        check_matmul<double>(p, 1e-14);
        check_matmul<half>(p, 1e-3);
    }
}

TEST_CASE("matmul: outputs with strides of their own")
{
    // [2 heads][3][4] times [2][4][5], written as [3][2 heads][5]
    const auto a = random(24, 50);
    const auto b = random(40, 51);
    std::vector<float> out(30);
    std::vector<float> scratch(64);
    matmul(a.data(), b.data(), out.data(),
           {.batch = {1, 1, 1, 2},
            .m = 3,
            .n = 5,
            .k = 4,
            .a_batch = {0, 0, 0, 12},
            .b_batch = {0, 0, 0, 20},
            .out_batch = {0, 0, 0, 5},
            .out_row = 10},
           scratch.data());
    for (index head = 0; head < 2; ++head) {
        const std::vector<float> ah(a.begin() + head * 12, a.begin() + head * 12 + 12);
        const std::vector<float> bh(b.begin() + head * 20, b.begin() + head * 20 + 20);
        const auto expected = multiply(ah, bh, static_cast<const float*>(nullptr), 3, 5, 4);
        std::vector<float> got;
        for (index i = 0; i < 3; ++i) {
            got.insert(got.end(), out.begin() + i * 10 + head * 5, out.begin() + i * 10 + head * 5 + 5);
        }
        CHECK(worst(got, expected) < 1e-6);
    }
}

TEST_CASE("matmul: the same bits on every target, rows and columns included")
{
    std::vector<float> out(40);
    std::vector<float> scratch(200);
    const auto a = random(300, 60);
    const auto b = random(300 * 20, 61);
    matmul(a.data(), b.data(), out.data(), {.m = 1, .n = 19, .k = 300, .b_row = 1, .b_col = 300}, nullptr);
    matmul(b.data(), a.data(), out.data() + 19, {.m = 20, .n = 1, .k = 299}, nullptr);
    if (reference::same_bits) {
        CHECK(reference::hash(out) == 18189628711984574640u);
    }
}

TEST_CASE("gemm_general: strides, alpha, beta and a broadcast c")
{
    const index m = 5;
    const index n = 11;
    const index k = 6;
    const auto a = random(m * k, 70);
    const auto b = random(k * n, 71);
    const auto c = random(m * n, 72);
    for (const index c_row : {index{0}, n}) {
        for (const index c_col : {0, 1}) {
            std::vector<float> out(static_cast<std::size_t>(m * n));
            // a as k×m read down its columns
            gemm_general(a.data(), b.data(), c.data(), out.data(),
                         {.m = m,
                          .n = n,
                          .k = k,
                          .a_row = 1,
                          .a_col = m,
                          .b_row = n,
                          .b_col = 1,
                          .c_row = c_row,
                          .c_col = c_col},
                         0.5f, 2.0f, relu{});
            std::vector<double> expected;
            for (index i = 0; i < m; ++i) {
                for (index j = 0; j < n; ++j) {
                    double sum = 0;
                    for (index p = 0; p < k; ++p) {
                        sum += static_cast<double>(a[static_cast<std::size_t>(p * m + i)]) *
                               static_cast<double>(b[static_cast<std::size_t>(p * n + j)]);
                    }
                    sum = 0.5 * sum + 2.0 * static_cast<double>(c[static_cast<std::size_t>(i * c_row + j * c_col)]);
                    expected.push_back(std::fmax(sum, 0.0));
                }
            }
            CHECK(worst(out, expected) < 1e-6);
        }
    }
    const std::vector<std::uint8_t> x = {200, 3};
    const std::vector<std::uint8_t> y = {100, 1};
    std::vector<std::uint8_t> z(1);
    gemm_general(x.data(), y.data(), nullptr, z.data(),
                 {.m = 1, .n = 1, .k = 2, .a_row = 2, .a_col = 1, .b_row = 1, .b_col = 1}, 1, 1);
    CHECK(z[0] == static_cast<std::uint8_t>(200 * 100 + 3));
}

}  // namespace
}  // namespace wasminfer
