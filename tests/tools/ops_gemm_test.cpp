#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

OperatorTest gemm(std::int64_t opset = 13)
{
    return {gemm_operators(), "Gemm", opset};
}

OperatorTest matmul(std::int64_t opset = 13)
{
    return {gemm_operators(), "MatMul", opset};
}

/// alpha * op(A) op(B) + beta * C, C by its own strides.
std::vector<double> reference(const Tensor& a, const Tensor& b, bool trans_a, bool trans_b, double alpha,
                              const std::vector<double>& c, std::int64_t c_rows, std::int64_t c_cols, double beta)
{
    const auto x = a.to_doubles();
    const auto y = b.to_doubles();
    const auto m = a.shape()[trans_a ? 1 : 0];
    const auto k = a.shape()[trans_a ? 0 : 1];
    const auto n = b.shape()[trans_b ? 0 : 1];
    std::vector<double> out;
    for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
            double sum = 0;
            for (std::int64_t l = 0; l < k; ++l) {
                sum += x.at(static_cast<std::size_t>(trans_a ? l * m + i : i * k + l)) *
                       y.at(static_cast<std::size_t>(trans_b ? j * k + l : l * n + j));
            }
            sum *= alpha;
            if (!c.empty()) {
                sum += beta * c.at(static_cast<std::size_t>((c_rows == 1 ? 0 : i) * c_cols + (c_cols == 1 ? 0 : j)));
            }
            out.push_back(sum);
        }
    }
    return out;
}

}  // namespace

TEST_CASE("Gemm transposes, scales and adds a row, whether B is a constant or not")
{
    for (const DType type : {DType::f32, DType::f16, DType::f64}) {
        for (int bits = 0; bits < 16; ++bits) {
            const bool trans_a = bits & 1;
            const bool trans_b = bits & 2;
            const bool constant = bits & 4;
            const bool scales = bits & 8;
            CAPTURE(name(type));
            CAPTURE(bits);
            const auto a = trans_a ? noise(type, {7, 5}) : noise(type, {5, 7});
            const auto b = trans_b ? noise(type, {11, 7}, 2) : noise(type, {7, 11}, 2);
            const auto c = noise(type, {11}, 3);
            auto test = gemm().input(a);
            constant ? test.constant(b).constant(c) : test.input(b).input(c);
            test.attribute("transA", std::int64_t{trans_a}).attribute("transB", std::int64_t{trans_b});
            const double alpha = scales ? 0.5 : 1;
            const double beta = scales ? 2 : 1;
            test.attribute("alpha", static_cast<float>(alpha)).attribute("beta", static_cast<float>(beta));
            CHECK(test.type() == std::string{name(type)} + "[5,11]");
            const auto expected = reference(a, b, trans_a, trans_b, alpha, c.to_doubles(), 1, 11, beta);
            CHECK(distance(test.run(), expected) <= tolerance(type));
        }
    }
}

TEST_CASE("Gemm broadcasts C in every form, scaled or not")
{
    struct Form {
        std::vector<std::int64_t> shape;
        std::int64_t rows, cols;
    };
    const std::vector<Form> forms{{{}, 1, 1},     {{1}, 1, 1},    {{1, 1}, 1, 1}, {{6}, 1, 6},
                                  {{1, 6}, 1, 6}, {{4, 1}, 4, 1}, {{4, 6}, 4, 6}};
    const auto a = noise(DType::f32, {4, 3});
    const auto b = noise(DType::f32, {3, 6}, 2);
    for (const Form& form : forms) {
        for (const bool constant : {false, true}) {
            for (const float beta : {1.0f, -0.5f, 0.0f}) {
                CAPTURE(form.shape.size());
                CAPTURE(constant);
                CAPTURE(beta);
                const auto c = noise(DType::f32, form.shape, 3);
                auto test = gemm().input(a).constant(b);
                constant ? test.constant(c) : test.input(c);
                test.attribute("beta", beta);
                const auto expected =
                    reference(a, b, false, false, 1, c.to_doubles(), form.rows, form.cols, static_cast<double>(beta));
                CHECK(distance(test.run(), expected) <= tolerance(DType::f32));
            }
        }
    }
}

TEST_CASE("Gemm before opset 7 broadcasts only when told, and asks for C before 11")
{
    const auto a = noise(DType::f32, {4, 3});
    const auto b = noise(DType::f32, {3, 6}, 2);
    const auto c = noise(DType::f32, {6}, 3);
    const auto says = [](OperatorTest test, const char* words) {
        return test.error().find(words) != std::string::npos;
    };
    CHECK(says(gemm(6).input(a).input(b).input(c), "broadcast = 1"));
    CHECK(gemm(6).input(a).input(b).input(c).attribute("broadcast", std::int64_t{1}).error() == "");
    CHECK(says(gemm(7).input(a).input(b).input(c).attribute("broadcast", std::int64_t{1}), "'broadcast'"));
    CHECK(says(gemm(9).input(a).input(b), "input 2 is missing"));
    CHECK(gemm(11).input(a).input(b).error() == "");
}

