#include <wasminfer/kernels/ml_scores.hpp>

#include "kernels/reference.hpp"

#include <algorithm>

namespace wasminfer {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<std::int64_t>;
using reference::random;
using reference::worst;

template <score_transform Transform>
Floats transformed(const Floats& in, index cols)
{
    Floats out(in.size());
    transform_scores<Transform>(in.data(), out.data(), {.rows = static_cast<index>(in.size()) / cols, .cols = cols});
    return out;
}

template <score_transform Transform, bool complement>
Floats paired(const Floats& in)
{
    Floats out(2 * in.size());
    two_classes<Transform, complement>(in.data(), out.data(), {.rows = static_cast<index>(in.size())});
    return out;
}

/// Softmax of rows; of what is not zero alone with `skips`, as SOFTMAX_ZERO is.
std::vector<double> softmax(const Floats& in, index cols, bool skips)
{
    std::vector<double> out(in.begin(), in.end());
    for (auto row = out.begin(); row != out.end(); row += cols) {
        const double most = *std::max_element(row, row + cols);
        double sum = 0;
        for (index c = 0; c < cols; ++c) {
            if (!skips || row[c] != 0) {
                row[c] = std::exp(row[c] - most);
                sum += row[c];
            }
        }
        for (index c = 0; c < cols; ++c) {
            row[c] /= sum;
        }
    }
    return out;
}

/// The inverse of the normal distribution's function, by bisection.
double normal_quantile(double p)
{
    double low = -10;
    double high = 10;
    for (int turn = 0; turn < 100; ++turn) {
        const double middle = (low + high) / 2;
        (std::erfc(-middle / std::sqrt(2.0)) / 2 < p ? low : high) = middle;
    }
    return low;
}

}  // namespace

TEST_CASE("transform_scores: none, logistic, softmax")
{
    for (const index cols : {1, 2, 3, 7}) {
        CAPTURE(cols);
        Floats in = random(5 * cols, 1);
        std::ranges::for_each(in, [](float& x) { x *= 20; });
        CHECK(transformed<score_transform::none>(in, cols) == in);
        std::vector<double> logistic;
        for (const float x : in) {
            logistic.push_back(1 / (1 + std::exp(-static_cast<double>(x))));
        }
        CHECK(worst(transformed<score_transform::logistic>(in, cols), logistic) < 1e-6);
        CHECK(worst(transformed<score_transform::softmax>(in, cols), softmax(in, cols, false)) < 1e-6);
    }
}

TEST_CASE("transform_scores: softmax of large scores overflows nowhere")
{
    CHECK(transformed<score_transform::softmax>({1000, 1000, -1000}, 3) == Floats{0.5f, 0.5f, 0});
    CHECK(transformed<score_transform::softmax>({-1000, -1000}, 2) == Floats{0.5f, 0.5f});
}

TEST_CASE("transform_scores: softmax_zero leaves zeros out of the sum and at zero")
{
    const Floats in{1, 0, -2, 0.5f, 3, -0.0f, 0.25f, -1};
    const auto out = transformed<score_transform::softmax_zero>(in, 4);
    CHECK(worst(out, softmax(in, 4, true)) < 1e-6);
    CHECK(out[1] == 0);
    CHECK(out[5] == 0);
    CHECK(worst(transformed<score_transform::softmax_zero>({1, 2, 3}, 3), softmax({1, 2, 3}, 3, true)) < 1e-6);
    // What is nearly zero counts as zero.
    CHECK(transformed<score_transform::softmax_zero>({1, 5e-8f}, 2)[0] == 1);
    CHECK(transformed<score_transform::softmax_zero>({1, 5e-8f}, 2)[1] < 1e-7f);
}

TEST_CASE("transform_scores: probit is the normal distribution's quantile within its approximation")
{
    Floats in;
    std::vector<double> expected;
    for (int i = 1; i < 200; ++i) {
        in.push_back(static_cast<float>(i) / 200.0f);
        expected.push_back(normal_quantile(static_cast<double>(in.back())));
    }
    const Floats out = transformed<score_transform::probit>(in, 1);
    for (std::size_t i = 0; i < in.size(); ++i) {
        CAPTURE(in[i]);
        CHECK(std::fabs(static_cast<double>(out[i]) - expected[i]) <= 2.5e-3 * std::fabs(expected[i]) + 1e-6);
    }
}

TEST_CASE("transform_scores works in place")
{
    Floats scores{1, 2, 3, -1, 0, 1};
    const Floats expected = transformed<score_transform::softmax>(scores, 3);
    transform_scores<score_transform::softmax>(scores.data(), scores.data(), {.rows = 2, .cols = 3});
    CHECK(scores == expected);
}

TEST_CASE("two_classes: the complement or the negative, then transformed")
{
    CHECK(paired<score_transform::none, true>({0.25f, 2}) == Floats{0.75f, 0.25f, -1, 2});
    CHECK(paired<score_transform::none, false>({0.25f, 2}) == Floats{-0.25f, 0.25f, -2, 2});
    CHECK(paired<score_transform::softmax, false>({0.25f, 2}) ==
          transformed<score_transform::softmax>({-0.25f, 0.25f, -2, 2}, 2));
    CHECK(paired<score_transform::logistic, false>({-3}) == transformed<score_transform::logistic>({3, -3}, 2));
    CHECK(paired<score_transform::probit, true>({0.125f}) == transformed<score_transform::probit>({0.875f, 0.125f}, 2));
}

TEST_CASE("largest_class: the first of equals, whatever the sign")
{
    const Floats scores{1, 3, 3, -5, -4, -6, 0, -0.0f, -1};
    const Ints classes{10, 20, 30};
    Ints out(3);
    largest_class(scores.data(), classes.data(), out.data(), {.rows = 3, .cols = 3});
    CHECK(out == Ints{20, 20, 10});
}

TEST_CASE("threshold_class: above it alone")
{
    const Floats scores{0.5f, 0.75f, -1, NAN};
    const Ints classes{-1, 1};
    Ints out(4);
    threshold_class(scores.data(), classes.data(), out.data(), {.rows = 4}, 0.5f);
    CHECK(out == Ints{-1, 1, -1, -1});
}

TEST_CASE("scores: the same bits on every target")
{
    const Floats in = random(60, 2);
    Floats positive = random(60, 3);
    std::ranges::for_each(positive, [](float& x) { x = (x + 1.01f) / 2.02f; });
    Floats all;
    for (const Floats& out :
         {transformed<score_transform::logistic>(in, 5), transformed<score_transform::softmax>(in, 6),
          transformed<score_transform::softmax_zero>(in, 4), transformed<score_transform::probit>(positive, 3)}) {
        all.insert(all.end(), out.begin(), out.end());
    }
    if (reference::same_bits) {
        CHECK(reference::hash(all) == 9746852027853746933u);
    }
}

}  // namespace wasminfer
