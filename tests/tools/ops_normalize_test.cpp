#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "support/image_reference.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Numbers = std::vector<double>;

OperatorTest node(const char* type, std::int64_t opset)
{
    return {normalize_operators(), type, opset};
}

/// Positive: variances.
Tensor positive(DType type, const Ints& shape, std::uint32_t seed)
{
    auto numbers = noise(DType::f64, shape, seed).to_doubles();
    for (double& number : numbers) {
        number = number * number + 0.5;
    }
    return tensor(type, shape, numbers);
}

const Ints images[]{{2, 5, 7}, {2, 6, 3, 5}, {1, 4, 2, 3, 4}, {3, 6}};

/// Calls f(shape, type, channels_last).
template <class F>
void for_each_image(F f)
{
    for (const Ints& shape : images) {
        for (const DType type : {DType::f32, DType::f16, DType::f64}) {
            for (const bool last : {false, true}) {
                if (shape.size() > 2 || !last) {
                    CAPTURE(shape.size());
                    CAPTURE(name(type));
                    CAPTURE(last);
                    f(shape, type, last);
                }
            }
        }
    }
}

/// Runs on x in the layout, and returns the result in ONNX's.
Numbers run(OperatorTest test, const Tensor& x, bool last, const std::vector<Tensor>& parameters)
{
    test.attribute("channels_last", std::int64_t{last}).input(last ? switch_layout(x, true) : x);
    for (const Tensor& parameter : parameters) {
        test.constant(parameter);
    }
    const auto result = test.run_all().at(0);
    return (last ? switch_layout(result, false) : result).to_doubles();
}

struct Moments {
    double mean = 0;
    double variance = 0;
};

/// Of the elements whose position satisfies the predicate.
Moments moments(const Numbers& x, const std::function<bool(std::size_t)>& takes)
{
    Moments m;
    double count = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        m.mean += takes(i) ? x[i] : 0;
        count += takes(i) ? 1 : 0;
    }
    m.mean /= count;
    for (std::size_t i = 0; i < x.size(); ++i) {
        m.variance += takes(i) ? (x[i] - m.mean) * (x[i] - m.mean) : 0;
    }
    m.variance /= count;
    return m;
}

/// (x - mean) / sqrt(variance + epsilon) * scale + bias of groups of channels.
Numbers grouped_reference(const Tensor& x, const Numbers& scale, const Numbers& bias, std::int64_t groups,
                          double epsilon)
{
    const auto numbers = x.to_doubles();
    const auto channels = static_cast<std::size_t>(x.shape()[1]);
    const auto pixels = numbers.size() / (static_cast<std::size_t>(x.shape()[0]) * channels);
    const auto of_group = channels / static_cast<std::size_t>(groups) * pixels;
    Numbers out;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto group = i / of_group;
        const Moments m = moments(numbers, [&](std::size_t j) { return j / of_group == group; });
        const auto c = i / pixels % channels;
        out.push_back((numbers[i] - m.mean) / std::sqrt(m.variance + epsilon) * scale[c] + bias[c]);
    }
    return out;
}

bool says(OperatorTest test, const char* words)
{
    return test.error().find(words) != std::string::npos;
}

const double default_epsilon = static_cast<double>(1e-5f);

}  // namespace

TEST_CASE("BatchNormalization with given statistics, in both layouts")
{
    for_each_image([](const Ints& shape, DType type, bool last) {
        const Ints c{shape[1]};
        const auto x = noise(type, shape);
        const std::vector<Tensor> p{noise(type, c, 2), noise(type, c, 3), noise(type, c, 4), positive(type, c, 5)};
        const auto pixels = x.count() / (shape[0] * shape[1]);
        Numbers expected;
        for (std::int64_t i = 0; i < x.count(); ++i) {
            const auto at = static_cast<std::size_t>(i / pixels % shape[1]);
            const auto parameter = [&](std::size_t k) { return p[k].to_doubles()[at]; };
            expected.push_back((x.to_doubles()[static_cast<std::size_t>(i)] - parameter(2)) /
                                   std::sqrt(parameter(3) + default_epsilon) * parameter(0) +
                               parameter(1));
        }
        for (const std::int64_t opset : {1, 6, 7, 9, 14, 15}) {
            CHECK(distance(run(node("BatchNormalization", opset), x, last, p), expected) <= tolerance(type));
        }
    });
}

