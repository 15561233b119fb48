// A model's inputs and outputs as Eigen's tensors and matrices. Nothing is copied: the maps read and write the model's own
// memory, so they hold for as long as its accessors' spans do. Needs Eigen 3.4 on the include path.
//
//     wasminfer::as_matrix(model.x()) = Eigen::MatrixXf::Random(1, 64);
//     model.run();
//     const Eigen::RowVectorXf y = wasminfer::as_matrix(model.y());
#pragma once

#include <wasminfer/tensor_view.hpp>

#include <Eigen/Core>
#include <unsupported/Eigen/CXX11/Tensor>

namespace wasminfer {

namespace detail {

/// Eigen's own type for an element of a model: half has another class there, of the same bits.
template <class T>
using eigen_element = std::conditional_t<is_half<T>, Eigen::half, std::remove_cv_t<T>>;

template <class T, class Tensor>
using like_const = std::conditional_t<std::is_const_v<T>, const Tensor, Tensor>;

template <class T, std::size_t rank>
auto map_tensor(T* elements, const std::array<index, rank>& shape) noexcept
{
    using tensor = Eigen::Tensor<eigen_element<T>, static_cast<int>(rank), Eigen::RowMajor, Eigen::Index>;
    std::array<Eigen::Index, rank> dims{};
    std::ranges::copy(shape, dims.begin());
    auto* data = launder_region<like_const<T, eigen_element<T>>>(const_cast<std::remove_const_t<T>*>(elements));
    return Eigen::TensorMap<like_const<T, tensor>>{data, dims};
}

template <class T, std::size_t rank>
auto map_matrix(T* elements, const std::array<index, rank>& shape) noexcept
{
    using matrix = Eigen::Matrix<eigen_element<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Index rows = 1;
    Eigen::Index cols = 1;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        (axis + 1 == rank ? cols : rows) *= shape[axis];
    }
    auto* data = launder_region<like_const<T, eigen_element<T>>>(const_cast<std::remove_const_t<T>*>(elements));
    return Eigen::Map<like_const<T, matrix>>{data, rows, cols};
}

}  // namespace detail

/// Eigen::TensorMap of the view's rank, row-major; of const elements for an output.
template <class T, index... dims>
auto as_tensor(tensor_view<T, dims...> view) noexcept
{
    return detail::map_tensor(view.data(), view.shape());
}
template <class T, std::size_t rank>
auto as_tensor(const free_tensor_view<T, rank>& view) noexcept
{
    return detail::map_tensor(view.data(), view.shape());
}

/// Eigen::Map of a row-major matrix: the last axis makes the columns, all others the rows.
template <class T, index... dims>
auto as_matrix(tensor_view<T, dims...> view) noexcept
{
    return detail::map_matrix(view.data(), view.shape());
}
template <class T, std::size_t rank>
auto as_matrix(const free_tensor_view<T, rank>& view) noexcept
{
    return detail::map_matrix(view.data(), view.shape());
}

}  // namespace wasminfer
