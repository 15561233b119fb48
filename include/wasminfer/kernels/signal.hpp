// What spectrograms are made with: windows that are sums of cosines, and the weights of mel bins.
#pragma once

#include <wasminfer/functors/cast.hpp>
#include <wasminfer/math/exp.hpp>
#include <wasminfer/math/log.hpp>
#include <wasminfer/math/trigonometric.hpp>

#include <cmath>

namespace wasminfer {

struct cosine_window_extents {
    index n = 0;
    index periodic = 1;  ///< 0: symmetric, the last element as the first.
};

/// out[i] = a0 - a1 cos(2 π i / m) + a2 cos(4 π i / m), i < n, m = n or n - 1 where symmetric; computed in double. Hann,
/// Hamming and Blackman windows.
template <class T>
inline void cosine_window(T* out, const cosine_window_extents& e, double a0, double a1, double a2) noexcept
{
    const double turn = 0x1.921fb54442d18p+2 / static_cast<double>(e.periodic ? e.n : e.n - 1);
    for (index i = 0; i < e.n; ++i) {
        const double angle = static_cast<double>(i) * turn;
        out[i] = cast<T>{}(a0 - a1 * math::cos(angle) + a2 * math::cos(2 * angle));
    }
}

struct mel_weights_extents {
    index bins = 1;  ///< Of the spectrogram: n / 2 + 1 for a transform of length n.
    index mel_bins = 1;
    index length = 1;  ///< n.
};

namespace detail {

/// Hertz of element i of steps that are even on the mel scale, as a bin of the spectrogram.
inline index mel_edge(double low, double step, index i, double rate, const mel_weights_extents& e) noexcept
{
    constexpr double ln10 = 0x1.26bb1bbb55516p+1;
    const double mel = low + static_cast<double>(i) * step;
    const double hertz = 700 * math::expm1(mel / 2595 * ln10);
    const double bin = std::floor(static_cast<double>(e.length + 1) * hertz / rate);
    // NaN goes to bin 0.
    return bin >= 0 ? bin < static_cast<double>(e.bins) ? static_cast<index>(bin) : e.bins : 0;
}

}  // namespace detail

/// ONNX's MelWeightMatrix: out[bins][mel_bins], a triangle a mel bin, whose edges are even on the mel scale
/// 2595 log10(1 + f / 700) between the two edge frequencies.
template <class T, class I, class F>
inline void mel_weights(const I* sample_rate, const F* lower_hertz, const F* upper_hertz, T* out,
                        const mel_weights_extents& e) noexcept
{
    constexpr double log10_e = 0x1.bcb7b1526e50ep-2;
    const auto mel = [](F hertz) { return 2595 * log10_e * math::log(1 + static_cast<double>(widen(hertz)) / 700); };
    const double low = mel(*lower_hertz);
    const double step = (mel(*upper_hertz) - low) / static_cast<double>(e.mel_bins + 2);
    const double rate = static_cast<double>(*sample_rate);
    for (index i = 0; i < e.bins * e.mel_bins; ++i) {
        out[i] = cast<T>{}(0.0);
    }
    for (index m = 0; m < e.mel_bins; ++m) {
        const index lower = detail::mel_edge(low, step, m, rate, e);
        const index centre = detail::mel_edge(low, step, m + 1, rate, e);
        const index higher = detail::mel_edge(low, step, m + 2, rate, e);
        const auto set = [&](index bin, index part, index whole) {
            if (bin < e.bins) {
                out[bin * e.mel_bins + m] = cast<T>{}(static_cast<double>(part) / static_cast<double>(whole));
            }
        };
        if (lower == centre) {
            set(centre, 1, 1);
        }
        for (index bin = lower; lower < centre && bin <= centre; ++bin) {
            set(bin, bin - lower, centre - lower);
        }
        for (index bin = centre; bin < higher; ++bin) {
            set(bin, higher - bin, higher - centre);
        }
    }
}

}  // namespace wasminfer
