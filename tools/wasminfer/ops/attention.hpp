// Families that read sequences of queries, keys and values; attention_operators() has the rows of all.
#pragma once

#include <span>

#include "ops/operator.hpp"

namespace wasminfer::gen {

std::span<const Operator> causal_conv_rows();
std::span<const Operator> linear_attention_rows();
std::span<const Operator> rotary_embedding_rows();
std::span<const Operator> scaled_attention_rows();

/// A tensor of heads, [batch, heads, rows, width] or [batch, rows, heads * width], as kernels walk it.
struct Heads {
    Dim batch, heads, rows, width;
    Dim batch_stride, head_stride, row_stride;

    std::vector<Dim> strides() const { return {batch_stride, head_stride, row_stride}; }
};

/// The heads of a tensor of rank 3 or 4; of rank 3, `count` says how many there are.
Heads heads_of(const Shape& shape, const std::optional<Dim>& count, const std::string& what);

}  // namespace wasminfer::gen
