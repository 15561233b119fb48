#include <wasminfer/kernels/max_unpool.hpp>
#include <wasminfer/kernels/pool.hpp>

#include "kernels/pool_reference.hpp"

namespace wasminfer {
namespace {

using reference::complete;
using reference::pool;
using reference::pool_shapes;
using reference::random;
using reference::size;
using reference::worst;

using kind = reference::pool_kind;

template <class T>
std::vector<T> run(kind k, const pool_extents& e, const std::vector<T>& in)
{
    std::vector<T> out(static_cast<std::size_t>(e.batch * size(e.out)));
    switch (k) {
    case kind::max: max_pool_any(in.data(), out.data(), e); break;
    case kind::average: average_pool_any(in.data(), out.data(), e); break;
    case kind::average_include_pad: average_pool_any<true>(in.data(), out.data(), e); break;
    case kind::norm1: lp_pool_any(in.data(), out.data(), e, 1); break;
    case kind::norm2: lp_pool_any(in.data(), out.data(), e, 2); break;
    case kind::norm3: lp_pool_any(in.data(), out.data(), e, 3); break;
    }
    return out;
}

TEST_CASE("pools with the window at run time against double")
{
    for (const kind k : {kind::max, kind::average, kind::average_include_pad, kind::norm1, kind::norm2, kind::norm3}) {
        CAPTURE(static_cast<int>(k));
        for (const pool_extents& e : pool_shapes()) {
            CAPTURE(e.in[3]);
            const auto in = random(e.batch * size(e.in), 1);
            CHECK(worst(run(k, e, in), pool(k, e, in)) < 2e-6);
            const auto in_h = random<half>(e.batch * size(e.in), 2);
            CHECK(worst(run(k, e, in_h), pool(k, e, in_h)) < 1e-3);
            const auto in_d = random<double>(e.batch * size(e.in), 3);
            CHECK(worst(run(k, e, in_d), pool(k, e, in_d)) < (k == kind::norm3 ? 1e-6 : 1e-14));
        }
    }
}

TEST_CASE("max_pool2d and average_pool2d: the bits of the run-time window")
{
    for (const index c : {1, 4, 7, 16}) {
        const pool2d_extents e{.batch = 2, .in = {9, 11, c}, .out = {5, 6, c}, .pad = {1, 1}, .pad_end = {1, 1}};
        const pool_extents any = detail::to_pool_extents<window{3, 3}, stride{2, 2}>(e);
        const auto in = random(2 * 9 * 11 * c, 4);
        std::vector<float> out(static_cast<std::size_t>(2 * 5 * 6 * c));
        max_pool2d<window{3, 3}, stride{2, 2}>(in.data(), out.data(), e);
        CHECK(out == run(kind::max, any, in));
        average_pool2d<window{3, 3}, stride{2, 2}>(in.data(), out.data(), e);
        CHECK(out == run(kind::average, any, in));
        average_pool2d<window{3, 3}, stride{2, 2}, true>(in.data(), out.data(), e);
        CHECK(out == run(kind::average_include_pad, any, in));
    }
}

TEST_CASE("max_pool_any: a NaN wins, bytes and their signs")
{
    const pool_extents e = complete({.in = {1, 1, 4, 5}, .window = {1, 1, 2}});
    auto in = random(20, 5);
    in[6] = NAN;
    const auto out = run(kind::max, e, in);
    CHECK(worst(out, pool(kind::max, e, in)) == 0.0);
    CHECK(std::isnan(out[1]));
    CHECK(std::isnan(out[6]));

    const pool_extents pair = complete({.in = {1, 1, 2, 1}, .window = {1, 1, 2}});
    std::int8_t small = 0;
    max_pool_any(std::vector<std::int8_t>{-7, -3}.data(), &small, pair);
    CHECK(small == -3);
    std::uint8_t large = 0;
    max_pool_any(std::vector<std::uint8_t>{200, 100}.data(), &large, pair);
    CHECK(large == 200);
}

TEST_CASE("global pools: one value a channel")
{
    for (const index c : {1, 5, 16}) {
        const auto in = random(2 * 7 * c, 6);
        const pool_extents e{.batch = 2, .in = {1, 1, 7, c}, .out = {1, 1, 1, c}, .window = {1, 1, 7}};
        const global_pool_extents g{.batch = 2, .pixels = 7, .c = c};
        std::vector<float> out(static_cast<std::size_t>(2 * c));
        global_average_pool(in.data(), out.data(), g);
        CHECK(worst(out, pool(kind::average, e, in)) < 1e-6);
        global_max_pool(in.data(), out.data(), g);
        CHECK(worst(out, pool(kind::max, e, in)) == 0.0);
        global_lp_pool(in.data(), out.data(), g, 2);
        CHECK(worst(out, pool(kind::norm2, e, in)) < 1e-6);
    }
}

TEST_CASE("max_pool_indices: positions in ONNX's order, the first of equals")
{
    for (const bool column_major : {false, true}) {
        for (const pool_extents& e : pool_shapes()) {
            auto in = random(e.batch * size(e.in), 7);
            for (float& x : in) {
                x = std::round(x * 4);
            }
            std::vector<float> out(static_cast<std::size_t>(e.batch * size(e.out)));
            std::vector<std::int64_t> at(out.size());
            if (column_major) {
                max_pool_indices<true>(in.data(), out.data(), at.data(), e);
            } else {
                max_pool_indices(in.data(), out.data(), at.data(), e);
            }
            REQUIRE(worst(out, pool(kind::max, e, in)) == 0.0);
            const index c = e.in[3];
            for (std::size_t i = 0; i < at.size(); ++i) {
                if (at[i] < 0) {
                    REQUIRE(out[i] == -INFINITY);
                    continue;
                }
                index rest = static_cast<index>(at[i]) % (e.in[0] * e.in[1] * e.in[2]);
                const index plane = static_cast<index>(at[i]) / (e.in[0] * e.in[1] * e.in[2]);
                index p[3];
                if (column_major) {
                    p[0] = rest % e.in[0];
                    p[1] = rest / e.in[0] % e.in[1];
                    p[2] = rest / (e.in[0] * e.in[1]);
                } else {
                    p[2] = rest % e.in[2];
                    p[1] = rest / e.in[2] % e.in[1];
                    p[0] = rest / (e.in[1] * e.in[2]);
                }
                const index from = (((plane / c * e.in[0] + p[0]) * e.in[1] + p[1]) * e.in[2] + p[2]) * c + plane % c;
                REQUIRE(plane % c == static_cast<index>(i) % c);
                REQUIRE(in[static_cast<std::size_t>(from)] == out[i]);
            }
        }
    }
    const std::vector<float> equal(4, 1.0f);
    float value = 0;
    std::int64_t at = 9;
    max_pool_indices(equal.data(), &value, &at, complete({.in = {1, 2, 2, 1}, .window = {1, 2, 2}}));
    CHECK(at == 0);
}

TEST_CASE("max_unpool: values return to their places, also in a larger image")
{
    const std::vector<float> in = {1, 2, 3, 4};
    const std::vector<std::int64_t> at = {5, 7, 13, 15};
    std::vector<float> out(16);
    max_unpool(in.data(), at.data(), out.data(), {.n = 4, .planes = 1, .from = {1, 4, 4}, .out = {1, 4, 4}});
    CHECK(out == std::vector<float>{0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4});
    out.assign(25, 9.0f);
    max_unpool(in.data(), at.data(), out.data(), {.n = 4, .planes = 1, .from = {1, 4, 4}, .out = {1, 5, 5}});
    std::vector<float> expected(25);
    expected[6] = 1;
    expected[8] = 2;
    expected[16] = 3;
    expected[18] = 4;
    CHECK(out == expected);
}

TEST_CASE("pools: the same bits on every target")
{
    std::vector<float> all;
    for (const kind k : {kind::max, kind::average, kind::norm2, kind::norm3}) {
        for (const pool_extents& e : pool_shapes()) {
            const auto out = run(k, e, random(e.batch * size(e.in), 8));
            all.insert(all.end(), out.begin(), out.end());
        }
    }
    CHECK(reference::hash(all) == 10704166174825473710u);
}

}  // namespace
}  // namespace wasminfer
