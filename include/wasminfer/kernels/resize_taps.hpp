// Where the elements of a resized axis come from: ONNX's coordinate transformations and filters, worked out once an axis into
// a table. Generated code holds the tables of fixed axes as constants, and makes those of free axes as a step.
#pragma once

#include <wasminfer/kernels/cubic.hpp>
#include <wasminfer/math/round.hpp>

#include <cassert>

namespace wasminfer {

/// ONNX's coordinate_transformation_mode: which place of the input an element of the output is.
enum class resize_coordinates {
    half_pixel,
    half_pixel_symmetric,
    pytorch_half_pixel,
    align_corners,
    asymmetric,
    tf_half_pixel_for_nn,
    tf_crop_and_resize,
};

/// ONNX's nearest_mode.
enum class resize_rounding { prefer_floor, prefer_ceil, floor, ceil };

/// How an axis is resized. scale: as the model gives it, which need not be out / in; 0 where the model gives the size
/// alone. crop: the part of the input that tf_crop_and_resize takes, of 0 to 1.
struct resize_map {
    resize_coordinates coordinates = resize_coordinates::half_pixel;
    float scale = 0;
    float crop[2] = {0, 1};
};

/// Elements along the axis, and how many of the input make one of the output.
struct resize_table_extents {
    index in = 0;
    index out = 0;
    index taps = 1;
};

/// Linear or cubic (a is its coefficient, -0.75 or -0.5 mostly). antialias: stretched by 1 / scale where the axis shrinks.
struct resize_filter {
    bool cubic = false;
    bool antialias = false;
    bool exclude_outside = false;  ///< Weights of places outside the input go to those inside.
    float a = -0.75f;
};

namespace detail {

/// In float where the scale is given, as runtimes do: 1 / 0.33333334f is 3 then, and not the element before. Where sizes
/// are given, in double and without a rounded scale.
template <class R>
inline R resize_coordinate(index x, index in_extent, index out_extent, const resize_map& map) noexcept
{
    const auto at = static_cast<R>(x);
    const auto in = static_cast<R>(in_extent);
    const auto out = static_cast<R>(out_extent);
    const auto scale = static_cast<R>(map.scale);
    const R length = scale > 0 ? scale * in : out;
    const auto unscaled = [&](R place) { return scale > 0 ? place / scale : place * in / out; };
    constexpr R half = 0.5;
    switch (map.coordinates) {
    case resize_coordinates::half_pixel: return unscaled(at + half) - half;
    case resize_coordinates::half_pixel_symmetric: return in / 2 * (1 - out / length) + unscaled(at + half) - half;
    case resize_coordinates::pytorch_half_pixel: return out_extent > 1 ? unscaled(at + half) - half : 0;
    case resize_coordinates::align_corners: return length == 1 ? 0 : at * (in - 1) / (length - 1);
    case resize_coordinates::asymmetric: return unscaled(at);
    case resize_coordinates::tf_half_pixel_for_nn: return unscaled(at + half);
    case resize_coordinates::tf_crop_and_resize: {
        const R first = static_cast<R>(map.crop[0]);
        const R width = static_cast<R>(map.crop[1]) - first;
        const R inside = length == 1 ? width * (in - 1) / 2 : at * width * (in - 1) / (length - 1);
        return inside + first * (in - 1);
    }
    }
    return 0;
}

/// As double; NaN where an element has no place in the input, but takes the extrapolation value.
inline double resize_place(index x, const resize_table_extents& e, const resize_map& map) noexcept
{
    const double place = map.scale > 0 ? static_cast<double>(resize_coordinate<float>(x, e.in, e.out, map))
                                       : resize_coordinate<double>(x, e.in, e.out, map);
    const bool inside = place >= 0 && place <= static_cast<double>(e.in - 1);
    return map.coordinates == resize_coordinates::tf_crop_and_resize && !inside
               ? std::numeric_limits<double>::quiet_NaN()
               : place;
}

WASMINFER_INLINE double clamp_place(double place, double least, double most) noexcept
{
    return place > least ? (place < most ? place : most) : least;
}

/// The filter's height at distance x from its middle.
inline double resize_weight(const resize_filter& filter, double x) noexcept
{
    const double d = x < 0 ? -x : x;
    if (filter.cubic) {
        return cubic_weight(d, static_cast<double>(filter.a));
    }
    return d < 1 ? 1 - d : 0;
}

}  // namespace detail

/// How many elements of the input make one of the output, where the axis is scaled by `scale`.
inline index resize_taps(const resize_filter& filter, double scale) noexcept
{
    const index reach = filter.cubic ? 2 : 1;
    return filter.antialias && scale < 1 ? -2 * static_cast<index>(math::floor(-static_cast<double>(reach) / scale))
                                         : 2 * reach;
}

/// indices[out]: the element that is taken; -1 for the extrapolation value.
inline void resize_nearest_table(std::int32_t* indices, const resize_table_extents& e, const resize_map& map,
                                 resize_rounding rounding) noexcept
{
    for (index x = 0; x < e.out; ++x) {
        const double place = detail::resize_place(x, e, map);
        if (place != place) {
            indices[x] = -1;
            continue;
        }
        const double below = math::floor(place);
        const double rest = place - below;
        const bool up = rounding == resize_rounding::ceil           ? rest > 0
                        : rounding == resize_rounding::prefer_floor ? rest > 0.5
                        : rounding == resize_rounding::prefer_ceil  ? rest >= 0.5
                                                                    : false;
        const double last = static_cast<double>(e.in - 1);
        indices[x] = static_cast<std::int32_t>(detail::clamp_place(below + (up ? 1 : 0), 0, last));
    }
}

/// indices[out][taps] and weights[out][taps]. Places outside the input are its edge's, unless the filter excludes them. A
/// first index of -1 stands for the extrapolation value.
template <class C>
inline void resize_table(std::int32_t* indices, C* weights, const resize_table_extents& e, const resize_map& map,
                         const resize_filter& filter) noexcept
{
    assert(e.taps >= 2);
    const double given =
        map.scale > 0 ? static_cast<double>(map.scale) : static_cast<double>(e.out) / static_cast<double>(e.in);
    const double stretch = filter.antialias && given < 1 ? given : 1;
    for (index x = 0; x < e.out; ++x, indices += e.taps, weights += e.taps) {
        double place = detail::resize_place(x, e, map);
        if (place != place) {
            indices[0] = -1;
            continue;
        }
        // All taps of a place so far outside are the edge.
        const auto reach = static_cast<double>(e.taps);
        place = detail::clamp_place(place, -reach, static_cast<double>(e.in) + reach);
        const index first = static_cast<index>(math::ceil(place)) - e.taps / 2;
        const auto weight_of = [&](index tap) {
            const index at = first + tap;
            const bool counts = !filter.exclude_outside || (at >= 0 && at < e.in);
            return counts ? detail::resize_weight(filter, (static_cast<double>(at) - place) * stretch) : 0;
        };
        double sum = 0;
        for (index tap = 0; tap < e.taps; ++tap) {
            sum += weight_of(tap);
        }
        for (index tap = 0; tap < e.taps; ++tap) {
            const index at = first + tap;
            indices[tap] = static_cast<std::int32_t>(at < 0 ? 0 : at < e.in ? at : e.in - 1);
            weights[tap] = static_cast<C>(weight_of(tap) / (sum != 0 ? sum : 1));
        }
    }
}

}  // namespace wasminfer
