// Attention and its kin: shapes, what they refuse, and results against the operators written out.
#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;

OperatorTest op(const std::string& type, std::int64_t opset = newest_opset)
{
    return {attention_operators(), type, opset};
}

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

Tensor zeros(std::vector<std::int64_t> shape)
{
    std::int64_t count = 1;
    for (const auto extent : shape) {
        count *= extent;
    }
    return f32(std::move(shape), Doubles(static_cast<std::size_t>(count)));
}

/// One head, one query that sees all keys alike: the result is the values' mean.
OperatorTest mean_of(const Doubles& values, std::int64_t opset = 23)
{
    const auto n = static_cast<std::int64_t>(values.size());
    return op("Attention", opset)
        .input(zeros({1, 1, 1, 4}))
        .input(zeros({1, 1, n, 4}))
        .input(f32({1, 1, n, 1}, values));
}

const Dim n = Dim::symbol("n");

}  // namespace

TEST_CASE("Attention: shapes of three and four dimensions")
{
    auto four = op("Attention", 23).input(noise(DType::f32, {2, 4, 3, 8}));
    four.input(noise(DType::f32, {2, 2, 5, 8})).input(noise(DType::f32, {2, 2, 5, 6})).outputs(4);
    CHECK(four.type(0) == "f32[2,4,3,6]");
    CHECK(four.type(1) == "f32[2,2,5,8]");
    CHECK(four.type(2) == "f32[2,2,5,6]");
    CHECK(four.type(3) == "f32[2,4,3,5]");
    auto three = op("Attention", 23).input(noise(DType::f32, {2, 3, 32})).input(noise(DType::f32, {2, 5, 16}));
    three.input(noise(DType::f32, {2, 5, 12})).attribute("q_num_heads", std::int64_t{4});
    three.attribute("kv_num_heads", std::int64_t{2});
    CHECK(three.type() == "f32[2,3,24]");
}

TEST_CASE("Attention: past keys and values come first, and are handed on")
{
    auto test = op("Attention", 23).input(zeros({1, 1, 1, 4})).input(zeros({1, 1, 1, 4})).input(f32({1, 1, 1, 1}, {6}));
    test.absent().input(zeros({1, 1, 2, 4})).input(f32({1, 1, 2, 1}, {0, 3})).outputs(3);
    const auto results = test.run_all();
    CHECK(results[0].to_doubles() == Doubles{3});
    CHECK(results[2].to_doubles() == Doubles{0, 3, 6});
    CHECK(results[1].shape() == std::vector<std::int64_t>{1, 1, 3, 4});
    // The same where nobody wants them.
    test.drop_output(1).drop_output(2);
    CHECK(test.run() == Doubles{3});
}

TEST_CASE("Attention: heads of three dimensions lie beside each other")
{
    auto test = op("Attention", 23)
                    .input(zeros({1, 1, 4}))
                    .input(zeros({1, 2, 4}))
                    .input(f32({1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}));
    test.attribute("q_num_heads", std::int64_t{2}).attribute("kv_num_heads", std::int64_t{2});
    CHECK(test.run() == Doubles{2, 3, 4, 5});
}

TEST_CASE("Attention: a mask of any rank; from opset 24 on it may be shorter")
{
    CHECK(mean_of({1, 2, 6}).input(tensor(DType::boolean, {1, 3}, {1, 0, 1})).run() == Doubles{3.5});
    CHECK(mean_of({1, 2, 6}).input(f32({1, 1, 1, 3}, {-INFINITY, 0, 0})).run() == Doubles{4});
    CHECK(mean_of({1, 2, 6}).input(f32({1, 1, 1}, {5})).run() == Doubles{3});
    CHECK(mean_of({1, 2, 6}).input(f32({1, 2}, {0, 0})).error() ==
          "the mask's shape [1,2] does not broadcast to [1,1,1,3]");
    CHECK(mean_of({1, 2, 6}, 24).input(f32({1, 2}, {0, 0})).run() == Doubles{1.5});
    CHECK(mean_of({1, 2, 6}, 24).input(tensor(DType::boolean, {1, 3}, {0, 0, 0})).run() == Doubles{0});
    CHECK(std::isnan(mean_of({1, 2, 6}).input(tensor(DType::boolean, {1, 3}, {0, 0, 0})).run()[0]));
}

TEST_CASE("Attention: lengths of the batch's members")
{
    auto test = mean_of({1, 2, 6}, 24).absent().absent().absent().input(Tensor::ints({1}, {2}));
    CHECK(test.run() == Doubles{1.5});
    CHECK(mean_of({1, 2, 6}, 23).absent().absent().absent().input(Tensor::ints({1}, {2})).error() ==
          "has 7 inputs; at most 6 are defined");
}

TEST_CASE("Attention: scores as they are at each stage")
{
    auto test = op("Attention", 23).input(f32({1, 1, 1, 1}, {2})).input(f32({1, 1, 2, 1}, {0, 3}));
    test.input(f32({1, 1, 2, 1}, {0, 1})).input(f32({1, 2}, {1, 0})).outputs(4).drop_output(1).drop_output(2);
    test.attribute("scale", 0.5f).attribute("softcap", 1.0f);
    const double capped = std::tanh(3.0);
    const double sum = std::exp(1.0) + std::exp(capped);
    const Doubles expected[] = {{0, 3}, {0, capped}, {1, capped}, {std::exp(1.0) / sum, std::exp(capped) / sum}};
    for (std::int64_t mode = 0; mode < 4; ++mode) {
        test.attribute("qk_matmul_output_mode", mode);
        CHECK(distance(test.run_all()[3].to_doubles(), expected[mode]) < 1e-6);
    }
    test.attribute("qk_matmul_output_mode", std::int64_t{4});
    CHECK(test.error() == "qk_matmul_output_mode is 4; 0, 1, 2 and 3 are defined");
}

