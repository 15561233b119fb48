#include <wasminfer/kernels/copy_strided.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

/// The copy against a walk element by element. The box lies `first` elements into in, for strides that run backwards.
template <class T, int rank>
void check(const copy_strided_extents<rank>& e, index first, index in_size, index out_size)
{
    const auto in = random<T>(in_size, 1);
    std::vector<T> out(static_cast<std::size_t>(out_size), T(5));
    auto expected = out;
    copy_strided(in.data() + first, out.data(), e);
    for (index i = 0; i < detail::volume(e.dims); ++i) {
        index rest = i;
        index from = first;
        index to = 0;
        for (int axis = rank - 1; axis >= 0; --axis) {
            from += rest % e.dims[axis] * e.in_strides[axis];
            to += rest % e.dims[axis] * e.out_strides[axis];
            rest /= e.dims[axis];
        }
        expected[static_cast<std::size_t>(to)] = in[static_cast<std::size_t>(from)];
    }
    CHECK(std::memcmp(out.data(), expected.data(), out.size() * sizeof(T)) == 0);
}

#define TYPES std::uint8_t, half, float, std::int64_t

TEST_CASE_TEMPLATE("copy_strided: transpositions of every size", T, TYPES)
{
    for (const index rows : {1, 3, 4, 7, 16, 33, 70}) {
        for (const index cols : {1, 2, 4, 5, 16, 21, 64}) {
            check<T, 2>({.dims = {rows, cols}, .in_strides = {1, rows}, .out_strides = {cols, 1}}, 0, rows * cols,
                        rows * cols);
        }
    }
    // Batches of them, and with axes between.
    check<T, 3>({.dims = {3, 10, 6}, .in_strides = {60, 1, 10}, .out_strides = {60, 6, 1}}, 0, 180, 180);
    check<T, 3>({.dims = {6, 10, 3}, .in_strides = {1, 6, 60}, .out_strides = {30, 3, 1}}, 0, 180, 180);
    check<T, 4>({.dims = {2, 5, 7, 3}, .in_strides = {105, 3, 15, 1}, .out_strides = {105, 21, 3, 1}}, 0, 210, 210);
    check<T, 4>({.dims = {2, 5, 9, 8}, .in_strides = {360, 1, 40, 5}, .out_strides = {360, 72, 8, 1}}, 0, 720, 720);
}

TEST_CASE_TEMPLATE("copy_strided: parts with steps, backwards too", T, TYPES)
{
    check<T, 1>({.dims = {7}, .in_strides = {3}, .out_strides = {1}}, 1, 20, 7);
    check<T, 1>({.dims = {7}, .in_strides = {-2}, .out_strides = {1}}, 12, 13, 7);
    check<T, 2>({.dims = {4, 5}, .in_strides = {-5, 1}, .out_strides = {5, 1}}, 15, 20, 20);
    check<T, 2>({.dims = {4, 5}, .in_strides = {5, -1}, .out_strides = {5, 1}}, 4, 20, 20);
    check<T, 2>({.dims = {2, 3}, .in_strides = {10, 2}, .out_strides = {3, 1}}, 0, 20, 6);
}

TEST_CASE_TEMPLATE("copy_strided: repetition, and into a part of out", T, TYPES)
{
    check<T, 2>({.dims = {3, 6}, .in_strides = {1, 0}, .out_strides = {6, 1}}, 0, 3, 18);
    check<T, 2>({.dims = {3, 6}, .in_strides = {0, 1}, .out_strides = {6, 1}}, 0, 6, 18);
    check<T, 2>({.dims = {3, 6}, .in_strides = {6, 1}, .out_strides = {10, 1}}, 0, 18, 30);
    check<T, 3>({.dims = {2, 3, 4}, .in_strides = {4, 0, 1}, .out_strides = {12, 4, 1}}, 0, 8, 24);
    check<T, 2>({.dims = {3, 4}, .in_strides = {4, 1}, .out_strides = {1, 3}}, 0, 12, 12);
    check<T, 2>({.dims = {3, 4}, .in_strides = {1, 3}, .out_strides = {20, 2}}, 0, 12, 60);
}

TEST_CASE("copy_strided: nothing of a box without elements")
{
    const float* none = nullptr;
    float* nowhere = nullptr;
    copy_strided<float, 2>(none, nowhere, {.dims = {0, 3}, .in_strides = {3, 1}, .out_strides = {3, 1}});
    copy_strided<float, 2>(none, nowhere, {.dims = {3, 0}, .in_strides = {1, 3}, .out_strides = {1, 1}});
}

}  // namespace
}  // namespace wasminfer
