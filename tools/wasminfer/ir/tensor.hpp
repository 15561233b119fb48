#pragma once

#include <algorithm>
#include <cassert>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "ir/dtype.hpp"

namespace wasminfer::gen {

/// A constant: element type, extents, elements in row-major order. Copies share the bytes, which never change.
class Tensor {
public:
    Tensor() = default;
    Tensor(DType dtype, std::vector<std::int64_t> shape, std::vector<std::byte> bytes)
        : dtype_{dtype}, shape_{std::move(shape)},
          bytes_{std::make_shared<const std::vector<std::byte>>(std::move(bytes))}
    {
        assert(bytes_->size() == static_cast<std::size_t>(count()) * size_of(dtype_));
    }

    template <class T>
    static Tensor of(DType dtype, std::vector<std::int64_t> shape, std::span<const T> elements)
    {
        assert(sizeof(T) == size_of(dtype));
        std::vector<std::byte> bytes(elements.size_bytes());
        if (!bytes.empty()) {
            std::memcpy(bytes.data(), elements.data(), bytes.size());
        }
        return {dtype, std::move(shape), std::move(bytes)};
    }

    static Tensor ints(std::vector<std::int64_t> shape, const std::vector<std::int64_t>& elements)
    {
        return of<std::int64_t>(DType::i64, std::move(shape), elements);
    }

    DType dtype() const { return dtype_; }
    const std::vector<std::int64_t>& shape() const { return shape_; }
    std::int64_t rank() const { return static_cast<std::int64_t>(shape_.size()); }

    std::int64_t count() const
    {
        std::int64_t n = 1;
        for (const auto extent : shape_) {
            n *= extent;
        }
        return n;
    }

    std::span<const std::byte> bytes() const
    {
        return bytes_ ? std::span<const std::byte>{*bytes_} : std::span<const std::byte>{};
    }

    /// The elements as T, which must be of the stored size.
    template <class T>
    std::vector<T> as() const
    {
        assert(sizeof(T) == size_of(dtype_));
        std::vector<T> elements(static_cast<std::size_t>(count()));
        if (!elements.empty()) {
            std::memcpy(static_cast<void*>(elements.data()), bytes().data(), bytes().size());
        }
        return elements;
    }

    /// Elements of any integer or boolean type, widened (u64 wraps).
    std::vector<std::int64_t> to_ints() const;
    /// Elements of any type that has numbers, as double.
    std::vector<double> to_doubles() const;

    Tensor reshaped(std::vector<std::int64_t> shape) const
    {
        Tensor other = *this;
        other.shape_ = std::move(shape);
        assert(other.count() == count());
        return other;
    }

    bool operator==(const Tensor& other) const
    {
        return dtype_ == other.dtype_ && shape_ == other.shape_ && std::ranges::equal(bytes(), other.bytes());
    }

private:
    DType dtype_ = DType::undefined;
    std::vector<std::int64_t> shape_;
    std::shared_ptr<const std::vector<std::byte>> bytes_;
};

}  // namespace wasminfer::gen
