// What ai.onnx.ml does to tables of features before a model sees them. Tables are rows × cols, contiguous; a vector of
// parameters has one number for all columns (step 0) or one for each (step 1).
#pragma once

#include <wasminfer/kernels/elementwise.hpp>
#include <wasminfer/math/round.hpp>

namespace wasminfer {

struct features_extents {
    index rows = 0;
    index cols = 0;
};

/// Columns [at, at + cols) of rows that are `step` wide.
struct feature_slice_extents {
    index rows = 0;
    index cols = 0;
    index step = 0;
};

/// out[r][c] = in[r][c] as Out, where out's rows are `step` apart.
template <class T, class Out>
inline void copy_features(const T* in, Out* out, const feature_slice_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r, in += e.cols, out += e.step) {
        for (index c = 0; c < e.cols; ++c) {
            out[c] = static_cast<Out>(in[c]);
        }
    }
}

struct scaler_extents {
    index rows = 0;
    index cols = 0;
    index offset_step = 0;
    index scale_step = 0;
};

/// out = (in - offset) * scale, in float.
template <class T>
inline void scale_features(const T* in, const float* offset, const float* scale, float* out,
                           const scaler_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r) {
        for (index c = 0; c < e.cols; ++c) {
            *out++ = (static_cast<float>(*in++) - offset[c * e.offset_step]) * scale[c * e.scale_step];
        }
    }
}

/// in > threshold ? 1 : 0.
template <class T>
struct binarize {
    static constexpr bool vector = false;
    float threshold;

    WASMINFER_INLINE T operator()(T x) const noexcept { return static_cast<float>(x) > threshold ? T(1) : T(0); }
};

struct imputer_extents {
    index rows = 0;
    index cols = 0;
    index step = 0;
};

/// out = in, but the column's value where in equals `replaced`: a NaN where that is one.
template <class T>
inline void impute_features(const T* in, const T* values, T* out, const imputer_extents& e, T replaced) noexcept
{
    for (index r = 0; r < e.rows; ++r) {
        for (index c = 0; c < e.cols; ++c, ++in) {
            const bool missing = *in == replaced || (replaced != replaced && *in != *in);
            *out++ = missing ? values[c * e.step] : *in;
        }
    }
}

/// ONNX's norm: by the largest element, by the sum of magnitudes, by the root of the sum of squares. Rows whose norm is 0
/// stay as they are.
enum class feature_norm { max, l1, l2 };

template <feature_norm Norm, class T>
inline void normalize_features(const T* in, float* out, const features_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r, in += e.cols, out += e.cols) {
        float norm = Norm == feature_norm::max ? -std::numeric_limits<float>::infinity() : 0.0f;
        for (index c = 0; c < e.cols; ++c) {
            const float x = static_cast<float>(in[c]);
            if constexpr (Norm == feature_norm::max) {
                norm = x > norm ? x : norm;
            } else if constexpr (Norm == feature_norm::l1) {
                norm += x < 0.0f ? -x : x;
            } else {
                norm += x * x;
            }
        }
        if constexpr (Norm == feature_norm::l2) {
            norm = math::sqrt(norm);
        }
        for (index c = 0; c < e.cols; ++c) {
            const float x = static_cast<float>(in[c]);
            out[c] = norm != 0.0f ? x / norm : x;
        }
    }
}

struct extract_extents {
    index rows = 0;
    index cols = 0;
    index count = 0;
};

/// out[r][i] = in[r][columns[i]]; a column outside the table is taken as the nearest inside.
template <class T>
inline void extract_features(const T* in, const std::int64_t* columns, T* out, const extract_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r, in += e.cols) {
        for (index i = 0; i < e.count; ++i) {
            const std::int64_t last = e.cols - 1;
            const std::int64_t column = columns[i] < 0 ? 0 : columns[i] > last ? last : columns[i];
            *out++ = in[static_cast<index>(column)];
        }
    }
}

struct categories_extents {
    index n = 0;
    index count = 0;
};

/// out[i][c] = in[i] == categories[c] ? 1 : 0.
template <class T>
inline void one_hot_categories(const T* in, const std::int64_t* categories, float* out,
                               const categories_extents& e) noexcept
{
    for (index i = 0; i < e.n; ++i) {
        for (index c = 0; c < e.count; ++c) {
            *out++ = static_cast<std::int64_t>(in[i]) == categories[c] ? 1.0f : 0.0f;
        }
    }
}

/// out[i] = values[k] where keys[k] = in[i], or values[count]. Keys ascend, a NaN last, which stands for any NaN.
template <class T, class Out>
inline void encode_labels(const T* in, const T* keys, const Out* values, Out* out, const categories_extents& e) noexcept
{
    const auto is_nan = [](T x) { return widen(x) != widen(x); };
    const bool nan_key = e.count > 0 && is_nan(keys[e.count - 1]);
    const index ordered = nan_key ? e.count - 1 : e.count;
    for (index i = 0; i < e.n; ++i) {
        const auto x = widen(in[i]);
        index first = 0;
        for (index rest = ordered; rest > 0;) {
            const index half = rest / 2;
            const bool above = widen(keys[first + half]) < x;
            first = above ? first + half + 1 : first;
            rest = above ? rest - half - 1 : half;
        }
        const bool found = first < ordered && widen(keys[first]) == x;
        const bool nan = nan_key && is_nan(in[i]);
        out[i] = values[found ? first : nan ? e.count - 1 : e.count];
    }
}

}  // namespace wasminfer
