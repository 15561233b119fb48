#include "passes/permutation.hpp"

#include <algorithm>
#include <numeric>

namespace wasminfer::gen {

Permutation identity_permutation(std::size_t rank)
{
    Permutation permutation(rank);
    std::iota(permutation.begin(), permutation.end(), std::size_t{0});
    return permutation;
}

bool is_identity(const Permutation& permutation)
{
    return permutation == identity_permutation(permutation.size());
}

Permutation inverse(const Permutation& permutation)
{
    Permutation result(permutation.size());
    for (std::size_t i = 0; i < permutation.size(); ++i) {
        result[permutation[i]] = i;
    }
    return result;
}

Permutation compose(const Permutation& first, const Permutation& second)
{
    return permuted(first, second);
}

Permutation to_front(std::size_t rank, std::size_t axis)
{
    Permutation permutation{axis};
    for (std::size_t other = 0; other < rank; ++other) {
        if (other != axis) {
            permutation.push_back(other);
        }
    }
    return permutation;
}

Permutation to_channels_last(std::size_t rank)
{
    Permutation permutation = identity_permutation(rank);
    std::rotate(permutation.begin() + 1, permutation.begin() + 2, permutation.end());
    return permutation;
}

Permutation to_channels_first(std::size_t rank)
{
    return inverse(to_channels_last(rank));
}

bool same_order(const Shape& shape, const Permutation& a, const Permutation& b)
{
    const auto moving = [&](Permutation permutation) {
        std::erase_if(permutation, [&](std::size_t axis) { return shape[axis] == Dim{1}; });
        return permutation;
    };
    return moving(a) == moving(b);
}

bool moves_nothing(const Shape& shape, const Permutation& permutation)
{
    return same_order(shape, permutation, identity_permutation(shape.size()));
}

Permutation permutation_of(const Node& transpose)
{
    if (const auto* axes = transpose.attributes.get<std::vector<std::int64_t>>("perm")) {
        return {axes->begin(), axes->end()};
    }
    Permutation reversed = identity_permutation(transpose.inputs.at(0)->shape->size());
    std::ranges::reverse(reversed);
    return reversed;
}

Attribute to_attribute(const Permutation& permutation)
{
    return std::vector<std::int64_t>(permutation.begin(), permutation.end());
}

Tensor transposed(const Tensor& tensor, const Permutation& permutation)
{
    const std::size_t rank = permutation.size();
    const std::size_t size = size_of(tensor.dtype());
    std::vector<std::size_t> steps(rank, size);  // Bytes from one element to the next along each axis of the input.
    for (std::size_t axis = rank; axis-- > 1;) {
        steps[axis - 1] = steps[axis] * static_cast<std::size_t>(tensor.shape()[axis]);
    }
    const auto out_steps = permuted(steps, permutation);
    const auto out_shape = permuted(tensor.shape(), permutation);
    std::vector<std::byte> bytes(tensor.bytes().size());
    std::vector<std::int64_t> at(rank, 0);
    const std::byte* from = tensor.bytes().data();
    for (std::size_t to = 0; to < bytes.size(); to += size) {
        std::copy_n(from, size, bytes.data() + to);
        for (std::size_t axis = rank; axis-- > 0;) {
            from += out_steps[axis];
            if (++at[axis] < out_shape[axis]) {
                break;
            }
            from -= out_steps[axis] * static_cast<std::size_t>(out_shape[axis]);
            at[axis] = 0;
        }
    }
    return {tensor.dtype(), out_shape, std::move(bytes)};
}

}  // namespace wasminfer::gen
