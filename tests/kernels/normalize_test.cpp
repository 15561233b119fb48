#include <wasminfer/kernels/normalize.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using reference::random;
using reference::worst;

std::size_t at(index i)
{
    return static_cast<std::size_t>(i);
}

template <class T>
double value(const std::vector<T>& v, index i)
{
    return static_cast<double>(widen(v[at(i)]));
}

/// Variances of scale and the like: in [0.5, 1.5].
template <class T>
std::vector<T> positive(index n, std::uint32_t seed)
{
    auto v = random<T>(n, seed);
    for (T& x : v) {
        x = T(1.0f + static_cast<float>(widen(x)) / 2);
    }
    return v;
}

/// Normalises the elements whose positions `members` lists, with scale and bias of each.
template <class T, class Scale, class Bias>
void normalize(const std::vector<T>& in, const std::vector<index>& members, double epsilon, Scale scale, Bias bias,
               std::vector<double>& out)
{
    double mean = 0;
    for (const index i : members) {
        mean += value(in, i);
    }
    mean /= static_cast<double>(members.size());
    double variance = 0;
    for (const index i : members) {
        variance += (value(in, i) - mean) * (value(in, i) - mean);
    }
    variance /= static_cast<double>(members.size());
    for (const index i : members) {
        out[at(i)] = (value(in, i) - mean) / std::sqrt(variance + epsilon) * scale(i) + bias(i);
    }
}

template <class T>
void check_layer_norm(double bound)
{
    for (const index cols : {1, 2, 3, 5, 8, 17, 64, 600, 1100}) {
        CAPTURE(cols);
        const auto in = random<T>(3 * cols, 1);
        const auto scale = random<T>(cols, 2);
        const auto bias = random<T>(cols, 3);
        std::vector<T> out(in.size());
        std::vector<compute_t<T>> mean(3);
        std::vector<compute_t<T>> factor(3);
        layer_norm(in.data(), scale.data(), bias.data(), out.data(), mean.data(), factor.data(),
                   {.rows = 3, .cols = cols}, compute_t<T>(1e-3));
        std::vector<double> expected(in.size());
        std::vector<double> plain(in.size());
        for (index r = 0; r < 3; ++r) {
            std::vector<index> members;
            for (index c = 0; c < cols; ++c) {
                members.push_back(r * cols + c);
            }
            normalize(
                in, members, 1e-3, [&](index i) { return value(scale, i % cols); },
                [&](index i) { return value(bias, i % cols); }, expected);
            normalize(in, members, 1e-3, [](index) { return 1.0; }, [](index) { return 0.0; }, plain);
            double sum = 0;
            for (const index i : members) {
                sum += value(in, i);
            }
            CHECK(std::fabs(static_cast<double>(mean[at(r)]) - sum / static_cast<double>(cols)) < 1e-5);
        }
        CHECK(worst(out, expected) < bound);
        layer_norm(in.data(), nullptr, nullptr, out.data(), {.rows = 3, .cols = cols}, compute_t<T>(1e-3));
        CHECK(worst(out, plain) < bound);
        auto in_place = in;
        layer_norm(in_place.data(), nullptr, nullptr, in_place.data(), {.rows = 3, .cols = cols}, compute_t<T>(1e-3));
        CHECK(worst(in_place, plain) < bound);
        // The inverse deviation is what turns a difference to the mean into the result.
        if (cols > 3) {
            CHECK(static_cast<double>(factor[0]) * (value(in, 0) - static_cast<double>(mean[0])) ==
                  doctest::Approx(plain[0]).epsilon(1e-3));
        }
    }
}

TEST_CASE("layer_norm: rows of many lengths, statistics, no scale, in place")
{
    check_layer_norm<float>(5e-6);
    check_layer_norm<double>(1e-13);
    check_layer_norm<half>(2e-3);
}

TEST_CASE("layer_norm: a large mean doesn't cancel the variance")
{
    std::vector<float> in(64);
    for (index i = 0; i < 64; ++i) {
        in[at(i)] = 4096.0f + (i % 2 == 0 ? 0.5f : -0.5f);
    }
    std::vector<float> out(64);
    layer_norm(in.data(), nullptr, nullptr, out.data(), {.rows = 1, .cols = 64}, 0.0f);
    CHECK(out[0] == 1.0f);
    CHECK(out[1] == -1.0f);
}

TEST_CASE("rms_norm")
{
    for (const index cols : {1, 3, 8, 17, 700}) {
        const auto in = random(2 * cols, 4);
        const auto scale = random(cols, 5);
        std::vector<float> out(in.size());
        rms_norm(in.data(), scale.data(), out.data(), {.rows = 2, .cols = cols}, 1e-5f);
        std::vector<double> expected;
        for (index r = 0; r < 2; ++r) {
            double sum = 0;
            for (index c = 0; c < cols; ++c) {
                sum += value(in, r * cols + c) * value(in, r * cols + c);
            }
            for (index c = 0; c < cols; ++c) {
                expected.push_back(value(in, r * cols + c) / std::sqrt(sum / static_cast<double>(cols) + 1e-5) *
                                   value(scale, c));
            }
        }
        CHECK(worst(out, expected) < 2e-6);
    }
}

