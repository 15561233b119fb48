#include <doctest/doctest.h>

#include "support/image_reference.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// A Conv or ConvTranspose; empty lists are left out.
struct Convolution {
    Ints in;  ///< [N, C, spatial…]
    Ints weights;
    Ints stride{}, dilation{}, pads{};
    std::int64_t group = 1;
    std::string auto_pad{};
    Ints out{};    ///< Spatial extents that are expected.
    Ints front{};  ///< Padding in front that is expected.
    Ints output_padding{}, output_shape{};

    OperatorTest node(const std::string& type, std::int64_t opset = 11) const
    {
        OperatorTest test{conv_operators(), type, opset};
        const auto list = [&](const char* key, const Ints& ints) {
            if (!ints.empty()) {
                test.attribute(key, ints);
            }
        };
        list("strides", stride);
        list("dilations", dilation);
        list("pads", pads);
        list("output_padding", output_padding);
        list("output_shape", output_shape);
        if (!auto_pad.empty()) {
            test.attribute("auto_pad", auto_pad);
        }
        return test.attribute("group", group);
    }

    Sliding sliding() const
    {
        return {.window = three(Ints(weights.begin() + 2, weights.end()), 1),
                .stride = three(stride, 1),
                .dilation = three(dilation, 1),
                .pad = three(front, 0),
                .out = three(out, 1)};
    }
};

std::vector<double> conv_reference(const Tensor& x, const Tensor& w, const Tensor* bias, const Convolution& c)
{
    const Volume image{x};
    const Volume filters{w};
    const Sliding s = c.sliding();
    const auto per_group = filters.batch / c.group;
    std::vector<double> out;
    for (std::int64_t n = 0; n < image.batch; ++n) {
        for (std::int64_t o = 0; o < filters.batch; ++o) {
            for_each_position(s.out, [&](const Ints& at) {
                double sum = bias ? bias->to_doubles().at(static_cast<std::size_t>(o)) : 0;
                for (std::int64_t i = 0; i < filters.channels; ++i) {
                    for_each_position(s.window, [&](const Ints& in_window) {
                        const Ints place = s.tap(at, in_window);
                        if (image.inside(place)) {
                            sum += image.get(n, o / per_group * filters.channels + i, place) *
                                   filters.get(o, i, in_window);
                        }
                    });
                }
                out.push_back(sum);
            });
        }
    }
    return out;
}

void check_conv(const Convolution& c, DType type, bool constant)
{
    const auto x = noise(type, c.in);
    const auto w = noise(type, c.weights, 2);
    const auto bias = noise(type, {c.weights[0]}, 3);
    auto test = c.node("Conv").attribute("channels_last", std::int64_t{1}).input(switch_layout(x, true));
    constant ? test.constant(w).constant(bias) : test.input(w).absent();
    const auto result = switch_layout(test.run_all().at(0), false);
    Ints shape{c.in[0], c.weights[0]};
    shape.insert(shape.end(), c.out.begin(), c.out.end());
    CHECK(result.shape() == shape);
    const auto expected = conv_reference(x, w, constant ? &bias : nullptr, c);
    CHECK(distance(result.to_doubles(), expected) <= tolerance(type, 64));
}

