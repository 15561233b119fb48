#pragma once

#include <array>

#include "ops/lower.hpp"

namespace wasminfer::gen {

/// An axis of a broadcast: its extent in the output, and each operand's stride in elements, 0 where the operand repeats.
struct BroadcastAxis {
    Dim extent;
    std::vector<Dim> strides;
};

/// How operands of these shapes walk along an output of shape `out`, with as few axes as possible: those of extent 1
/// vanish, neighbours become one where every operand either follows or repeats on both.
std::vector<BroadcastAxis> broadcast_axes(const Shape& out, std::span<const Shape> operands);

/// The walk of a call that runs in the generator, in its general form.
struct BroadcastNumbers {
    std::vector<index> dims;
    std::vector<std::vector<index>> strides;  ///< By operand.
};

/// A walk as the extents of a kernel: dims, then the strides of each operand under its name.
std::vector<Field> walk_fields(const std::vector<BroadcastAxis>& axes, std::span<const char* const> operands);
/// A walk over static extents.
BroadcastNumbers walk_numbers(const std::vector<BroadcastAxis>& axes, std::size_t operands);

using BinaryHost = std::function<void(const HostCall&, const BroadcastNumbers&)>;

/// Puts binary<…>(a, b, out, {…}, functor) together, in the form that fits the broadcast: one length where the operands
/// have the same shape or one is a scalar, rows and columns where one repeats as a whole, strides for all else.
/// The operands are seen in the shapes given, which broadcast to that of `out`. The caller marks what is in place.
CallBuilder lower_binary(Lower& lower, const Value& out, const Operand& a, const Shape& a_shape, const Operand& b,
                         const Shape& b_shape, const std::string& functor, BinaryHost host);

/// Calls f(offset into out, offsets into the operands, dims, strides by operand) for the innermost four axes of a walk of
/// any rank: the generator instantiates kernels of rank 4 alone.
template <class F>
void for_each_box(const BroadcastNumbers& numbers, F f)
{
    constexpr std::size_t box = 4;
    const std::size_t rank = numbers.dims.size();
    const std::size_t outer = rank > box ? rank - box : 0;
    const std::size_t operands = numbers.strides.size();
    index inner[box];
    std::vector<std::array<index, box>> steps(operands);
    index volume = 1;
    for (std::size_t i = 0; i < box; ++i) {
        const bool padding = rank + i < box;
        const std::size_t axis = rank + i - (padding ? 0 : box);
        inner[i] = padding ? 1 : numbers.dims[axis];
        volume *= inner[i];
        for (std::size_t k = 0; k < operands; ++k) {
            steps[k][i] = padding ? 0 : numbers.strides[k][axis];
        }
    }
    index boxes = 1;
    for (std::size_t i = 0; i < outer; ++i) {
        boxes *= numbers.dims[i];
    }
    for (index n = 0; n < boxes; ++n) {
        std::vector<index> at(operands, 0);
        index rest = n;
        for (std::size_t i = outer; i-- > 0;) {
            for (std::size_t k = 0; k < operands; ++k) {
                at[k] += rest % numbers.dims[i] * numbers.strides[k][i];
            }
            rest /= numbers.dims[i];
        }
        f(n * volume, at, inner, steps);
    }
}

}  // namespace wasminfer::gen
