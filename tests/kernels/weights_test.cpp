#include <wasminfer/weights.hpp>

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

namespace wasminfer {
namespace {

std::uint64_t checksum(std::string_view text)
{
    return weights_checksum(reinterpret_cast<const std::byte*>(text.data()), text.size());
}

TEST_CASE("weights_checksum: XXH64 of the empty and of a short message")
{
    CHECK(checksum("") == 0xEF46DB3751D8E999u);
    CHECK(checksum("abc") == 0x44BC2CF5AD770999u);
}

TEST_CASE(
    "weights_checksum: XXH64 of messages of stripes, of more than are hashed at once, and of what is left of them")
{
    std::vector<std::byte> bytes(70021);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
    }
    CHECK(weights_checksum(bytes.data(), 63) == 0x219110BF13E2FA26u);
    CHECK(weights_checksum(bytes.data(), bytes.size()) == 0x6B833F61A70FD226u);
    // The last byte of all stripes, in the third call.
    bytes[70015] ^= std::byte{1};
    CHECK(weights_checksum(bytes.data(), bytes.size()) != 0x6B833F61A70FD226u);
}

}  // namespace
}  // namespace wasminfer