const std::vector<Convolution> convolutions{
    {.in = {2, 3, 9}, .weights = {5, 3, 3}, .out = {7}},
    {.in = {1, 3, 9}, .weights = {5, 3, 4}, .stride = {3}, .dilation = {2}, .pads = {2, 1}, .out = {2}, .front = {2}},
    {.in = {2, 3, 6, 7}, .weights = {9, 3, 3, 3}, .pads = {1, 1, 1, 1}, .out = {6, 7}, .front = {1, 1}},
    {.in = {1, 3, 6, 7},
     .weights = {9, 3, 2, 5},
     .stride = {1, 2},
     .pads = {0, 2, 1, 1},
     .out = {6, 3},
     .front = {0, 2}},
    {.in = {1, 3, 8, 8}, .weights = {4, 3, 3, 3}, .stride = {3, 1}, .dilation = {1, 2}, .out = {2, 4}},
    {.in = {2, 5, 4, 3}, .weights = {9, 5, 1, 1}, .out = {4, 3}},
    {.in = {1, 5, 5, 5}, .weights = {9, 5, 1, 1}, .stride = {2, 2}, .out = {3, 3}},
    {.in = {1, 4, 5, 5}, .weights = {6, 2, 3, 3}, .group = 2, .out = {3, 3}},
    {.in = {1, 5, 6, 6}, .weights = {5, 1, 3, 3}, .pads = {1, 1, 1, 1}, .group = 5, .out = {6, 6}, .front = {1, 1}},
    {.in = {1, 5, 6, 6}, .weights = {10, 1, 3, 3}, .stride = {2, 2}, .group = 5, .out = {2, 2}},
    {.in = {1, 5, 12, 12}, .weights = {5, 1, 9, 1}, .dilation = {1, 3}, .group = 5, .out = {4, 12}},
    {.in = {1, 5, 12}, .weights = {5, 1, 3}, .pads = {1, 1}, .group = 5, .out = {12}, .front = {1}},
    {.in = {1, 2, 5, 6, 7},
     .weights = {3, 2, 2, 3, 3},
     .stride = {2, 1, 2},
     .pads = {1, 0, 1, 0, 1, 0},
     .out = {3, 5, 3},
     .front = {1, 0, 1}},
    {.in = {1, 3, 4, 4, 4}, .weights = {3, 1, 3, 3, 3}, .group = 3, .out = {2, 2, 2}},
    {.in = {1, 1, 5, 6},
     .weights = {2, 1, 3, 3},
     .stride = {2, 2},
     .auto_pad = "SAME_UPPER",
     .out = {3, 3},
     .front = {1, 0}},
    {.in = {1, 1, 5, 6},
     .weights = {2, 1, 3, 3},
     .stride = {2, 2},
     .auto_pad = "SAME_LOWER",
     .out = {3, 3},
     .front = {1, 1}},
    {.in = {1, 1, 5, 6}, .weights = {2, 1, 3, 3}, .auto_pad = "VALID", .out = {3, 4}},
    {.in = {0, 3, 6, 7}, .weights = {4, 3, 3, 3}, .out = {4, 5}},
    {.in = {2, 9, 6, 7}, .weights = {2, 9, 3, 3}, .pads = {1, 1, 1, 1}, .out = {6, 7}, .front = {1, 1}},
    {.in = {2, 16, 9}, .weights = {1, 16, 5}, .stride = {2}, .out = {3}},
};

/// Scatters each input pixel over the window of outputs that it reaches.
std::vector<double> transposed_reference(const Tensor& x, const Tensor& w, const Tensor* bias, const Convolution& c)
{
    const Volume image{x};
    const Volume filters{w};
    const Sliding s = c.sliding();
    const auto in_of_group = image.channels / c.group;
    Ints shape{image.batch, filters.channels * c.group, s.out[0], s.out[1], s.out[2]};
    Volume out{noise(DType::f64, shape)};
    for (std::size_t i = 0; i < out.numbers.size(); ++i) {
        const auto pixels = static_cast<std::size_t>(s.out[0] * s.out[1] * s.out[2]);
        out.numbers[i] = bias ? bias->to_doubles().at(i / pixels % static_cast<std::size_t>(out.channels)) : 0;
    }
    for (std::int64_t n = 0; n < image.batch; ++n) {
        for (std::int64_t i = 0; i < image.channels; ++i) {
            for_each_position(image.extents, [&](const Ints& at) {
                for_each_position(s.window, [&](const Ints& in_window) {
                    const Ints place = s.tap(at, in_window);
                    for (std::int64_t o = 0; out.inside(place) && o < filters.channels; ++o) {
                        const auto channel = i / in_of_group * filters.channels + o;
                        out.numbers.at(out.offset(n, channel, place)) +=
                            image.get(n, i, at) * filters.get(i, o, in_window);
                    }
                });
            });
        }
    }
    return out.numbers;
}

void check_transposed(const Convolution& c, DType type, bool constant)
{
    const auto channels = c.weights[1] * c.group;
    const auto x = noise(type, c.in);
    const auto w = noise(type, c.weights, 2);
    const auto bias = noise(type, {channels}, 3);
    auto test = c.node("ConvTranspose").attribute("channels_last", std::int64_t{1}).input(switch_layout(x, true));
    constant ? test.constant(w).constant(bias) : test.input(w).absent();
    const auto result = switch_layout(test.run_all().at(0), false);
    Ints shape{c.in[0], channels};
    shape.insert(shape.end(), c.out.begin(), c.out.end());
    CHECK(result.shape() == shape);
    const auto expected = transposed_reference(x, w, constant ? &bias : nullptr, c);
    CHECK(distance(result.to_doubles(), expected) <= tolerance(type, 64));
}

