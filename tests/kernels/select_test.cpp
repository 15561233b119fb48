#include <wasminfer/kernels/select.hpp>

#include "kernels/reference.hpp"

#include <limits>

namespace wasminfer {
namespace {

using Ints = std::vector<std::int64_t>;

constexpr std::int64_t untouched = -77;

/// What unique() leaves.
template <class T>
struct Distinct {
    std::vector<T> out;
    Ints first, inverse, counts;
};

template <unique_order order, class T>
Distinct<T> distinct(const std::vector<T>& in, const unique_extents& e)
{
    const auto n = static_cast<std::size_t>(e.n);
    Distinct<T> d{std::vector<T>(in.size()), Ints(n, untouched), Ints(n, untouched), Ints(n, untouched)};
    Ints scratch(static_cast<std::size_t>(unique_scratch(e)) / sizeof(std::int64_t));
    const index count =
        unique<order>(in.data(), d.out.data(), d.first.data(), d.inverse.data(), d.counts.data(), scratch.data(), e);
    d.out.resize(static_cast<std::size_t>(count * e.outer * e.inner));
    d.first.resize(static_cast<std::size_t>(count));
    d.counts.resize(static_cast<std::size_t>(count));
    return d;
}

}  // namespace

TEST_CASE("nonzero lists coordinates by axis, in row-major order")
{
    const float in[6] = {0, 1, -0.0f, std::numeric_limits<float>::quiet_NaN(), 0, 2};
    Ints out(12, untouched);
    CHECK(nonzero<2>(in, out.data(), {.dims = {2, 3}}) == 3);
    out.resize(6);
    CHECK(out == Ints{0, 1, 1, 1, 0, 2});
}

TEST_CASE("nonzero of bool, of half, of nothing")
{
    const bool flags[3] = {true, false, true};
    Ints out(3, untouched);
    CHECK(nonzero<1>(flags, out.data(), {.dims = {3}}) == 2);
    CHECK(out == Ints{0, 2, untouched});
    const half halves[2] = {half{0.0f}, half{1.0f}};
    CHECK(nonzero<1>(halves, out.data(), {.dims = {2}}) == 1);
    CHECK(out[0] == 1);
    CHECK(nonzero<2>(flags, out.data(), {.dims = {0, 3}}) == 0);
}

TEST_CASE("compress keeps the slices whose condition is true")
{
    const std::int32_t in[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const bool condition[3] = {true, false, true};
    std::vector<std::int32_t> out(12, -1);
    CHECK(compress(in, condition, out.data(), {.outer = 2, .n = 3, .inner = 2, .conditions = 3}) == 2);
    CHECK(out == std::vector<std::int32_t>{0, 1, 4, 5, 6, 7, 10, 11, -1, -1, -1, -1});
}

TEST_CASE("a short condition counts as false beyond its end, a long one is cut")
{
    const std::int32_t in[3] = {5, 6, 7};
    const bool condition[4] = {false, true, true, true};
    std::vector<std::int32_t> out(3, -1);
    CHECK(compress(in, condition, out.data(), {.outer = 1, .n = 3, .inner = 1, .conditions = 2}) == 1);
    CHECK(out == std::vector<std::int32_t>{6, -1, -1});
    CHECK(compress(in, condition, out.data(), {.outer = 1, .n = 3, .inner = 1, .conditions = 4}) == 2);
}

TEST_CASE("unique sorts, and says where, which and how often")
{
    const auto d = distinct<unique_order::sorted>(std::vector<std::int64_t>{2, 1, 1, 3, 4, 3}, {1, 6, 1});
    CHECK(d.out == Ints{1, 2, 3, 4});
    CHECK(d.first == Ints{1, 0, 3, 4});
    CHECK(d.inverse == Ints{1, 0, 0, 2, 3, 2});
    CHECK(d.counts == Ints{2, 1, 2, 1});
}

TEST_CASE("unique in the order of first occurrence")
{
    const auto d = distinct<unique_order::first_seen>(std::vector<std::int64_t>{2, 1, 1, 3, 4, 3}, {1, 6, 1});
    CHECK(d.out == Ints{2, 1, 3, 4});
    CHECK(d.first == Ints{0, 1, 3, 4});
    CHECK(d.inverse == Ints{0, 1, 1, 2, 3, 2});
    CHECK(d.counts == Ints{1, 2, 2, 1});
}

TEST_CASE("unique compares slices along an axis")
{
    // [outer 2, n 3, inner 1]: columns (1, 4), (0, 9), (1, 4).
    const auto d = distinct<unique_order::sorted>(std::vector<float>{1, 0, 1, 4, 9, 4}, {2, 3, 1});
    CHECK(d.out == std::vector<float>{0, 1, 9, 4});
    CHECK(d.first == Ints{1, 0});
    CHECK(d.inverse == Ints{1, 0, 1});
}

TEST_CASE("NaNs are one value to unique, and the last")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const auto d = distinct<unique_order::sorted>(std::vector<float>{nan, 1, nan, -1}, {1, 4, 1});
    CHECK(d.first == Ints{3, 1, 0});
    CHECK(d.counts == Ints{1, 1, 2});
}

TEST_CASE("unique leaves out what is null")
{
    const std::int32_t in[2] = {7, 7};
    std::int32_t out[2] = {};
    std::int64_t scratch[4];
    CHECK(unique(in, out, nullptr, nullptr, nullptr, scratch, {1, 2, 1}) == 1);
    CHECK(out[0] == 7);
    CHECK(unique(in, out, nullptr, nullptr, nullptr, scratch, {1, 0, 1}) == 0);
}

}  // namespace wasminfer
