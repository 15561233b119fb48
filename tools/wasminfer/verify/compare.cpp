#include <algorithm>
#include <cmath>

#include "ir/graph.hpp"
#include "verify/test_case.hpp"

namespace wasminfer::gen {

namespace {

std::string shape_text(const Tensor& tensor)
{
    return std::string{name(tensor.dtype())} + to_string(Shape(tensor.shape().begin(), tensor.shape().end()));
}

std::string number_text(double number)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", number);
    return text;
}

}  // namespace

Tolerance half_tolerance(Tolerance tolerance, const Tensor& expected)
{
    constexpr double share = 1.0 / 256;
    if (is_integer(expected.dtype()) || expected.dtype() == DType::boolean) {
        return tolerance;
    }
    double largest = 0;
    for (const double value : expected.to_doubles()) {
        largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
    }
    tolerance.atol = std::max(tolerance.atol, share * largest);
    tolerance.outlier_atol = std::max(tolerance.outlier_atol, tolerance.atol);
    return tolerance;
}

Difference compare(const Tensor& got, const Tensor& expected, const Tolerance& tolerance)
{
    Difference difference;
    if (got.dtype() != expected.dtype() || got.shape() != expected.shape()) {
        difference.passed = false;
        difference.reason = "is " + shape_text(got) + ", expected " + shape_text(expected);
        return difference;
    }
    if (!tolerance.skip.empty()) {
        return difference;
    }
    // Doubles hold every type exactly but 64-bit integers, whose equality is that of the bytes.
    const bool wide = size_of(got.dtype()) == 8 && is_integer(got.dtype());
    if (wide && std::ranges::equal(got.bytes(), expected.bytes())) {
        return difference;
    }
    const auto have = got.to_doubles();
    const auto want = expected.to_doubles();
    std::size_t outside = 0;
    std::size_t worst = 0;
    double worst_excess = -1;
    for (std::size_t i = 0; i < have.size(); ++i) {
        if (have[i] == want[i] || (std::isnan(have[i]) && std::isnan(want[i]))) {
            continue;
        }
        const double absolute = std::abs(have[i] - want[i]);
        const bool comparable = std::isfinite(absolute);
        const double bound = tolerance.atol + tolerance.rtol * std::abs(want[i]);
        if (comparable) {
            difference.largest_absolute = std::max(difference.largest_absolute, absolute);
            if (want[i] != 0) {
                difference.largest_relative = std::max(difference.largest_relative, absolute / std::abs(want[i]));
            }
        }
        if (!comparable || absolute > bound) {
            const double outlier_bound = tolerance.outlier_atol + tolerance.rtol * std::abs(want[i]);
            const bool allowed = comparable && tolerance.outlier_fraction > 0 && absolute <= outlier_bound;
            outside += allowed ? 1 : have.size() + 1;
            const double excess = comparable ? absolute - bound : HUGE_VAL;
            if (excess > worst_excess) {
                worst_excess = excess;
                worst = i;
            }
        }
    }
    if (static_cast<double>(outside) > tolerance.outlier_fraction * static_cast<double>(have.size())) {
        difference.passed = false;
        difference.reason = "element " + std::to_string(worst) + " is " + number_text(have[worst]) + ", expected " +
                            number_text(want[worst]);
    }
    return difference;
}

}  // namespace wasminfer::gen
