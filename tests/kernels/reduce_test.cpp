#include <wasminfer/kernels/arg_reduce.hpp>
#include <wasminfer/kernels/reduce.hpp>

#include "kernels/reference.hpp"

#include <algorithm>
#include <functional>

namespace wasminfer {
namespace {

using reference::random;

/// What a reduction gives, from its elements as doubles.
using Formula = std::function<double(const std::vector<double>&)>;

double sum_of(const std::vector<double>& v, const std::function<double(double)>& f)
{
    double sum = 0;
    for (const double x : v) {
        sum += f(x);
    }
    return sum;
}

const Formula sum_formula = [](const auto& v) { return sum_of(v, [](double x) { return x; }); };
const Formula mean_formula = [](const auto& v) { return sum_formula(v) / static_cast<double>(v.size()); };
const Formula max_formula = [](const auto& v) { return *std::max_element(v.begin(), v.end()); };
const Formula min_formula = [](const auto& v) { return *std::min_element(v.begin(), v.end()); };
const Formula l1_formula = [](const auto& v) { return sum_of(v, [](double x) { return std::fabs(x); }); };
const Formula square_formula = [](const auto& v) { return sum_of(v, [](double x) { return x * x; }); };
const Formula l2_formula = [](const auto& v) { return std::sqrt(square_formula(v)); };
const Formula log_sum_formula = [](const auto& v) { return std::log(sum_formula(v)); };
const Formula log_sum_exp_formula = [](const auto& v) {
    return std::log(sum_of(v, [](double x) { return std::exp(x); }));
};
const Formula prod_formula = [](const auto& v) {
    double product = 1;
    for (const double x : v) {
        product *= x;
    }
    return product;
};

/// The error that rounding the result to T explains, and some more for the arithmetic in float.
template <class T>
double tolerance()
{
    return std::is_integral_v<T> ? 0.0 : is_half<T> ? 1e-3 : std::is_same_v<T, double> ? 1e-13 : 2e-6;
}

/// A reduction over [outer, reduce, inner] against its formula. With `scale`, so that products stay in range and logarithms
/// see positive sums.
template <class T, class Kernel>
double worst_over(const Kernel& kernel, const Formula& formula, double offset, double scale, const reduce_extents& e)
{
    auto in = random<T>(e.outer * e.reduce * e.inner, 1);
    for (T& x : in) {
        x = static_cast<T>(static_cast<compute_t<T>>(offset + scale * static_cast<double>(widen(x))));
    }
    std::vector<T> out(static_cast<std::size_t>(e.outer * e.inner));
    kernel(in.data(), out.data(), e);
    std::vector<double> expected;
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            std::vector<double> elements;
            for (index k = 0; k < e.reduce; ++k) {
                elements.push_back(
                    static_cast<double>(widen(in[static_cast<std::size_t>((o * e.reduce + k) * e.inner + i)])));
            }
            expected.push_back(formula(elements));
        }
    }
    return reference::worst(out, expected);
}

template <class T, class Kernel>
void check_reduction(const Kernel& kernel, const Formula& formula, double offset = 0, double scale = 1)
{
    const reduce_extents extents[] = {
        {.outer = 3, .reduce = 1, .inner = 1},    {.outer = 2, .reduce = 5, .inner = 1},
        {.outer = 2, .reduce = 19, .inner = 1},   {.outer = 1, .reduce = 1500, .inner = 1},
        {.outer = 2, .reduce = 3, .inner = 2},    {.outer = 2, .reduce = 7, .inner = 5},
        {.outer = 1, .reduce = 100, .inner = 23}, {.outer = 1, .reduce = 4, .inner = 16},
        {.outer = 0, .reduce = 4, .inner = 3},    {.outer = 2, .reduce = 4, .inner = 0}};
    for (const reduce_extents& e : extents) {
        CAPTURE(e.outer);
        CAPTURE(e.reduce);
        CAPTURE(e.inner);
        CHECK(worst_over<T>(kernel, formula, offset, scale, e) <= tolerance<T>());
    }
}

// A kernel as an object, whichever its overload.
#define KERNEL(name) [](const auto* in, auto* out, const auto& e) { name(in, out, e); }

TEST_CASE_TEMPLATE("reduce_sum", T, float, half, double, std::int32_t, std::int64_t)
{
    check_reduction<T>(KERNEL(reduce_sum), sum_formula);
}

TEST_CASE_TEMPLATE("reduce_mean", T, float, half, double)
{
    check_reduction<T>(KERNEL(reduce_mean), mean_formula);
}

