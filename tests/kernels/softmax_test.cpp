#include <wasminfer/kernels/softmax.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

enum class kind { softmax, log_softmax, hardmax };

template <class T>
void call(kind which, const T* in, T* out, const softmax_extents& e)
{
    switch (which) {
    case kind::softmax: softmax(in, out, e); break;
    case kind::log_softmax: log_softmax(in, out, e); break;
    case kind::hardmax: hardmax(in, out, e); break;
    }
}

template <class T>
std::vector<double> expected(kind which, const std::vector<T>& in, const softmax_extents& e)
{
    std::vector<double> out(in.size());
    for (index o = 0; o < e.outer; ++o) {
        for (index i = 0; i < e.inner; ++i) {
            const auto at = [&](index k) { return static_cast<std::size_t>((o * e.axis + k) * e.inner + i); };
            double largest = -INFINITY;
            index first = 0;
            for (index k = 0; k < e.axis; ++k) {
                const double x = static_cast<double>(widen(in[at(k)]));
                first = x > largest ? k : first;
                largest = std::fmax(largest, x);
            }
            double sum = 0;
            for (index k = 0; k < e.axis; ++k) {
                sum += std::exp(static_cast<double>(widen(in[at(k)])) - largest);
            }
            for (index k = 0; k < e.axis; ++k) {
                const double x = static_cast<double>(widen(in[at(k)])) - largest;
                out[at(k)] = which == kind::softmax       ? std::exp(x) / sum
                             : which == kind::log_softmax ? x - std::log(sum)
                                                          : (k == first ? 1.0 : 0.0);
            }
        }
    }
    return out;
}

template <class T>
void check(kind which)
{
    const double tolerance = is_half<T> ? 1e-3 : std::is_same_v<T, double> ? 1e-14 : 1e-6;
    for (const index inner : {1, 2, 3, 4, 9}) {
        for (const index axis : {1, 2, 3, 4, 7, 33, 1000}) {
            CAPTURE(inner);
            CAPTURE(axis);
            const softmax_extents e = {.outer = 2, .axis = axis, .inner = inner};
            auto in = random<T>(2 * axis * inner, 1);
            for (T& x : in) {
                x = static_cast<T>(static_cast<compute_t<T>>(widen(x) * 8));
            }
            std::vector<T> out(in.size());
            call(which, in.data(), out.data(), e);
            CHECK(reference::worst(out, expected(which, in, e)) <= tolerance);
            if (which != kind::hardmax) {
                auto both = in;
                call(which, both.data(), both.data(), e);
                CHECK(std::memcmp(both.data(), out.data(), out.size() * sizeof(T)) == 0);
            }
        }
    }
    const T* none = nullptr;
    T* nowhere = nullptr;
    call(which, none, nowhere, {.outer = 0, .axis = 3, .inner = 1});
    call(which, none, nowhere, {.outer = 2, .axis = 0, .inner = 1});
    call(which, none, nowhere, {.outer = 2, .axis = 3, .inner = 0});
}

TEST_CASE_TEMPLATE("softmax", T, float, half, double)
{
    check<T>(kind::softmax);
}

TEST_CASE_TEMPLATE("log_softmax", T, float, half, double)
{
    check<T>(kind::log_softmax);
}

TEST_CASE_TEMPLATE("hardmax", T, float, half, double)
{
    check<T>(kind::hardmax);
}

TEST_CASE("softmax: large, infinite and missing numbers")
{
    const float infinity = std::numeric_limits<float>::infinity();
    const auto of = [](std::vector<float> row) {
        softmax(row.data(), row.data(), {.outer = 1, .axis = static_cast<index>(row.size()), .inner = 1});
        return row;
    };
    CHECK(of({1e30f, -1e30f}) == std::vector<float>{1.0f, 0.0f});
    CHECK(of({1000.0f, 1000.0f}) == std::vector<float>{0.5f, 0.5f});
    // A masked row.
    CHECK(of({-infinity, 3.0f, -infinity}) == std::vector<float>{0.0f, 1.0f, 0.0f});
    CHECK(std::isnan(of({-infinity, -infinity})[0]));
    CHECK(std::isnan(of({std::nanf(""), 1.0f})[1]));
    CHECK(std::isnan(of({infinity, 1.0f})[0]));
    std::vector<float> row = {-infinity, 3.0f};
    log_softmax(row.data(), row.data(), {.outer = 1, .axis = 2, .inner = 1});
    CHECK(row == std::vector<float>{-infinity, 0.0f});
}

TEST_CASE("softmax: a column has the bits of a column beside others")
{
    const auto in = random(30 * 7, 2);
    std::vector<float> out(in.size());
    softmax(in.data(), out.data(), {.outer = 1, .axis = 30, .inner = 7});
    std::vector<float> two;
    for (std::size_t k = 0; k < 30; ++k) {
        two.insert(two.end(), {in[k * 7 + 5], in[k * 7 + 5]});
    }
    softmax(two.data(), two.data(), {.outer = 1, .axis = 30, .inner = 2});
    index different = 0;
    for (std::size_t k = 0; k < 30; ++k) {
        different += two[2 * k] != out[k * 7 + 5];
    }
    CHECK(different == 0);
}

TEST_CASE("softmax: the same bits on every target")
{
    const auto in = random(5 * 1003, 3);
    std::vector<float> out(in.size());
    std::vector<float> all;
    for (const index inner : {1, 5}) {
        softmax(in.data(), out.data(), {.outer = 5 / inner, .axis = 1003, .inner = inner});
        all.insert(all.end(), out.begin(), out.end());
        log_softmax(in.data(), out.data(), {.outer = 5 / inner, .axis = 1003, .inner = inner});
        all.insert(all.end(), out.begin(), out.end());
    }
    if (reference::same_bits) {
        CHECK(reference::hash(all) == 0xdf8b309f737e5fe4u);
    }
}

}  // namespace
}  // namespace wasminfer
