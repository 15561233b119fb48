// Arguments of trigonometric functions, modulo pi/2.
#pragma once

#include <wasminfer/math/double_double.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace wasminfer::math::detail {

/// x = quadrant pi/2 + (high + low), |high| ≤ pi/4; quadrant modulo 4.
struct reduced_angle {
    double high;
    double low;
    int quadrant;
};

/// The first 1216 bits of 2/pi: enough for the largest double.
inline constexpr std::array<std::uint32_t, 38> two_over_pi = {
    0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u,
    0xb7246e3au, 0x424dd2e0u, 0x06492eeau, 0x09d1921cu, 0xfe1deb1cu, 0xb129a73eu, 0xe88235f5u, 0x2ebb4484u,
    0xe99c7026u, 0xb45f7e41u, 0x3991d639u, 0x835339f4u, 0x9c845f8bu, 0xbdf9283bu, 0x1ff897ffu, 0xde05980fu,
    0xef2f118bu, 0x5a0a6d1fu, 0x6d367ecfu, 0x27cb09b7u, 0x4f463f66u, 0x9e5fea2du, 0x7527bac7u, 0xebe5f17bu,
    0x3d0739f7u, 0x8a5292eau, 0x6bfb5fb1u, 0x1f8d5d08u, 0x56033046u, 0xfc7b6babu};

/// Payne and Hanek's reduction: multiplies the significand of x by those 256 bits of 2/pi that are neither multiples of 4
/// in the product nor too small to matter. For finite x, |x| ≥ 2^-30.
inline reduced_angle reduce_by_integers(double x) noexcept
{
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
    const int exponent = static_cast<int>((bits >> 52) & 0x7ffu) - 1075;
    const std::uint64_t significand = (bits & 0x000fffffffffffffu) | 0x0010000000000000u;
    const int first_word = exponent > 2 ? (exponent - 2) / 32 : 0;
    const int fraction_bits = 256 - (exponent - 32 * first_word);

    // product = significand · window, least significant word first.
    constexpr int words = 8;
    std::array<std::uint32_t, words + 2> product{};
    for (int half_of_significand = 0; half_of_significand < 2; ++half_of_significand) {
        const std::uint64_t factor = (significand >> (32 * half_of_significand)) & 0xffffffffu;
        std::uint64_t carry = 0;
        for (int i = 0; i < words; ++i) {
            const int place = i + half_of_significand, word = first_word + words - 1 - i;
            std::uint32_t& digit = product[static_cast<std::size_t>(place)];
            carry += factor * two_over_pi[static_cast<std::size_t>(word)] + digit;
            digit = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        const int last = words + half_of_significand;
        product[static_cast<std::size_t>(last)] = static_cast<std::uint32_t>(carry);
    }
    // 32 bits of the product from bit position at; zeros beyond its ends.
    const auto digits = [&product](int at) {
        const auto word = [&product](int i) {
            return i >= 0 && i < words + 2 ? static_cast<std::uint64_t>(product[static_cast<std::size_t>(i)]) : 0u;
        };
        const int base = at >= 0 ? at / 32 : -((31 - at) / 32);
        return static_cast<std::uint32_t>(((word(base + 1) << 32) | word(base)) >> (at - 32 * base));
    };

    int quadrant = static_cast<int>(digits(fraction_bits) & 3u);
    const bool round_up = (digits(fraction_bits - 1) & 1u) != 0;
    if (round_up) {
        // The fraction minus 1 is minus the complement (one unit of the product's last place is far below the result's).
        for (std::uint32_t& digit : product) {
            digit = ~digit;
        }
        quadrant = (quadrant + 1) & 3;
    }
    int at = fraction_bits;
    while (at > 0 && (digits(at - 1) & 1u) == 0) {
        --at;
    }
    // 106 significant bits of the fraction from its leading one, as two doubles.
    const auto piece = [&digits](int from, int count) {
        return static_cast<double>(digits(from - count) & (0xffffffffu >> (32 - count)));
    };
    const double high = piece(at, 27) * 0x1p26 + piece(at - 27, 26);
    const double low = piece(at - 53, 27) * 0x1p26 + piece(at - 80, 26);
    const double unit = std::bit_cast<double>(static_cast<std::uint64_t>(at - 53 - fraction_bits + 1023) << 52);
    const double f_high = high * unit;
    const double f_low = low * unit * 0x1p-53;

    const double_double angle = exact_product(f_high, 0x1.921fb54442d18p+0);
    const double tail = angle.low + (f_high * 0x1.1a62633145c07p-54 + f_low * 0x1.921fb54442d18p+0);
    const double sum = angle.high + tail;
    const double rest = (angle.high - sum) + tail;
    const bool negative = (x < 0) != round_up;
    return {negative ? -sum : sum, negative ? -rest : rest, x < 0 ? (4 - quadrant) & 3 : quadrant};
}

/// Any finite x. Up to 2^20 by Cody and Waite with 119 bits of pi/2, unless x lies so near to a multiple that those are
/// too few.
inline reduced_angle reduce_angle(double x) noexcept
{
    const double magnitude = std::fabs(x);
    if (magnitude < 0x1.921fb54442d18p-1) {
        return {x, 0.0, 0};
    }
    if (magnitude < 0x1p20) {
        const double shifted = x * 0x1.45f306dc9c883p-1 + 0x1.8p52;
        const double n = shifted - 0x1.8p52;
        // The first two parts have 33 bits, so that their products with n are exact.
        const double first = x - n * 0x1.921fb544p+0;
        const double second = n * 0x1.0b4611a6p-34;
        const double high = first - second;
        const double low = ((first - high) - second) - n * 0x1.3198a2e037073p-69;
        const double sum = high + low;
        if (std::fabs(sum) > 0x1p-20) {
            return {sum, (high - sum) + low, static_cast<int>(std::bit_cast<std::uint64_t>(shifted) & 3u)};
        }
    }
    return reduce_by_integers(x);
}

}  // namespace wasminfer::math::detail
