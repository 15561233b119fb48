// Discrete Fourier transforms of lines of any length, computed in double, two lines at a time.
//
// Mixed-radix Stockham: each pass takes a factor out of the length and leaves the parts in order, so that nothing is
// permuted (Van Loan, "Computational Frameworks for the Fast Fourier Transform", 1992, section 1.7). Factors of 4 and 2 have
// butterflies of their own; any other prime p costs p multiplications an element.
#pragma once

#include <wasminfer/kernels/epilogue.hpp>
#include <wasminfer/math/trigonometric.hpp>

namespace wasminfer {

struct dft_roots_extents {
    index n = 1;
};

/// roots[2 k], roots[2 k + 1] = cos, sin of -2 π k / n, k < n: e^(-2 π i k / n).
inline void dft_roots(double* roots, const dft_roots_extents& e) noexcept
{
    for (index k = 0; k < e.n; ++k) {
        // The angle goes into one octant first, where it is as exact as its result.
        const index eighths = 8 * k / e.n;
        const index turned = eighths % 2 ? eighths + 1 : eighths;
        const double pi = 0x1.921fb54442d18p+1;
        const double rest = static_cast<double>(8 * k - turned * e.n) / static_cast<double>(8 * e.n);
        const double c = math::cos(2 * pi * rest);
        const double s = math::sin(2 * pi * rest);
        const index quarter = turned / 2 % 4;
        roots[2 * k] = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
        roots[2 * k + 1] = quarter == 0 ? -s : quarter == 1 ? -c : quarter == 2 ? s : c;
    }
}

/// Lines of complex numbers, outer · inner of them. Strides in elements of the tensors; the imaginary part follows the real
/// one where there is one.
struct dft_extents {
    index outer = 1;
    index inner = 1;
    index n = 1;         ///< Length of the transform.
    index in_count = 1;  ///< Elements that a line of the input has, at most n; the others are zeros.
    index in_outer = 0;
    index in_inner = 0;
    index in_step = 1;
    index in_complex = 0;
    index out_count = 1;  ///< Elements of the result that are written, at most n.
    index out_outer = 0;
    index out_inner = 0;
    index out_step = 1;
    index out_complex = 1;
    index inverse = 0;
    index half = 0;  ///< 1: the input is the first half of a spectrum that mirrors itself, that of a real signal.
};

/// Elements of scratch, double.
constexpr index dft_scratch(const dft_extents& e) noexcept
{
    return 8 * e.n;
}

namespace detail {

/// One element of each of two lines.
struct complex_pair {
    f64x2 re, im;
};

WASMINFER_INLINE complex_pair operator+(complex_pair a, complex_pair b) noexcept
{
    return {a.re + b.re, a.im + b.im};
}

WASMINFER_INLINE complex_pair operator-(complex_pair a, complex_pair b) noexcept
{
    return {a.re - b.re, a.im - b.im};
}

/// a · (re + i im)
WASMINFER_INLINE complex_pair turn(complex_pair a, const double* root) noexcept
{
    const f64x2 re = f64x2(root[0]);
    const f64x2 im = f64x2(root[1]);
    return {a.re * re - a.im * im, a.re * im + a.im * re};
}

WASMINFER_INLINE complex_pair load_pair(const double* p) noexcept
{
    return {f64x2::load_unaligned(p), f64x2::load_unaligned(p + 2)};
}

WASMINFER_INLINE void store_pair(double* p, complex_pair x) noexcept
{
    x.re.store_unaligned(p);
    x.im.store_unaligned(p + 2);
}

/// The smallest factor that a pass takes out of n: 4 and 2 first, then odd primes.
inline index dft_factor(index n) noexcept
{
    if (n % 4 == 0) {
        return 4;
    }
    if (n % 2 == 0) {
        return 2;
    }
    for (index p = 3; p * p <= n; p += 2) {
        if (n % p == 0) {
            return p;
        }
    }
    return n;
}

/// One pass: `length` is what is left of n, a multiple of radix; stride · length = n. y[q + stride (radix p + c)] =
/// root(p c stride) Σ_k root(c k n / radix) x[q + stride (p + k length / radix)].
inline void dft_pass(const double* x, double* y, const double* roots, index n, index length, index stride,
                     index radix) noexcept
{
    const index parts = length / radix;
    for (index p = 0; p < parts; ++p) {
        for (index q = 0; q < stride; ++q) {
            const auto in = [&](index k) { return load_pair(x + 4 * (q + stride * (p + k * parts))); };
            const auto out = [&](index c, complex_pair value) {
                const complex_pair turned = p == 0 ? value : turn(value, roots + 2 * (p * c * stride));
                store_pair(y + 4 * (q + stride * (radix * p + c)), turned);
            };
            if (radix == 4) {
                const complex_pair even = in(0) + in(2);
                const complex_pair odd = in(1) + in(3);
                const complex_pair a = in(0) - in(2);
                const complex_pair b = in(1) - in(3);
                const complex_pair rotated = {b.im, f64x2(0.0) - b.re};  // -i b
                out(0, even + odd);
                out(1, a + rotated);
                out(2, even - odd);
                out(3, a - rotated);
            } else if (radix == 2) {
                out(0, in(0) + in(1));
                out(1, in(0) - in(1));
            } else {
                for (index c = 0; c < radix; ++c) {
                    complex_pair sum = in(0);
                    index at = 0;
                    for (index k = 1; k < radix; ++k) {
                        at += c;
                        at -= at >= radix ? radix : 0;
                        sum = sum + turn(in(k), roots + 2 * (at * (n / radix)));
                    }
                    out(c, sum);
                }
            }
        }
    }
}

/// The transform of the two lines in x; the result is in x or in y, whichever is returned.
inline double* dft_lines(double* x, double* y, const double* roots, index n) noexcept
{
    index stride = 1;
    for (index length = n; length > 1;) {
        const index radix = dft_factor(length);
        dft_pass(x, y, roots, n, length, stride, radix);
        length /= radix;
        stride *= radix;
        double* other = x;
        x = y;
        y = other;
    }
    return x;
}

/// Element t of a line, as part 0 (real) or 1 (imaginary).
template <class T>
WASMINFER_INLINE double dft_element(const T* line, const T* window, index t, index part, const dft_extents& e) noexcept
{
    index at = t;
    double sign = 1;
    if (e.half && 2 * t > e.n) {
        at = e.n - t;
        sign = part == 1 ? -1 : 1;
    }
    if (at >= e.in_count || (part == 1 && !e.in_complex)) {
        return 0;
    }
    const double x = static_cast<double>(widen(line[at * e.in_step + part])) * sign;
    return window ? x * static_cast<double>(widen(window[at])) : x;
}

}  // namespace detail

/// out = Σ_t window[t] · x[t] · e^(∓2 π i k t / n) of every line, by n where inverse. window may be null; roots: dft_roots of
/// n; scratch: dft_scratch(e) elements. float, half and double are all computed in double and rounded once.
template <class T>
inline void dft(const T* in, std::type_identity_t<const T*> window, const double* roots, T* out, double* scratch,
                const dft_extents& e) noexcept
{
    const index lines = e.outer * e.inner;
    for (index first = 0; first < lines; first += 2) {
        // The conjugate's transform is the inverse's conjugate: inverse transforms swap the parts on both sides.
        const index re = e.inverse ? 2 : 0;
        const index im = 2 - re;
        for (index lane = 0; lane < 2; ++lane) {
            const index line = first + lane < lines ? first + lane : first;
            const T* from = in + line / e.inner * e.in_outer + line % e.inner * e.in_inner;
            for (index t = 0; t < e.n; ++t) {
                scratch[4 * t + re + lane] = detail::dft_element(from, window, t, 0, e);
                scratch[4 * t + im + lane] = detail::dft_element(from, window, t, 1, e);
            }
        }
        const double* result = detail::dft_lines(scratch, scratch + 4 * e.n, roots, e.n);
        const double scale = e.inverse ? 1.0 / static_cast<double>(e.n) : 1.0;
        for (index lane = 0; lane < 2 && first + lane < lines; ++lane) {
            const index line = first + lane;
            T* to = out + line / e.inner * e.out_outer + line % e.inner * e.out_inner;
            for (index k = 0; k < e.out_count; ++k) {
                to[k * e.out_step] = static_cast<T>(result[4 * k + re + lane] * scale);
                if (e.out_complex) {
                    to[k * e.out_step + 1] = static_cast<T>(result[4 * k + im + lane] * scale);
                }
            }
        }
    }
}

}  // namespace wasminfer
