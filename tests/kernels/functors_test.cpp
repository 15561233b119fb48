#include <wasminfer/functors.hpp>

#include "kernels/reference.hpp"
#include "kernels/ulp.hpp"

namespace wasminfer {
namespace {

using reference::result_hash;

/// f on vectors, floats and doubles at many arguments against a formula in double: the largest
/// |difference| / (1 + |expected|). The bits of vector and float must agree.
template <class F, class Exact>
double worst_of(F f, Exact exact)
{
    double most = 0;
    for (int i = -400; i <= 400; ++i) {
        const float x = static_cast<float>(i) * 0.037f + (i % 3 == 0 ? 0.0f : 0.001f);
        const double want = exact(static_cast<double>(x));
        const float lane = first_lane(f(splat(x)));
        const float scalar = f(x);
        if (std::memcmp(&lane, &scalar, sizeof lane) != 0 && scalar == scalar) {
            return INFINITY;
        }
        for (const double y : {static_cast<double>(scalar), f(static_cast<double>(x))}) {
            if (std::isnan(y) != std::isnan(want)) {
                return INFINITY;
            }
            if (y == y) {
                most = std::fmax(most, std::fabs(y - want) / (1.0 + std::fabs(want)));
            }
        }
    }
    return most;
}

template <class F>
std::uint64_t bits_of(F f)
{
    result_hash hash;
    for (int i = -400; i <= 400; ++i) {
        hash.add(f(static_cast<float>(i) * 0.0371f));
    }
    return hash.value();
}

#define CHECK_ACTIVATION(functor, bits, ...)                                                                           \
    TEST_CASE(#functor)                                                                                                \
    {                                                                                                                  \
        const auto exact = [](double x) -> double { return __VA_ARGS__; };                                             \
        CHECK(worst_of(functor, exact) < 1e-6);                                                                        \
        if (reference::same_bits) {                                                                                    \
            CHECK(bits_of(functor) == bits);                                                                           \
        }                                                                                                              \
        const float nan = std::numeric_limits<float>::quiet_NaN();                                                     \
        CHECK(std::isnan(functor(nan)));                                                                               \
    }

double logistic(double x)
{
    return 1.0 / (1.0 + std::exp(-x));
}

double hard(double x)
{
    return std::fmax(0.0, std::fmin(1.0, x));
}

CHECK_ACTIVATION(identity{}, 0xb9be2f09d31b1dc1u, x)
CHECK_ACTIVATION(relu{}, 0x7f8fe6cd572724e6u, x < 0 ? 0.0 : x)
CHECK_ACTIVATION((clip{-1.5f, 2.5f}), 0x0c135c878f47cd0au, std::fmin(std::fmax(x, -1.5), 2.5))
CHECK_ACTIVATION(leaky_relu{0.25f}, 0xf6d5241d2b9cefddu, x < 0 ? 0.25 * x : x)
CHECK_ACTIVATION(thresholded_relu{1.25f}, 0x436c3aff4f5a1482u, x > 1.25 ? x : 0.0)
CHECK_ACTIVATION(elu{0.5f}, 0x6643211eeacdfc00u, x < 0 ? 0.5 * std::expm1(x) : x)
CHECK_ACTIVATION(selu{}, 0xbc537ca2fad73b91u, 1.0507010221481323 * (x > 0 ? x : 1.6732631921768188 * std::expm1(x)))
CHECK_ACTIVATION(celu{2.0f}, 0xcdc00d272864ff44u, std::fmax(0.0, x) + std::fmin(0.0, 2.0 * std::expm1(x / 2.0)))
CHECK_ACTIVATION(sigmoid{}, 0x6e7a908de447d175u, logistic(x))
CHECK_ACTIVATION((hard_sigmoid{0.25f, 0.5f}), 0x756164a3c2927ed1u, hard(0.25 * x + 0.5))
CHECK_ACTIVATION(swish{}, 0x421ad6a4374514bcu, x* logistic(x))
CHECK_ACTIVATION(swish{1.5f}, 0x951de521552ddfb9u, x* logistic(1.5 * x))
CHECK_ACTIVATION(hard_swish{}, 0xe476e1c515079395u, x* hard(x / 6.0 + 0.5))
CHECK_ACTIVATION(softplus{}, 0x3d2e34f2cdffa21du, std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))))
CHECK_ACTIVATION(softsign{}, 0xf825be33a4a2d8e9u, x / (1.0 + std::fabs(x)))
CHECK_ACTIVATION(mish{}, 0x5c4eb484d5d14b30u, x* std::tanh(std::log1p(std::exp(x))))
CHECK_ACTIVATION(gelu{}, 0x6d6d26d26f347023u, 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))))
CHECK_ACTIVATION(gelu_tanh{}, 0x567ccc7c3a4ef4f6u,
                 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / 3.14159265358979) * (x + 0.044715 * x * x * x))))
