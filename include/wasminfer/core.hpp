// The vocabulary that every other header uses: index, half, compute_t, and the barrier for arena bytes that change type.
#pragma once

#if defined(__FAST_MATH__)
#error "wasminfer needs IEEE arithmetic (NaN, infinities, no reassociation): build without -ffast-math"
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#define WASMINFER_INLINE inline __attribute__((always_inline))

namespace wasminfer {

/// Generation of the interface between generated headers and this runtime; generated headers static_assert it.
inline constexpr int abi = 1;

namespace detail {

/// A kernel to call: apart(kernel<T>)(arguments…), for what has to stay a function of its own in wasm.
///
/// At the end of `em++ -O3` Binaryen inlines every function that has one caller, whatever its attributes say. As a part of
/// a network's steps V8 keeps a kernel's sums in memory: 7×7 on 28²×1→8 took 57 µs in place of 29, in a network that has it
/// once. A function whose address is taken stays; Binaryen makes the call a direct one afterwards.
template <class... Arguments>
WASMINFER_INLINE auto apart(void (*kernel)(Arguments...) noexcept) noexcept
{
#if defined(__wasm__)
    // NOLINTNEXTLINE(hicpp-no-assembler): no instruction at all; LLVM can't tell the pointer any more.
    __asm__("" : "+r"(kernel));
#endif
    return kernel;
}

}  // namespace detail

/// Extents, strides, offsets and counts, in elements unless a name says bytes.
using index = std::ptrdiff_t;

/// ONNX float16 as a storage type: 16 bits, no arithmetic of its own. Kernels convert to float, compute, and round back.
///
/// To half rounds to nearest even, overflows to infinity, keeps subnormals; to float and double is exact. Both directions
/// use integer arithmetic and exact float operations alone, so the bits don't depend on the target.
class half {
public:
    half() = default;
    constexpr explicit half(float x) noexcept : bits_{round(x)} {}
    /// Rounds once: goes through float by round-to-odd, which cannot disturb the second rounding.
    constexpr explicit half(double x) noexcept : bits_{round(to_odd(x))} {}
    template <class T>
        requires std::is_integral_v<T>
    constexpr explicit half(T x) noexcept : half{static_cast<double>(x)}
    {
    }

    static constexpr half from_bits(std::uint16_t bits) noexcept
    {
        half h;
        h.bits_ = bits;
        return h;
    }

    constexpr std::uint16_t bits() const noexcept { return bits_; }

    template <class T>
        requires std::is_arithmetic_v<T>
    constexpr explicit operator T() const noexcept
    {
        return static_cast<T>(widen(bits_));
    }

private:
    static constexpr float widen(std::uint16_t bits) noexcept
    {
        const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
        const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & 0x7fffu) << 13;
        if (magnitude >= (31u << 23)) {
            return std::bit_cast<float>(sign | 0x7f800000u | magnitude);
        }
        // The exponent fields are 112 apart; the product is exact and makes subnormals normal.
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f));
    }

    static constexpr std::uint16_t round(float x) noexcept
    {
        const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
        const std::uint32_t sign = (bits >> 16) & 0x8000u;
        const std::uint32_t magnitude = bits & 0x7fffffffu;
        std::uint32_t result = 0;
        if (magnitude > 0x7f800000u) {
            result = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
        } else if (magnitude >= 0x47800000u) {
            result = 0x7c00u;
        } else if (magnitude < 0x38800000u) {
            // Adding 0.5 leaves units of 2^-24, half's subnormal step, at the bottom of the significand.
            result = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
        } else {
            result = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
        }
        return static_cast<std::uint16_t>(sign | result);
    }

    static constexpr float to_odd(double x) noexcept
    {
        constexpr double largest = static_cast<double>(std::numeric_limits<float>::max());
        if (x > largest || x < -largest) {
            return x > 0 ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
        }
        const float nearest = static_cast<float>(x);
        const double back = static_cast<double>(nearest);
        if (x != x || back == x) {
            return nearest;
        }
        std::uint32_t bits = std::bit_cast<std::uint32_t>(nearest);
        const bool too_large = x > 0 ? back > x : back < x;
        bits -= too_large ? 1u : 0u;
        return std::bit_cast<float>(bits | 1u);
    }

    std::uint16_t bits_;
};

static_assert(sizeof(half) == 2 && std::is_trivially_copyable_v<half> &&
              std::is_trivially_default_constructible_v<half>);

template <class T>
inline constexpr bool is_half = std::is_same_v<std::remove_cv_t<T>, half>;

/// half, float and double.
template <class T>
inline constexpr bool is_float = is_half<T> || std::is_floating_point_v<T>;

namespace detail {
template <class T>
struct compute {
    using type = T;
};
template <>
struct compute<half> {
    using type = float;
};
}  // namespace detail

/// The type in which a kernel computes on T: float for half, T for everything else.
template <class T>
using compute_t = typename detail::compute<std::remove_cv_t<T>>::type;

/// A stored element as compute_t.
template <class T>
WASMINFER_INLINE constexpr compute_t<T> widen(T x) noexcept
{
    return static_cast<compute_t<T>>(x);
}

/// Gives arena bytes a new element type. The empty asm makes the optimiser forget where the pointer came from and what
/// memory holds, so that no access through the region's old type may be moved across this call.
template <class T>
WASMINFER_INLINE T* launder_region(void* region) noexcept
{
    asm volatile("" : "+r"(region) : : "memory");
    return static_cast<T*>(region);
}

constexpr index ceil_div(index a, index b) noexcept
{
    return (a + b - 1) / b;
}

}  // namespace wasminfer