const std::vector<Convolution> transposed{
    {.in = {2, 3, 5}, .weights = {3, 4, 3}, .stride = {2}, .out = {11}},
    {.in = {1, 3, 4, 5}, .weights = {3, 9, 3, 3}, .out = {6, 7}},
    {.in = {1, 3, 4, 5},
     .weights = {3, 2, 4, 4},
     .stride = {2, 2},
     .pads = {1, 1, 1, 1},
     .out = {8, 10},
     .front = {1, 1}},
    {.in = {1, 3, 3, 3}, .weights = {3, 2, 3, 3}, .stride = {3, 2}, .out = {10, 8}, .output_padding = {1, 1}},
    {.in = {1, 3, 3, 3}, .weights = {3, 2, 3, 3}, .stride = {3, 2}, .out = {10, 8}, .output_shape = {10, 8}},
    {.in = {1, 3, 3, 3},
     .weights = {3, 2, 3, 3},
     .stride = {3, 2},
     .out = {8, 6},
     .front = {1, 1},
     .output_shape = {8, 6}},
    {.in = {1, 1, 3, 3}, .weights = {1, 2, 3, 3}, .stride = {2, 2}, .auto_pad = "SAME_UPPER", .out = {6, 6}},
    {.in = {1, 1, 3, 3},
     .weights = {1, 2, 3, 3},
     .stride = {2, 2},
     .auto_pad = "SAME_LOWER",
     .out = {6, 6},
     .front = {1, 1}},
    {.in = {1, 1, 3, 3}, .weights = {1, 1, 2, 2}, .dilation = {2, 2}, .out = {5, 5}},
    {.in = {1, 4, 3, 4}, .weights = {4, 3, 2, 3}, .stride = {2, 3}, .dilation = {1, 2}, .group = 2, .out = {6, 14}},
    {.in = {1, 4, 3, 4},
     .weights = {4, 1, 4, 4},
     .stride = {2, 2},
     .pads = {1, 1, 1, 1},
     .group = 4,
     .out = {6, 8},
     .front = {1, 1}},
    {.in = {1, 2, 2, 3, 2}, .weights = {2, 3, 3, 2, 2}, .stride = {1, 2, 3}, .out = {4, 6, 5}},
    {.in = {1, 1, 2, 2}, .weights = {1, 1, 1, 1}, .stride = {3, 3}, .out = {4, 4}},
    {.in = {2, 3, 3, 4}, .weights = {3, 2, 2, 3}, .stride = {2, 3}, .out = {6, 12}},
    {.in = {1, 3, 4}, .weights = {3, 1, 2}, .stride = {2}, .out = {8}},
};

}  // namespace

TEST_CASE("Conv of one to three spatial axes, grouped, dilated, padded")
{
    for (std::size_t i = 0; i < convolutions.size(); ++i) {
        CAPTURE(i);
        for (const DType type : {DType::f32, DType::f16, DType::f64}) {
            CAPTURE(name(type));
            check_conv(convolutions[i], type, true);
            check_conv(convolutions[i], type, false);
        }
    }
}

TEST_CASE("ConvTranspose of one to three spatial axes, with padding of the output and shapes that decide the pads")
{
    for (std::size_t i = 0; i < transposed.size(); ++i) {
        CAPTURE(i);
        for (const DType type : {DType::f32, DType::f16, DType::f64}) {
            CAPTURE(name(type));
            check_transposed(transposed[i], type, true);
            check_transposed(transposed[i], type, false);
        }
    }
}

TEST_CASE("ConvTranspose whose windows fill a line without overlap writes them as channels of a shorter line")
{
    const Convolution c{.in = {1, 3, 4, 5}, .weights = {3, 2, 2, 2}, .stride = {2, 2}};
    auto test = c.node("ConvTranspose").typed(DType::f32, {1, 4, 5, 3}).constant(noise(DType::f32, c.weights));
    test.attribute("channels_last", std::int64_t{1});
    const Program program = test.lower();
    for (const Argument& argument : program.steps.at(0).call.arguments) {
        if (const auto* extents = std::get_if<Extents>(&argument)) {
            CHECK(std::ranges::any_of(extents->fields, [](const Field& field) {
                return field.name == "out" && field.dims == std::vector<Dim>{1, 8, 5, 4};
            }));
        }
    }
}

