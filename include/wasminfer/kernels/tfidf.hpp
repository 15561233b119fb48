// TfIdfVectorizer: how often each n-gram of a fixed pool stands in a row of integers.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

/// ONNX's mode: counts; the n-gram's weight where it is there; counts times weights.
enum class tfidf_mode { tf, idf, tfidf };

/// rows × cols tokens to rows × columns counts. Grams of `least` to `most` tokens, with up to `skips` tokens left out
/// between neighbours, the same number between all of one gram.
struct tfidf_extents {
    index rows = 0;
    index cols = 0;
    index columns = 0;
    index grams = 0;
    index least = 1;
    index most = 1;
    index skips = 0;
};

/// pool: the grams' tokens, one behind the other; starts[g] is where gram g begins (starts[grams] the end); targets[g] its
/// column of out; weights[g], or null for ones.
template <tfidf_mode Mode, class T>
inline void tfidf_vectorizer(const T* in, const std::int64_t* pool, const std::int64_t* starts,
                             const std::int64_t* targets, const float* weights, float* out,
                             const tfidf_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r, in += e.cols, out += e.columns) {
        for (index c = 0; c < e.columns; ++c) {
            out[c] = 0.0f;
        }
        for (index g = 0; g < e.grams; ++g) {
            const std::int64_t* gram = pool + starts[g];
            const auto length = static_cast<index>(starts[g + 1] - starts[g]);
            if (length < e.least || length > e.most) {
                continue;
            }
            std::int64_t count = 0;
            // One token has no neighbour that tokens could be left out before.
            const index skips = length == 1 ? 0 : e.skips;
            for (index step = 1; step <= skips + 1; ++step) {
                const index last = e.cols - (length - 1) * step;
                for (index at = 0; at < last; ++at) {
                    index same = 0;
                    while (same < length && static_cast<std::int64_t>(in[at + same * step]) == gram[same]) {
                        ++same;
                    }
                    count += same == length ? 1 : 0;
                }
            }
            float& column = out[static_cast<index>(targets[g])];
            const float weight = weights ? weights[g] : 1.0f;
            if constexpr (Mode == tfidf_mode::tf) {
                column += static_cast<float>(count);
            } else if constexpr (Mode == tfidf_mode::idf) {
                column = count > 0 ? weight : column;
            } else {
                column += static_cast<float>(count) * weight;
            }
        }
    }
}

}  // namespace wasminfer