CHECK_ACTIVATION(abs_{}, 0x5b165f7b142969c1u, std::fabs(x))
CHECK_ACTIVATION(neg{}, 0xc97d373f775a4b41u, -x)
CHECK_ACTIVATION(sign{}, 0x859819a859a3a3c5u, x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0)
CHECK_ACTIVATION(reciprocal{}, 0x7743ac90bb48a024u, 1.0 / x)
CHECK_ACTIVATION(square{}, 0x96bba78124aba869u, x* x)
CHECK_ACTIVATION(cube{}, 0x0a025b70aa2f8ed1u, x* x* x)
CHECK_ACTIVATION(ceil_{}, 0x8e7b081a9c3831ebu, std::ceil(x))
CHECK_ACTIVATION(floor_{}, 0x353dc6c943309febu, std::floor(x))
CHECK_ACTIVATION(round_{}, 0x804a04a5ce234285u, std::nearbyint(x))
CHECK_ACTIVATION(sqrt_{}, 0xb38285617cae009cu, std::sqrt(x))
CHECK_ACTIVATION((chain{square{}, bind_right{add{}, 3.0f}}), 0x87adc6fc2d5ffa4du, x* x + 3.0)
CHECK_ACTIVATION((bind_left{sub{}, 3.0f}), 0xc3bfbcfb5f8d3420u, 3.0 - x)

TEST_CASE("shrink{0.25, 1}")
{
    const auto exact = [](double x) { return x < -1 ? x + 0.25 : x > 1 ? x - 0.25 : 0.0; };
    CHECK(worst_of(shrink{0.25f, 1.0f}, exact) < 1e-6);
}

TEST_CASE("shrink of integers computes with fractions and cuts them off at the end")
{
    const shrink f{.bias = 0.75f, .lambd = 2.5f};
    CHECK(f(std::int8_t{2}) == 0);
    CHECK(f(std::int8_t{3}) == 2);
    CHECK(f(std::int8_t{-3}) == -2);
    CHECK(f(std::uint8_t{200}) == 199);
    CHECK(f(std::int64_t{-2}) == 0);
}

TEST_CASE("elementary functors call their functions")
{
    const float x = 0.3f;
    CHECK(exp_{}(x) == math::exp(x));
    CHECK(log_{}(x) == math::log(x));
    CHECK(sin_{}(x) == math::sin(x));
    CHECK(cos_{}(x) == math::cos(x));
    CHECK(tan_{}(x) == math::tan(x));
    CHECK(asin_{}(x) == math::asin(x));
    CHECK(acos_{}(x) == math::acos(x));
    CHECK(atan_{}(x) == math::atan(x));
    CHECK(sinh_{}(x) == math::sinh(x));
    CHECK(cosh_{}(x) == math::cosh(x));
    CHECK(asinh_{}(x) == math::asinh(x));
    CHECK(acosh_{}(x + 1) == math::acosh(x + 1));
    CHECK(atanh_{}(x) == math::atanh(x));
    CHECK(erf_{}(x) == math::erf(x));
    CHECK(tanh_{}(x) == math::tanh(x));
}

TEST_CASE("activations at infinity")
{
    const float infinity = std::numeric_limits<float>::infinity();
    CHECK(sigmoid{}(infinity) == 1.0f);
    CHECK(sigmoid{}(-infinity) == 0.0f);
    CHECK(softplus{}(infinity) == infinity);
    CHECK(softplus{}(-infinity) == 0.0f);
    CHECK(mish{}(infinity) == infinity);
    CHECK(gelu{}(infinity) == infinity);
    CHECK(elu{}(-infinity) == -1.0f);
    CHECK(hard_swish{}(infinity) == infinity);
    CHECK(swish{}(infinity) == infinity);
    CHECK(relu{}(-infinity) == 0.0f);
    CHECK(softplus{}(-80.0f) > 0.0f);
}

