#pragma once

#include "ops/infer.hpp"
#include "ops/lower.hpp"

namespace wasminfer::gen {

/// What passes put behind a product: `residual` = 1, an operand to add (the last input, of the output's shape and
/// layout), and `fused_activation`, the text of a functor.
struct Fused {
    std::string activation;
    const Value* residual = nullptr;

    explicit Fused(const NodeView& view);
    bool any() const { return residual || !activation.empty(); }
    /// Inputs that the operator itself has.
    static std::size_t own_inputs(const NodeView& view);
};

/// Checks the residual, if there is one, against an output's type and shape.
void check_residual(const Infer& infer, const Shape& shape);

/// The last argument of gemm and the convolutions: nothing, the activation, or residual{…}. `more` are further operands
/// to add (Gemm's C), each as large as the output. The output may lie where the residual lies.
void add_epilogue(const Lower& lower, CallBuilder& call, const std::vector<Operand>& more = {});

}  // namespace wasminfer::gen
