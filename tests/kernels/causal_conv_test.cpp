#include <wasminfer/functors/activation.hpp>
#include <wasminfer/kernels/causal_conv.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;

template <class T>
void check(index length, index taps, bool with_bias, bool with_past)
{
    CAPTURE(length);
    CAPTURE(taps);
    const causal_conv_extents e{.batch = 2, .channels = 3, .length = length, .taps = taps};
    const auto in = random<T>(6 * length, 1);
    const auto weight = random<T>(3 * taps, 2);
    const auto bias = random<T>(3, 3);
    const auto past = random<T>(6 * (taps - 1), 4);
    std::vector<double> expected;
    std::vector<double> expected_state;
    for (index row = 0; row < 6; ++row) {
        std::vector<double> x;
        for (index i = 0; i < taps - 1; ++i) {
            x.push_back(with_past ? static_cast<double>(widen(past[static_cast<std::size_t>(row * (taps - 1) + i)]))
                                  : 0);
        }
        for (index i = 0; i < length; ++i) {
            x.push_back(static_cast<double>(widen(in[static_cast<std::size_t>(row * length + i)])));
        }
        for (index t = 0; t < length; ++t) {
            double sum = with_bias ? static_cast<double>(widen(bias[static_cast<std::size_t>(row % 3)])) : 0;
            for (index k = 0; k < taps; ++k) {
                sum += static_cast<double>(widen(weight[static_cast<std::size_t>(row % 3 * taps + k)])) *
                       x[static_cast<std::size_t>(t + k)];
            }
            expected.push_back(sum / (1 + std::exp(-sum)));
        }
        expected_state.insert(expected_state.end(), x.end() - (taps - 1), x.end());
    }
    std::vector<T> out(in.size());
    std::vector<T> present(past.size());
    std::vector<compute_t<T>> scratch(static_cast<std::size_t>(causal_conv_scratch(e)), static_cast<compute_t<T>>(NAN));
    causal_conv(in.data(), weight.data(), with_bias ? bias.data() : nullptr, with_past ? past.data() : nullptr,
                out.data(), present.data(), scratch.data(), e, swish{});
    CHECK(reference::worst(out, expected) <= (is_half<T> ? 1e-3 : 2e-6));
    CHECK(reference::widen_all(present) == expected_state);
}

}  // namespace

TEST_CASE_TEMPLATE("a convolution goes on where the past ended", T, float, half, double)
{
    for (const index length : {1, 2, 4, 9}) {
        for (const index taps : {1, 2, 4, 7}) {
            check<T>(length, taps, true, true);
            check<T>(length, taps, false, true);
            check<T>(length, taps, true, false);
        }
    }
}

TEST_CASE("the state may be replaced where it lies")
{
    const causal_conv_extents e{.length = 2, .taps = 4};
    const std::vector<float> in{4, 5};
    const std::vector<float> weight{1, 0, 0, 0};
    std::vector<float> state{1, 2, 3};
    std::vector<float> out(2);
    std::vector<float> scratch(static_cast<std::size_t>(causal_conv_scratch(e)));
    causal_conv(in.data(), weight.data(), nullptr, state.data(), out.data(), state.data(), scratch.data(), e);
    CHECK(out == std::vector<float>{1, 2});
    CHECK(state == std::vector<float>{3, 4, 5});
}

}  // namespace wasminfer
