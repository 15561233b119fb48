// NegativeLogLikelihoodLoss, and with log_softmax in front SoftmaxCrossEntropyLoss.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

/// Logarithms of probabilities are [outer, classes, inner], targets [outer, inner].
struct nll_loss_extents {
    index outer = 1;
    index classes = 1;
    index inner = 1;
    index ignores = 0;  ///< 1: targets that equal `ignored` count nothing.
    index ignored = 0;
};

enum class loss_reduction { none, sum, mean };

/// The loss of a target t is -weight[t] · x[t], weight 1 where `weights` is null. none: out is [outer, inner]; sum: their sum,
/// computed in double; mean: the sum by the sum of the weights, NaN where that is 0. A target that is no class (and not the
/// ignored one) is kept inside: ONNX leaves it undefined.
template <loss_reduction reduction, class T, class I>
inline void nll_loss(const T* x, const I* targets, std::type_identity_t<const T*> weights, T* out,
                     const nll_loss_extents& e) noexcept
{
    using C = compute_t<T>;
    double total = 0;
    double weight_total = 0;
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            const std::int64_t target = targets[o * e.inner + i];
            const bool ignored = e.ignores && target == e.ignored;
            const std::int64_t inside = target < 0 ? 0 : target < e.classes ? target : e.classes - 1;
            const auto c = static_cast<index>(inside);
            const C weight = ignored || e.classes == 0 ? C(0) : weights ? widen(weights[c]) : C(1);
            const C loss = ignored || e.classes == 0 ? C(0) : -widen(x[(o * e.classes + c) * e.inner + i]) * weight;
            if constexpr (reduction == loss_reduction::none) {
                out[o * e.inner + i] = static_cast<T>(loss);
            } else {
                total += static_cast<double>(loss);
                weight_total += static_cast<double>(weight);
            }
        }
    }
    if constexpr (reduction == loss_reduction::sum) {
        *out = static_cast<T>(total);
    } else if constexpr (reduction == loss_reduction::mean) {
        *out = static_cast<T>(total / weight_total);
    }
}

}  // namespace wasminfer
