#include <wasminfer/kernels/elementwise.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

template <class T>
bool same_elements(const std::vector<T>& a, const std::vector<T>& b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class T>
T chosen(const std::vector<T>& v, index i)
{
    return v[static_cast<std::size_t>(i)];
}

/// A functor that kernels must call one element at a time.
struct scalar_negate {
    static constexpr bool vector = false;
    template <class T>
    T operator()(T x) const
    {
        return static_cast<T>(-x);
    }
};

TEST_CASE_TEMPLATE("unary: every length, and nothing written beyond", T, float, half, double, std::int32_t, std::int8_t)
{
    for (index n = 0; n < 20; ++n) {
        const auto in = random<T>(n, 3);
        std::vector<T> out(static_cast<std::size_t>(n + 4), T(77));
        unary(in.data(), out.data(), {.n = n}, relu{});
        for (index i = 0; i < n + 4; ++i) {
            const auto x = i < n ? widen(chosen(in, i)) : widen(T(77));
            CHECK(widen(chosen(out, i)) == (x < 0 ? 0 : x));
        }
    }
}

TEST_CASE("unary: a functor without vectors, and in place")
{
    auto x = random(11, 4);
    const auto before = x;
    unary(x.data(), x.data(), {.n = 11}, scalar_negate{});
    for (index i = 0; i < 11; ++i) {
        CHECK(chosen(x, i) == -chosen(before, i));
    }
    unary(x.data(), x.data(), {.n = 11}, neg{});
    CHECK(same_elements(x, before));
}

TEST_CASE("unary: an element's value doesn't depend on its place")
{
    const auto in = random(23, 5);
    std::vector<float> whole(23);
    unary(in.data(), whole.data(), {.n = 23}, gelu{});
    for (index i = 0; i < 23; ++i) {
        float one = 0;
        unary(in.data() + i, &one, {.n = 1}, gelu{});
        CHECK(one == chosen(whole, i));
    }
}

TEST_CASE("unary: other types out than in")
{
    const std::vector<float> in = {1.5f, -2.5f, std::numeric_limits<float>::quiet_NaN(), 300.0f, 0.0f};
    std::vector<std::int32_t> integers(5);
    unary(in.data(), integers.data(), {.n = 5}, cast<std::int32_t>{});
    CHECK(integers == std::vector<std::int32_t>{1, -2, 0, 300, 0});
    bool flags[5];
    unary(in.data(), flags, {.n = 5}, is_nan{});
    CHECK((!flags[0] && !flags[1] && flags[2] && !flags[3]));
    unary(in.data(), flags, {.n = 5}, cast<bool>{});
    CHECK((flags[0] && flags[2] && !flags[4]));
    std::vector<half> halves(5);
    unary(in.data(), halves.data(), {.n = 5}, cast<half>{});
    CHECK(halves[1].bits() == 0xc100);
    std::vector<std::int8_t> back(5);
    unary(halves.data(), back.data(), {.n = 5}, cast<std::int8_t>{});
    CHECK(back == std::vector<std::int8_t>{1, -2, 0, 127, 0});
    std::vector<float> floats(5);
    unary(halves.data(), floats.data(), {.n = 5}, identity{});
    CHECK(floats[3] == 300.0f);
    std::vector<half> doubles_as_halves(1);
    const double fine = 1.0 + 0x1p-11 + 0x1p-40;
    unary(&fine, doubles_as_halves.data(), {.n = 1}, cast<half>{});
    CHECK(doubles_as_halves[0].bits() == 0x3c01);
}

template <pattern p, class T>
void check_flat()
{
    for (const index n : {0, 1, 3, 4, 7, 16, 21}) {
        const auto a = random<T>(n + 1, 6);
        const auto b = random<T>(n + 1, 7);
        std::vector<T> out(static_cast<std::size_t>(n + 1), T(55));
        binary<p>(a.data(), b.data(), out.data(), {.n = n}, sub{});
        for (index i = 0; i < n; ++i) {
            const auto x = widen(chosen(a, p == pattern::scalar_a ? 0 : i));
            const auto y = widen(chosen(b, p == pattern::scalar_b ? 0 : i));
            CHECK(widen(chosen(out, i)) == widen(T(x - y)));
        }
        CHECK(widen(chosen(out, n)) == widen(T(55)));
    }
}

TEST_CASE_TEMPLATE("binary: same shape and scalars", T, float, half, double, std::int64_t)
{
    check_flat<pattern::same, T>();
    check_flat<pattern::scalar_a, T>();
    check_flat<pattern::scalar_b, T>();
}

template <pattern p, class T>
void check_table()
{
    for (const index cols : {0, 1, 2, 5, 8, 11}) {
        const index rows = 3;
        const auto a = random<T>(rows * cols + rows, 8);
        const auto b = random<T>(rows * cols + rows, 9);
        std::vector<T> out(static_cast<std::size_t>(rows * cols));
        binary<p>(a.data(), b.data(), out.data(), {.rows = rows, .cols = cols}, sub{});
        for (index r = 0; r < rows; ++r) {
            for (index c = 0; c < cols; ++c) {
                const index each = r * cols + c;
                const index at_a = p == pattern::row_a ? c : p == pattern::column_a ? r : each;
                const index at_b = p == pattern::row_b ? c : p == pattern::column_b ? r : each;
                CHECK(widen(chosen(out, each)) == widen(T(widen(chosen(a, at_a)) - widen(chosen(b, at_b)))));
            }
        }
    }
}

TEST_CASE_TEMPLATE("binary: a row or a column against a table", T, float, half, std::int32_t)
{
    check_table<pattern::row_a, T>();
    check_table<pattern::row_b, T>();
    check_table<pattern::column_a, T>();
    check_table<pattern::column_b, T>();
}

TEST_CASE("binary: in place on either side")
{
    auto a = random(10, 10);
    const auto b = random(10, 11);
    std::vector<float> expected(10);
    binary(a.data(), b.data(), expected.data(), {.n = 10}, mul{});
    auto c = b;
    binary(a.data(), c.data(), c.data(), {.n = 10}, mul{});
    CHECK(same_elements(c, expected));
    binary(a.data(), b.data(), a.data(), {.n = 10}, mul{});
    CHECK(same_elements(a, expected));
}

TEST_CASE("binary: comparisons to bool, mixed types, chains")
{
    const auto a = random(9, 12);
    const auto b = random(9, 13);
    bool flags[9];
    binary(a.data(), b.data(), flags, {.n = 9}, less{});
    std::vector<std::uint8_t> bytes(9);
    binary(a.data(), b.data(), bytes.data(), {.n = 9}, less{});
    std::vector<float> sums(9);
    binary(a.data(), b.data(), sums.data(), {.n = 9}, chain{add{}, relu{}});
    for (index i = 0; i < 9; ++i) {
        CHECK(flags[i] == (chosen(a, i) < chosen(b, i)));
        CHECK(bytes[static_cast<std::size_t>(i)] == (chosen(a, i) < chosen(b, i) ? 1 : 0));
        CHECK(chosen(sums, i) == pmax(chosen(a, i) + chosen(b, i), 0.0f));
    }
    const std::vector<float> bases = {2.0f, 3.0f};
    const std::int64_t exponent = 3;
    std::vector<float> powers(2);
    binary<pattern::scalar_b>(bases.data(), &exponent, powers.data(), {.n = 2}, wasminfer::pow{});
    CHECK(powers == std::vector<float>{8.0f, 27.0f});
}

template <class T, int rank>
void check_broadcast(const binary_extents<rank>& e)
{
    const auto a = random<T>(200, 14);
    const auto b = random<T>(200, 15);
    const index n = detail::volume(e.dims);
    std::vector<T> out(static_cast<std::size_t>(n));
    binary<rank>(a.data(), b.data(), out.data(), e, sub{});
    for (index i = 0; i < n; ++i) {
        index rest = i;
        index at_a = 0;
        index at_b = 0;
        for (int axis = rank - 1; axis >= 0; --axis) {
            at_a += rest % e.dims[axis] * e.a[axis];
            at_b += rest % e.dims[axis] * e.b[axis];
            rest /= e.dims[axis];
        }
        CHECK(widen(chosen(out, i)) == widen(T(widen(chosen(a, at_a)) - widen(chosen(b, at_b)))));
    }
}

TEST_CASE_TEMPLATE("binary: any broadcast", T, float, half, double, std::int16_t)
{
    check_broadcast<T, 1>({.dims = {7}, .a = {0}, .b = {0}});
    check_broadcast<T, 1>({.dims = {7}, .a = {2}, .b = {1}});
    check_broadcast<T, 2>({.dims = {3, 5}, .a = {0, 1}, .b = {1, 0}});
    check_broadcast<T, 3>({.dims = {2, 3, 6}, .a = {6, 0, 1}, .b = {0, 6, 1}});
    check_broadcast<T, 3>({.dims = {2, 3, 5}, .a = {15, 5, 1}, .b = {3, 1, 0}});
    check_broadcast<T, 4>({.dims = {2, 1, 3, 4}, .a = {0, 0, 4, 1}, .b = {12, 12, 4, 1}});
    check_broadcast<T, 4>({.dims = {2, 0, 3, 4}, .a = {0, 0, 4, 1}, .b = {12, 12, 4, 1}});
}

TEST_CASE_TEMPLATE("where: same shape, scalars, any broadcast", T, float, half, double, std::uint8_t, std::int16_t)
{
    const auto a = random<T>(60, 16);
    const auto b = random<T>(60, 17);
    const auto numbers = random<std::int32_t>(60, 18);
    std::uint8_t cond[60];
    for (std::size_t i = 0; i < 60; ++i) {
        // Anything but 0 is true.
        cond[i] = static_cast<std::uint8_t>(numbers[i] > 0 ? numbers[i] % 7 : 0);
    }
    std::vector<T> out(60);
    const auto check = [&](const where_extents<3>& e) {
        where<3>(cond, a.data(), b.data(), out.data(), e);
        index wrong = 0;
        for (index i = 0; i < detail::volume(e.dims); ++i) {
            const index at[3] = {i / (e.dims[1] * e.dims[2]), i / e.dims[2] % e.dims[1], i % e.dims[2]};
            const auto from = [&at](const index* strides) {
                return at[0] * strides[0] + at[1] * strides[1] + at[2] * strides[2];
            };
            const T expected = cond[from(e.cond)] != 0 ? chosen(a, from(e.a)) : chosen(b, from(e.b));
            wrong += widen(chosen(out, i)) != widen(expected);
        }
        CHECK(wrong == 0);
    };
    check({.dims = {3, 4, 5}, .cond = {20, 5, 1}, .a = {20, 5, 1}, .b = {20, 5, 1}});
    check({.dims = {3, 4, 5}, .cond = {20, 5, 1}, .a = {20, 5, 1}, .b = {0, 0, 0}});
    check({.dims = {3, 4, 5}, .cond = {20, 5, 1}, .a = {0, 0, 0}, .b = {20, 5, 1}});
    check({.dims = {3, 4, 5}, .cond = {0, 5, 1}, .a = {4, 1, 0}, .b = {0, 1, 4}});
    check({.dims = {3, 0, 5}, .cond = {0, 5, 1}, .a = {4, 1, 0}, .b = {0, 1, 4}});
    where(cond, a.data(), b.data(), out.data(), {.n = 60});
    CHECK(widen(out[59]) == widen(cond[59] != 0 ? a[59] : b[59]));
}

TEST_CASE("elementwise: the same bits on every target")
{
    const auto a = random(1001, 19);
    const auto b = random(1001, 20);
    std::vector<float> out(1001);
    binary(a.data(), b.data(), out.data(), {.n = 1001}, chain{wasminfer::div{}, chain{abs_{}, sqrt_{}}});
    unary(out.data(), out.data(), {.n = 1001}, chain{softplus{}, tanh_{}});
    // Without NaN, whose bits may differ.
    unary(out.data(), out.data(), {.n = 1001}, clip{0.0f, 1.0f});
    for (float& x : out) {
        x = x == x ? x : 2.0f;
    }
    if (reference::same_bits) {
        CHECK(reference::hash(out) == 0x683658f21a580df9u);
    }
}

}  // namespace
}  // namespace wasminfer
