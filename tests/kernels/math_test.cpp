#include <wasminfer/math.hpp>

#include "kernels/reference.hpp"
#include "kernels/ulp.hpp"

namespace wasminfer {
namespace {

using reference::result_hash;
using reference::ulp;

/// Every 4 · 8191th bit pattern of float: zeros, subnormals, both signs, infinities and NaNs among them.
template <class Body>
void for_each_sample(Body body)
{
    constexpr std::uint32_t step = 8191;
    for (std::uint64_t bits = 0; bits < 0x100000000u; bits += 4u * step) {
        float x[4];
        for (std::uint32_t k = 0; k < 4; ++k) {
            x[k] = std::bit_cast<float>(static_cast<std::uint32_t>(bits) + k * step);
        }
        body(x);
    }
    const float infinity = std::numeric_limits<float>::infinity();
    const float special[12] = {0.0f,      -0.0f,      1.0f,      -1.0f,      infinity,        -infinity,
                               0x1p-149f, -0x1p-149f, 0x1p-126f, -0x1p-126f, 0x1.fffffep127f, -0x1.fffffep127f};
    for (int k = 0; k < 12; k += 4) {
        body(special + k);
    }
}

/// f on vectors within `bound` of `exact` computed in double, f on a float equal to f on a lane, and all results hashing to
/// `bits`.
template <class F, class Exact>
void check_float(F f, Exact exact, double bound, std::uint64_t bits)
{
    double most = 0;
    float at = 0;
    index different_scalars = 0;
    result_hash hash;
    for_each_sample([&](const float* x) {
        float y[4];
        store(y, f(load(x)));
        for (int k = 0; k < 4; ++k) {
            const double error = ulp(y[k], static_cast<double>(exact(static_cast<double>(x[k]))));
            if (error > most) {
                most = error;
                at = x[k];
            }
            hash.add(y[k]);
        }
        const float scalar = f(x[0]);
        different_scalars += std::memcmp(&scalar, y, sizeof(float)) != 0 && scalar == scalar;
    });
    CAPTURE(at);
    CHECK(most <= bound);
    CHECK(different_scalars == 0);
    if (reference::same_bits) {
        CHECK(hash.value() == bits);
    }
}

#define CHECK_FLOAT(function, bound, bits)                                                                             \
    TEST_CASE(#function ", float: ULP bound, scalar like lane, same bits")                                             \
    {                                                                                                                  \
        check_float([](auto x) { return math::function(x); }, [](double x) { return std::function(x); }, bound, bits); \
    }

/// e^x, 0 where floats would be subnormal.
static double normal_exp(double x)
{
    return static_cast<float>(x) < -87.33f ? 0.0 : std::exp(x);
}

TEST_CASE("exp_of_negative: the bits of exp, for what is not positive")
{
    index different = 0;
    for_each_sample([&](const float* x) {
        float y[4];
        float expected[4];
        store(y, math::exp_of_negative(load(x)));
        store(expected, math::exp(load(x)));
        for (int k = 0; k < 4; ++k) {
            different += !(x[k] > 0) && std::memcmp(&y[k], &expected[k], sizeof(float)) != 0;
        }
    });
    CHECK(different == 0);
    CHECK(math::exp_of_negative(-1.5f) == math::exp(-1.5f));
    CHECK(math::exp_of_negative(-1.5) == math::exp(-1.5));
}

TEST_CASE("exp, float: ULP bound, scalar like lane, same bits")
{
    check_float([](auto x) { return math::exp(x); }, normal_exp, 1.02, 0x89788586b09bcd18u);
}

CHECK_FLOAT(expm1, 1.7, 0xb0bb4dceb30b57d6u)
CHECK_FLOAT(log, 0.85, 0x24ce680b00c29212u)
CHECK_FLOAT(erf, 7.1, 0x3f68dad5000466d0u)
CHECK_FLOAT(tanh, 6.3, 0xe4018a07f80135c9u)
CHECK_FLOAT(sin, 1.6, 0x909dbab743530bd3u)
CHECK_FLOAT(cos, 1.6, 0x2ccc3247bea4e577u)
CHECK_FLOAT(tan, 0.51, 0xb2aa9d7a86ac2461u)
CHECK_FLOAT(asin, 0.51, 0xb8d7a5576dc1f206u)
CHECK_FLOAT(acos, 0.51, 0x371dcf19b7327bc6u)
CHECK_FLOAT(atan, 0.51, 0xa7f092f3c524908eu)
CHECK_FLOAT(sinh, 0.51, 0xeed8c652de1d6f8au)
CHECK_FLOAT(cosh, 0.51, 0x860614fe07d429a5u)
CHECK_FLOAT(asinh, 0.51, 0xefdcedd8bfd73a59u)
CHECK_FLOAT(atanh, 0.51, 0xb58cf7214518c6afu)

// Exact functions: no error at all. What double gives for a NaN or an infinity is what float has to.
CHECK_FLOAT(floor, 0.0, 0xbd0a977921da2dedu)
CHECK_FLOAT(ceil, 0.0, 0xc24d0897b68926e8u)
CHECK_FLOAT(trunc, 0.0, 0x7298ce8a53badbb1u)
CHECK_FLOAT(sqrt, 0.5, 0xd71529918bc3bf37u)

TEST_CASE("acosh, float: ULP bound, scalar like lane, same bits")
{
    // musl's acosh isn't NaN for every argument below 1.
    check_float([](auto x) { return math::acosh(x); },
                [](double x) { return x < 1 ? std::numeric_limits<double>::quiet_NaN() : std::acosh(x); }, 0.51,
                0x35788c0536c273a5u);
}

TEST_CASE("sigmoid, float: ULP bound, scalar like lane, same bits")
{
    check_float([](auto x) { return math::sigmoid(x); },
                [](double x) { return x < 0 ? normal_exp(x) / (1.0 + std::exp(x)) : 1.0 / (1.0 + std::exp(-x)); }, 3.0,
                0x59f3248368cf0c06u);
}

TEST_CASE("log1p_of_positive, float: ULP bound, scalar like lane, same bits")
{
    const auto positive = [](auto x) { return math::log1p_of_positive(pmax(x, decltype(x)(0.0f))); };
    check_float(positive, [](double x) { return std::log1p(x < 0 ? 0.0 : x); }, 1.3, 0xf60f093f2f3b6dd7u);
}

TEST_CASE("round_even, float: halves to even, zeros keep their sign")
{
    check_float([](auto x) { return math::round_even(x); }, [](double x) { return std::nearbyint(x); }, 0.0,
                0xe276459c6d4daa00u);
    CHECK(math::round_even(0.5f) == 0.0f);
    CHECK(math::round_even(1.5f) == 2.0f);
    CHECK(math::round_even(-2.5) == -2.0);
    CHECK(std::signbit(math::round_even(-0.25f)));
    CHECK(std::signbit(first_lane(math::round_even(splat(-0.25f)))));
    CHECK(std::signbit(first_lane(math::ceil(splat(-0.25f)))));
    CHECK(std::signbit(first_lane(math::trunc(splat(-0.25f)))));
    CHECK(std::signbit(first_lane(math::floor(splat(-0.0f)))));
    CHECK(math::round_even(0x1.8p52 + 1.0) == 0x1.8p52 + 1.0);
}

/// Samples of double: count pseudo-random ones in [lo, hi], or of magnitudes spread evenly over the exponents, both signs.
template <class Body>
void for_each_double(double lo, double hi, bool by_exponent, int count, Body body)
{
    std::uint64_t state = 88172645463325252u;
    const double low = by_exponent ? std::log2(lo) : lo;
    const double high = by_exponent ? std::log2(hi) : hi;
    for (int i = 0; i < count; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const double unit = static_cast<double>(state >> 11) * 0x1p-53;
        if (by_exponent) {
            // Built from its bits: the C library's exp2 needn't agree between targets.
            const double level = low + (high - low) * unit;
            const double magnitude = std::ldexp(1.0 + (level - std::floor(level)), static_cast<int>(std::floor(level)));
            body((state & 1u) != 0 ? -magnitude : magnitude);
        } else {
            body(low + (high - low) * unit);
        }
    }
}

/// Double against long double, which is more precise on x86 alone among the targets; the bits everywhere.
template <class F, class Exact>
void check_double(F f, Exact exact, double lo, double hi, bool by_exponent, double bound, std::uint64_t bits)
{
    double most = 0;
    double at = 0;
    result_hash hash;
    for_each_double(lo, hi, by_exponent, 100000, [&](double x) {
        const double y = f(x);
        hash.add(y);
        if constexpr (std::numeric_limits<long double>::digits == 64) {
            const double error = ulp(y, exact(static_cast<long double>(x)));
            if (error > most) {
                most = error;
                at = x;
            }
        }
    });
    CAPTURE(at);
    CAPTURE(lo);
    CHECK(most <= bound);
    CHECK(hash.value() == bits);
}

#define CHECK_DOUBLE(name, function, bound, lo, hi, by_exponent, bits)                                                 \
    TEST_CASE(#function ", double, " name)                                                                             \
    {                                                                                                                  \
        check_double([](double x) { return math::function(x); }, [](long double x) { return std::function(x); }, lo,   \
                     hi, by_exponent, bound, bits);                                                                    \
    }

CHECK_DOUBLE("full range", exp, 1.0, -745.0, 710.0, false, 0x5cbebf521f5e308au)
CHECK_DOUBLE("around 0", exp, 1.0, 1e-20, 1.0, true, 0xd66ce848617f0d69u)
CHECK_DOUBLE("full range", expm1, 2.0, -60.0, 710.0, false, 0x881b94d4f2668553u)
CHECK_DOUBLE("around 0", expm1, 2.0, 1e-300, 1.0, true, 0xb3e130a93c0fe55cu)
CHECK_DOUBLE("around 1", log, 1.0, 0.5, 2.0, false, 0x11f48efbe206bf17u)
CHECK_DOUBLE("all exponents", log, 1.0, 1e-320, 1e308, true, 0xce16a829a30aad86u)
CHECK_DOUBLE("around 0", log1p, 1.0, -0.9, 2.0, false, 0xd663012c170c54cau)
CHECK_DOUBLE("all exponents", log1p, 1.0, 1e-300, 1e300, true, 0x1c076d9d3a806de8u)
CHECK_DOUBLE("full range", tanh, 3.0, 1e-300, 30.0, true, 0xe6459254cd607e69u)
CHECK_DOUBLE("full range", erf, 2.0, -6.5, 6.5, false, 0xe401653690d3a7dbu)
CHECK_DOUBLE("around 0", erf, 2.0, 1e-300, 1.5, true, 0x605d8fb19dae91dau)
CHECK_DOUBLE("small", sin, 1.0, -10.0, 10.0, false, 0xdec90feb1cc104d2u)
CHECK_DOUBLE("all exponents", sin, 1.0, 1e-300, 1e308, true, 0x6ae0bf52da9241e2u)
CHECK_DOUBLE("small", cos, 1.0, -10.0, 10.0, false, 0x6edc27b4b1540ed5u)
CHECK_DOUBLE("all exponents", cos, 1.0, 1e-300, 1e308, true, 0x619085b6d677e60eu)
CHECK_DOUBLE("small", tan, 3.0, -10.0, 10.0, false, 0x83be8f17feee8dffu)
CHECK_DOUBLE("all exponents", tan, 3.0, 1e-300, 1e308, true, 0x6a613de6c24b10b8u)
CHECK_DOUBLE("full range", asin, 2.0, -1.0, 1.0, false, 0x31c94faee96806d8u)
CHECK_DOUBLE("full range", acos, 2.0, -1.0, 1.0, false, 0xa7ec66999bd3348au)
CHECK_DOUBLE("all exponents", atan, 2.0, 1e-300, 1e300, true, 0x677b989f6e963320u)
CHECK_DOUBLE("all exponents", sinh, 2.0, 1e-300, 711.0, true, 0x6eef1aa352fb442au)
CHECK_DOUBLE("full range", cosh, 2.0, -711.0, 711.0, false, 0xd0ae0aaa200118f1u)
CHECK_DOUBLE("all exponents", asinh, 3.0, 1e-300, 1e300, true, 0x4e6637927a28d077u)
CHECK_DOUBLE("full range", acosh, 3.0, 1.0, 10.0, false, 0x447e9f203fe12fc4u)
CHECK_DOUBLE("all exponents", atanh, 3.0, 1e-300, 1.0, true, 0xa4a7ec024e856609u)

TEST_CASE("sigmoid, double")
{
    check_double(
        [](double x) { return math::sigmoid(x); },
        [](long double x) { return x < 0 ? std::exp(x) / (1.0L + std::exp(x)) : 1.0L / (1.0L + std::exp(-x)); }, -745.0,
        50.0, false, 3.0, 0xefeec5743a568e68u);
}

TEST_CASE("trigonometric functions near multiples of pi/2 keep every digit")
{
    CHECK(math::cos(0x1.921fb54442d18p+0) == 0x1.1a62633145c07p-54);
    CHECK(math::sin(0x1.921fb54442d18p+1) == 0x1.1a62633145c07p-53);
    CHECK(math::cos(0x1.6ac5b262ca1ffp+849) == -0x1.14ae72e6ba22fp-61);  // the double nearest to a multiple (Kahan)
    CHECK(math::sin(0x1.fffffffffffffp+1023) == 0x1.452fc98b34e97p-8);
    CHECK(math::sin(1e22) == -0x1.b453ab76bf397p-1);
    CHECK(math::tan(-0.0f) == 0.0f);
    CHECK(std::signbit(math::sin(-0.0f)));
    CHECK(std::signbit(first_lane(math::sin(splat(-0.0f)))));
}

template <class T, class Wide>
void check_pow(double bound, std::uint64_t bits)
{
    double most = 0;
    double at_x = 0;
    double at_y = 0;
    result_hash hash;
    const double exponents[] = {0.5, 2.0, 3.0, -1.0, 1.0 / 3.0, 0.1, 37.3, -150.25, 700.0, 1e5, 1e-5};
    for (const double y : exponents) {
        // Bases whose powers stay within the type's range, and some beyond.
        const double reach = std::numeric_limits<T>::max_exponent / std::fabs(y);
        const double hi =
            std::ldexp(1.0, static_cast<int>(std::min(reach, std::numeric_limits<T>::max_exponent - 1.0)));
        for_each_double(
            std::max(1.0 / hi, 0.5), std::max(hi, 1.02), y > 600 || y < -100 ? false : true, 20000, [&](double x) {
                const T base = static_cast<T>(std::fabs(x));
                const T exponent = static_cast<T>(y);
                const T power = math::pow(base, exponent);
                hash.add(power);
                if constexpr (std::numeric_limits<Wide>::digits > std::numeric_limits<T>::digits &&
                              std::numeric_limits<Wide>::digits <= 64) {
                    const double error = ulp(power, std::pow(static_cast<Wide>(base), static_cast<Wide>(exponent)));
                    if (error > most) {
                        most = error;
                        at_x = static_cast<double>(base);
                        at_y = y;
                    }
                }
            });
    }
    CAPTURE(at_x);
    CAPTURE(at_y);
    CHECK(most <= bound);
    CHECK(hash.value() == bits);
}

TEST_CASE("pow, float: ULP bound, same bits")
{
    check_pow<float, double>(0.51, 0xae8eb6368e582ac7u);
}

TEST_CASE("pow, double: ULP bound, same bits")
{
    check_pow<double, long double>(1.0, 0x7b1df4dc3891ab81u);
}

TEST_CASE("pow: special cases of IEEE 754, and lanes like scalars")
{
    const float infinity = std::numeric_limits<float>::infinity();
    const float values[] = {0.0f,  -0.0f, 1.0f,  -1.0f,    0.5f,      -0.5f,   2.0f,         -2.0f,   3.0f,
                            -3.0f, 0.3f,  -0.3f, infinity, -infinity, 1e30f,   -1e30f,       0x1p24f, -0x1p25f,
                            2.5f,  -2.5f, 33.0f, -33.0f,   1e-40f,    -1e-40f, std::nanf("")};
    for (const float x : values) {
        for (const float y : values) {
            CAPTURE(x);
            CAPTURE(y);
            const float power = math::pow(x, y);
            const double want = std::pow(static_cast<double>(x), static_cast<double>(y));
            CHECK(ulp(power, want) <= 0.51);
            CHECK((std::signbit(power) == std::signbit(want) || want != want));
            const double wide = math::pow(static_cast<double>(x), static_cast<double>(y));
            CHECK((wide == want || ulp(wide, static_cast<long double>(want)) <= 2.0));
            const float lane = first_lane(math::pow(splat(x), splat(y)));
            CHECK((std::memcmp(&lane, &power, sizeof lane) == 0 || lane != lane));
        }
    }
}

TEST_CASE("pow of integers: exact, wrapping, negative exponents truncate")
{
    CHECK(math::pow(std::int32_t{3}, std::int32_t{13}) == 1594323);
    CHECK(math::pow(std::int32_t{-2}, std::int32_t{31}) == std::numeric_limits<std::int32_t>::min());
    CHECK(math::pow(std::int32_t{2}, std::int64_t{32}) == 0);
    CHECK(math::pow(std::int64_t{7}, std::int32_t{0}) == 1);
    CHECK(math::pow(std::int64_t{-1}, std::int32_t{-3}) == -1);
    CHECK(math::pow(std::int64_t{-1}, std::int32_t{-4}) == 1);
    CHECK(math::pow(std::int64_t{2}, std::int32_t{-1}) == 0);
    CHECK(math::pow(std::int64_t{0}, std::int32_t{-1}) == 0);
}

TEST_CASE("double: special values")
{
    const double infinity = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double values[] = {0.0, -0.0,      1.0,        -1.0,      infinity, -infinity,
                             nan, 0x1p-1074, -0x1p-1074, 0x1p-1022, 1e308,    -1e308};
    for (const double x : values) {
        CAPTURE(x);
#define CHECK_SPECIAL(function) CHECK(ulp(math::function(x), std::function(x)) <= 1.0)
        CHECK_SPECIAL(exp);
        CHECK_SPECIAL(expm1);
        CHECK_SPECIAL(log);
        CHECK_SPECIAL(log1p);
        CHECK_SPECIAL(tanh);
        CHECK_SPECIAL(erf);
        CHECK_SPECIAL(sin);
        CHECK_SPECIAL(cos);
        CHECK_SPECIAL(tan);
        CHECK_SPECIAL(asin);
        CHECK_SPECIAL(acos);
        CHECK_SPECIAL(atan);
        CHECK_SPECIAL(sinh);
        CHECK_SPECIAL(cosh);
        CHECK_SPECIAL(asinh);
        CHECK_SPECIAL(acosh);
        CHECK_SPECIAL(atanh);
        CHECK_SPECIAL(floor);
        CHECK_SPECIAL(ceil);
        CHECK_SPECIAL(sqrt);
#undef CHECK_SPECIAL
    }
}

}  // namespace
}  // namespace wasminfer
