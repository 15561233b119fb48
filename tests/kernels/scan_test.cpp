#include <wasminfer/kernels/scan.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

template <scan form, class T>
std::vector<double> sums(std::vector<T> in, const scan_extents& e)
{
    std::vector<T> out(in.size());
    cumulative_sum<form>(in.data(), out.data(), e);
    // In place it is the same.
    cumulative_sum<form>(in.data(), in.data(), e);
    CHECK(reference::widen_all(in) == reference::widen_all(out));
    return reference::widen_all(out);
}

using Doubles = std::vector<double>;

}  // namespace

TEST_CASE("running sums, with and without their own element, both ways")
{
    const std::vector<float> in{1, 2, 3, 4};
    CHECK(sums<scan::inclusive>(in, {.n = 4}) == Doubles{1, 3, 6, 10});
    CHECK(sums<scan::exclusive>(in, {.n = 4}) == Doubles{0, 1, 3, 6});
    CHECK(sums<scan::inclusive_reverse>(in, {.n = 4}) == Doubles{10, 9, 7, 4});
    CHECK(sums<scan::exclusive_reverse>(in, {.n = 4}) == Doubles{9, 7, 4, 0});
}

TEST_CASE("running sums along a middle axis")
{
    const std::vector<std::int32_t> in{1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(sums<scan::inclusive>(in, {.outer = 2, .n = 2, .inner = 2}) == Doubles{1, 2, 4, 6, 5, 6, 12, 14});
}

TEST_CASE("half is summed as float: ones beyond its integers still count")
{
    const std::vector<half> in(2051, half{1.0f});
    const auto out = sums<scan::inclusive>(in, {.n = 2051});
    CHECK(out[2049] == 2050);
    CHECK(out[2050] == 2052);  // 2051 is no half; it rounds to even.
}

TEST_CASE("running products start from one")
{
    const std::vector<double> in{2, 3, 4};
    std::vector<double> out(3);
    cumulative_product<scan::exclusive>(in.data(), out.data(), {.n = 3});
    CHECK(out == Doubles{1, 2, 6});
    cumulative_product(in.data(), out.data(), {.n = 3});
    CHECK(out == Doubles{2, 6, 24});
}

TEST_CASE("the axis may come at run time, counted from either end")
{
    const std::vector<std::int32_t> in{1, 2, 3, 4, 5, 6};
    std::vector<std::int32_t> out(6);
    const std::int32_t first = 0;
    cumulative_sum<scan::inclusive, 2>(in.data(), &first, out.data(), {.dims = {2, 3}});
    CHECK(out == std::vector<std::int32_t>{1, 2, 3, 5, 7, 9});
    const std::int64_t last = -1;
    cumulative_sum<scan::inclusive, 2>(in.data(), &last, out.data(), {.dims = {2, 3}});
    CHECK(out == std::vector<std::int32_t>{1, 3, 6, 4, 9, 15});
    cumulative_product<scan::inclusive, 2>(in.data(), &last, out.data(), {.dims = {2, 3}});
    CHECK(out == std::vector<std::int32_t>{1, 2, 6, 4, 20, 120});
}

}  // namespace wasminfer