TEST_CASE("Attention of a free length")
{
    auto test = op("Attention", 24)
                    .typed(DType::f32, {1, 2, n, 8})
                    .typed(DType::f32, {1, 2, n, 8})
                    .typed(DType::f32, {1, 2, n, 8});
    test.absent()
        .typed(DType::f32, {1, 2, Dim::symbol("past"), 8})
        .typed(DType::f32, {1, 2, Dim::symbol("past"), 8})
        .outputs(3);
    CHECK(test.error().empty());
    CHECK(test.type(1) == "f32[1,2,n + past,8]");
}

TEST_CASE("Attention refuses what does not fit")
{
    const Tensor q = noise(DType::f32, {1, 3, 2, 4});
    CHECK(op("Attention", 23)
              .input(q)
              .input(noise(DType::f32, {1, 2, 2, 4}))
              .input(noise(DType::f32, {1, 2, 2, 4}))
              .error() == "3 heads of the query can't share 2 of the key: the one has to be a multiple of the other");
    CHECK(op("Attention", 23).input(q).input(noise(DType::f32, {1, 3, 2, 5})).input(q).error() ==
          "the head sizes of query and key: 4 and 5 have to be the same");
    CHECK(op("Attention", 23)
              .input(noise(DType::f32, {1, 3, 4}))
              .input(noise(DType::f32, {1, 3, 4}))
              .input(noise(DType::f32, {1, 3, 4}))
              .error() == "the query has three dimensions, and the attribute that says its number of heads is missing");
    CHECK(op("Attention", 23).input(q).input(q).input(q).attribute("scale", -1.0f).error() ==
          "the scale -1.0 is negative, and ONNX takes its square root");
}

TEST_CASE("RotaryEmbedding turns by the position's angle, in either order of pairs")
{
    const Tensor cos = f32({2, 1}, {1, 0});
    const Tensor sin = f32({2, 1}, {0, 1});
    const auto test = [&](std::int64_t interleaved) {
        auto t = op("RotaryEmbedding")
                     .input(f32({1, 1, 1, 4}, {1, 2, 3, 4}))
                     .input(cos)
                     .input(sin)
                     .input(Tensor::ints({1, 1}, {1}));
        t.attribute("interleaved", interleaved).attribute("rotary_embedding_dim", std::int64_t{2});
        return t.run();
    };
    CHECK(test(0) == Doubles{-2, 1, 3, 4});
    CHECK(test(1) == Doubles{-2, 1, 3, 4});
    auto halves = op("RotaryEmbedding")
                      .input(f32({1, 1, 4}, {1, 2, 3, 4}))
                      .input(f32({1, 1, 2}, {0, 1}))
                      .input(f32({1, 1, 2}, {1, 0}));
    CHECK(halves.attribute("num_heads", std::int64_t{1}).run() == Doubles{-3, 2, 1, 4});
    CHECK(op("RotaryEmbedding")
              .input(f32({1, 1, 1, 4}, {1, 2, 3, 4}))
              .input(cos)
              .input(sin)
              .input(Tensor::ints({1, 1}, {1}))
              .error() == "the caches have 1 angles a row for 2 pairs");
}

TEST_CASE("LinearAttention: a state carried on, and the rules that need decay and beta")
{
    const auto base = [](const std::string& rule) {
        auto t = op("LinearAttention")
                     .input(f32({1, 2, 1}, {1, 1}))
                     .input(f32({1, 2, 1}, {1, 1}))
                     .input(f32({1, 2, 1}, {3, 5}));
        t.attribute("q_num_heads", std::int64_t{1})
            .attribute("kv_num_heads", std::int64_t{1})
            .attribute("update_rule", rule);
        return t.outputs(2);
    };
    auto linear = base("linear").input(f32({1, 1, 1, 1}, {10}));
    CHECK(linear.run_all()[0].to_doubles() == Doubles{13, 18});
    CHECK(linear.run_all()[1].to_doubles() == Doubles{18});
    auto delta = base("delta").absent().absent().input(f32({1, 2, 1}, {1, 0.5}));
    CHECK(delta.run() == Doubles{3, 4});
    CHECK(base("delta").error() == "the update rule 'delta' needs beta");
    CHECK(base("gated").error() == "the update rule 'gated' needs decay");
    CHECK(base("other").error() == "the update rule 'other' is none of linear, gated, delta and gated_delta");
}

TEST_CASE("CausalConvWithState: goes on from the past, hands its end on")
{
    auto test = op("CausalConvWithState").input(f32({1, 1, 2}, {3, 4})).input(f32({1, 1, 3}, {1, 10, 100}));
    test.absent().input(f32({1, 1, 2}, {1, 2})).outputs(2);
    CHECK(test.run_all()[0].to_doubles() == Doubles{321, 432});
    CHECK(test.run_all()[1].to_doubles() == Doubles{3, 4});
    CHECK(test.attribute("activation", std::string{"relu"}).error() ==
          "the activation 'relu' is none of none, silu and swish");
}
