// What ai.onnx.ml's classifiers do with their scores: post_transform, a second class for a lone score, and labels.
#pragma once

#include <wasminfer/core.hpp>
#include <wasminfer/math.hpp>

namespace wasminfer {

/// ONNX's post_transform.
enum class score_transform { none, logistic, softmax, softmax_zero, probit };

/// rows × cols, contiguous.
struct scores_extents {
    index rows = 0;
    index cols = 1;
};

namespace detail {

/// sqrt(2) * erfinv(2p - 1), erfinv by Winitzki's approximation ("A handy approximation for the error function and its
/// inverse", 2008) with a = 0.147, relative error below 2e-3: the function that ONNX's runtimes compute PROBIT by.
WASMINFER_INLINE float probit(float p) noexcept
{
    constexpr float a = 0.147f;
    const float x = 2.0f * p - 1.0f;
    const float log = math::log((1.0f - x) * (1.0f + x));
    const float half = 2.0f / (3.14159f * a) + 0.5f * log;
    const float root = math::sqrt(math::sqrt(half * half - log / a) - half);
    return 1.41421356f * (x < 0.0f ? -root : root);
}

template <score_transform Transform>
WASMINFER_INLINE void transform_row(const float* in, float* out, index n) noexcept
{
    if constexpr (Transform == score_transform::none) {
        for (index i = 0; i < n; ++i) {
            out[i] = in[i];
        }
    } else if constexpr (Transform == score_transform::logistic) {
        for (index i = 0; i < n; ++i) {
            out[i] = math::sigmoid(in[i]);
        }
    } else if constexpr (Transform == score_transform::probit) {
        for (index i = 0; i < n; ++i) {
            out[i] = probit(in[i]);
        }
    } else {
        // softmax_zero leaves out what is nearly zero: such a score counts as if it were a thin share of itself.
        constexpr bool skips = Transform == score_transform::softmax_zero;
        constexpr float nothing = 0.0000001f;
        float most = -std::numeric_limits<float>::max();
        for (index i = 0; i < n; ++i) {
            most = in[i] > most ? in[i] : most;
        }
        const float scale = skips ? math::exp(-most) : 0.0f;
        float sum = 0.0f;
        for (index i = 0; i < n; ++i) {
            const bool zero = skips && in[i] <= nothing && in[i] >= -nothing;
            out[i] = zero ? in[i] * scale : math::exp(in[i] - most);
            sum += zero ? 0.0f : out[i];
        }
        for (index i = 0; i < n; ++i) {
            out[i] = out[i] / sum;
        }
    }
}

}  // namespace detail

/// Each row's scores transformed; out may be in.
template <score_transform Transform>
inline void transform_scores(const float* in, float* out, const scores_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r) {
        detail::transform_row<Transform>(in + r * e.cols, out + r * e.cols, e.cols);
    }
}

/// The lone score s of each row as two classes, transformed: [1 - s, s] with complement, else [-s, s]. cols is 1.
template <score_transform Transform, bool complement>
inline void two_classes(const float* in, float* out, const scores_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r) {
        const float pair[2] = {complement ? 1.0f - in[r] : -in[r], in[r]};
        detail::transform_row<Transform>(pair, out + 2 * r, 2);
    }
}

/// The class of each row's largest score, the first of equal ones.
inline void largest_class(const float* scores, const std::int64_t* classes, std::int64_t* out,
                          const scores_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r, scores += e.cols) {
        index best = 0;
        for (index c = 1; c < e.cols; ++c) {
            best = scores[c] > scores[best] ? c : best;
        }
        out[r] = classes[best];
    }
}

/// classes[1] where the lone score of a row is above the threshold, else classes[0]. cols is 1.
inline void threshold_class(const float* scores, const std::int64_t* classes, std::int64_t* out,
                            const scores_extents& e, float threshold) noexcept
{
    for (index r = 0; r < e.rows; ++r) {
        out[r] = classes[scores[r] > threshold ? 1 : 0];
    }
}

}  // namespace wasminfer
