// Doubles of twice the precision, as far as argument reduction and pow need them.
#pragma once

namespace wasminfer::math::detail {

/// The unevaluated sum high + low.
struct double_double {
    double high;
    double low;
};

/// a b exactly, by Dekker: a fused multiply-add is not to be had on every target. Needs |a|, |b| < 2^996.
inline double_double exact_product(double a, double b) noexcept
{
    constexpr double splitter = 0x1p27 + 1.0;
    const double scaled_a = splitter * a;
    const double a_high = scaled_a - (scaled_a - a);
    const double a_low = a - a_high;
    const double scaled_b = splitter * b;
    const double b_high = scaled_b - (scaled_b - b);
    const double b_low = b - b_high;
    const double product = a * b;
    return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

/// a + b exactly where |a| ≥ |b| or a = 0.
inline double_double exact_sum(double a, double b) noexcept
{
    const double sum = a + b;
    return {sum, b - (sum - a)};
}

}  // namespace wasminfer::math::detail