TEST_CASE("Gemm computes integers, and refuses to scale them")
{
    const auto a = noise(DType::i32, {3, 4});
    const auto b = noise(DType::i32, {4, 9}, 2);
    const auto expected = reference(a, b, false, false, 1, {}, 1, 1, 0);
    CHECK(gemm().input(a).constant(b).run() == expected);
    CHECK(gemm().input(a).constant(b).attribute("alpha", 0.5f).error().find("have to be 1") != std::string::npos);
}

TEST_CASE("Gemm refuses what does not fit")
{
    const auto f = DType::f32;
    const auto says = [](OperatorTest test, const char* words) {
        return test.error().find(words) != std::string::npos;
    };
    CHECK(says(gemm().typed(f, {2, 3}).typed(f, {4, 5}), "inner extents"));
    CHECK(says(gemm().typed(f, {2, 3, 1}).typed(f, {3, 5}), "matrices"));
    CHECK(says(gemm().typed(f, {2, 3}).typed(DType::f64, {3, 5}), "must agree"));
    CHECK(says(gemm().typed(f, {2, 3}).typed(f, {3, 5}).typed(f, {3}), "does not broadcast"));
    CHECK(says(gemm().typed(f, {2, 3}).typed(f, {3, 5}).typed(f, {1, 2, 5}), "does not broadcast"));
    CHECK(says(gemm().typed(DType::boolean, {2, 3}).typed(DType::boolean, {3, 5}), "does not take"));
    CHECK(says(gemm(8).typed(DType::i32, {2, 3}).typed(DType::i32, {3, 5}).typed(DType::i32, {5}), "does not take"));
    CHECK(says(gemm().typed(f, {2, 3}).typed(f, {3, 5}).attribute("foo", 1.0f), "'foo'"));
}

TEST_CASE("Gemm with free dimensions and an epilogue prints one call")
{
    const auto weights = noise(DType::f32, {3, 6});
    auto test = gemm().typed(DType::f32, {Dim::symbol("batch"), 3}).constant(weights).absent();
    test.typed(DType::f32, {Dim::symbol("batch"), 6});
    test.attribute("residual", std::int64_t{1}).attribute("fused_activation", std::string{"relu{}"});
    CHECK(test.type() == "f32[batch,6]");
    const Program program = test.lower();
    REQUIRE(program.steps.size() == 1);
    const Step& step = program.steps[0];
    CHECK(step.call.function == "gemm");
    const auto& last = std::get<Operand>(step.call.arguments.back());
    CHECK(last.before == "residual{");
    CHECK(last.after == ", relu{}}");
    REQUIRE(step.in_place.size() == 1);
    CHECK(step.in_place[0].input == test.node().inputs[3]);
}

TEST_CASE("MatMul follows numpy's rules for vectors and batches")
{
    struct Case {
        std::vector<std::int64_t> a, b, out;
    };
    const std::vector<Case> cases{
        {{4}, {4}, {}},
        {{4}, {4, 9}, {9}},
        {{3, 4}, {4}, {3}},
        {{3, 4}, {4, 9}, {3, 9}},
        {{2, 3, 4}, {4, 9}, {2, 3, 9}},
        {{4}, {2, 4, 9}, {2, 9}},
        {{2, 3, 4}, {4}, {2, 3}},
        {{2, 3, 4}, {2, 4, 9}, {2, 3, 9}},
        {{5, 1, 3, 4}, {2, 4, 9}, {5, 2, 3, 9}},
        {{3, 4}, {5, 2, 4, 9}, {5, 2, 3, 9}},
        {{5, 1, 2, 3, 4}, {1, 6, 2, 4, 1}, {5, 6, 2, 3, 1}},
        {{2, 1, 4}, {2, 4, 9}, {2, 1, 9}},
        {{2, 3, 0}, {2, 0, 9}, {2, 3, 9}},
        {{0, 4}, {4, 9}, {0, 9}},
    };
    for (const Case& c : cases) {
        for (const DType type : {DType::f32, DType::f16, DType::f64, DType::i64, DType::u32}) {
            for (const bool constant : {false, true}) {
                const auto a = noise(type, c.a);
                const auto b = noise(type, c.b, 7);
                CAPTURE(name(type));
                CAPTURE(constant);
                auto test = matmul().input(a);
                constant ? test.constant(b) : test.input(b);
                const auto result = test.run_all().at(0);
                CHECK(result.shape() == c.out);

                // Every output element from its coordinates.
                const auto padded = [](std::vector<std::int64_t> shape, bool left) {
                    if (shape.size() == 1) {
                        shape.insert(left ? shape.begin() : shape.end(), 1);
                    }
                    return shape;
                };
                const auto sa = padded(c.a, true);
                const auto sb = padded(c.b, false);
                auto so = c.out;
                if (c.a.size() == 1) {
                    so.insert(so.end() - (c.b.size() == 1 ? 0 : 1), 1);
                }
                if (c.b.size() == 1) {
                    so.push_back(1);
                }
                const auto m = sa[sa.size() - 2];
                const auto k = sa.back();
                const auto n = sb.back();
                const auto offset = [&](const std::vector<std::int64_t>& shape, std::int64_t batch) {
                    std::int64_t at = 0;
                    std::int64_t stride = 1;
                    for (std::size_t i = 0; i + 2 < so.size(); ++i) {
                        const auto extent_out = so[so.size() - 3 - i];
                        const auto coordinate = batch % extent_out;
                        batch /= extent_out;
                        if (i + 2 < shape.size()) {
                            const auto extent = shape[shape.size() - 3 - i];
                            at += extent == 1 ? 0 : coordinate * stride;
                            stride *= extent;
                        }
                    }
                    return at;
                };
                const auto x = a.to_doubles();
                const auto y = b.to_doubles();
                std::vector<double> expected;
                const auto batches = m * n == 0 ? 0 : result.count() / (m * n);
                for (std::int64_t batch = 0; batch < batches; ++batch) {
                    for (std::int64_t i = 0; i < m; ++i) {
                        for (std::int64_t j = 0; j < n; ++j) {
                            double sum = 0;
                            for (std::int64_t l = 0; l < k; ++l) {
                                sum += x.at(static_cast<std::size_t>((offset(sa, batch) * m + i) * k + l)) *
                                       y.at(static_cast<std::size_t>((offset(sb, batch) * k + l) * n + j));
                            }
                            expected.push_back(sum);
                        }
                    }
                }
                CHECK(distance(result.to_doubles(), expected) <= tolerance(type));
            }
        }
    }
}