TEST_CASE("reduce_mean of integers truncates")
{
    const Formula truncated = [](const auto& v) { return std::trunc(mean_formula(v)); };
    check_reduction<std::int32_t>(KERNEL(reduce_mean), truncated);
    check_reduction<std::int64_t>(KERNEL(reduce_mean), truncated);
}

TEST_CASE_TEMPLATE("reduce_max", T, float, half, double, std::int32_t, std::int8_t, std::uint8_t)
{
    check_reduction<T>(KERNEL(reduce_max), max_formula);
}

TEST_CASE_TEMPLATE("reduce_min", T, float, half, double, std::int32_t, std::int8_t, std::uint8_t)
{
    check_reduction<T>(KERNEL(reduce_min), min_formula);
}

TEST_CASE_TEMPLATE("reduce_prod", T, float, half, double)
{
    check_reduction<T>(KERNEL(reduce_prod), prod_formula, 1.0, 0.002);
}

TEST_CASE_TEMPLATE("reduce_l1", T, float, half, double, std::int32_t)
{
    check_reduction<T>(KERNEL(reduce_l1), l1_formula);
}

TEST_CASE_TEMPLATE("reduce_sum_square", T, float, half, double, std::int64_t)
{
    check_reduction<T>(KERNEL(reduce_sum_square), square_formula);
}

TEST_CASE_TEMPLATE("reduce_l2", T, float, half, double)
{
    check_reduction<T>(KERNEL(reduce_l2), l2_formula);
}

TEST_CASE_TEMPLATE("reduce_log_sum", T, float, half, double)
{
    check_reduction<T>(KERNEL(reduce_log_sum), log_sum_formula, 1.25, 1.0);
}

TEST_CASE_TEMPLATE("reduce_log_sum_exp", T, float, half, double)
{
    check_reduction<T>(KERNEL(reduce_log_sum_exp), log_sum_exp_formula, 0.0, 3.0);
}

