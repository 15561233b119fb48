// before: [N,C,H,W] -> Transpose -> [N,H,W,C] -> Flatten -> Gemm      after: [N,C,H,W] -> Flatten -> Gemm (other weights)
//         Gemm -> Reshape -> [N,C,H,W]                                       Gemm (other weights) -> Reshape -> [N,H,W,C]
//
// A product with constant weights reads its row in any order of elements when the weights' rows are in that order too,
// and makes a row in any order of its columns.
#pragma once

#include "passes/axis_space.hpp"

namespace wasminfer::gen {

/// A Reshape on one side of a product that it shares with nobody.
struct AbsorbedReshape {
    Node* product = nullptr;
    bool reads = true;      ///< The product reads what the Reshape makes; otherwise the other way round.
    std::size_t first = 0;  ///< The axes from here on become the row (or come of it); those before stay.
    AxisSpace space;        ///< Of the operand that has these axes.
};

/// nullopt where the Reshape's neighbours aren't of this kind. `readers` are those of the Reshape's output.
std::optional<AbsorbedReshape> absorbed_reshape(const Node& reshape, const std::vector<Node*>& readers,
                                                const std::vector<Node*>& input_readers);

bool can_absorb(const AbsorbedReshape& form, const Permutation& order);

/// Puts the product's weights into that order. The Reshape is rewritten by the caller.
void absorb(Rewriter& rewriter, const AbsorbedReshape& form, const Shape& shape, const Permutation& order);

}  // namespace wasminfer::gen
