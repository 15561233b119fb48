#include <wasminfer/core.hpp>

#include <doctest/doctest.h>

#include <cstring>

namespace wasminfer {
namespace {

/// Writes region as a From, then as a To, and reads it as a From: what a plan does with arena bytes. Two pointers, so that
/// without the barrier the optimiser would conclude from the types that the second store cannot touch the first.
template <class From, class To>
__attribute__((noinline)) From reuse(void* region, void* same_region, From first, To second)
{
    *launder_region<From>(region) = first;
    *launder_region<To>(same_region) = second;
    return *launder_region<From>(region);
}

/// What a From holds after a To was stored over its first bytes.
template <class From, class To>
From overlaid(From first, To second)
{
    unsigned char bytes[16];
    std::memcpy(bytes, &first, sizeof(From));
    std::memcpy(bytes, &second, sizeof(To));
    std::memcpy(&first, bytes, sizeof(From));
    return first;
}

template <class From, class To>
void check_pair()
{
    alignas(64) std::byte region[64] = {};
    const From seen = reuse(region, region, static_cast<From>(1), static_cast<To>(2));
    const From expected = overlaid(static_cast<From>(1), static_cast<To>(2));
    CHECK(std::memcmp(&seen, &expected, sizeof(From)) == 0);
}

template <class From, class... To>
void check_from()
{
    (check_pair<From, To>(), ...);
}

template <class... T>
void check_all()
{
    (check_from<T, T...>(), ...);
}

TEST_CASE("launder_region: bytes are reused by every pair of types")
{
    check_all<float, double, half, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
              std::uint32_t, std::uint64_t>();
}

}  // namespace
}  // namespace wasminfer
