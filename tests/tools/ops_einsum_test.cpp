#include <doctest/doctest.h>

#include <map>

#include "ops/vision.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

OperatorTest einsum(const std::string& equation, const std::vector<Tensor>& inputs)
{
    OperatorTest test{einsum_operators(), "Einsum", newest_opset};
    test.attribute("equation", equation);
    for (const Tensor& input : inputs) {
        test.input(input);
    }
    return test;
}

/// Every place of all labels, one after the other: letters alone, an output given.
Doubles reference(const std::string& equation, const std::vector<Tensor>& inputs)
{
    std::vector<std::string> terms(1);
    for (const char c : equation.substr(0, equation.find("->"))) {
        c == ',' ? terms.emplace_back() : terms.back() += std::string{c};
    }
    const std::string output = equation.substr(equation.find("->") + 2);
    std::map<char, std::int64_t> extents;
    std::vector<Doubles> numbers;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        numbers.push_back(inputs[i].to_doubles());
        for (std::size_t axis = 0; axis < terms[i].size(); ++axis) {
            extents[terms[i][axis]] = inputs[i].shape()[axis];
        }
    }
    std::int64_t outputs = 1;
    std::int64_t places = 1;
    for (const auto& [label, extent] : extents) {
        places *= extent;
        outputs *= output.find(label) == std::string::npos ? 1 : extent;
    }
    Doubles sums(static_cast<std::size_t>(outputs), 0.0);
    for (std::int64_t flat = 0; flat < places; ++flat) {
        std::map<char, std::int64_t> at;
        std::int64_t rest = flat;
        for (const auto& [label, extent] : extents) {
            at[label] = rest % extent;
            rest /= extent;
        }
        const auto place = [&](const std::string& term) {
            std::int64_t offset = 0;
            for (const char label : term) {
                offset = offset * extents[label] + at[label];
            }
            return static_cast<std::size_t>(offset);
        };
        double product = 1;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            product *= numbers[i][place(terms[i])];
        }
        sums[place(output)] += product;
    }
    return sums;
}

}  // namespace

TEST_CASE("Einsum against a loop over all labels, in every element type")
{
    struct Example {
        std::string equation;
        std::vector<Ints> shapes;
    };
    const std::vector<Example> examples{
        {"ij->ji", {{2, 3}}},
        {"ij->", {{2, 3}}},
        {"ij->i", {{2, 3}}},
        {"ii->i", {{3, 3}}},
        {"iij->j", {{3, 3, 2}}},
        {"ij,jk->ik", {{2, 3}, {3, 4}}},
        {"ij,jk->ki", {{2, 3}, {3, 4}}},
        {"ij,kj->ik", {{2, 3}, {4, 3}}},
        {"i,i->", {{3}, {3}}},
        {"i,j->ij", {{3}, {2}}},
        {"bij,bjk->bik", {{2, 2, 3}, {2, 3, 4}}},
        {"bhid,bhjd->bhij", {{2, 2, 3, 4}, {2, 2, 5, 4}}},
        {"bihd,bjhd->bhij", {{2, 3, 2, 4}, {2, 5, 2, 4}}},
        {"bhij,bjhd->bihd", {{2, 2, 3, 4}, {2, 4, 2, 5}}},
        {"abc,cde->baed", {{2, 3, 4}, {4, 2, 3}}},
        {"abc,cbd->ad", {{2, 3, 4}, {4, 3, 2}}},
        {"ab,cd->abcd", {{2, 3}, {2, 2}}},
        {"abx,bcy->ac", {{2, 3, 2}, {3, 2, 2}}},
        {"ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 2}}},
        {"a,b,c->cab", {{2}, {3}, {2}}},
        {"abcdef,fedcba->ace", {{2, 1, 2, 1, 2, 1}, {1, 2, 1, 2, 1, 2}}},
    };
    for (const DType type : {DType::f32, DType::f16, DType::f64, DType::i8, DType::i32, DType::i64, DType::u16}) {
        for (const Example& example : examples) {
            CAPTURE(name(type));
            CAPTURE(example.equation);
            std::vector<Tensor> inputs;
            for (const Ints& shape : example.shapes) {
                inputs.push_back(noise(type, shape, static_cast<std::uint32_t>(inputs.size() + 1)));
            }
            CHECK(distance(einsum(example.equation, inputs).run(), reference(example.equation, inputs)) <=
                  tolerance(type, 64));
        }
    }
}

TEST_CASE("Einsum's ellipsis broadcasts, and an output that is not given is implied")
{
    const Tensor a = noise(DType::f32, {2, 1, 3, 4});
    const Tensor b = noise(DType::f32, {3, 4, 2}, 5);
    const auto product = einsum("...ij,...jk->...ik", {a, b}).run_all().at(0);
    CHECK(product.shape() == Ints{2, 3, 3, 2});
    const auto numbers = product.to_doubles();
    const auto left = a.to_doubles();
    const auto right = b.to_doubles();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            sum += left[(i / 18 * 3 + i / 2 % 3) * 4 + j] * right[(i / 6 % 3 * 4 + j) * 2 + i % 2];
        }
        REQUIRE(numbers[i] == doctest::Approx(sum));
    }
    CHECK(einsum("ba", {tensor(DType::f32, {1, 2}, {5, 6})}).type() == "f32[2,1]");
    CHECK(einsum("ij , jk", {noise(DType::f32, {2, 3}), noise(DType::f32, {3, 4})}).type() == "f32[2,4]");
    CHECK(einsum("...ii", {noise(DType::f32, {2, 3, 3})}).type() == "f32[2]");
    CHECK(einsum("i,i->", {noise(DType::f32, {0}), noise(DType::f32, {0})}).run() == Doubles{0});
}

TEST_CASE("Einsum that is a matrix product is one, without copies")
{
    const auto calls = [](const std::string& equation, const Ints& a, const Ints& b) {
        std::string list;
        for (const Step& step : einsum(equation, {noise(DType::f32, a), noise(DType::f32, b)}).lower().steps) {
            list += step.call.function + " ";
        }
        return list;
    };
    CHECK(calls("bij,bjk->bik", {2, 3, 4}, {2, 4, 5}) == "matmul ");
    CHECK(calls("bihd,bjhd->bhij", {2, 3, 4, 5}, {2, 6, 4, 5}) == "matmul ");
    CHECK(calls("bhij,bjhd->bihd", {2, 4, 3, 6}, {2, 6, 4, 5}) == "matmul ");
    CHECK(calls("ij,jk->ki", {2, 3}, {3, 4}) == "matmul ");
    CHECK(calls("abc,cbd->ad", {2, 3, 4}, {4, 3, 2}) == "copy_strided matmul ");
}

TEST_CASE("Einsum refuses equations that do not fit")
{
    const Tensor x = noise(DType::f32, {2, 3});
    CHECK(einsum("ijk->i", {x}).error() == "term 'ijk' of the equation does not fit the shape [2,3]");
    CHECK(einsum("ij,jk->ik", {x}).error() == "equation 'ij,jk->ik' has 2 terms for 1 inputs");
    CHECK(einsum("ij->ik", {x}).error() == "equation 'ij->ik' has an output with a label that no input has, or twice");
    CHECK(einsum("ij->ii", {x}).error() != "");
    CHECK(einsum("i1->i", {x}).error() == "equation term 'i1' can't be read");
    CHECK(einsum("ii->i", {x}).error() == "equation 'ii->i' gives one label to extents of 2 and 3");
    CHECK(einsum("", {x}).error() != "");
    CHECK(einsum("...i...->i", {x}).error() != "");
}