TEST_CASE("BatchNormalization with statistics by element, as opset 8 and older had it")
{
    const Ints shape{2, 3, 2, 4};
    const Ints image{3, 2, 4};
    const auto x = noise(DType::f32, shape);
    const std::vector<Tensor> p{noise(DType::f32, image, 2), noise(DType::f32, image, 3), noise(DType::f32, image, 4),
                                positive(DType::f32, image, 5)};
    Numbers expected;
    for (std::size_t i = 0; i < 48; ++i) {
        const auto parameter = [&](std::size_t k) { return p[k].to_doubles()[i % 24]; };
        expected.push_back((x.to_doubles()[i] - parameter(2)) / std::sqrt(parameter(3) + default_epsilon) *
                               parameter(0) +
                           parameter(1));
    }
    for (const bool last : {false, true}) {
        const auto test = node("BatchNormalization", 7).attribute("spatial", std::int64_t{0});
        CHECK(distance(run(test, x, last, p), expected) <= tolerance(DType::f32));
    }
    CHECK(says(node("BatchNormalization", 9)
                   .attribute("spatial", std::int64_t{0})
                   .input(x)
                   .input(p[0])
                   .input(p[1])
                   .input(p[2])
                   .input(p[3]),
               "'spatial'"));
}

TEST_CASE("BatchNormalization in training mode measures, and moves the running statistics")
{
    for (const DType type : {DType::f32, DType::f16, DType::f64}) {
        const Ints c{3};
        const auto x = noise(type, {2, 3, 5});
        const auto scale = noise(type, c, 2);
        const auto bias = noise(type, c, 3);
        const auto mean = noise(type, c, 4);
        const auto variance = positive(type, c, 5);
        auto test =
            node("BatchNormalization", 14).attribute("training_mode", std::int64_t{1}).attribute("momentum", 0.75f);
        test.input(x).input(scale).input(bias).input(mean).input(variance).outputs(3);
        const auto results = test.run_all();
        const auto numbers = x.to_doubles();
        Numbers y(numbers.size());
        Numbers means, variances;
        for (std::size_t k = 0; k < 3; ++k) {
            const auto takes = [&](std::size_t i) { return i / 5 % 3 == k; };
            const Moments m = moments(numbers, takes);
            means.push_back(mean.to_doubles()[k] * 0.75 + m.mean * 0.25);
            variances.push_back(variance.to_doubles()[k] * 0.75 + m.variance * 0.25);
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                if (takes(i)) {
                    y[i] = (numbers[i] - m.mean) / std::sqrt(m.variance + default_epsilon) * scale.to_doubles()[k] +
                           bias.to_doubles()[k];
                }
            }
        }
        CHECK(distance(results.at(0).to_doubles(), y) <= tolerance(type));
        CHECK(distance(results.at(1).to_doubles(), means) <= tolerance(type));
        CHECK(distance(results.at(2).to_doubles(), variances) <= tolerance(type));
    }
}

