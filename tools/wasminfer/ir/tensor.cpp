#include "ir/tensor.hpp"

#include <wasminfer/core.hpp>

namespace wasminfer::gen {

namespace {

template <class To, class From>
std::vector<To> widen(const Tensor& tensor)
{
    const auto elements = tensor.as<From>();
    std::vector<To> wide;
    wide.reserve(elements.size());
    for (const auto& element : elements) {
        if constexpr (std::is_same_v<From, half>) {
            wide.push_back(static_cast<To>(static_cast<float>(element)));
        } else {
            wide.push_back(static_cast<To>(element));
        }
    }
    return wide;
}

template <class To>
std::vector<To> widen_any(const Tensor& tensor)
{
    switch (tensor.dtype()) {
    case DType::f32: return widen<To, float>(tensor);
    case DType::f64: return widen<To, double>(tensor);
    case DType::f16: return widen<To, half>(tensor);
    case DType::boolean:
    case DType::u8: return widen<To, std::uint8_t>(tensor);
    case DType::i8: return widen<To, std::int8_t>(tensor);
    case DType::i16: return widen<To, std::int16_t>(tensor);
    case DType::u16: return widen<To, std::uint16_t>(tensor);
    case DType::i32: return widen<To, std::int32_t>(tensor);
    case DType::u32: return widen<To, std::uint32_t>(tensor);
    case DType::i64: return widen<To, std::int64_t>(tensor);
    case DType::u64: return widen<To, std::uint64_t>(tensor);
    default: return {};
    }
}

}  // namespace

std::vector<std::int64_t> Tensor::to_ints() const
{
    assert(is_integer(dtype_) || dtype_ == DType::boolean);
    return widen_any<std::int64_t>(*this);
}

std::vector<double> Tensor::to_doubles() const
{
    return widen_any<double>(*this);
}

}  // namespace wasminfer::gen
