#include <wasminfer/kernels/pad.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

/// The input coordinate of one step outside the input at a time: what the modes mean, without arithmetic on periods.
index walk(pad_mode mode, index at, index n)
{
    while (at < 0 || at >= n) {
        switch (mode) {
        case pad_mode::constant: return -1;
        case pad_mode::edge: at = at < 0 ? 0 : n - 1; break;
        case pad_mode::reflect: at = n == 1 ? 0 : at < 0 ? -at : 2 * (n - 1) - at; break;
        case pad_mode::wrap: at += at < 0 ? n : -n; break;
        }
    }
    return at;
}

template <pad_mode mode, class T, int rank>
void check(const pad_extents<rank>& e)
{
    const auto in = random<T>(detail::volume(e.in), 1);
    const T value = T(9);
    const index n = detail::volume(e.out);
    std::vector<T> out(static_cast<std::size_t>(n + 1), T(3));
    pad<mode>(in.data(), &value, out.data(), e);
    index wrong = 0;
    for (index i = 0; i < n; ++i) {
        index rest = i;
        index from = 0;
        index stride = 1;
        bool inside = true;
        for (int axis = rank - 1; axis >= 0; --axis) {
            const index at = walk(mode, rest % e.out[axis] - e.before[axis], e.in[axis]);
            inside = inside && at >= 0;
            from += at * stride;
            stride *= e.in[axis];
            rest /= e.out[axis];
        }
        const T expected = inside ? in[static_cast<std::size_t>(from)] : value;
        wrong += widen(out[static_cast<std::size_t>(i)]) != widen(expected);
    }
    CHECK(wrong == 0);
    CHECK(widen(out.back()) == widen(T(3)));
}

template <pad_mode mode, class T>
void check_shapes()
{
    check<mode, T, 1>({.in = {5}, .out = {5}, .before = {0}});
    check<mode, T, 1>({.in = {5}, .out = {9}, .before = {3}});
    check<mode, T, 1>({.in = {5}, .out = {2}, .before = {-2}});
    check<mode, T, 1>({.in = {1}, .out = {6}, .before = {2}});
    // Further out than the input is long.
    check<mode, T, 1>({.in = {3}, .out = {21}, .before = {8}});
    check<mode, T, 1>({.in = {3}, .out = {4}, .before = {9}});
    check<mode, T, 1>({.in = {3}, .out = {4}, .before = {-9}});
    check<mode, T, 2>({.in = {3, 4}, .out = {6, 9}, .before = {1, 2}});
    check<mode, T, 2>({.in = {3, 4}, .out = {2, 9}, .before = {-1, 0}});
    check<mode, T, 3>({.in = {2, 3, 4}, .out = {4, 3, 7}, .before = {1, 0, 3}});
    check<mode, T, 4>({.in = {2, 2, 3, 2}, .out = {2, 4, 5, 3}, .before = {0, 1, 1, 1}});
    check<mode, T, 2>({.in = {3, 4}, .out = {0, 9}, .before = {0, 1}});
}

TEST_CASE_TEMPLATE("pad: constant", T, float, half, double, std::uint8_t)
{
    check_shapes<pad_mode::constant, T>();
    check<pad_mode::constant, T, 2>({.in = {0, 3}, .out = {2, 4}, .before = {1, 0}});
    check<pad_mode::constant, T, 2>({.in = {3, 0}, .out = {3, 4}, .before = {0, 2}});
}

TEST_CASE_TEMPLATE("pad: edge", T, float, half, double, std::uint8_t)
{
    check_shapes<pad_mode::edge, T>();
}

TEST_CASE_TEMPLATE("pad: reflect", T, float, half, double, std::uint8_t)
{
    check_shapes<pad_mode::reflect, T>();
}

TEST_CASE_TEMPLATE("pad: wrap", T, float, half, double, std::uint8_t)
{
    check_shapes<pad_mode::wrap, T>();
}

TEST_CASE("pad: zeros where no value is given, and inputs that are no memory at all")
{
    const float in[2] = {1, 2};
    float out[4];
    pad<pad_mode::constant, 1>(in, nullptr, out, {.in = {2}, .out = {4}, .before = {1}});
    CHECK((out[0] == 0 && out[1] == 1 && out[2] == 2 && out[3] == 0));
    const float seven = 7;
    const float* none = nullptr;
    pad<pad_mode::constant, 2>(none, &seven, out, {.in = {0, 2}, .out = {1, 4}, .before = {1, 1}});
    CHECK((out[0] == 7 && out[3] == 7));
}

}  // namespace
}  // namespace wasminfer
