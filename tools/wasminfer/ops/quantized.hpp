// What the operators on 8-bit integers have in common: scales and zero points, one for all or one for each channel.
#pragma once

#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

inline constexpr TypeSet byte_types = set_of(DType::u8, DType::i8);

/// Refuses anything but one number in the input (a scale or a zero point), if it is there.
void require_one(const NodeView& view, std::size_t input, const std::string& what);
/// 0 where the input holds one number (or is absent), 1 where it is a vector of `count`; refuses everything else.
std::int64_t spread(const NodeView& view, std::size_t input, const Dim& count, const std::string& what);
/// Refuses a zero point of another type than its operand's.
void require_zero_type(const NodeView& view, std::size_t zero, DType type);

/// A scale and a zero point that are known to the generator, one of each for the whole tensor.
struct Quantization {
    float scale = 1;
    std::int32_t zero = 0;
};

/// The constants at input `scale` and behind it, of which the zero point may be absent for 0; refuses others.
Quantization constant_quantization(const NodeView& view, std::size_t scale);

/// "std::int8_t", for template arguments.
std::string type_argument(DType type);

/// Starts a call of QLinearMatMul's or QLinearConv's kernel, which reads the operands that both have in one order: x, its
/// scale and zero point, the second factor (input 3, here as `packed`), its scale and zero point, the output's scale and
/// zero point.
CallBuilder call_qlinear(Lower& lower, const std::string& function, const std::string& header, const Operand& packed);

// The families on 8-bit integers, one .cpp each.
std::span<const Operator> quantized_conv_operators();
std::span<const Operator> quantized_elementwise_operators();
std::span<const Operator> quantized_matmul_operators();
std::span<const Operator> quantized_pool_operators();

}  // namespace wasminfer::gen
