// RoiAlign: regions of an image, each sampled to a fixed number of bins. He et al., "Mask R-CNN", 2017.
#pragma once

#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/gather.hpp>
#include <wasminfer/math/round.hpp>

namespace wasminfer {

/// Images [batch][channels][h][w] or [batch][h][w][channels], as the strides say; the same for out[regions][…bins…].
struct roi_align_extents {
    index batch = 1;
    index channels = 1;
    index in[2] = {1, 1};
    index regions = 0;
    index bins[2] = {1, 1};
    index in_pixel = 1;
    index in_channel = 1;
    index out_pixel = 1;
    index out_channel = 1;
};

/// samples: a bin's along either axis; 0: as many as the bin has pixels. half_pixel: coordinates count from the outermost
/// elements' edges; without it regions are one pixel wide at least. maximum: of a bin's weighted elements, not their mean.
struct roi_align_options {
    float scale = 1;
    index samples = 0;
    bool half_pixel = true;
    bool maximum = false;
};

namespace detail {

/// The two elements next to a place along an axis.
template <class C>
struct roi_taps {
    index at[2];
    C weight[2];
};

/// False where the place is more than an element outside.
template <class C>
inline bool roi_place(C x, index extent, roi_taps<C>& taps) noexcept
{
    if (!(x >= -1 && x <= static_cast<C>(extent))) {
        return false;
    }
    x = x > 0 ? x : 0;
    index low = static_cast<index>(x);
    if (low >= extent - 1) {
        low = extent - 1;
        x = static_cast<C>(low);
    }
    const C rest = x - static_cast<C>(low);
    taps = {{low, low + 1 < extent ? low + 1 : low}, {1 - rest, rest}};
    return true;
}

/// One axis of one region.
template <class C>
struct roi_axis {
    C start;
    C bin;
    index samples;

    roi_axis(C from, C to, index bins, const roi_align_options& options) noexcept
    {
        const C scale = static_cast<C>(options.scale);
        const C offset = options.half_pixel ? static_cast<C>(0.5) : 0;
        start = from * scale - offset;
        C width = to * scale - offset - start;
        width = options.half_pixel || width > 1 ? width : 1;
        bin = width / static_cast<C>(bins);
        // Beyond this many samples a region is larger than any image.
        constexpr C most = 1 << 20;
        const C wanted = math::ceil(bin);
        samples = options.samples > 0 ? options.samples
                                      : static_cast<index>(wanted > 0 ? (wanted < most ? wanted : most) : 0);
    }

    C place(index b, index sample) const noexcept
    {
        return start + static_cast<C>(b) * bin +
               (static_cast<C>(sample) + static_cast<C>(0.5)) * bin / static_cast<C>(samples);
    }
};

}  // namespace detail

/// regions[n][4]: x1, y1, x2, y2; images[n]: which image of the batch (clamped to it). sums: scratch of `channels`.
template <class T>
inline void roi_align(const T* in, const T* regions, const std::int64_t* images, T* out, compute_t<T>* sums,
                      const roi_align_extents& e, const roi_align_options& options) noexcept
{
    using C = compute_t<T>;
    if (e.batch < 1 || e.in[0] < 1 || e.in[1] < 1) {
        return;
    }
    for (index r = 0; r < e.regions; ++r, regions += 4, out += e.bins[0] * e.bins[1] * e.channels) {
        const T* image = in + detail::wrap_index(images[r], e.batch) * e.in[0] * e.in[1] * e.channels;
        const detail::roi_axis<C> h{widen(regions[1]), widen(regions[3]), e.bins[0], options};
        const detail::roi_axis<C> w{widen(regions[0]), widen(regions[2]), e.bins[1], options};
        const C count = static_cast<C>(h.samples * w.samples);
        for (index b = 0; b < e.bins[0] * e.bins[1]; ++b) {
            for (index c = 0; c < e.channels; ++c) {
                sums[c] = 0;
            }
            bool fresh = true;
            for (index s = 0; s < h.samples * w.samples; ++s) {
                detail::roi_taps<C> y{{0, 0}, {0, 0}};
                detail::roi_taps<C> x{{0, 0}, {0, 0}};
                if (!detail::roi_place(h.place(b / e.bins[1], s / w.samples), e.in[0], y) ||
                    !detail::roi_place(w.place(b % e.bins[1], s % w.samples), e.in[1], x)) {
                    y.weight[0] = y.weight[1] = 0;
                }
                const C weight[4] = {y.weight[0] * x.weight[0], y.weight[0] * x.weight[1], y.weight[1] * x.weight[0],
                                     y.weight[1] * x.weight[1]};
                const T* corner[4] = {image + (y.at[0] * e.in[1] + x.at[0]) * e.in_pixel,
                                      image + (y.at[0] * e.in[1] + x.at[1]) * e.in_pixel,
                                      image + (y.at[1] * e.in[1] + x.at[0]) * e.in_pixel,
                                      image + (y.at[1] * e.in[1] + x.at[1]) * e.in_pixel};
                for (index c = 0; c < e.channels; ++c) {
                    const index at = c * e.in_channel;
                    C part[4];
                    for (int k = 0; k < 4; ++k) {
                        part[k] = weight[k] * widen(corner[k][at]);
                    }
                    if (options.maximum) {
                        const C most = maximum(maximum(part[0], part[1]), maximum(part[2], part[3]));
                        sums[c] = fresh ? most : maximum(sums[c], most);
                    } else {
                        sums[c] += part[0] + part[1] + part[2] + part[3];
                    }
                }
                fresh = false;
            }
            T* to = out + b * e.out_pixel;
            for (index c = 0; c < e.channels; ++c) {
                to[c * e.out_channel] = static_cast<T>(options.maximum || count < 1 ? sums[c] : sums[c] / count);
            }
        }
    }
}

}  // namespace wasminfer
