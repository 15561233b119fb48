#include <doctest/doctest.h>

#include "passes/permutation.hpp"

namespace {

using namespace wasminfer::gen;

TEST_CASE("transposed puts elements where Transpose does")
{
    const Tensor tensor = Tensor::ints({2, 3}, {1, 2, 3, 4, 5, 6});
    CHECK(transposed(tensor, {1, 0}) == Tensor::ints({3, 2}, {1, 4, 2, 5, 3, 6}));
    CHECK(transposed(tensor, {0, 1}) == tensor);
    CHECK(transposed(Tensor::ints({}, {7}), {}) == Tensor::ints({}, {7}));
    CHECK(transposed(Tensor::ints({0, 3}, {}), {1, 0}) == Tensor::ints({3, 0}, {}));
}

TEST_CASE("two permutations in a row are their composition, and the inverse undoes one")
{
    std::vector<std::int64_t> numbers(24);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = static_cast<std::int64_t>(i);
    }
    const Tensor tensor = Tensor::ints({2, 3, 4}, numbers);
    const Permutation first{2, 0, 1};
    const Permutation second{0, 2, 1};
    CHECK(transposed(transposed(tensor, first), second) == transposed(tensor, compose(first, second)));
    CHECK(transposed(transposed(tensor, first), inverse(first)) == tensor);
}

TEST_CASE("channels to the back and to the front")
{
    CHECK(to_channels_last(4) == Permutation{0, 2, 3, 1});
    CHECK(to_channels_first(4) == Permutation{0, 3, 1, 2});
    CHECK(to_channels_last(3) == Permutation{0, 2, 1});
    CHECK(is_identity(compose(to_channels_last(5), to_channels_first(5))));
}

TEST_CASE("extents of 1 can stand anywhere")
{
    CHECK(moves_nothing({2, 5, 1, 1}, {0, 2, 3, 1}));
    CHECK(!moves_nothing({2, 5, 1, 3}, {0, 2, 3, 1}));
    CHECK(moves_nothing({Dim::symbol("n"), 1, 4}, {1, 0, 2}));
}

}  // namespace
