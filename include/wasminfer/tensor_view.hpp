// What a model's accessors return: a span that knows its shape.
#pragma once

#include <array>
#include <cstring>
#include <ranges>
#include <span>

#include <wasminfer/core.hpp>

namespace wasminfer {

/// The elements of a tensor of fixed shape, row by row: a std::span of that many elements, with the shape in its type.
template <class T, index... dims>
class tensor_view : public std::span<T, static_cast<std::size_t>((index{1} * ... * dims))> {
public:
    explicit constexpr tensor_view(T* elements) noexcept
        : std::span<T, static_cast<std::size_t>((index{1} * ... * dims))>{elements, tensor_view::extent}
    {
    }
    static constexpr std::array<index, sizeof...(dims)> shape() noexcept { return {dims...}; }
};

/// The same where extents are known at run time alone: of models with free dimensions.
template <class T, std::size_t rank>
class free_tensor_view : public std::span<T> {
public:
    constexpr free_tensor_view(T* elements, const std::array<index, rank>& shape) noexcept
        : std::span<T>{elements, count(shape)}, shape_{shape}
    {
    }
    constexpr const std::array<index, rank>& shape() const noexcept { return shape_; }

private:
    static constexpr std::size_t count(const std::array<index, rank>& shape) noexcept
    {
        std::size_t product = 1;
        for (const index extent : shape) {
            product *= static_cast<std::size_t>(extent);
        }
        return product;
    }

    std::array<index, rank> shape_;
};

namespace detail {

template <class T, std::size_t n>
std::integral_constant<std::size_t, n> extent_of(const T (&)[n]);
template <class T, std::size_t n>
std::integral_constant<std::size_t, n> extent_of(const std::array<T, n>&);
template <class T, std::size_t n>
std::integral_constant<std::size_t, n> extent_of(const std::span<T, n>&);
std::integral_constant<std::size_t, std::dynamic_extent> extent_of(...);

}  // namespace detail

/// Whether a range's elements are T's that lie one behind the other, so that an input can be made of them.
template <class Range, class T>
concept elements_of = std::ranges::contiguous_range<Range> && std::ranges::sized_range<Range> &&
                      std::is_same_v<std::ranges::range_value_t<Range>, T>;

/// Whether a range may have `count` elements, by its type: arrays and fixed spans tell, all else is asked at run time.
template <class Range, std::size_t count>
inline constexpr bool may_have =
    decltype(detail::extent_of(std::declval<const Range&>()))::value == count ||
    decltype(detail::extent_of(std::declval<const Range&>()))::value == std::dynamic_extent ||
    count == std::dynamic_extent;

/// Copies all elements; there must be as many of them as `to` has.
template <class Range, class T>
inline void copy_elements(const Range& from, std::span<T> to) noexcept
{
    if (!to.empty()) {
        std::memcpy(static_cast<void*>(to.data()), std::ranges::data(from), to.size_bytes());
    }
}

}  // namespace wasminfer

template <class T, wasminfer::index... dims>
inline constexpr bool std::ranges::enable_borrowed_range<wasminfer::tensor_view<T, dims...>> = true;
template <class T, std::size_t rank>
inline constexpr bool std::ranges::enable_borrowed_range<wasminfer::free_tensor_view<T, rank>> = true;
