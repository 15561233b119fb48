#include "ops/call.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace wasminfer::gen {

namespace {

template <class T>
std::string floating_literal(T number, const char* type, const char* suffix)
{
    const std::string limits = std::string{"std::numeric_limits<"} + type + ">::";
    if (std::isnan(number)) {
        return limits + "quiet_NaN()";
    }
    if (std::isinf(number)) {
        return (number < 0 ? "-" : "") + limits + "infinity()";
    }
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    std::string shortest(text.data(), end);
    if (shortest.find_first_of(".e") == std::string::npos) {
        shortest += ".0";
    }
    return shortest + suffix;
}

}  // namespace

std::string literal(float number)
{
    return floating_literal(number, "float", "f");
}

std::string literal(double number)
{
    return floating_literal(number, "double", "");
}

std::string literal(std::int64_t number)
{
    // The most negative number has no literal of its own: its minus is an operator.
    return number == std::numeric_limits<std::int64_t>::min() ? "std::numeric_limits<std::int64_t>::min()"
                                                              : std::to_string(number);
}

}  // namespace wasminfer::gen
