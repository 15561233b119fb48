#include <wasminfer/simd_half.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

std::array<float, 4> lanes(f32x4 v)
{
    std::array<float, 4> a;
    store(a.data(), v);
    return a;
}

bool same(float a, float b)
{
    return a != a ? b != b : std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

TEST_CASE("half: every value survives the way through float and double")
{
    index wrong = 0;
    for (std::uint32_t i = 0; i < 65536; ++i) {
        const half h = half::from_bits(static_cast<std::uint16_t>(i));
        const float f = static_cast<float>(h);
        if (f != f) {
            wrong += (half(f).bits() & 0x7e00u) != 0x7e00u || (half(f).bits() >> 15) != (i >> 15);
        } else {
            wrong += half(f).bits() != i || half(static_cast<double>(f)).bits() != i;
        }
    }
    CHECK(wrong == 0);
    CHECK(static_cast<float>(half::from_bits(0x0001)) == 0x1p-24f);
    CHECK(static_cast<float>(half::from_bits(0x7bff)) == 65504.0f);
    CHECK(static_cast<float>(half::from_bits(0xfc00)) == -infinity);
}

TEST_CASE("half: midpoints between neighbours round to the even one, a little more rounds up")
{
    index wrong = 0;
    for (std::uint16_t i = 0; i < 0x7bff; ++i) {
        const float low = static_cast<float>(half::from_bits(i));
        const float high = static_cast<float>(half::from_bits(static_cast<std::uint16_t>(i + 1)));
        const float middle = 0.5f * (low + high);
        wrong += half(middle).bits() != i + (i & 1);
        wrong += half(std::nextafter(middle, infinity)).bits() != i + 1;
        wrong += half(std::nextafter(middle, 0.0f)).bits() != i;
        // Too little for float to see: rounding twice would go wrong here.
        wrong += half(std::nextafter(static_cast<double>(middle), 1e9)).bits() != i + 1;
        wrong += half(std::nextafter(static_cast<double>(middle), 0.0)).bits() != i;
    }
    CHECK(wrong == 0);
    CHECK(half(65519.996f).bits() == 0x7bff);
    CHECK(half(65520.0f).bits() == 0x7c00);
    CHECK(half(1e300).bits() == 0x7c00);
    CHECK(half(-1e300).bits() == 0xfc00);
    CHECK(half(0x1p-25f).bits() == 0);
    CHECK(half(-0.0f).bits() == 0x8000);
    CHECK(half(2049).bits() == half(2048.0f).bits());
    CHECK(half(std::int64_t{1} << 60).bits() == 0x7c00);
}

TEST_CASE("half: four lanes convert as one does")
{
    index wrong = 0;
    for (std::uint32_t i = 0; i < 65536; i += 4) {
        half h[4];
        for (std::uint32_t k = 0; k < 4; ++k) {
            h[k] = half::from_bits(static_cast<std::uint16_t>(i + k));
        }
        const auto wide = lanes(load(h));
        for (std::size_t k = 0; k < 4; ++k) {
            wrong += !same(wide[k], static_cast<float>(h[k]));
        }
    }
    for (std::uint64_t i = 0; i < 0x100000000u; i += 4u * 4099u) {
        float f[4];
        for (std::uint32_t k = 0; k < 4; ++k) {
            f[k] = std::bit_cast<float>(static_cast<std::uint32_t>(i) + k * 4099u);
        }
        half h[4];
        store(h, load(f));
        for (int k = 0; k < 4; ++k) {
            wrong += h[k].bits() != half(f[k]).bits();
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("load_tail and store_tail: n elements and not one more")
{
    const float from[4] = {1, 2, 3, 4};
    for (index n = 1; n < 4; ++n) {
        const auto v = lanes(load_tail(from, n));
        float to[4] = {-1, -1, -1, -1};
        store_tail(to, load(from), n);
        half half_to[4] = {half(-1), half(-1), half(-1), half(-1)};
        store_tail(half_to, load(from), n);
        const auto back = lanes(load_tail(half_to, n));
        for (index i = 0; i < 4; ++i) {
            const auto at = static_cast<std::size_t>(i);
            CHECK(v[at] == (i < n ? from[i] : 0.0f));
            CHECK(to[i] == (i < n ? from[i] : -1.0f));
            CHECK(static_cast<float>(half_to[i]) == (i < n ? from[i] : -1.0f));
            CHECK(back[at] == (i < n ? from[i] : 0.0f));
        }
    }
}

TEST_CASE("minimum, maximum, pmin, pmax: NaN and signed zeros, vector and scalar alike")
{
    const float values[] = {0.0f, -0.0f, 1.0f, -1.0f, infinity, -infinity, nan, 0x1p-149f};
    for (const float a : values) {
        for (const float b : values) {
            CAPTURE(a);
            CAPTURE(b);
            const bool unordered = a != a || b != b;
            const float smaller = a == b ? (std::signbit(a) ? a : b) : (a < b ? a : b);
            const float larger = a == b ? (std::signbit(a) ? b : a) : (a < b ? b : a);
            CHECK(same(lanes(minimum(splat(a), splat(b)))[1], unordered ? nan : smaller));
            CHECK(same(lanes(maximum(splat(a), splat(b)))[2], unordered ? nan : larger));
            CHECK(same(minimum(a, b), unordered ? nan : smaller));
            CHECK(same(maximum(a, b), unordered ? nan : larger));
            CHECK(same(lanes(pmin(splat(a), splat(b)))[3], b < a ? b : a));
            CHECK(same(lanes(pmax(splat(a), splat(b)))[0], a < b ? b : a));
            CHECK(same(pmin(a, b), b < a ? b : a));
            CHECK(same(pmax(a, b), a < b ? b : a));
        }
    }
    CHECK(maximum(std::int64_t{-3}, std::int64_t{2}) == 2);
    CHECK(minimum(std::uint8_t{3}, std::uint8_t{200}) == 3);
}

TEST_CASE("madd rounds twice")
{
    if (reference::same_bits) {
        const float a = 1.0f + 0x1p-12f;
        CHECK(lanes(madd(splat(a), splat(a), splat(-1.0f)))[0] == 0x1p-11f);
        CHECK(madd(a, a, -1.0f) == 0x1p-11f);
    }
}

TEST_CASE("lanes: sum, first, abs, copysign, select, through double and back")
{
    const float values[4] = {0x1p24f, 1.0f, -0x1p24f, -1.5f};
    const f32x4 v = load(values);
    CHECK(sum_lanes(v) == -0.5f);
    CHECK(first_lane(v) == 0x1p24f);
    CHECK(lanes(abs(v)) == std::array<float, 4>{0x1p24f, 1.0f, 0x1p24f, 1.5f});
    CHECK(lanes(copysign(splat(2.0f), v)) == std::array<float, 4>{2.0f, 2.0f, -2.0f, -2.0f});
    CHECK(lanes(select(v < splat(0.0f), splat(1.0f), v)) == std::array<float, 4>{0x1p24f, 1.0f, 1.0f, 1.0f});
    CHECK(lanes(to_f32(to_f64(v))) == std::array<float, 4>{0x1p24f, 1.0f, -0x1p24f, -1.5f});
    CHECK(lanes(each_lane(v, [](float x) { return x + 1.0f; }))[3] == -0.5f);
    CHECK(any(v < splat(-2.0f)));
    CHECK(!any(v < splat(-0x1p25f)));
}

}  // namespace
}  // namespace wasminfer
