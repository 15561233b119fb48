#include <wasminfer/kernels/dft.hpp>

#include <complex>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;
using Complex = std::complex<double>;

const double pi = 3.14159265358979323846;

std::vector<Complex> transform(const std::vector<Complex>& x, int sign)
{
    const auto n = x.size();
    std::vector<Complex> y(n);
    for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t t = 0; t < n; ++t) {
            y[k] += x[t] * std::polar(1.0, sign * 2 * pi * static_cast<double>(k * t % n) / static_cast<double>(n));
        }
    }
    return y;
}

std::vector<Complex> numbers(index n, std::uint32_t seed)
{
    const auto parts = random<double>(2 * n, seed);
    std::vector<Complex> x;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        x.emplace_back(parts[2 * i], parts[2 * i + 1]);
    }
    return x;
}

template <class T>
std::vector<double> run(const std::vector<T>& in, const T* window, std::size_t out_size, const dft_extents& e)
{
    std::vector<double> roots(static_cast<std::size_t>(2 * e.n));
    dft_roots(roots.data(), {.n = e.n});
    std::vector<double> scratch(static_cast<std::size_t>(dft_scratch(e)), NAN);
    std::vector<T> out(out_size, T(7.0f));
    dft(in.data(), window, roots.data(), out.data(), scratch.data(), e);
    return reference::widen_all(out);
}

std::vector<double> parts_of(const std::vector<Complex>& x)
{
    std::vector<double> parts;
    for (const Complex c : x) {
        parts.push_back(c.real());
        parts.push_back(c.imag());
    }
    return parts;
}

/// The largest difference, in parts of the largest element.
double distance(const std::vector<double>& a, const std::vector<double>& b)
{
    REQUIRE(a.size() == b.size());
    double most = 0;
    double largest = 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        most = std::fmax(most, std::fabs(a[i] - b[i]));
        largest = std::fmax(largest, std::fabs(b[i]));
    }
    return most / largest;
}

}  // namespace

TEST_CASE("roots of unity are exact where they can be, and correct to a unit elsewhere")
{
    for (const index n : {1, 2, 3, 4, 7, 8, 10, 16, 360}) {
        std::vector<double> roots(static_cast<std::size_t>(2 * n));
        dft_roots(roots.data(), {.n = n});
        double most = 0;
        for (index k = 0; k < n; ++k) {
            const long double angle = -2 * 3.141592653589793238462643383279502884L * static_cast<long double>(k) /
                                      static_cast<long double>(n);
            const auto i = static_cast<std::size_t>(2 * k);
            most = std::fmax(most, std::fabs(roots[i] - static_cast<double>(std::cos(angle))));
            most = std::fmax(most, std::fabs(roots[i + 1] - static_cast<double>(std::sin(angle))));
        }
        CHECK(most <= 0x1p-52);
        if (n % 4 == 0) {
            CHECK(roots[static_cast<std::size_t>(n / 2)] == 0);
            CHECK(roots[static_cast<std::size_t>(n / 2 + 1)] == -1);
        }
    }
}

TEST_CASE("transforms of every length, forward and back")
{
    for (index n = 1; n <= 66; ++n) {
        CAPTURE(n);
        const auto x = numbers(n, static_cast<std::uint32_t>(n));
        const dft_extents e{
            .n = n, .in_count = n, .in_step = 2, .in_complex = 1, .out_count = n, .out_step = 2, .out_complex = 1};
        const double* none = nullptr;
        const auto size = static_cast<std::size_t>(2 * n);
        CHECK(distance(run(parts_of(x), none, size, e), parts_of(transform(x, -1))) < 1e-14);
        dft_extents back = e;
        back.inverse = 1;
        auto expected = transform(x, 1);
        for (auto& c : expected) {
            c /= static_cast<double>(n);
        }
        CHECK(distance(run(parts_of(x), none, size, back), parts_of(expected)) < 1e-14);
    }
}

TEST_CASE_TEMPLATE("lines along an axis between others, padded and cut", T, float, half, double)
{
    // [2, 5, 3] real signals, transformed along the axis of 5 at lengths 8 and 4.
    const auto in = random<T>(30, 1);
    for (const index n : {8, 4}) {
        const index bins = n / 2 + 1;
        const dft_extents e{.outer = 2,
                            .inner = 3,
                            .n = n,
                            .in_count = n < 5 ? n : 5,
                            .in_outer = 15,
                            .in_inner = 1,
                            .in_step = 3,
                            .out_count = bins,
                            .out_outer = bins * 6,
                            .out_inner = 2,
                            .out_step = 6};
        const T* none = nullptr;
        const auto got = run(in, none, static_cast<std::size_t>(bins * 12), e);
        std::vector<double> expected(got.size());
        for (index line = 0; line < 6; ++line) {
            std::vector<Complex> x(static_cast<std::size_t>(n));
            for (index t = 0; t < n && t < 5; ++t) {
                x[static_cast<std::size_t>(t)] =
                    static_cast<double>(widen(in[static_cast<std::size_t>(line / 3 * 15 + line % 3 + 3 * t)]));
            }
            const auto y = transform(x, -1);
            for (index k = 0; k < bins; ++k) {
                const auto at = static_cast<std::size_t>(line / 3 * bins * 6 + line % 3 * 2 + 6 * k);
                expected[at] = y[static_cast<std::size_t>(k)].real();
                expected[at + 1] = y[static_cast<std::size_t>(k)].imag();
            }
        }
        CHECK(distance(got, expected) < (is_half<T> ? 1e-3 : 1e-7));
    }
}

TEST_CASE("half a spectrum comes back as the real signal")
{
    for (const index n : {2, 5, 8, 9}) {
        CAPTURE(n);
        const auto signal = random<double>(n, 3);
        const auto spectrum = parts_of(transform({signal.begin(), signal.end()}, -1));
        const dft_extents e{.n = n,
                            .in_count = n / 2 + 1,
                            .in_step = 2,
                            .in_complex = 1,
                            .out_count = n,
                            .out_step = 1,
                            .out_complex = 0,
                            .inverse = 1,
                            .half = 1};
        const double* none = nullptr;
        const std::vector<double> half_spectrum(spectrum.begin(), spectrum.begin() + 2 * (n / 2 + 1));
        CHECK(distance(run(half_spectrum, none, static_cast<std::size_t>(n), e), signal) < 1e-14);
    }
}

TEST_CASE("a window weighs the frame")
{
    const std::vector<float> in{1, 2, 3, 4};
    const std::vector<float> window{1, 0, 1, 0};
    const dft_extents e{.n = 4, .in_count = 4, .out_count = 1, .out_step = 2};
    CHECK(run(in, window.data(), 2, e) == std::vector<double>{4, 0});
}

TEST_CASE("transforms have the same bits on every target")
{
    const auto in = random<float>(3 * 60, 5);
    const dft_extents e{
        .outer = 3, .n = 60, .in_count = 60, .in_outer = 60, .out_count = 31, .out_outer = 62, .out_step = 2};
    std::vector<double> roots(120);
    dft_roots(roots.data(), {.n = 60});
    std::vector<double> scratch(static_cast<std::size_t>(dft_scratch(e)));
    std::vector<float> out(3 * 62);
    dft(in.data(), nullptr, roots.data(), out.data(), scratch.data(), e);
    CHECK(reference::hash(out) == 6685771294531599838u);
}

}  // namespace wasminfer
