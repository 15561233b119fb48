#include <wasminfer/kernels/arrange.hpp>
#include <wasminfer/kernels/generate.hpp>
#include <wasminfer/kernels/write_cache.hpp>

#include "kernels/reference.hpp"

#include <limits>

namespace wasminfer {
namespace {

using Ints = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("triangles by diagonal")
{
    const Ints in{1, 2, 3, 4, 5, 6};
    const auto kept = [&]<triangle which>(std::integral_constant<triangle, which>, std::int64_t k) {
        Ints out(6, -1);
        trilu<which>(in.data(), &k, out.data(), {.rows = 2, .cols = 3});
        return out;
    };
    const std::integral_constant<triangle, triangle::upper> upper;
    const std::integral_constant<triangle, triangle::lower> lower;
    CHECK(kept(upper, 0) == Ints{1, 2, 3, 0, 5, 6});
    CHECK(kept(upper, 1) == Ints{0, 2, 3, 0, 0, 6});
    CHECK(kept(upper, -1) == in);
    CHECK(kept(lower, 0) == Ints{1, 0, 0, 4, 5, 0});
    CHECK(kept(lower, -1) == Ints{0, 0, 0, 4, 0, 0});
    CHECK(kept(lower, std::numeric_limits<std::int64_t>::max()) == in);
    CHECK(kept(lower, std::numeric_limits<std::int64_t>::min()) == Ints(6, 0));
}

TEST_CASE("triangles of several matrices, in place, without a diagonal given")
{
    Ints m{1, 2, 3, 4, 5, 6, 7, 8};
    trilu(m.data(), nullptr, m.data(), {.batch = 2, .rows = 2, .cols = 2});
    CHECK(m == Ints{1, 2, 0, 4, 5, 6, 0, 8});
}

TEST_CASE("sequences are reversed as far as they are long")
{
    // [time 3, batch 2]
    const Ints in{1, 10, 2, 20, 3, 30};
    const std::int64_t lengths[2] = {3, 2};
    Ints out(6);
    reverse_sequence(in.data(), lengths, out.data(), {2, 3, 1, 1, 2});
    CHECK(out == Ints{3, 20, 2, 10, 1, 30});
    // [batch 2, time 3]
    reverse_sequence(in.data(), lengths, out.data(), {2, 3, 1, 3, 1});
    CHECK(out == Ints{2, 10, 1, 3, 20, 30});
}

TEST_CASE("one hot element a row; what is out of range marks nothing")
{
    const float indices[4] = {0, -1, 3, std::numeric_limits<float>::quiet_NaN()};
    const std::int32_t values[2] = {-5, 7};
    Ints out(12);
    one_hot(indices, values, out.data(), {.outer = 4, .depth = 3, .inner = 1});
    CHECK(out == Ints{7, -5, -5, -5, -5, 7, -5, -5, -5, 7, -5, -5});
    const std::uint8_t bytes[2] = {1, 0};
    out.resize(4);
    one_hot(bytes, values, out.data(), {.outer = 1, .depth = 2, .inner = 2});
    CHECK(out == Ints{-5, 7, 7, -5});
}

TEST_CASE("fill, range, eye and sizes")
{
    Ints out(3);
    fill(out.data(), {2}, 9);
    CHECK(out == Ints{9, 9, 0});
    const half start{1.0f};
    const half delta{-0.5f};
    half steps[3];
    range(&start, &delta, steps, {3});
    CHECK(widen(steps[2]) == 0.0f);
    const std::int64_t top = std::numeric_limits<std::int64_t>::max();
    const std::int64_t one = 1;
    std::int64_t wrapped[2];
    range(&top, &one, wrapped, {2});
    CHECK(wrapped[1] == std::numeric_limits<std::int64_t>::min());
    Ints identity(6, -1);
    eye(identity.data(), {.rows = 2, .cols = 3, .diagonal = 1});
    CHECK(identity == Ints{0, 1, 0, 0, 0, 1});
    std::int64_t sizes[3] = {0, 0, 7};
    write_sizes<2>(sizes, {.sizes = {4, 5}});
    CHECK(sizes[1] == 5);
    CHECK(sizes[2] == 7);
}

TEST_CASE("a cache is written from each batch's start, and goes round where asked")
{
    // [batch 2, outer 1, length 3, inner 1]
    const Ints update{1, 2, 3, 4};
    const std::int64_t starts[2] = {0, 2};
    Ints cache(6, 0);
    const write_cache_extents e{.batch = 2, .outer = 1, .length = 3, .count = 2, .inner = 1};
    write_cache(update.data(), starts, cache.data(), e);
    CHECK(cache == Ints{1, 2, 0, 0, 0, 3});
    write_cache<cache_end::circular>(update.data(), starts, cache.data(), e);
    CHECK(cache == Ints{1, 2, 0, 4, 0, 3});
    write_cache(update.data(), nullptr, cache.data(), e);
    CHECK(cache == Ints{1, 2, 0, 3, 4, 3});
}

}  // namespace wasminfer