TEST_CASE("BatchNormalization refuses what does not fit or is not done")
{
    const auto batch_norm = [](std::int64_t opset, const Shape& x, const Shape& c, DType statistics = DType::f32) {
        auto test = node("BatchNormalization", opset).typed(DType::f32, x).typed(DType::f32, c).typed(DType::f32, c);
        return test.typed(statistics, c).typed(statistics, c);
    };
    CHECK(batch_norm(15, {2, 3, 4}, {3}).error() == "");
    CHECK(batch_norm(9, {4}, {1}).error() == "");
    CHECK(says(batch_norm(15, {2, 3, 4}, {4}), "channels and elements of the scale"));
    CHECK(says(batch_norm(15, {2, 3, 4}, {3, 1}), "vector"));
    CHECK(says(batch_norm(15, {}, {1}), "no channels"));
    CHECK(says(batch_norm(13, {2, 3}, {3}, DType::f64), "must agree"));
    CHECK(batch_norm(14, {2, 3}, {3}, DType::f64).error() == "");
    CHECK(says(batch_norm(9, {2, 3}, {3}).attribute("training_mode", std::int64_t{1}), "'training_mode'"));
    CHECK(says(batch_norm(9, {2, 3}, {3}).outputs(5), "statistics of training"));
    CHECK(says(batch_norm(15, {2, Dim::symbol("c"), 4}, {3}), "have to be the same"));
}

TEST_CASE("InstanceNormalization in both layouts")
{
    for_each_image([](const Ints& shape, DType type, bool last) {
        const auto x = noise(type, shape);
        const auto scale = noise(type, {shape[1]}, 2);
        const auto bias = noise(type, {shape[1]}, 3);
        const auto expected = grouped_reference(x, scale.to_doubles(), bias.to_doubles(), shape[1], 0.125);
        const auto test = node("InstanceNormalization", 6).attribute("epsilon", 0.125f);
        CHECK(distance(run(test, x, last, {scale, bias}), expected) <= tolerance(type, 16));
    });
    CHECK(says(
        node("InstanceNormalization", 6).typed(DType::f32, {2, 3, 4}).typed(DType::f32, {3}).typed(DType::f32, {4}),
        "elements of the bias"));
}

TEST_CASE("GroupNormalization with parameters by group until opset 20, by channel from 21 on")
{
    const Ints shape{2, 6, 3, 5};
    for (const DType type : {DType::f32, DType::f16, DType::f64}) {
        for (const std::int64_t groups : {1, 2, 3, 6}) {
            for (const std::int64_t opset : {18, 21}) {
                for (const bool last : {false, true}) {
                    CAPTURE(name(type));
                    CAPTURE(groups);
                    CAPTURE(opset);
                    CAPTURE(last);
                    const auto x = noise(type, shape);
                    const auto count = opset < 21 ? groups : 6;
                    const auto scale = noise(type, {count}, 2);
                    const auto bias = noise(type, {count}, 3);
                    const auto spread = [&](const Numbers& numbers) {
                        Numbers by_channel;
                        for (std::size_t c = 0; c < 6; ++c) {
                            by_channel.push_back(numbers[c * static_cast<std::size_t>(count) / 6]);
                        }
                        return by_channel;
                    };
                    const auto expected = grouped_reference(x, spread(scale.to_doubles()), spread(bias.to_doubles()),
                                                            groups, default_epsilon);
                    const auto test = node("GroupNormalization", opset).attribute("num_groups", groups);
                    CHECK(distance(run(test, x, last, {scale, bias}), expected) <= tolerance(type, 16));
                    auto steps = node("GroupNormalization", opset).attribute("num_groups", groups);
                    CHECK(distance(steps.input(x).input(scale).input(bias).run(), expected) <= tolerance(type, 16));
                }
            }
        }
    }
    const auto group_norm = [](std::int64_t opset) {
        return node("GroupNormalization", opset)
            .typed(DType::f32, {2, 6, 3})
            .typed(DType::f32, {6})
            .typed(DType::f32, {6});
    };
    CHECK(says(group_norm(21), "'num_groups' is missing"));
    CHECK(says(group_norm(21).attribute("num_groups", std::int64_t{4}), "does not divide"));
    CHECK(says(group_norm(18).attribute("num_groups", std::int64_t{2}), "elements of the scale"));
    CHECK(says(group_norm(21).attribute("num_groups", std::int64_t{2}).attribute("stash_type", std::int64_t{11}),
               "stash_type"));
    CHECK(says(group_norm(18).attribute("num_groups", std::int64_t{6}).attribute("stash_type", std::int64_t{1}),
               "'stash_type'"));
}