TEST_CASE("Conv adds a residual and applies an activation in the same call")
{
    const Convolution c{.in = {1, 3, 4, 4}, .weights = {3, 3, 3, 3}, .pads = {1, 1, 1, 1}};
    auto test = c.node("Conv").typed(DType::f32, {1, 4, 4, 3}).constant(noise(DType::f32, c.weights)).absent();
    test.typed(DType::f32, {1, 4, 4, 3});
    test.attribute("channels_last", std::int64_t{1}).attribute("residual", std::int64_t{1});
    const auto& last = [&] { return std::get<Operand>(test.lower().steps.at(0).call.arguments.back()); };
    CHECK(last().before + "|" + last().after == "residual{|}");
    test.attribute("fused_activation", std::string{"relu{}"});
    CHECK(last().before + "|" + last().after == "residual{|, relu{}}");
    CHECK(test.lower().steps[0].call.function == "conv2d");
    CHECK(test.lower().steps[0].call.template_arguments == "window{3, 3}, stride{1, 1}");
    CHECK(test.lower().steps[0].in_place.at(0).input == test.node().inputs[3]);
}

TEST_CASE("Conv of free dimensions")
{
    const Convolution c{.in = {}, .weights = {4, 3, 3, 3}, .stride = {2, 2}, .auto_pad = "SAME_UPPER"};
    const Dim h = Dim::symbol("h");
    auto test = c.node("Conv").typed(DType::f32, {Dim::symbol("n"), 3, h, 64}).constant(noise(DType::f32, c.weights));
    test.run_inference();
    CHECK(test.node().outputs[0]->shape == Shape{Dim::symbol("n"), 4, ceil_div(h, 2), 32});
}

TEST_CASE("Conv refuses what does not fit or is not done")
{
    const auto f = DType::f32;
    const auto conv = [&](Shape x, Shape w) {
        return OperatorTest{conv_operators(), "Conv", 11}
            .typed(f, std::move(x))
            .typed(f, std::move(w))
            .attribute("channels_last", std::int64_t{0});
    };
    const auto says = [](OperatorTest test, const char* words) {
        return test.error().find(words) != std::string::npos;
    };
    const Shape x{1, 4, 8, 8};
    const Shape w{6, 4, 3, 3};
    CHECK(says(conv({1, 4}, {6, 4}), "spatial axes"));
    CHECK(says(conv({1, 4, 8, 8, 8, 8}, {6, 4, 1, 1, 1, 1}), "spatial axes"));
    CHECK(says(conv(x, {6, 4, 3}), "ranks must agree"));
    CHECK(says(conv(x, {6, 3, 3, 3}), "channels of the input"));
    CHECK(says(conv(x, {6, 4, 9, 3}), "does not fit"));
    CHECK(says(conv(x, {6, 4, Dim::symbol("k"), 3}), "static"));
    CHECK(says(conv(x, w).attribute("group", std::int64_t{4}), "does not divide"));
    CHECK(says(conv(x, w).attribute("group", std::int64_t{0}), "does not divide"));
    CHECK(says(conv(x, w).attribute("kernel_shape", Ints{3, 2}), "kernel_shape"));
    CHECK(says(conv(x, w).attribute("strides", Ints{0, 1}), "'strides'"));
    CHECK(says(conv(x, w).attribute("strides", Ints{1}), "entries"));
    CHECK(says(conv(x, w).attribute("pads", Ints{-1, 0, 0, 0}), "'pads'"));
    CHECK(says(conv(x, w).attribute("pads", Ints{1, 1}), "entries"));
    CHECK(says(conv(x, w).attribute("dilations", Ints{1, 0}), "'dilations'"));
    CHECK(says(conv(x, w).attribute("auto_pad", std::string{"FULL"}), "auto_pad"));
    CHECK(says(conv(x, w).attribute("auto_pad", std::int64_t{1}), "should be a string"));
    CHECK(says(conv(x, w).attribute("ceil_mode", std::int64_t{1}), "'ceil_mode'"));
    CHECK(says(conv(x, w).typed(f, {5}), "elements of the bias"));
    CHECK(says(conv(x, w).typed(f, {6, 1}), "vector"));
    CHECK(says(conv(x, w).typed(DType::f16, {6}), "must agree"));
    CHECK(says(conv(x, w).typed(f, {6}).typed(f, {6}), "more than"));
    CHECK(says(conv(x, w).attribute("strides", Ints{std::int64_t{1} << 40, 1}), "out of range"));
}

