#include <doctest/doctest.h>

#include <vector>

#include <wasminfer/kernels/blend.hpp>
#include <wasminfer/kernels/scale_matrix.hpp>

namespace wasminfer {
namespace {

template <class T>
std::vector<T> numbers(std::initializer_list<int> list)
{
    std::vector<T> result;
    for (const int number : list) {
        result.push_back(static_cast<T>(number));
    }
    return result;
}

template <class T>
std::vector<double> doubles(const std::vector<T>& list)
{
    std::vector<double> result;
    for (const T number : list) {
        result.push_back(static_cast<double>(widen(number)));
    }
    return result;
}

TEST_CASE_TEMPLATE("scale_matrix transposes, repeats and scales", T, float, double, half, std::int32_t, std::uint64_t)
{
    const auto in = numbers<T>({1, 2, 3, 4, 5, 6});
    std::vector<T> out(6);
    scale_matrix(in.data(), out.data(), {.rows = 3, .cols = 2, .row_stride = 1, .col_stride = 3});
    CHECK(doubles(out) == std::vector<double>{1, 4, 2, 5, 3, 6});
    scale_matrix(in.data(), out.data(), {.rows = 2, .cols = 3, .row_stride = 0, .col_stride = 1}, compute_t<T>(2));
    CHECK(doubles(out) == std::vector<double>{2, 4, 6, 2, 4, 6});
    scale_matrix(in.data(), out.data(), {.rows = 2, .cols = 3, .row_stride = 1, .col_stride = 0}, compute_t<T>(3));
    CHECK(doubles(out) == std::vector<double>{3, 3, 3, 6, 6, 6});
    auto same = in;
    scale_matrix(same.data(), same.data(), {.rows = 2, .cols = 3, .row_stride = 3}, compute_t<T>(2));
    CHECK(doubles(same) == std::vector<double>{2, 4, 6, 8, 10, 12});
    scale_matrix(static_cast<const T*>(nullptr), static_cast<T*>(nullptr), {.rows = 0, .cols = 3});
}

TEST_CASE_TEMPLATE("blend is the weighted mean of two arrays of any types", T, float, double, half)
{
    const auto a = numbers<T>({4, 8, -4});
    const std::vector<float> b{8, 0, 4};
    std::vector<T> out(3);
    blend(a.data(), b.data(), out.data(), {.n = 3}, compute_t<T>(0.75));
    CHECK(doubles(out) == std::vector<double>{5, 6, -2});
}

}  // namespace
}  // namespace wasminfer