TEST_CASE("prelu: the slope below zero")
{
    CHECK(prelu{}(-2.0f, 0.25f) == -0.5f);
    CHECK(prelu{}(2.0f, 0.25f) == 2.0f);
    CHECK(prelu{}(std::int32_t{-2}, std::int32_t{3}) == -6);
    CHECK(first_lane(prelu{}(splat(-2.0f), splat(0.25f))) == -0.5f);
}

constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();

TEST_CASE("integers: add, sub, mul, neg, abs, square wrap")
{
    CHECK(add{}(highest, 1) == lowest);
    CHECK(sub{}(lowest, 1) == highest);
    CHECK(mul{}(std::int32_t{65536}, std::int32_t{65537}) == 65536);
    CHECK(mul{}(std::uint16_t{65535}, std::uint16_t{65535}) == 1);
    CHECK(add{}(std::int8_t{127}, std::int8_t{1}) == -128);
    CHECK(neg{}(lowest) == lowest);
    CHECK(abs_{}(lowest) == lowest);
    CHECK(abs_{}(std::int8_t{-5}) == 5);
    CHECK(abs_{}(std::uint8_t{200}) == 200);
    CHECK(square{}(std::int64_t{-3}) == 9);
    CHECK(sign{}(std::int64_t{-3}) == -1);
    CHECK(sign{}(std::uint8_t{3}) == 1);
}

TEST_CASE("div: integers truncate and never trap")
{
    CHECK(wasminfer::div{}(-7, 2) == -3);
    CHECK(wasminfer::div{}(7, 0) == 0);
    CHECK(wasminfer::div{}(lowest, -1) == lowest);
    CHECK(wasminfer::div{}(std::int8_t{-128}, std::int8_t{-1}) == -128);
    CHECK(wasminfer::div{}(std::uint64_t{7}, std::uint64_t{2}) == 3);
    CHECK(wasminfer::div{}(7.0f, 2.0f) == 3.5f);
    CHECK(std::isinf(wasminfer::div{}(7.0f, 0.0f)));
}

TEST_CASE("mod takes the divisor's sign, fmod the dividend's")
{
    const std::int32_t a[] = {7, -7, 7, -7, 6, 0, lowest, 5};
    const std::int32_t b[] = {3, 3, -3, -3, -3, 5, -1, 0};
    const std::int32_t python[] = {1, 2, -2, -1, 0, 0, 0, 0};
    const std::int32_t c[] = {1, -1, 1, -1, 0, 0, 0, 0};
    for (int i = 0; i < 8; ++i) {
        CAPTURE(i);
        CHECK(mod{}(a[i], b[i]) == python[i]);
        CHECK(wasminfer::fmod{}(a[i], b[i]) == c[i]);
    }
    CHECK(wasminfer::fmod{}(-7.5f, 2.0f) == -1.5f);
    CHECK(mod{}(-7.5f, 2.0f) == 0.5f);
    CHECK(mod{}(std::uint8_t{250}, std::uint8_t{7}) == 5);
    CHECK(std::isnan(wasminfer::fmod{}(1.0, 0.0)));
}

TEST_CASE("pow: mixed types give the base's")
{
    CHECK(wasminfer::pow{}(2.0f, std::int64_t{10}) == 1024.0f);
    CHECK(wasminfer::pow{}(std::int32_t{3}, std::int64_t{4}) == 81);
    CHECK(wasminfer::pow{}(std::int32_t{2}, 0.5f) == 1);
    CHECK(wasminfer::pow{}(std::int64_t{10}, 2.0) == 100);
    CHECK(wasminfer::pow{}(2.0, 0.5f) == math::pow(2.0, 0.5));
    CHECK(wasminfer::pow{}(1.5f, 2.0) == 2.25f);
    CHECK(first_lane(wasminfer::pow{}(splat(3.0f), splat(3.0f))) == 27.0f);
}

TEST_CASE("min, max: NaN from either side, integers")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(min{}(nan, 1.0f)));
    CHECK(std::isnan(min{}(1.0f, nan)));
    CHECK(std::isnan(max{}(static_cast<double>(nan), 1.0)));
    CHECK(max{}(-3, 2) == 2);
    CHECK(min{}(std::uint8_t{3}, std::uint8_t{2}) == 2);
}

