// Images for tests of operators: layouts, and plain loops over windows of up to three spatial axes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ir/tensor.hpp"

namespace wasminfer::gen::test {

using Ints = std::vector<std::int64_t>;

/// [N, C, spatial…] to [N, spatial…, C], or back.
inline Tensor switch_layout(const Tensor& tensor, bool to_channels_last)
{
    const auto& shape = tensor.shape();
    const auto rank = shape.size();
    Ints switched{shape[0]};
    if (to_channels_last) {
        switched.insert(switched.end(), shape.begin() + 2, shape.end());
        switched.push_back(shape[1]);
    } else {
        switched.push_back(shape[rank - 1]);
        switched.insert(switched.end(), shape.begin() + 1, shape.end() - 1);
    }
    const auto channels = to_channels_last ? shape[1] : shape[rank - 1];
    const auto pixels = channels == 0 ? 0 : tensor.count() / std::max<std::int64_t>(shape[0] * channels, 1);
    const auto size = static_cast<std::int64_t>(size_of(tensor.dtype()));
    std::vector<std::byte> bytes(tensor.bytes().size());
    for (std::int64_t n = 0; n < shape[0]; ++n) {
        for (std::int64_t c = 0; c < channels; ++c) {
            for (std::int64_t p = 0; p < pixels; ++p) {
                const auto first = (n * channels + c) * pixels + p;
                const auto last = (n * pixels + p) * channels + c;
                const auto* from = tensor.bytes().data() + (to_channels_last ? first : last) * size;
                std::copy(from, from + size, bytes.data() + (to_channels_last ? last : first) * size);
            }
        }
    }
    return {tensor.dtype(), std::move(switched), std::move(bytes)};
}

/// A list with one entry a spatial axis, as three: fronts of `fill`.
inline Ints three(Ints list, std::int64_t fill)
{
    list.insert(list.begin(), 3 - list.size(), fill);
    return list;
}

/// An image [N, C, spatial…] as [N, C, d, h, w].
struct Volume {
    explicit Volume(const Tensor& tensor)
        : numbers{tensor.to_doubles()}, batch{tensor.shape()[0]}, channels{tensor.shape()[1]},
          extents{three(Ints(tensor.shape().begin() + 2, tensor.shape().end()), 1)}
    {
    }

    bool inside(const Ints& at) const
    {
        return at[0] >= 0 && at[0] < extents[0] && at[1] >= 0 && at[1] < extents[1] && at[2] >= 0 && at[2] < extents[2];
    }
    std::size_t offset(std::int64_t n, std::int64_t c, const Ints& at) const
    {
        return static_cast<std::size_t>((((n * channels + c) * extents[0] + at[0]) * extents[1] + at[1]) * extents[2] +
                                        at[2]);
    }
    double get(std::int64_t n, std::int64_t c, const Ints& at) const { return numbers.at(offset(n, c, at)); }

    std::vector<double> numbers;
    std::int64_t batch, channels;
    Ints extents;
};

/// Calls f with every position of a box, the last axis fastest.
template <class F>
void for_each_position(const Ints& extents, F f)
{
    Ints at(3);
    for (at[0] = 0; at[0] < extents[0]; ++at[0]) {
        for (at[1] = 0; at[1] < extents[1]; ++at[1]) {
            for (at[2] = 0; at[2] < extents[2]; ++at[2]) {
                f(at);
            }
        }
    }
}

/// Windows over an image, three entries each.
struct Sliding {
    Ints window, stride{1, 1, 1}, dilation{1, 1, 1}, pad{0, 0, 0}, out;

    /// Where a window's tap lies in the image.
    Ints tap(const Ints& at, const Ints& in_window) const
    {
        Ints place(3);
        for (std::size_t i = 0; i < 3; ++i) {
            place[i] = at[i] * stride[i] - pad[i] + in_window[i] * dilation[i];
        }
        return place;
    }
};

}  // namespace wasminfer::gen::test
