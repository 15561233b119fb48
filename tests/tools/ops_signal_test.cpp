// DFT, STFT, windows and the weights of mel bins; the losses.
#include <doctest/doctest.h>

#include "ops/operator.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {signal_operators(), type, opset};
}

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

Tensor scalar(std::int64_t number)
{
    return Tensor::ints({}, {number});
}

const Tensor steps = f32({1, 4, 1}, {1, 2, 3, 4});

}  // namespace

TEST_CASE("DFT of a real signal, of half its spectrum, and back")
{
    CHECK(distance(op("DFT").input(steps).run(), {10, 0, -2, 2, -2, 0, -2, -2}) < 1e-7);
    auto half = op("DFT").input(steps).attribute("onesided", std::int64_t{1});
    CHECK(half.type() == "f32[1,3,2]");
    CHECK(distance(half.run(), {10, 0, -2, 2, -2, 0}) < 1e-7);
    auto back = op("DFT").input(f32({1, 3, 2}, {10, 0, -2, 2, -2, 0})).attribute("onesided", std::int64_t{1});
    back.attribute("inverse", std::int64_t{1});
    CHECK(back.type() == "f32[1,4,1]");
    CHECK(distance(back.run(), {1, 2, 3, 4}) < 1e-7);
}

TEST_CASE("DFT: the axis is an attribute before opset 20 and an input since, with other defaults")
{
    const Tensor image = f32({1, 2, 2, 1}, {1, 2, 3, 4});
    const Doubles rows{4, 0, 6, 0, -2, 0, -2, 0};
    const Doubles columns{3, 0, -1, 0, 7, 0, -1, 0};
    CHECK(op("DFT", 17).input(image).run() == rows);
    CHECK(op("DFT", 17).input(image).attribute("axis", std::int64_t{2}).run() == columns);
    CHECK(op("DFT").input(image).run() == columns);
    CHECK(op("DFT").input(image).absent().constant(scalar(1)).run() == rows);
    CHECK(op("DFT").input(image).absent().constant(scalar(-1)).error() ==
          "the axis is the last one, which holds the parts of a number");
}

TEST_CASE("DFT: a length other than the signal's")
{
    CHECK(distance(op("DFT").input(steps).constant(scalar(2)).run(), {3, 0, -1, 0}) < 1e-7);
    auto longer = op("DFT").input(f32({1, 1, 1}, {1})).constant(scalar(3));
    CHECK(longer.run() == Doubles{1, 0, 1, 0, 1, 0});
    CHECK(op("DFT").input(steps).constant(scalar(0)).error() == "the length of the transform is 0");
}

TEST_CASE("DFT of a free length makes its roots when it runs")
{
    auto test = op("DFT").typed(DType::f32, {1, Dim::symbol("n"), 1});
    const auto program = test.lower();
    CHECK(program.steps.size() == 2);
    CHECK(program.weights.empty());
    CHECK(op("DFT").input(steps).lower().weights.size() == 1);
}

TEST_CASE("DFT refuses half of a complex signal's spectrum")
{
    CHECK(op("DFT").input(f32({1, 1, 2}, {1, 0})).attribute("onesided", std::int64_t{1}).error() ==
          "a one-sided transform needs a real signal");
}

TEST_CASE("STFT: frames by step, with a window or without")
{
    const Tensor signal = f32({1, 6, 1}, {1, 2, 3, 4, 5, 6});
    auto plain = op("STFT").input(signal).constant(scalar(2)).absent().constant(scalar(4));
    CHECK(plain.type() == "f32[1,2,3,2]");
    CHECK(distance(plain.run(), {10, 0, -2, 2, -2, 0, 18, 0, -2, 2, -2, 0}) < 1e-7);
    auto windowed = op("STFT").input(signal).constant(scalar(2)).input(f32({4}, {1, 0, 0, 0}));
    CHECK(distance(windowed.run(), {1, 0, 1, 0, 1, 0, 3, 0, 3, 0, 3, 0}) < 1e-7);
    auto both_sides = op("STFT").input(signal).constant(scalar(2)).absent().constant(scalar(4));
    CHECK(both_sides.attribute("onesided", std::int64_t{0}).type() == "f32[1,2,4,2]");
    CHECK(op("STFT").input(signal).constant(scalar(2)).error() == "needs a window or a frame length");
    CHECK(op("STFT").input(signal).constant(scalar(2)).absent().constant(scalar(9)).error() ==
          "a signal of 6 elements has no frame of 9");
}

TEST_CASE("windows of each kind and type")
{
    CHECK(distance(op("HannWindow").constant(scalar(4)).run(), {0, 0.5, 1, 0.5}) < 1e-7);
    auto symmetric = op("HammingWindow").constant(scalar(3)).attribute("periodic", std::int64_t{0});
    CHECK(distance(symmetric.run(), {4.0 / 46, 1, 4.0 / 46}) < 1e-7);
    auto blackman = op("BlackmanWindow").constant(scalar(2)).attribute("output_datatype", std::int64_t{11});
    CHECK(blackman.type() == "f64[2]");
    CHECK(distance(blackman.run(), {0, 1}) < 1e-15);
    CHECK(
        op("HannWindow").input(scalar(4)).error() ==
        "the window's length, input 0 'input_0', is computed at run time, and has to be known when the header is made");
}

TEST_CASE("MelWeightMatrix reads rate and edges when it runs")
{
    auto test = op("MelWeightMatrix").constant(scalar(8)).constant(scalar(16)).input(scalar(8192));
    test.input(f32({}, {0})).input(f32({}, {4096}));
    CHECK(test.type() == "f32[9,8]");
    const auto weights = test.run();
    CHECK(weights[0] == 1);
    CHECK(weights[5 * 8 + 7] == 1);
}

TEST_CASE("losses of targets with weights, ignored ones, and logarithms on the way")
{
    const auto loss = [](const std::string& type) { return OperatorTest{loss_operators(), type, 13}; };
    const Tensor x = f32({2, 2}, {-1, -2, -3, -4});
    const Tensor targets = Tensor::ints({2}, {1, 0});
    CHECK(loss("NegativeLogLikelihoodLoss").input(x).input(targets).run() == Doubles{2.5});
    auto weighed = loss("NegativeLogLikelihoodLoss").input(x).input(targets).input(f32({2}, {1, 3}));
    CHECK(weighed.attribute("reduction", std::string{"sum"}).run() == Doubles{9});
    CHECK(weighed.attribute("reduction", std::string{"none"}).run() == Doubles{6, 3});
    CHECK(weighed.attribute("ignore_index", std::int64_t{1}).run() == Doubles{0, 3});
    auto entropy = loss("SoftmaxCrossEntropyLoss").input(f32({1, 2}, {0, 0})).input(Tensor::ints({1}, {1})).outputs(2);
    CHECK(distance(entropy.run_all()[0].to_doubles(), {std::log(2.0)}) < 1e-6);
    CHECK(distance(entropy.run_all()[1].to_doubles(), {-std::log(2.0), -std::log(2.0)}) < 1e-6);
    CHECK(distance(entropy.drop_output(1).run(), {std::log(2.0)}) < 1e-6);
    CHECK(loss("NegativeLogLikelihoodLoss").input(x).input(Tensor::ints({1}, {1})).error() ==
          "the targets have the shape [1], expected [2]");
    CHECK(weighed.attribute("reduction", std::string{"max"}).error() ==
          "the reduction 'max' is none of none, sum and mean");
}