TEST_CASE("lp_normalization: both norms, any axis, zeros")
{
    for (const index p : {1, 2}) {
        for (const index inner : {1, 2, 5, 8}) {
            auto in = random(2 * 7 * inner, 6);
            for (index i = 0; i < 7; ++i) {
                in[at(i * inner)] = 0;
            }
            std::vector<float> out(in.size());
            lp_normalization(in.data(), out.data(), {.outer = 2, .axis = 7, .inner = inner}, p);
            std::vector<double> expected(in.size());
            for (index o = 0; o < 2; ++o) {
                for (index c = 0; c < inner; ++c) {
                    double sum = 0;
                    for (index i = 0; i < 7; ++i) {
                        const double x = value(in, (o * 7 + i) * inner + c);
                        sum += p == 1 ? std::fabs(x) : x * x;
                    }
                    const double norm = p == 1 ? sum : std::sqrt(sum);
                    for (index i = 0; i < 7; ++i) {
                        const index e = (o * 7 + i) * inner + c;
                        expected[at(e)] = norm == 0 ? 0 : value(in, e) / norm;
                    }
                }
            }
            CHECK(worst(out, expected) < 1e-6);
        }
    }
}

template <class T>
void check_batch_norm(double bound)
{
    for (const index inner : {1, 3, 6}) {
        for (const index channels : {1, 3, 5, 64, 67}) {
            const channel_extents e{.outer = 2, .channels = channels, .inner = inner};
            const auto in = random<T>(2 * channels * inner, 7);
            const auto scale = random<T>(channels, 8);
            const auto bias = random<T>(channels, 9);
            const auto mean = random(channels, 10);
            const auto variance = positive<float>(channels, 11);
            std::vector<T> out(in.size());
            batch_norm(in.data(), scale.data(), bias.data(), mean.data(), variance.data(), out.data(), e,
                       compute_t<T>(1e-3));
            std::vector<double> expected;
            for (index i = 0; i < 2 * channels * inner; ++i) {
                const index c = i / inner % channels;
                expected.push_back((value(in, i) - value(mean, c)) / std::sqrt(value(variance, c) + 1e-3) *
                                       value(scale, c) +
                                   value(bias, c));
            }
            CHECK(worst(out, expected) < bound);
        }
    }
}

TEST_CASE("batch_norm: channels first and last, statistics of another type")
{
    check_batch_norm<float>(2e-6);
    check_batch_norm<double>(1e-13);
    check_batch_norm<half>(2e-3);
}

TEST_CASE("channel_moments and mean_variance_normalization")
{
    for (const index inner : {1, 3, 20}) {
        for (const index channels : {1, 5, 66}) {
            const index outer = 9;
            const channel_extents e{.outer = outer, .channels = channels, .inner = inner};
            const auto in = random(outer * channels * inner, 12);
            std::vector<float> mean(at(channels));
            std::vector<float> variance(at(channels));
            channel_moments(in.data(), mean.data(), variance.data(), e);
            std::vector<float> out(in.size());
            mean_variance_normalization(in.data(), out.data(), e);
            std::vector<double> expected(in.size());
            for (index c = 0; c < channels; ++c) {
                std::vector<index> members;
                double sum = 0;
                for (index o = 0; o < outer; ++o) {
                    for (index i = 0; i < inner; ++i) {
                        members.push_back((o * channels + c) * inner + i);
                        sum += value(in, members.back());
                    }
                }
                const double average = sum / static_cast<double>(members.size());
                double squares = 0;
                for (const index i : members) {
                    squares += (value(in, i) - average) * (value(in, i) - average);
                }
                CHECK(value(mean, c) == doctest::Approx(average).epsilon(1e-5));
                CHECK(value(variance, c) ==
                      doctest::Approx(squares / static_cast<double>(members.size())).epsilon(1e-5));
                normalize(in, members, 0, [](index) { return 1.0; }, [](index) { return 0.0; }, expected);
            }
            CHECK(worst(out, expected) < 1e-5);
        }
    }
}