TEST_CASE("LayerNormalization over any last axes, with its statistics")
{
    const Ints shape{2, 3, 4, 5};
    for (const DType type : {DType::f32, DType::f16, DType::f64}) {
        for (std::int64_t axis = -4; axis < 4; ++axis) {
            CAPTURE(name(type));
            CAPTURE(axis);
            const auto first = axis < 0 ? axis + 4 : axis;
            const Ints normalized(shape.begin() + first, shape.end());
            const auto x = noise(type, shape);
            const auto scale = noise(type, normalized, 2);
            const auto bias = noise(type, normalized, 3);
            const auto cols = static_cast<std::size_t>(scale.count());
            const auto numbers = x.to_doubles();
            Numbers y, plain, means, factors;
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                const Moments m = moments(numbers, [&](std::size_t j) { return j / cols == i / cols; });
                const double factor = 1 / std::sqrt(m.variance + default_epsilon);
                plain.push_back((numbers[i] - m.mean) * factor * scale.to_doubles()[i % cols]);
                y.push_back(plain.back() + bias.to_doubles()[i % cols]);
                if (i % cols == 0) {
                    means.push_back(m.mean);
                    factors.push_back(factor);
                }
            }
            auto test = node("LayerNormalization", 17).attribute("axis", axis).input(x).constant(scale).constant(bias);
            if (type != DType::f64) {
                const auto results = test.outputs(3).run_all();
                CHECK(distance(results.at(0).to_doubles(), y) <= tolerance(type, 16));
                CHECK(results.at(1).dtype() == DType::f32);
                Ints reduced = shape;
                std::fill(reduced.begin() + first, reduced.end(), 1);
                CHECK(results.at(1).shape() == reduced);
                CHECK(distance(results.at(1).to_doubles(), means) <= tolerance(DType::f32, 16));
                CHECK(distance(results.at(2).to_doubles(), factors) <= tolerance(DType::f32, 16));
            }
            auto without = node("LayerNormalization", 17).attribute("axis", axis).input(x).constant(scale);
            CHECK(distance(without.run(), plain) <= tolerance(type, 16));
        }
    }
}

TEST_CASE("LayerNormalization whose scale has the last of the normalised axes alone")
{
    const auto x = noise(DType::f32, {2, 3, 4});
    const auto numbers = x.to_doubles();
    for (const Ints& shape : {Ints{4}, Ints{1, 4}, Ints{1, 1, 4}, Ints{1}, Ints{}}) {
        for (const bool constant : {false, true}) {
            const auto scale = noise(DType::f32, shape, 2);
            Numbers expected;
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                const Moments m = moments(numbers, [&](std::size_t j) { return j / 12 == i / 12; });
                const auto factors = scale.to_doubles();
                expected.push_back((numbers[i] - m.mean) / std::sqrt(m.variance + default_epsilon) *
                                   factors[i % factors.size()]);
            }
            auto test = node("LayerNormalization", 17).attribute("axis", std::int64_t{1}).input(x);
            constant ? test.constant(scale) : test.input(scale);
            CHECK(distance(test.run(), expected) <= tolerance(DType::f32, 16));
        }
    }
    const auto layer_norm = [&](const Shape& scale) {
        return node("LayerNormalization", 17).typed(DType::f32, {2, 3, 4}).typed(DType::f32, scale);
    };
    CHECK(says(layer_norm({3}), "neither"));
    CHECK(says(layer_norm({3, 4}), "neither"));
    CHECK(says(layer_norm({4}).attribute("axis", std::int64_t{3}), "outside"));
    CHECK(says(layer_norm({4}).attribute("stash_type", std::int64_t{16}), "stash_type"));
    CHECK(
        says(node("LayerNormalization", 17).typed(DType::f64, {2, 3}).typed(DType::f64, {3}).outputs(2), "InvStdDev"));
}

