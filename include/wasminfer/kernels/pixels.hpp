// Bytes of pictures to the numbers that a network was trained on: the first step of models whose face takes pixels.
#pragma once

#include <wasminfer/kernels/lanes.hpp>

#include <array>
#include <bit>

namespace wasminfer {

/// Pixels one behind the other.
struct pixels_extents {
    index n;
};

namespace detail {

/// Where a channel's byte stands in a pixel read as one little-endian word.
template <int channel, int channels, bool reversed>
inline constexpr int byte_place = channel < channels ? (reversed ? channels - 1 - channel : channel) : 0;

/// Bytes of a word, masked out where they stand, to float and back down: exact, and no shifts that differ from lane to lane.
template <int channels, bool reversed>
WASMINFER_INLINE f32x4 pixel_lanes(std::uint32_t word) noexcept
{
    constexpr int c0 = byte_place<0, channels, reversed>;
    constexpr int c1 = byte_place<1, channels, reversed>;
    constexpr int c2 = byte_place<2, channels, reversed>;
    const i32x4 mask(0xff << 8 * c0, 0xff << 8 * c1, 0xff << 8 * c2, 0);
    constexpr float unit[3] = {1.0f, 0x1p-8f, 0x1p-16f};
    const f32x4 down(unit[c0], unit[c1], unit[c2], 0.0f);
    return xsimd::to_float(i32x4(static_cast<std::int32_t>(word)) & mask) * down;
}

template <int bytes>
WASMINFER_INLINE std::uint32_t load_pixel(const std::uint8_t* in) noexcept
{
    std::uint32_t word = 0;
    std::memcpy(&word, in, bytes);
    return word;
}

}  // namespace detail

/// out[i][c] = (in[i][c] - mean[c]) * scale[c] for `channels` (1 or 3) of a pixel's `bytes` (1, 3 or 4; a fourth is alpha, and
/// dropped); reversed: the channels come out in the opposite order. mean_scale holds mean[4] and scale[4] in the order of
/// out, of which the first `channels` count. T is float or half. in and out must not overlap.
template <int bytes, int channels, bool reversed = false, class T>
inline void pixels_to_floats(const std::uint8_t* in, const float* mean_scale, T* out, pixels_extents e) noexcept
{
    static_assert(std::endian::native == std::endian::little);
    static_assert((channels == 3 && (bytes == 3 || bytes == 4)) || (channels == 1 && bytes == 1));
    const f32x4 mean = load(mean_scale);
    const f32x4 scale = load(mean_scale + 4);
    if constexpr (channels == 1) {
        const f32x4 first_mean = splat(mean_scale[0]);
        const f32x4 first_scale = splat(mean_scale[4]);
        for (index i = 0; i < e.n; i += 4) {
            const index count = e.n - i < 4 ? e.n - i : 4;
            std::int32_t pixels[4] = {};
            for (index j = 0; j < count; ++j) {
                pixels[j] = in[i + j];
            }
            detail::store_lanes(out + i, (xsimd::to_float(load(pixels)) - first_mean) * first_scale, count);
        }
    } else if (e.n > 0) {
        // All but the last pixel may read and write beyond themselves: what follows is written afterwards.
        const index last = e.n - 1;
        for (index i = 0; i < last; ++i) {
            const std::uint32_t word = detail::load_pixel<4>(in + bytes * i);
            store(out + channels * i, (detail::pixel_lanes<channels, reversed>(word) - mean) * scale);
        }
        const std::uint32_t word = detail::load_pixel<bytes>(in + bytes * last);
        detail::store_lanes(out + channels * last, (detail::pixel_lanes<channels, reversed>(word) - mean) * scale,
                            channels);
    }
}

}  // namespace wasminfer