TEST_CASE("ConvTranspose refuses what does not fit or is not done")
{
    const auto conv = [](Shape x, Shape w) {
        OperatorTest test{conv_operators(), "ConvTranspose", 11};
        return test.typed(DType::f32, std::move(x)).typed(DType::f32, std::move(w));
    };
    const auto says = [](OperatorTest test, const char* words) {
        return test.error().find(words) != std::string::npos;
    };
    const Shape x{1, 4, 8, 8};
    const Shape w{4, 6, 3, 3};
    CHECK(says(conv(x, {6, 4, 3, 3}), "channels of the input"));
    CHECK(says(conv(x, w).attribute("group", std::int64_t{3}), "does not divide"));
    CHECK(says(conv(x, w).attribute("output_padding", Ints{1}), "entries"));
    CHECK(says(conv(x, w).attribute("output_padding", Ints{0, -1}), "'output_padding'"));
    CHECK(says(conv(x, w).attribute("output_shape", Ints{1}), "'output_shape'"));
    CHECK(says(conv(x, w).attribute("output_shape", Ints{4, -4}), "extent -4"));
    CHECK(says(conv(x, w).attribute("pads", Ints{9, 9, 9, 9}), "extent -8"));
    CHECK(says(conv(x, w).attribute("strides", Ints{100, 100}), "product"));
    CHECK(says(conv(x, w).typed(DType::f32, {4}), "elements of the bias"));
}

TEST_CASE("Conv: a long window to at most 3 channels has a kernel of its own, where W is constant")
{
    const auto function = [](const Ints& weights, bool constant) {
        const Convolution c{.in = {1, weights[1], 6, 6}, .weights = weights};
        auto test = c.node("Conv").attribute("channels_last", std::int64_t{1});
        test.input(noise(DType::f32, {1, 6, 6, weights[1]}));
        const auto w = noise(DType::f32, weights);
        constant ? test.constant(w) : test.input(w);
        return test.lower().steps.back().call.function;
    };
    CHECK(function({1, 8, 3, 3}, true) == "conv2d_few");
    CHECK(function({3, 64, 3, 3}, true) == "conv2d_few");
    CHECK(function({1, 8, 3, 3}, false) == "conv2d");
    CHECK(function({1, 7, 3, 3}, true) == "conv2d");
    CHECK(function({3, 7, 3, 3}, true) == "conv2d");
    CHECK(function({4, 64, 3, 3}, true) == "conv2d");
}

TEST_CASE("Conv: the attribute algorithm picks the kernel, with scratch for it")
{
    const std::pair<Convolution, std::string> cases[] = {
        {{.in = {1, 8, 6, 7}, .weights = {9, 8, 3, 3}, .out = {4, 5}}, "N, N"},
        {{.in = {1, 8, 6, 7}, .weights = {9, 8, 3, 1}, .out = {4, 7}}, "N, 1"},
        {{.in = {1, 8, 6, 7}, .weights = {9, 8, 1, 3}, .dilation = {1, 2}, .out = {6, 3}}, "1, N"},
        {{.in = {2, 8, 7}, .weights = {9, 8, 3}, .out = {5}}, "1, N"},
    };
    for (const std::string algorithm : {"winograd2", "winograd4"}) {
        for (const auto& [c, tile] : cases) {
            const auto x = noise(DType::f32, c.in);
            const auto w = noise(DType::f32, c.weights, 2);
            auto test = c.node("Conv").attribute("channels_last", std::int64_t{1}).attribute("algorithm", algorithm);
            test.input(switch_layout(x, true)).constant(w);
            const Program program = test.lower();
            const auto& call = program.steps.back().call;
            CHECK(call.function == "conv_winograd");
            std::string expected = tile;
            std::ranges::replace(expected, 'N', algorithm.back());
            CHECK(call.template_arguments == expected);
            CHECK(program.temporaries.size() == 1);
            const auto result = switch_layout(test.run_all().at(0), false);
            CHECK(distance(result.to_doubles(), conv_reference(x, w, nullptr, c)) <= 4 * tolerance(DType::f32, 64));
        }
    }
}
