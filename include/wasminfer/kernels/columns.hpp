// Windows of an image as columns of a matrix: Col2Im adds columns up to an image, DeformConv makes columns from an image
// at places that are moved by an input.
#pragma once

#include <wasminfer/functors/integer.hpp>
#include <wasminfer/math/round.hpp>

namespace wasminfer {

/// in[batch][channels][window][out] to image[batch][channels][image]; fewer axes leave the first ones at 1. out: how
/// many windows there are along each axis.
struct col2im_extents {
    index batch = 1;
    index channels = 1;
    index image[3] = {1, 1, 1};
    index window[3] = {1, 1, 1};
    index out[3] = {1, 1, 1};
    index stride[3] = {1, 1, 1};
    index pad[3] = {};
    index dilation[3] = {1, 1, 1};
};

namespace detail {

/// The window whose tap `tap` lies on `at`; -1 where there is none.
WASMINFER_INLINE index window_at(const col2im_extents& e, int axis, index at, index tap) noexcept
{
    const index from = at + e.pad[axis] - tap * e.dilation[axis];
    const bool fits = from >= 0 && from % e.stride[axis] == 0 && from / e.stride[axis] < e.out[axis];
    return fits ? from / e.stride[axis] : -1;
}

}  // namespace detail

/// Sums in compute_t, in the order of the window's taps, rounded once; the sum of bools is whether one of them is set.
template <class T>
inline void col2im(const T* in, T* image, const col2im_extents& e) noexcept
{
    using C = compute_t<T>;
    const index columns = e.out[0] * e.out[1] * e.out[2];
    const index taps = e.window[0] * e.window[1] * e.window[2];
    for (index n = 0; n < e.batch * e.channels; ++n, in += taps * columns) {
        for (index z = 0; z < e.image[0]; ++z) {
            for (index y = 0; y < e.image[1]; ++y) {
                for (index x = 0; x < e.image[2]; ++x) {
                    C sum{};
                    for (index tap = 0; tap < taps; ++tap) {
                        const index d = detail::window_at(e, 0, z, tap / (e.window[1] * e.window[2]));
                        const index h = detail::window_at(e, 1, y, tap / e.window[2] % e.window[1]);
                        const index w = detail::window_at(e, 2, x, tap % e.window[2]);
                        if (d >= 0 && h >= 0 && w >= 0) {
                            const C element = widen(in[tap * columns + (d * e.out[1] + h) * e.out[2] + w]);
                            if constexpr (std::is_same_v<C, bool>) {
                                sum = sum || element;
                            } else {
                                sum = detail::wrap_add(sum, element);
                            }
                        }
                    }
                    *image++ = static_cast<T>(sum);
                }
            }
        }
    }
}

/// in[batch][channels][in], offset[batch][groups][window][2][out] (y, x), mask[batch][groups][window][out] or null, to
/// columns[batch][channels][window][out].
struct deform_extents {
    index batch = 1;
    index channels = 1;
    index groups = 1;
    index in[2] = {1, 1};
    index out[2] = {1, 1};
    index window[2] = {1, 1};
    index stride[2] = {1, 1};
    index pad[2] = {};
    index dilation[2] = {1, 1};
};

namespace detail {

/// Between the four elements around a place; those outside the image are 0.
template <class T>
inline compute_t<T> sample_bilinear(const T* in, const index (&extent)[2], compute_t<T> y, compute_t<T> x) noexcept
{
    using C = compute_t<T>;
    const bool near = y > -1 && x > -1 && y < static_cast<C>(extent[0]) && x < static_cast<C>(extent[1]);
    if (!near) {
        return 0;
    }
    const C top = math::floor(y);
    const C left = math::floor(x);
    const C weight_y[2] = {1 - (y - top), y - top};
    const C weight_x[2] = {1 - (x - left), x - left};
    C sum = 0;
    for (index i = 0; i < 2; ++i) {
        for (index j = 0; j < 2; ++j) {
            const index row = static_cast<index>(top) + i;
            const index col = static_cast<index>(left) + j;
            if (row >= 0 && row < extent[0] && col >= 0 && col < extent[1]) {
                sum = madd(weight_y[i] * weight_x[j], widen(in[row * extent[1] + col]), sum);
            }
        }
    }
    return sum;
}

}  // namespace detail

/// The matrix that a deformable convolution multiplies its weights with: Dai et al., "Deformable Convolutional Networks",
/// 2017; with a mask, Zhu et al., "Deformable ConvNets v2", 2018.
template <class T>
inline void deform_columns(const T* in, const T* offset, std::type_identity_t<const T*> mask, T* columns,
                           const deform_extents& e) noexcept
{
    using C = compute_t<T>;
    const index pixels = e.out[0] * e.out[1];
    const index taps = e.window[0] * e.window[1];
    const index channels = e.channels / e.groups;
    for (index n = 0; n < e.batch * e.groups; ++n, offset += taps * 2 * pixels, mask += mask ? taps * pixels : 0) {
        for (index c = 0; c < channels; ++c, in += e.in[0] * e.in[1]) {
            for (index tap = 0; tap < taps; ++tap) {
                for (index p = 0; p < pixels; ++p) {
                    const index row = p / e.out[1] * e.stride[0] - e.pad[0] + tap / e.window[1] * e.dilation[0];
                    const index col = p % e.out[1] * e.stride[1] - e.pad[1] + tap % e.window[1] * e.dilation[1];
                    const C y = static_cast<C>(row) + widen(offset[2 * tap * pixels + p]);
                    const C x = static_cast<C>(col) + widen(offset[(2 * tap + 1) * pixels + p]);
                    const C sample = detail::sample_bilinear(in, e.in, y, x);
                    *columns++ = static_cast<T>(mask ? sample * widen(mask[tap * pixels + p]) : sample);
                }
            }
        }
    }
}

/// data[batch][channels][inner].
struct channel_bias_extents {
    index batch = 1;
    index channels = 1;
    index inner = 1;
};

/// Adds bias[channels], in place.
template <class T>
inline void add_channel_bias(const T* bias, T* data, const channel_bias_extents& e) noexcept
{
    for (index n = 0; n < e.batch; ++n) {
        for (index c = 0; c < e.channels; ++c, data += e.inner) {
            for (index i = 0; i < e.inner; ++i) {
                data[i] = static_cast<T>(widen(data[i]) + widen(bias[c]));
            }
        }
    }
}

}  // namespace wasminfer