TEST_CASE("integers: products and sums wrap, l2 and log_sum truncate")
{
    const std::int32_t in[3] = {65536, 65536, 3};
    std::int32_t out = 0;
    reduce_prod(in, &out, {.outer = 1, .reduce = 3, .inner = 1});
    CHECK(out == 0);
    const std::int32_t sides[2] = {3, 5};
    reduce_l2(sides, &out, {.outer = 1, .reduce = 2, .inner = 1});
    CHECK(out == 5);
    reduce_log_sum(sides, &out, {.outer = 1, .reduce = 2, .inner = 1});
    CHECK(out == 2);
    const std::int64_t large[2] = {std::numeric_limits<std::int64_t>::max(), 1};
    std::int64_t wide = 0;
    reduce_sum(large, &wide, {.outer = 1, .reduce = 2, .inner = 1});
    CHECK(wide == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("bool: max is any, min is all")
{
    const bool in[4] = {true, false, true, true};
    bool out[2];
    reduce_max(in, out, {.outer = 2, .reduce = 2, .inner = 1});
    CHECK((out[0] && out[1]));
    reduce_min(in, out, {.outer = 2, .reduce = 2, .inner = 1});
    CHECK((!out[0] && out[1]));
}

TEST_CASE("reductions over nothing give their identities")
{
    const float infinity = std::numeric_limits<float>::infinity();
    const float* none = nullptr;
    for (const index inner : {1, 3}) {
        std::vector<float> out(static_cast<std::size_t>(inner));
        const auto all = [&](float x) {
            bool same = true;
            for (const float y : out) {
                same = same && (x == x ? y == x : y != y);
            }
            return same;
        };
        const reduce_extents e = {.outer = 1, .reduce = 0, .inner = inner};
        reduce_sum(none, out.data(), e);
        CHECK(all(0.0f));
        reduce_prod(none, out.data(), e);
        CHECK(all(1.0f));
        reduce_max(none, out.data(), e);
        CHECK(all(-infinity));
        reduce_min(none, out.data(), e);
        CHECK(all(infinity));
        reduce_mean(none, out.data(), e);
        CHECK(all(std::nanf("")));
        reduce_l1(none, out.data(), e);
        CHECK(all(0.0f));
        reduce_l2(none, out.data(), e);
        CHECK(all(0.0f));
        reduce_sum_square(none, out.data(), e);
        CHECK(all(0.0f));
        reduce_log_sum(none, out.data(), e);
        CHECK(all(-infinity));
        reduce_log_sum_exp(none, out.data(), e);
        CHECK(all(-infinity));
    }
    std::int32_t integer = 7;
    const std::int32_t* no_integers = nullptr;
    reduce_max(no_integers, &integer, {.outer = 1, .reduce = 0, .inner = 1});
    CHECK(integer == std::numeric_limits<std::int32_t>::lowest());
    reduce_mean(no_integers, &integer, {.outer = 1, .reduce = 0, .inner = 1});
    CHECK(integer == 0);
}

TEST_CASE("reduce_log_sum_exp: large and infinite elements")
{
    const float infinity = std::numeric_limits<float>::infinity();
    const auto of = [](std::vector<float> in) {
        float row = 0;
        reduce_log_sum_exp(in.data(), &row, {.outer = 1, .reduce = static_cast<index>(in.size()), .inner = 1});
        // The same by columns, of which the second is full of zeros.
        std::vector<float> table;
        for (const float x : in) {
            table.insert(table.end(), {x, 0.0f});
        }
        float columns[2];
        reduce_log_sum_exp(table.data(), columns, {.outer = 1, .reduce = static_cast<index>(in.size()), .inner = 2});
        CHECK((columns[0] == row || row != row));
        return row;
    };
    CHECK(of({1000.0f, 1000.0f}) == doctest::Approx(1000.6931));
    CHECK(of({-1000.0f, -1000.0f}) == doctest::Approx(-999.30685));
    CHECK(of({infinity, 1.0f}) == infinity);
    CHECK(of({-infinity, -infinity}) == -infinity);
    CHECK(of({-infinity, 2.0f}) == 2.0f);
    CHECK(std::isnan(of({std::nanf(""), 2.0f})));
}

TEST_CASE("NaN comes through max and min, in rows and columns")
{
    std::vector<float> in(40, 1.0f);
    in[17] = std::nanf("");
    float out[2];
    reduce_max(in.data(), out, {.outer = 1, .reduce = 40, .inner = 1});
    CHECK(std::isnan(out[0]));
    reduce_min(in.data(), out, {.outer = 1, .reduce = 20, .inner = 2});
    CHECK(out[0] == 1.0f);
    CHECK(std::isnan(out[1]));
}

TEST_CASE("sums stay accurate over a million elements")
{
    const std::vector<float> in(1 << 20, 0.1f);
    const double expected = static_cast<double>(0.1f) * (1 << 20);
    float out[4];
    reduce_sum(in.data(), out, {.outer = 1, .reduce = 1 << 20, .inner = 1});
    CHECK(std::fabs(static_cast<double>(out[0]) / expected - 1.0) < 1e-6);
    reduce_sum(in.data(), out, {.outer = 1, .reduce = 1 << 18, .inner = 4});
    CHECK(std::fabs(4.0 * static_cast<double>(out[3]) / expected - 1.0) < 1e-6);
}

TEST_CASE_TEMPLATE("any axes: kept and reduced ones in turn", T, float, half, double, std::int32_t)
{
    // [3, 4, 5, 6]: which axes go, as bits.
    const index dims[4] = {3, 4, 5, 6};
    const index strides[4] = {120, 30, 6, 1};
    const auto in = random<T>(360, 2);
    const auto check = [&]<int kept, int reduced>(std::integral_constant<int, kept>,
                                                  std::integral_constant<int, reduced>, unsigned gone) {
        CAPTURE(gone);
        reduce_axes_extents<kept, reduced> e = {};
        int k = 0;
        int r = 0;
        for (int axis = 0; axis < 4; ++axis) {
            if ((gone >> axis & 1u) != 0) {
                e.reduced_dims[r] = dims[axis];
                e.reduced_strides[r++] = strides[axis];
            } else {
                e.kept_dims[k] = dims[axis];
                e.kept_strides[k++] = strides[axis];
            }
        }
        const auto count = static_cast<std::size_t>(detail::volume(e.kept_dims));
        std::vector<std::vector<double>> elements(count);
        for (index i = 0; i < 360; ++i) {
            index rest = i;
            index at[4];
            for (int axis = 3; axis >= 0; --axis) {
                at[axis] = rest % dims[axis];
                rest /= dims[axis];
            }
            index place = 0;
            for (int axis = 0; axis < 4; ++axis) {
                place = (gone >> axis & 1u) != 0 ? place : place * dims[axis] + at[axis];
            }
            elements[static_cast<std::size_t>(place)].push_back(
                static_cast<double>(widen(in[static_cast<std::size_t>(i)])));
        }
        std::vector<double> sums;
        std::vector<double> largest;
        for (const auto& v : elements) {
            sums.push_back(sum_formula(v));
            largest.push_back(max_formula(v));
        }
        std::vector<T> out(count);
        reduce_sum<kept, reduced>(in.data(), out.data(), e);
        CHECK(reference::worst(out, sums) <= tolerance<T>());
        reduce_max<kept, reduced>(in.data(), out.data(), e);
        CHECK(reference::worst(out, largest) == 0.0);
    };
    constexpr std::integral_constant<int, 1> one;
    constexpr std::integral_constant<int, 2> two;
    constexpr std::integral_constant<int, 3> three;
    for (const unsigned gone : {1u, 2u, 4u, 8u}) {
        check(three, one, gone);
    }
    for (const unsigned gone : {3u, 5u, 6u, 9u, 10u, 12u}) {
        check(two, two, gone);
    }
    for (const unsigned gone : {7u, 11u, 13u, 14u}) {
        check(one, three, gone);
    }
}

template <class T>
index arg_by_hand(const std::vector<T>& v, bool largest, bool last)
{
    index best = 0;
    for (index i = 1; i < static_cast<index>(v.size()); ++i) {
        const auto x = widen(v[static_cast<std::size_t>(i)]);
        const auto y = widen(v[static_cast<std::size_t>(best)]);
        const bool better = largest ? x > y : x < y;
        best = better || (last && x == y) ? i : best;
    }
    return best;
}

TEST_CASE_TEMPLATE("arg_max and arg_min: first and last of equals", T, float, half, double, std::int32_t, std::uint8_t)
{
    for (const index inner : {1, 2, 5}) {
        for (const index reduce : {1, 2, 9, 40}) {
            auto in = random<T>(2 * reduce * inner, 3);
            for (T& x : in) {
                // Few different values, for ties.
                x = static_cast<T>(static_cast<int>(widen(x) * 3) % 4);
            }
            const reduce_extents e = {.outer = 2, .reduce = reduce, .inner = inner};
            std::vector<std::int64_t> first(static_cast<std::size_t>(2 * inner));
            auto last = first;
            std::vector<std::int32_t> smallest(first.size());
            auto last_smallest = smallest;
            arg_max(in.data(), first.data(), e);
            arg_max<tie::last>(in.data(), last.data(), e);
            arg_min(in.data(), smallest.data(), e);
            arg_min<tie::last>(in.data(), last_smallest.data(), e);
            for (index o = 0; o < 2; ++o) {
                for (index i = 0; i < inner; ++i) {
                    std::vector<T> line;
                    for (index k = 0; k < reduce; ++k) {
                        line.push_back(in[static_cast<std::size_t>((o * reduce + k) * inner + i)]);
                    }
                    const auto at = static_cast<std::size_t>(o * inner + i);
                    CHECK(first[at] == arg_by_hand(line, true, false));
                    CHECK(last[at] == arg_by_hand(line, true, true));
                    CHECK(smallest[at] == arg_by_hand(line, false, false));
                    CHECK(last_smallest[at] == arg_by_hand(line, false, true));
                }
            }
        }
    }
}

TEST_CASE("arg_max and arg_min find NaN first")
{
    const float nan = std::nanf("");
    const float in[6] = {1.0f, nan, 3.0f, nan, 0.0f, 2.0f};
    std::int64_t out[2];
    arg_max(in, out, {.outer = 1, .reduce = 6, .inner = 1});
    CHECK(out[0] == 1);
    arg_max<tie::last>(in, out, {.outer = 1, .reduce = 6, .inner = 1});
    CHECK(out[0] == 3);
    arg_min(in, out, {.outer = 1, .reduce = 3, .inner = 2});
    CHECK(out[0] == 2);
    CHECK(out[1] == 0);
    arg_min<tie::last>(in, out, {.outer = 1, .reduce = 3, .inner = 2});
    CHECK(out[1] == 1);
}

TEST_CASE("reductions: the same bits on every target")
{
    const auto in = random(6 * 1001 * 7, 4);
    std::vector<float> out;
    const auto add = [&](const reduce_extents& e) {
        std::vector<float> result(static_cast<std::size_t>(e.outer * e.inner));
        reduce_sum(in.data(), result.data(), e);
        out.insert(out.end(), result.begin(), result.end());
        reduce_l2(in.data(), result.data(), e);
        out.insert(out.end(), result.begin(), result.end());
        reduce_log_sum_exp(in.data(), result.data(), e);
        out.insert(out.end(), result.begin(), result.end());
    };
    add({.outer = 6, .reduce = 7007, .inner = 1});
    add({.outer = 6, .reduce = 1001, .inner = 7});
    add({.outer = 1, .reduce = 6, .inner = 7007});
    if (reference::same_bits) {
        CHECK(reference::hash(out) == 0xae5a91024a70053eu);
    }
}

}  // namespace
}  // namespace wasminfer