template <class T>
void check_group_norm(double bound)
{
    for (const index pixels : {1, 5, 16, 700}) {
        for (const auto& [channels, groups] :
             {std::pair<index, index>{6, 2}, {6, 6}, {70, 7}, {70, 70}, {130, 2}, {5, 1}}) {
            CAPTURE(pixels);
            CAPTURE(channels);
            CAPTURE(groups);
            const group_norm_extents e{.batch = 2, .channels = channels, .pixels = pixels, .groups = groups};
            const auto in = random<T>(2 * channels * pixels, 13);
            const auto scale = random<T>(channels, 14);
            const auto bias = random<T>(channels, 15);
            std::vector<T> out(in.size());
            for (const bool last : {false, true}) {
                const auto position = [&](index b, index c, index p) {
                    return last ? (b * pixels + p) * channels + c : (b * channels + c) * pixels + p;
                };
                const auto channel = [&](index i) { return last ? i % channels : i / pixels % channels; };
                std::vector<double> expected(in.size());
                for (index b = 0; b < 2; ++b) {
                    for (index g = 0; g < groups; ++g) {
                        std::vector<index> members;
                        for (index c = g * channels / groups; c < (g + 1) * channels / groups; ++c) {
                            for (index p = 0; p < pixels; ++p) {
                                members.push_back(position(b, c, p));
                            }
                        }
                        normalize(
                            in, members, 1e-2, [&](index i) { return value(scale, channel(i)); },
                            [&](index i) { return value(bias, channel(i)); }, expected);
                    }
                }
                if (last) {
                    group_norm_channels_last(in.data(), scale.data(), bias.data(), out.data(), e, compute_t<T>(1e-2));
                } else {
                    group_norm(in.data(), scale.data(), bias.data(), out.data(), e, compute_t<T>(1e-2));
                }
                CHECK(worst(out, expected) < bound);
                if (groups == channels) {
                    std::vector<T> instance(in.size());
                    const instance_norm_extents i{.batch = 2, .channels = channels, .pixels = pixels};
                    if (last) {
                        instance_norm_channels_last(in.data(), scale.data(), bias.data(), instance.data(), i,
                                                    compute_t<T>(1e-2));
                    } else {
                        instance_norm(in.data(), scale.data(), bias.data(), instance.data(), i, compute_t<T>(1e-2));
                    }
                    CHECK(worst(instance, expected) < bound);
                }
            }
        }
    }
}

TEST_CASE("group_norm and instance_norm, channels first and last")
{
    check_group_norm<float>(1e-5);
    check_group_norm<double>(1e-13);
    check_group_norm<half>(3e-3);
}

TEST_CASE("lrn: windows at the edges, even sizes, any beta")
{
    for (const index inner : {1, 3, 8}) {
        for (const index size : {1, 2, 3, 5}) {
            for (const float beta : {0.75f, 0.6f}) {
                const index channels = 7;
                const lrn_parameters parameters{.alpha = 0.5f, .beta = beta, .bias = 1.5f};
                const auto in = random(2 * channels * inner, 16);
                std::vector<float> out(in.size());
                lrn(in.data(), out.data(), {.outer = 2, .channels = channels, .inner = inner, .size = size},
                    parameters);
                std::vector<double> expected(in.size());
                for (index i = 0; i < 2 * channels * inner; ++i) {
                    const index c = i / inner % channels;
                    double sum = 0;
                    for (index j = c - (size - 1) / 2; j <= c + size / 2; ++j) {
                        if (j >= 0 && j < channels) {
                            sum += value(in, i + (j - c) * inner) * value(in, i + (j - c) * inner);
                        }
                    }
                    expected[at(i)] =
                        value(in, i) / std::pow(1.5 + 0.5 / static_cast<double>(size) * sum, static_cast<double>(beta));
                }
                CHECK(worst(out, expected) < 1e-6);
            }
        }
    }
}

TEST_CASE("normalisations: the same bits on every target")
{
    const auto in = random(2 * 67 * 33, 17);
    const auto scale = random(67 * 33, 18);
    std::vector<float> all(in.size() * 5);
    float* out = all.data();
    const index n = static_cast<index>(in.size());
    layer_norm(in.data(), scale.data(), scale.data(), out, {.rows = 2, .cols = 67 * 33}, 1e-5f);
    rms_norm(in.data(), scale.data(), out + n, {.rows = 67, .cols = 66}, 1e-5f);
    group_norm(in.data(), scale.data(), scale.data(), out + 2 * n,
               {.batch = 2, .channels = 33, .pixels = 67, .groups = 3}, 1e-5f);
    group_norm_channels_last(in.data(), scale.data(), scale.data(), out + 3 * n,
                             {.batch = 2, .channels = 33, .pixels = 67, .groups = 3}, 1e-5f);
    mean_variance_normalization(in.data(), out + 4 * n, {.outer = 66, .channels = 67});
    CHECK(reference::hash(all) == 2642191680578440919u);
}

}  // namespace
TEST_CASE("normalisations of no channels do nothing")
{
    instance_norm<float>(nullptr, nullptr, nullptr, nullptr, {.batch = 2, .channels = 0, .pixels = 3}, 1e-5f);
    instance_norm_channels_last<float>(nullptr, nullptr, nullptr, nullptr, {.batch = 2, .channels = 0, .pixels = 3},
                                       1e-5f);
}

}  // namespace wasminfer
