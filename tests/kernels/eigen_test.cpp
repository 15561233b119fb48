#include <doctest/doctest.h>

#include <wasminfer/eigen.hpp>

#include <numeric>

using namespace wasminfer;

TEST_CASE("eigen: a tensor of fixed shape is written and read in place, row by row")
{
    std::array<float, 24> memory{};
    const tensor_view<float, 2, 3, 4> view{memory.data()};
    auto tensor = as_tensor(view);
    static_assert(decltype(tensor)::NumDimensions == 3);
    CHECK(tensor.data() == memory.data());
    for (int i = 0; i < 2; ++i) {
        for (int j = 0; j < 3; ++j) {
            for (int k = 0; k < 4; ++k) {
                tensor(i, j, k) = static_cast<float>(100 * i + 10 * j + k);
            }
        }
    }
    CHECK(memory[0] == 0);
    CHECK(memory[23] == 123);
    CHECK(memory[4] == 10);
    memory[5] = -1;
    CHECK(tensor(0, 1, 1) == -1);
}

TEST_CASE("eigen: round trip through a model's memory")
{
    std::array<float, 12> in{};
    const Eigen::MatrixXf numbers = Eigen::MatrixXf::Random(3, 4);
    as_matrix(tensor_view<float, 1, 3, 4>{in.data()}) = numbers;
    CHECK(in[1] == numbers(0, 1));
    const tensor_view<const float, 1, 3, 4> out{in.data()};
    CHECK(as_matrix(out) == numbers);
    const Eigen::Tensor<float, 3, Eigen::RowMajor> copy = as_tensor(out);
    CHECK(copy(0, 2, 1) == numbers(2, 1));
}

TEST_CASE("eigen: the last axis makes the columns")
{
    std::array<std::int64_t, 6> memory{};
    std::iota(memory.begin(), memory.end(), 0);
    const auto vector = as_matrix(tensor_view<std::int64_t, 6>{memory.data()});
    CHECK(vector.rows() == 1);
    CHECK(vector.cols() == 6);
    const auto matrix = as_matrix(tensor_view<std::int64_t, 1, 3, 2>{memory.data()});
    CHECK(matrix.rows() == 3);
    CHECK(matrix(2, 1) == 5);
    const auto scalar = as_matrix(tensor_view<std::int64_t>{memory.data()});
    CHECK(scalar.size() == 1);
}

TEST_CASE("eigen: free dimensions are taken from the view")
{
    std::array<float, 6> memory{};
    const free_tensor_view<float, 2> view{memory.data(), {2, 3}};
    as_tensor(view).setConstant(2.0f);
    as_matrix(view)(1, 2) = 3.0f;
    CHECK(memory == std::array<float, 6>{2, 2, 2, 2, 2, 3});
    CHECK(as_matrix(view).rowwise().sum()(1) == 7);
}

TEST_CASE("eigen: half is Eigen's, of the same bits")
{
    std::array<half, 4> memory{half{1.5f}, half{-2.0f}, half{0.0f}, half{65504.0f}};
    auto map = as_matrix(tensor_view<half, 2, 2>{memory.data()});
    static_assert(std::is_same_v<decltype(map)::Scalar, Eigen::half>);
    CHECK(static_cast<float>(map(0, 0)) == 1.5f);
    CHECK(static_cast<float>(map(1, 1)) == 65504.0f);
    map(1, 0) = Eigen::half{0.25f};
    // As a model's accessor does: the bytes were written as another type.
    CHECK(static_cast<float>(launder_region<half>(memory.data())[2]) == 0.25f);
}

TEST_CASE("tensor_view: a range that outlives its accessor, and a span")
{
    std::array<float, 6> memory{3, 1, 2, 5, 4, 0};
    const auto view = [&] { return tensor_view<const float, 2, 3>{memory.data()}; };
    CHECK(*std::ranges::max_element(view()) == 5);
    const std::span<const float, 6> fixed = view();
    const std::span<const float> any = view();
    CHECK(fixed.size() == any.size());
    static_assert(decltype(view())::shape() == std::array<std::ptrdiff_t, 2>{2, 3});
    static_assert(may_have<std::array<float, 6>, 6> && !may_have<std::array<float, 5>, 6>);
    static_assert(!may_have<float[7], 6> && may_have<std::span<float>, 6> && !may_have<std::span<float, 3>, 6>);
    static_assert(!may_have<tensor_view<float, 2, 2>, 6>);
    static_assert(elements_of<std::array<float, 6>, float> && !elements_of<std::array<double, 6>, float>);
}