TEST_CASE("LayerNormalization of free dimensions is one call")
{
    auto test = node("LayerNormalization", 17).typed(DType::f32, {Dim::symbol("n"), Dim::symbol("seq"), 8});
    test.constant(noise(DType::f32, {8})).constant(noise(DType::f32, {8}));
    CHECK(test.type() == "f32[n,seq,8]");
    CHECK(test.lower().steps.size() == 1);
}

TEST_CASE("RMSNormalization over any last axes")
{
    const Ints shape{2, 3, 4};
    for (const DType type : {DType::f32, DType::f16, DType::f64}) {
        for (std::int64_t axis = -3; axis < 3; ++axis) {
            const auto first = axis < 0 ? axis + 3 : axis;
            const auto x = noise(type, shape);
            const auto scale = noise(type, Ints(shape.begin() + first, shape.end()), 2);
            const auto cols = static_cast<std::size_t>(scale.count());
            const auto numbers = x.to_doubles();
            Numbers expected;
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                double squares = 0;
                for (std::size_t j = i / cols * cols; j < (i / cols + 1) * cols; ++j) {
                    squares += numbers[j] * numbers[j];
                }
                expected.push_back(numbers[i] / std::sqrt(squares / static_cast<double>(cols) + default_epsilon) *
                                   scale.to_doubles()[i % cols]);
            }
            auto test = node("RMSNormalization", 23).attribute("axis", axis).input(x).constant(scale);
            CHECK(distance(test.run(), expected) <= tolerance(type, 16));
        }
    }
}

TEST_CASE("RMSNormalization: the result has the scale's type, and what it is computed in holds both")
{
    // f16 would overflow at the squares.
    const Tensor x = tensor(DType::f16, {1, 2}, {300, 400});
    const double root = std::sqrt((300. * 300 + 400. * 400) / 2 + default_epsilon);
    auto test = node("RMSNormalization", 23).input(x).input(tensor(DType::f32, {2}, {1, 2}));
    CHECK(distance(test.run(), {300 / root, 800 / root}) <= 1e-6);
    auto narrow =
        node("RMSNormalization", 23).input(tensor(DType::f32, {1, 2}, {3, 4})).constant(tensor(DType::f16, {1}, {2}));
    CHECK(distance(narrow.run(), {6 / std::sqrt(12.5), 8 / std::sqrt(12.5)}) <= 1e-3);
    CHECK(says(node("RMSNormalization", 23).typed(DType::f32, {2, 3}).typed(DType::i32, {3}), "i32"));
}

TEST_CASE("LRN in both layouts, windows of even and odd size")
{
    for_each_image([](const Ints& shape, DType type, bool last) {
        for (const std::int64_t size : {1, 2, 3, 9}) {
            for (const float beta : {0.75f, 0.5f}) {
                CAPTURE(size);
                const auto x = noise(type, shape);
                const auto numbers = x.to_doubles();
                const auto channels = shape[1];
                const auto pixels = x.count() / (shape[0] * channels);
                Numbers expected;
                for (std::int64_t i = 0; i < x.count(); ++i) {
                    const auto c = i / pixels % channels;
                    double sum = 0;
                    for (auto j = std::max<std::int64_t>(0, c - (size - 1) / 2);
                         j <= std::min(channels - 1, c + size - 1 - (size - 1) / 2); ++j) {
                        const double value = numbers[static_cast<std::size_t>(i + (j - c) * pixels)];
                        sum += value * value;
                    }
                    expected.push_back(numbers[static_cast<std::size_t>(i)] /
                                       std::pow(2 + 0.5 / static_cast<double>(size) * sum, static_cast<double>(beta)));
                }
                auto test = node("LRN", 13).attribute("size", size).attribute("alpha", 0.5f).attribute("beta", beta);
                CHECK(distance(run(test.attribute("bias", 2.0f), x, last, {}), expected) <= tolerance(type, 16));
            }
        }
    });
    CHECK(says(node("LRN", 13).typed(DType::f32, {1, 3, 4, 4}), "'size' is missing"));
    CHECK(says(node("LRN", 13).typed(DType::f32, {1, 3, 4, 4}).attribute("size", std::int64_t{0}), "out of range"));
}

