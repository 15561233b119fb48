#include <wasminfer/kernels/columns.hpp>
#include <wasminfer/kernels/contract.hpp>
#include <wasminfer/kernels/determinant.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("col2im adds windows with strides, padding and dilation back to an image")
{
    const Floats in(2 * 2 * 4, 1.0f);
    Floats image(9);
    col2im(in.data(), image.data(), {.image = {1, 3, 3}, .window = {1, 2, 2}, .out = {1, 2, 2}});
    CHECK(image == Floats{1, 2, 1, 2, 4, 2, 1, 2, 1});
    Floats wide(5);
    col2im(in.data(), wide.data(),
           {.image = {1, 1, 5},
            .window = {1, 1, 2},
            .out = {1, 1, 3},
            .stride = {1, 1, 2},
            .pad = {0, 0, 1},
            .dilation = {1, 1, 3}});
    CHECK(wide == Floats{0, 1, 1, 1, 1});
}

TEST_CASE("col2im of bools: whether one of a pixel's is set")
{
    const bool in[8] = {true, true, false, false, true, false, false, false};
    bool image[3];
    col2im(in, image, {.image = {1, 1, 3}, .window = {1, 1, 2}, .out = {1, 1, 2}});
    // Both windows set the first column's, the first window the second column's.
    CHECK(image[0]);
    CHECK(image[1]);
    CHECK_FALSE(image[2]);
}

TEST_CASE("integers wrap as they are added up")
{
    const std::vector<std::int8_t> in{100, 100};
    std::vector<std::int8_t> image(1);
    col2im(in.data(), image.data(), {.image = {1, 1, 1}, .window = {1, 1, 2}, .out = {1, 1, 1}, .dilation = {1, 1, 0}});
    CHECK(image[0] == -56);
    std::vector<std::int8_t> sum(1);
    contract(in.data(), nullptr, sum.data(), contract_extents<1>{.dims = {2}, .a = {1}});
    CHECK(sum[0] == -56);
}

TEST_CASE("deform_columns samples between elements, nothing outside, and nothing at a NaN")
{
    const Floats in{1, 2, 3, 4};
    const Floats offset{0.5f, 0, NAN, 0.5f, 0, 0.25f, 0, 1};
    const Floats mask{1, 1, 1, 0.5f};
    Floats columns(4);
    deform_columns(in.data(), offset.data(), mask.data(), columns.data(), {.in = {2, 2}, .out = {2, 2}});
    CHECK(columns == Floats{2, 1.5f, 0, 0});
}

TEST_CASE("contract walks any axes of two tensors")
{
    const auto a = reference::random(6, 1);
    const auto b = reference::random(6, 2);
    // out[j][i] = sum over k of a[i][k] b[k][j], 2 x 3 times 3 x 2.
    Floats out(4);
    contract(a.data(), b.data(), out.data(),
             contract_extents<3>{.kept = 2, .dims = {2, 2, 3}, .a = {0, 3, 1}, .b = {1, 0, 2}, .out = {2, 1, 0}});
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
            const float sum = a[i * 3] * b[j] + a[i * 3 + 1] * b[2 + j] + a[i * 3 + 2] * b[4 + j];
            CHECK(out[j * 2 + i] == doctest::Approx(sum));
        }
    }
    contract(a.data(), b.data(), out.data(), contract_extents<2>{.kept = 1, .dims = {4, 0}, .out = {1, 0}});
    CHECK(out == Floats{0, 0, 0, 0});
}

TEST_CASE("determinants exchange rows for the largest pivot")
{
    const Floats in{0, 2, 1, 1, 0, 3, 4, 5, 6};
    Floats out(1);
    std::vector<double> scratch(9);
    determinant(in.data(), out.data(), scratch.data(), {.n = 3});
    CHECK(out[0] == 17);
}

}  // namespace wasminfer
