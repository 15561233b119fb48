#include <wasminfer/kernels/top_k.hpp>

#include "kernels/reference.hpp"

#include <limits>

namespace wasminfer {
namespace {

using Ints = std::vector<std::int64_t>;

template <extreme which, class T>
std::pair<std::vector<double>, Ints> picked(const std::vector<T>& in, const top_k_extents& e)
{
    const auto n = static_cast<std::size_t>(e.outer * e.k * e.inner);
    std::vector<T> values(n);
    Ints indices(n);
    Ints scratch(static_cast<std::size_t>(top_k_scratch(e)) / sizeof(std::int64_t));
    top_k<which>(in.data(), values.data(), indices.data(), scratch.data(), e);
    return {reference::widen_all(values), indices};
}

}  // namespace

TEST_CASE("the largest come first, the lower index of equal ones before the higher")
{
    const auto [values, indices] = picked<extreme::largest>(std::vector<float>{1, 3, 2, 3, 3, 0}, {1, 6, 1, 4});
    CHECK(values == std::vector<double>{3, 3, 3, 2});
    CHECK(indices == Ints{1, 3, 4, 2});
}

TEST_CASE("the smallest come first")
{
    const auto [values, indices] = picked<extreme::smallest>(std::vector<std::uint64_t>{9, 1, 1, 5}, {1, 4, 1, 3});
    CHECK(values == std::vector<double>{1, 1, 5});
    CHECK(indices == Ints{1, 2, 3});
}

TEST_CASE("top_k along an inner axis")
{
    // [2, 3, 2]
    const std::vector<std::int32_t> in{1, 60, 2, 50, 3, 40, 30, 4, 20, 5, 10, 6};
    const auto [values, indices] = picked<extreme::largest>(in, {2, 3, 2, 2});
    CHECK(values == std::vector<double>{3, 60, 2, 50, 30, 6, 20, 5});
    CHECK(indices == Ints{2, 0, 1, 1, 0, 2, 1, 1});
}

TEST_CASE("a NaN is larger than every number")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> in{1, nan, std::numeric_limits<float>::infinity()};
    CHECK(picked<extreme::largest>(in, {1, 3, 1, 2}).second == Ints{1, 2});
    CHECK(picked<extreme::smallest>(in, {1, 3, 1, 3}).second == Ints{0, 2, 1});
}

TEST_CASE("top_k of none, and without values or indices")
{
    const std::vector<half> in{half{1.0f}, half{2.0f}};
    CHECK(picked<extreme::largest>(in, {1, 2, 1, 0}).second.empty());
    std::int64_t scratch[2];
    std::int64_t at = -1;
    top_k(in.data(), nullptr, &at, scratch, {1, 2, 1, 1});
    CHECK(at == 1);
    half best{0.0f};
    top_k(in.data(), &best, nullptr, scratch, {1, 2, 1, 1});
    CHECK(widen(best) == 2.0f);
}

}  // namespace wasminfer