TEST_CASE("LpNormalization along any axis; a length of 0 gives 0")
{
    const Ints shape{2, 3, 4};
    for (const DType type : {DType::f32, DType::f16, DType::f64}) {
        for (std::int64_t axis = -3; axis < 3; ++axis) {
            for (const std::int64_t p : {1, 2}) {
                auto x = noise(type, shape);
                auto numbers = x.to_doubles();
                std::fill(numbers.begin() + 12, numbers.end(), 0);
                x = tensor(type, shape, numbers);
                const auto at = static_cast<std::size_t>(axis < 0 ? axis + 3 : axis);
                const std::size_t stride = at == 0 ? 12 : at == 1 ? 4 : 1;
                const auto extent = static_cast<std::size_t>(shape[at]);
                Numbers expected;
                for (std::size_t i = 0; i < numbers.size(); ++i) {
                    const std::size_t start = i - i / stride % extent * stride;
                    double length = 0;
                    for (std::size_t k = 0; k < extent; ++k) {
                        length += std::pow(std::abs(numbers[start + k * stride]), static_cast<double>(p));
                    }
                    length = p == 1 ? length : std::sqrt(length);
                    expected.push_back(length == 0 ? 0 : numbers[i] / length);
                }
                auto test = node("LpNormalization", 1).attribute("axis", axis).attribute("p", p).input(x);
                CHECK(distance(test.run(), expected) <= tolerance(type));
            }
        }
    }
    CHECK(says(node("LpNormalization", 1).typed(DType::f32, {2, 3}).attribute("p", std::int64_t{3}), "only 1 and 2"));
    CHECK(says(node("LpNormalization", 1).typed(DType::f32, {2, 3}).attribute("axis", std::int64_t{2}), "outside"));
}

TEST_CASE("MeanVarianceNormalization over axes that leave neighbours")
{
    const Ints shape{2, 3, 4, 5};
    for (const Ints& axes : {Ints{0, 2, 3}, Ints{2, 3}, Ints{-1}, Ints{0}, Ints{0, 1, 2, 3}, Ints{0, 3}}) {
        const auto x = noise(DType::f32, shape);
        const auto numbers = x.to_doubles();
        const auto coordinate = [](std::size_t i, std::size_t axis) {
            const std::size_t strides[] = {60, 20, 5, 1};
            const std::size_t extents[] = {2, 3, 4, 5};
            return i / strides[axis] % extents[axis];
        };
        Numbers expected;
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            const Moments m = moments(numbers, [&](std::size_t j) {
                bool same = true;
                for (std::size_t axis = 0; axis < 4; ++axis) {
                    const auto number = static_cast<std::int64_t>(axis);
                    const bool kept = std::ranges::find(axes, number) == axes.end() &&
                                      std::ranges::find(axes, number - 4) == axes.end();
                    same = same && (!kept || coordinate(i, axis) == coordinate(j, axis));
                }
                return same;
            });
            expected.push_back((numbers[i] - m.mean) / (std::sqrt(m.variance) + 1e-9));
        }
        auto test = node("MeanVarianceNormalization", 13).attribute("axes", axes).input(x);
        CHECK(distance(test.run(), expected) <= tolerance(DType::f32, 32));
    }
    const auto mvn = [&] { return node("MeanVarianceNormalization", 9).typed(DType::f32, {2, 3, 4, 5}); };
    CHECK(mvn().error() == "");
    CHECK(says(mvn().attribute("axes", Ints{1, 3}), "between which"));
    CHECK(says(mvn().attribute("axes", Ints{4}), "outside"));
    CHECK(says(node("MeanVarianceNormalization", 9).typed(DType::f32, {2, 3}), "outside"));
}
