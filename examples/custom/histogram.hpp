// The operator my.domain::Histogram of custom.onnx.
#pragma once

#include <algorithm>

namespace my {

/// The node's attributes, in alphabetical order: the generated code names them.
struct histogram_attributes {
    float highest;
    float lowest;
};

/// How many elements of each row of `in` fall into each of as many equal bins as a row of `out` has. Inputs come first, then
/// outputs; all are spans that know their shape(), so that a template serves models of fixed and of free dimensions.
template <class In, class Out>
void histogram(const In& in, const Out& out, const histogram_attributes& attributes)
{
    const auto columns = static_cast<std::size_t>(in.shape()[1]);
    const auto bins = static_cast<std::size_t>(out.shape()[1]);
    std::ranges::fill(out, 0.0F);
    for (std::size_t i = 0; i < in.size(); ++i) {
        const float place = (in[i] - attributes.lowest) / (attributes.highest - attributes.lowest);
        const float bin = std::clamp(place * static_cast<float>(bins), 0.0F, static_cast<float>(bins - 1));
        out[i / columns * bins + static_cast<std::size_t>(bin)] += 1.0F;
    }
}

}  // namespace my