TEST_CASE("comparisons, logic, bits, shifts")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(equal{}(2.0f, 2.0f));
    CHECK(!equal{}(nan, nan));
    CHECK(less{}(std::int64_t{-1}, std::int64_t{0}));
    CHECK(!less{}(nan, 1.0f));
    CHECK(less_equal{}(2, 2));
    CHECK(greater{}(3u, 2u));
    CHECK(!greater_equal{}(nan, nan));
    CHECK(and_{}(std::uint8_t{2}, std::uint8_t{4}));
    CHECK(!and_{}(true, false));
    CHECK(or_{}(false, true));
    CHECK(!xor_{}(std::uint8_t{2}, std::uint8_t{4}));
    CHECK(not_{}(false));
    CHECK(bit_and{}(12, 10) == 8);
    CHECK(bit_or{}(std::uint8_t{12}, std::uint8_t{3}) == 15);
    CHECK(bit_xor{}(std::int8_t{-1}, std::int8_t{1}) == -2);
    CHECK(bit_not{}(std::uint8_t{1}) == 254);
    CHECK(shift_left{}(std::uint8_t{129}, std::uint8_t{1}) == 2);
    CHECK(shift_left{}(std::uint32_t{1}, std::uint32_t{32}) == 0);
    CHECK(shift_right{}(std::uint64_t{256}, std::uint64_t{4}) == 16);
    CHECK(shift_right{}(std::uint64_t{256}, std::uint64_t{64}) == 0);
    CHECK(is_nan{}(nan));
    CHECK(!is_nan{}(1.0));
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(is_inf{}(-infinity));
    CHECK(!is_inf{.detect_positive = true, .detect_negative = false}(-infinity));
    CHECK(is_inf{.detect_positive = true, .detect_negative = false}(infinity));
    CHECK(!is_inf{}(nan));
}

TEST_CASE("cast: float to integer truncates, saturates, and takes NaN to 0")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    CHECK(cast<std::int32_t>{}(2.9f) == 2);
    CHECK(cast<std::int32_t>{}(-2.9f) == -2);
    CHECK(cast<std::int32_t>{}(nan) == 0);
    CHECK(cast<std::int32_t>{}(infinity) == highest);
    CHECK(cast<std::int32_t>{}(-infinity) == lowest);
    CHECK(cast<std::int32_t>{}(-0x1p31f) == lowest);
    CHECK(cast<std::int32_t>{}(-0x1p31 - 0.5) == lowest);
    CHECK(cast<std::int32_t>{}(0x1.fffffep30f) == 2147483520);
    CHECK(cast<std::int32_t>{}(2147483647.9) == highest);
    CHECK(cast<std::int64_t>{}(0x1p63f) == std::numeric_limits<std::int64_t>::max());
    CHECK(cast<std::int64_t>{}(-0x1p63) == std::numeric_limits<std::int64_t>::min());
    CHECK(cast<std::uint64_t>{}(0x1p63) == 0x8000000000000000u);
    CHECK(cast<std::uint8_t>{}(255.9f) == 255);
    CHECK(cast<std::uint8_t>{}(256.0f) == 255);
    CHECK(cast<std::uint8_t>{}(-0.9f) == 0);
    CHECK(cast<std::uint8_t>{}(-1.0f) == 0);
    CHECK(cast<std::int8_t>{}(-128.9f) == -128);
    CHECK(cast<std::int8_t>{}(-129.0f) == -128);
}

TEST_CASE("cast: other pairs of types")
{
    CHECK(cast<std::uint8_t>{}(std::int32_t{-1}) == 255);
    CHECK(cast<std::int8_t>{}(std::int64_t{300}) == 44);
    CHECK(cast<bool>{}(0.5f));
    CHECK(cast<bool>{}(std::numeric_limits<float>::quiet_NaN()));
    CHECK(!cast<bool>{}(-0.0f));
    CHECK(cast<bool>{}(std::int64_t{1} << 40));
    CHECK(cast<float>{}(true) == 1.0f);
    CHECK(cast<float>{}(std::int64_t{16777217}) == 16777216.0f);
    CHECK(cast<float>{}(1e300) == std::numeric_limits<float>::infinity());
    CHECK(cast<float>{}(0x1.fffffefffffffp127) == 0x1.fffffep127f);
    CHECK(cast<float>{}(std::numeric_limits<double>::infinity()) == std::numeric_limits<float>::infinity());
    CHECK(cast<half>{}(1.5f).bits() == 0x3e00);
    CHECK(cast<half>{}(std::int32_t{-2}).bits() == 0xc000);
    CHECK(cast<half>{}(true).bits() == 0x3c00);
    CHECK(cast<std::int32_t>{}(half(-3.7f)) == -3);
    CHECK(cast<bool>{}(half(0.0f)) == false);
}

}  // namespace
}  // namespace wasminfer
