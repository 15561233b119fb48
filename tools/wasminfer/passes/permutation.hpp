// Orders of axes, as Transpose has them: entry i says which axis of the input becomes axis i of the output.
#pragma once

#include <vector>

#include "ir/graph.hpp"

namespace wasminfer::gen {

using Permutation = std::vector<std::size_t>;

Permutation identity_permutation(std::size_t rank);
bool is_identity(const Permutation& permutation);
Permutation inverse(const Permutation& permutation);
/// Transpose by `first`, then by `second`, in one.
Permutation compose(const Permutation& first, const Permutation& second);

/// One axis first, the others behind it in their order.
Permutation to_front(std::size_t rank, std::size_t axis);
/// [N, C, spatial...] to [N, spatial..., C].
Permutation to_channels_last(std::size_t rank);
/// [N, spatial..., C] to [N, C, spatial...].
Permutation to_channels_first(std::size_t rank);

template <class T>
std::vector<T> permuted(const std::vector<T>& list, const Permutation& permutation)
{
    std::vector<T> result;
    result.reserve(list.size());
    for (const auto axis : permutation) {
        result.push_back(list[axis]);
    }
    return result;
}

/// True where both give the same bytes: they differ in places of extents of 1 alone.
bool same_order(const Shape& shape, const Permutation& a, const Permutation& b);
/// True where a Transpose is a Reshape.
bool moves_nothing(const Shape& shape, const Permutation& permutation);

/// The attribute `perm` of a Transpose, ONNX's default (all axes reversed) where it is absent.
Permutation permutation_of(const Node& transpose);
Attribute to_attribute(const Permutation& permutation);

Tensor transposed(const Tensor& tensor, const Permutation& permutation);

}  // namespace wasminfer::gen
