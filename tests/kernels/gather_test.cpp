#include <wasminfer/kernels/gather.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

template <class T>
bool same_elements(const std::vector<T>& a, const std::vector<T>& b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class T>
T at(const std::vector<T>& v, index i)
{
    return v[static_cast<std::size_t>(i)];
}

TEST_CASE_TEMPLATE("gather: rows, single elements, negative indices", I, std::int32_t, std::int64_t)
{
    for (const index inner : {1, 3, 8}) {
        const auto in = random(2 * 5 * inner, 1);
        const I indices[4] = {3, 0, -1, -5};
        const index places[4] = {3, 0, 4, 0};
        std::vector<float> out(static_cast<std::size_t>(2 * 4 * inner));
        gather(in.data(), indices, out.data(), {.outer = 2, .axis = 5, .inner = inner, .count = 4});
        index wrong = 0;
        for (index o = 0; o < 2; ++o) {
            for (index c = 0; c < 4; ++c) {
                for (index i = 0; i < inner; ++i) {
                    wrong += at(out, (o * 4 + c) * inner + i) != at(in, (o * 5 + places[c]) * inner + i);
                }
            }
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("gather: indices outside the axis are clamped to it")
{
    // On the heap, exactly as large as stated, for sanitizers to watch.
    const std::vector<std::uint8_t> in = {10, 11, 12};
    const std::vector<std::int64_t> indices = {3, -4, std::numeric_limits<std::int64_t>::max(),
                                               std::numeric_limits<std::int64_t>::min(), (std::int64_t{1} << 32) + 1};
    std::vector<std::uint8_t> out(5);
    gather(in.data(), indices.data(), out.data(), {.axis = 3, .count = 5});
    CHECK(out == std::vector<std::uint8_t>{12, 10, 12, 10, 12});
}

TEST_CASE("gather and scatter: an axis without elements")
{
    const float* none = nullptr;
    const std::int64_t zero[2] = {0, 0};
    float out[2] = {5, 6};
    gather(none, zero, out, {.axis = 0, .count = 2});
    gather_elements(none, zero, out, {.rank = 1, .axis = 0, .extent = 0, .dims = {2}, .strides = {1}});
    gather_nd(none, zero, out, {.count = 2, .depth = 1, .dims = {0}});
    float* nowhere = nullptr;
    scatter_elements(zero, out, nowhere, {.rank = 1, .axis = 0, .extent = 0, .dims = {2}, .strides = {1}});
    scatter_nd(zero, out, nowhere, {.count = 2, .depth = 1, .dims = {0}});
    CHECK((out[0] == 5 && out[1] == 6));
}

/// [3, 4, 5] data, [2, 4, 3] indices along `axis`.
struct picked {
    gather_elements_extents e;
    std::vector<std::int64_t> indices;
};

picked pick(index axis)
{
    const index extents[3] = {3, 4, 5};
    picked p = {{.rank = 3, .axis = axis, .extent = extents[axis], .dims = {2, 4, 3}, .strides = {20, 5, 1}}, {}};
    for (index i = 0; i < 24; ++i) {
        const index spread = i * 7 % (2 * extents[axis]);
        p.indices.push_back(spread - extents[axis]);
    }
    return p;
}

/// Where the p-th index points to.
index target(const picked& from, index p)
{
    index place[3] = {p / 12, p / 3 % 4, p % 3};
    const index i = static_cast<index>(at(from.indices, p));
    place[from.e.axis] = i < 0 ? i + from.e.extent : i;
    return place[0] * 20 + place[1] * 5 + place[2];
}

TEST_CASE_TEMPLATE("gather_elements along every axis", T, float, half, std::int64_t, std::uint8_t)
{
    const auto in = random<T>(60, 2);
    for (index axis = 0; axis < 3; ++axis) {
        const picked from = pick(axis);
        std::vector<T> out(24);
        gather_elements(in.data(), from.indices.data(), out.data(), from.e);
        index wrong = 0;
        for (index p = 0; p < 24; ++p) {
            wrong += widen(at(out, p)) != widen(at(in, target(from, p)));
        }
        CHECK(wrong == 0);
    }
}

template <class T, class F>
void check_scatter(const F& f)
{
    const auto data = random<T>(60, 3);
    const auto updates = random<T>(24, 4);
    for (index axis = 0; axis < 3; ++axis) {
        const picked to = pick(axis);
        auto out = data;
        scatter_elements(to.indices.data(), updates.data(), out.data(), to.e, f);
        auto expected = data;
        for (index p = 0; p < 24; ++p) {
            T& x = expected[static_cast<std::size_t>(target(to, p))];
            x = static_cast<T>(f(widen(x), widen(at(updates, p))));
        }
        CHECK(same_elements(out, expected));
    }
}

TEST_CASE_TEMPLATE("scatter_elements: every reduction, duplicates in order", T, float, half, double, std::int32_t)
{
    check_scatter<T>(replace{});
    check_scatter<T>(add{});
    check_scatter<T>(mul{});
    check_scatter<T>(min{});
    check_scatter<T>(max{});
}

TEST_CASE("scatter_elements: indices outside the axis are clamped to it")
{
    std::vector<float> out = {1, 2, 3};
    const std::vector<std::int32_t> indices = {7, -9};
    const std::vector<float> updates = {10, 20};
    scatter_elements(indices.data(), updates.data(), out.data(),
                     {.rank = 1, .axis = 0, .extent = 3, .dims = {2}, .strides = {1}});
    CHECK(out == std::vector<float>{20, 2, 10});
}

TEST_CASE("gather_nd: batches, rows, clamping")
{
    // [2 batches, 3, 4, 2 inner]
    const auto in = random(48, 5);
    const std::vector<std::int64_t> indices = {0, 0, 2, -1, -3, 9, 1, 2, 0, -7, 2, 3};
    const index places[6] = {0, 11, 3, 6, 0, 11};
    std::vector<float> out(12);
    gather_nd(in.data(), indices.data(), out.data(), {.batch = 2, .count = 3, .depth = 2, .inner = 2, .dims = {3, 4}});
    for (index c = 0; c < 6; ++c) {
        for (index i = 0; i < 2; ++i) {
            CHECK(at(out, c * 2 + i) == at(in, c / 3 * 24 + places[c] * 2 + i));
        }
    }
    // No coordinate at all: the whole input a time.
    gather_nd(in.data(), indices.data(), out.data(), {.count = 1, .depth = 0, .inner = 12});
    CHECK(std::equal(out.begin(), out.end(), in.begin()));
}

TEST_CASE("scatter_nd: rows, reductions, duplicates in order, clamping")
{
    std::vector<std::int32_t> out = {1, 2, 3, 4, 5, 6};
    const std::vector<std::int32_t> rows = {2, 0, 2, -8};
    const std::vector<std::int32_t> updates = {10, 20, 30, 40, 50, 60, 70, 80};
    const gather_nd_extents e = {.count = 4, .depth = 1, .inner = 2, .dims = {3}};
    scatter_nd(rows.data(), updates.data(), out.data(), e);
    CHECK(out == std::vector<std::int32_t>{70, 80, 3, 4, 50, 60});
    out = {1, 2, 3, 4, 5, 6};
    scatter_nd(rows.data(), updates.data(), out.data(), e, add{});
    CHECK(out == std::vector<std::int32_t>{101, 122, 3, 4, 65, 86});
}

}  // namespace
}  // namespace wasminfer