TEST_CASE("MatMul with a bias, however its right-hand operand comes")
{
    for (const bool constant : {false, true}) {
        const auto a = noise(DType::f32, {2, 3, 4});
        const auto b = noise(DType::f32, {4, 9}, 2);
        const auto bias = noise(DType::f32, {9}, 3);
        auto test = matmul().input(a);
        constant ? test.constant(b) : test.input(b);
        test.input(bias).attribute("bias", std::int64_t{1});
        const auto flat = a.reshaped({6, 4});
        const auto expected = reference(flat, b, false, false, 1, bias.to_doubles(), 1, 9, 1);
        CHECK(distance(test.run(), expected) <= tolerance(DType::f32));
    }
    // In batches the bias is spread by a step of its own.
    auto test = matmul().typed(DType::f32, {2, 3, 4}).typed(DType::f32, {2, 4, 9}).typed(DType::f32, {9});
    const Program program = test.attribute("bias", std::int64_t{1}).lower();
    REQUIRE(program.steps.size() == 2);
    CHECK(program.steps[0].call.function == "scale_matrix");
    CHECK(program.steps[1].call.function == "matmul");
}

TEST_CASE("MatMul of free dimensions needs no number, and packs a constant once")
{
    const Dim batch = Dim::symbol("batch");
    const Dim seq = Dim::symbol("seq");
    auto test = matmul().typed(DType::f32, {batch, seq, 4}).constant(noise(DType::f32, {4, 9}));
    CHECK(test.type() == "f32[batch,seq,9]");
    const Program program = test.lower();
    REQUIRE(program.steps.size() == 1);
    CHECK(program.steps[0].call.function == "gemm");
    CHECK(program.weights.size() == 1);
    auto scores = matmul().typed(DType::f32, {batch, 2, seq, 4}).typed(DType::f32, {batch, 2, 4, seq});
    CHECK(scores.type() == "f32[batch,2,seq,seq]");
    CHECK(scores.lower().temporaries.size() == 1);
}

TEST_CASE("MatMul refuses what does not fit")
{
    const auto f = DType::f32;
    const auto says = [](OperatorTest test, const char* words) {
        return test.error().find(words) != std::string::npos;
    };
    CHECK(says(matmul().typed(f, {2, 3}).typed(f, {4, 5}), "inner extents"));
    CHECK(says(matmul().typed(f, {}).typed(f, {4, 5}), "scalar"));
    CHECK(says(matmul().typed(f, {2, 3, 4}).typed(f, {3, 4, 5}), "broadcast"));
    CHECK(says(matmul(8).typed(DType::i32, {3, 4}).typed(DType::i32, {4, 5}), "does not take"));
    CHECK(says(matmul().typed(f, {2, Dim::symbol("k")}).typed(f, {4, 5}), "inner extents"));
    CHECK(says(matmul().typed(f, {2, 4}).typed(f, {4, 5}).typed(f, {5}), "more than two"));
    CHECK(says(matmul().typed(f, {2, 1, 2, 1, 2, 1, 3, 4}).typed(f, {1, 2, 1, 2, 1, 2, 4, 5}), "four loops"));
}
