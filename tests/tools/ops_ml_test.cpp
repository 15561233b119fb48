#include <doctest/doctest.h>

#include "ops/ml.hpp"
#include "support/domain_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;
using Numbers = std::vector<double>;
using Strings = std::vector<std::string>;

OperatorTest feature(const std::string& type, std::int64_t opset = 1)
{
    return domain_test(ml_feature_operators(), type, opset);
}

OperatorTest label(const std::string& type, std::int64_t opset = 1)
{
    return domain_test(ml_label_operators(), type, opset);
}

OperatorTest linear(const std::string& type)
{
    return domain_test(ml_linear_operators(), type, 1);
}

const Tensor table = tensor(DType::f32, {2, 2}, {1, 2, 3, 4});

}  // namespace

TEST_CASE("Scaler: one number for all features, or one for each")
{
    CHECK(feature("Scaler").input(table).attribute("offset", Floats{1}).attribute("scale", Floats{2, 3}).run() ==
          Numbers{0, 3, 4, 9});
    CHECK(feature("Scaler").input(tensor(DType::i64, {2}, {1, 2})).attribute("scale", Floats{2}).run() ==
          Numbers{2, 4});
    CHECK(feature("Scaler").input(table).attribute("scale", Floats{1, 2, 3}).error().find("scales") !=
          std::string::npos);
}

TEST_CASE("Binarizer keeps the type")
{
    auto test = feature("Binarizer").input(tensor(DType::i64, {3}, {1, 2, 3})).attribute("threshold", 2.0f);
    CHECK(test.type() == "i64[3]");
    CHECK(test.run() == Numbers{0, 0, 1});
}

TEST_CASE("Imputer replaces a number, or NaN")
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(feature("Imputer")
              .input(tensor(DType::f32, {2, 2}, {nan, 2, 3, nan}))
              .attribute("imputed_value_floats", Floats{7, 8})
              .attribute("replaced_value_float", std::numeric_limits<float>::quiet_NaN())
              .run() == Numbers{7, 2, 3, 8});
    CHECK(feature("Imputer")
              .input(tensor(DType::i64, {1, 3}, {0, 2, 0}))
              .attribute("imputed_value_int64s", Ints{5})
              .run() == Numbers{5, 2, 5});
}

TEST_CASE("Normalizer by the largest, by magnitudes, by squares; rows of zeros stay")
{
    const Tensor x = tensor(DType::f32, {2, 2}, {3, -4, 0, 0});
    CHECK(feature("Normalizer").input(x).attribute("norm", std::string{"L1"}).run() ==
          Numbers{static_cast<double>(3 / 7.0f), static_cast<double>(-4 / 7.0f), 0, 0});
    CHECK(feature("Normalizer").input(x).attribute("norm", std::string{"L2"}).run() ==
          Numbers{static_cast<double>(0.6f), static_cast<double>(-0.8f), 0, 0});
    CHECK(feature("Normalizer").input(table).run() == Numbers{0.5, 1, 0.75, 1});
}

TEST_CASE("OneHotEncoder gives zeros for what it does not know, and refuses strings")
{
    auto test = label("OneHotEncoder").input(tensor(DType::i64, {3}, {5, 9, 7})).attribute("cats_int64s", Ints{7, 5});
    CHECK(test.type() == "f32[3,2]");
    CHECK(test.run() == Numbers{0, 1, 0, 0, 1, 0});
    CHECK(label("OneHotEncoder")
              .input(tensor(DType::i64, {1}, {5}))
              .attribute("cats_strings", Strings{"a"})
              .error()
              .find("strings") != std::string::npos);
}

TEST_CASE("LabelEncoder finds keys in any order, the last of equal ones, and NaN")
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    auto ints = label("LabelEncoder", 2)
                    .input(tensor(DType::i64, {4}, {3, 1, 2, 9}))
                    .attribute("keys_int64s", Ints{3, 1, 2, 1})
                    .attribute("values_floats", Floats{30, 10, 20, 11})
                    .attribute("default_float", -1.0f);
    CHECK(ints.run() == Numbers{30, 11, 20, -1});
    auto floats = label("LabelEncoder", 4)
                      .input(tensor(DType::f32, {3}, {nan, 0.5, 2}))
                      .attribute("keys_tensor", tensor(DType::f32, {2}, {nan, 0.5}))
                      .attribute("values_tensor", tensor(DType::i16, {2}, {7, 8}))
                      .attribute("default_tensor", tensor(DType::i16, {1}, {9}));
    CHECK(floats.type() == "i16[3]");
    CHECK(floats.run() == Numbers{7, 8, 9});
    CHECK(label("LabelEncoder", 2)
              .input(tensor(DType::i64, {1}, {3}))
              .attribute("keys_int64s", Ints{3})
              .attribute("values_strings", Strings{"a"})
              .error()
              .find("strings") != std::string::npos);
}

TEST_CASE("FeatureVectorizer puts columns side by side, as floats")
{
    auto test = feature("FeatureVectorizer").input(tensor(DType::i64, {2, 1}, {7, 8})).input(table);
    CHECK(test.attribute("inputdimensions", Ints{1, 2}).run() == Numbers{7, 1, 2, 8, 3, 4});
}

TEST_CASE("ArrayFeatureExtractor picks columns; a vector gives a row")
{
    CHECK(feature("ArrayFeatureExtractor").input(table).input(tensor(DType::i64, {3}, {1, 0, 1})).run() ==
          Numbers{2, 1, 2, 4, 3, 4});
    auto vector = feature("ArrayFeatureExtractor")
                      .input(tensor(DType::f64, {3}, {1, 2, 3}))
                      .input(tensor(DType::i64, {1, 1}, {2}));
    CHECK(vector.type() == "f64[1,1]");
    CHECK(vector.run() == Numbers{3});
}

TEST_CASE("ZipMap is the scores themselves")
{
    auto test = label("ZipMap").input(table).attribute("classlabels_strings", Strings{"a", "b"});
    CHECK(test.type() == "f32[2,2]");
}

TEST_CASE("LinearRegressor, and its transform")
{
    const auto regressor = [](const std::string& transform) {
        return linear("LinearRegressor")
            .input(table)
            .attribute("coefficients", Floats{1, 2, -1, 1})
            .attribute("intercepts", Floats{1, 0})
            .attribute("targets", std::int64_t{2})
            .attribute("post_transform", transform);
    };
    CHECK(regressor("NONE").run() == Numbers{6, 1, 12, 1});
    CHECK(distance(regressor("SOFTMAX").run(), {1 / (1 + std::exp(-5.0)), 1 / (1 + std::exp(5.0)),
                                                1 / (1 + std::exp(-11.0)), 1 / (1 + std::exp(11.0))}) < 1e-6);
    CHECK(regressor("SIGMOID").error().find("SIGMOID") != std::string::npos);
}

TEST_CASE("LinearClassifier: labels by the scores, scores transformed")
{
    auto test = linear("LinearClassifier")
                    .input(table)
                    .attribute("coefficients", Floats{1, 0, 0, 1, 1, -1})
                    .attribute("classlabels_ints", Ints{10, 20, 30})
                    .attribute("post_transform", std::string{"LOGISTIC"})
                    .outputs(2);
    const auto results = test.run_all();
    CHECK(results[0].to_ints() == Ints{20, 20});
    CHECK(distance(results[1].to_doubles(), {0.731058, 0.880797, 0.268941, 0.952574, 0.982013, 0.268941}) < 1e-5);
}

TEST_CASE("LinearClassifier of two classes with one row: the second class's score")
{
    auto test = linear("LinearClassifier")
                    .input(tensor(DType::f32, {3, 1}, {1, -2, 0}))
                    .attribute("coefficients", Floats{1})
                    .attribute("classlabels_ints", Ints{5, 9})
                    .outputs(2);
    const auto results = test.run_all();
    CHECK(results[0].to_ints() == Ints{9, 5, 5});
    CHECK(results[1].to_doubles() == Numbers{-1, 1, 2, -2, 0, 0});
}

TEST_CASE("string labels are refused where they are asked for, and places served where not")
{
    const auto classifier = [] {
        return linear("LinearClassifier")
            .input(tensor(DType::f32, {1, 1}, {1}))
            .attribute("coefficients", Floats{1, -1})
            .attribute("classlabels_strings", Strings{"cat", "dog"})
            .outputs(2);
    };
    CHECK(classifier().error().find("strings") != std::string::npos);
    auto scores = classifier().drop_output(0);
    CHECK(scores.run_all()[1].to_doubles() == Numbers{1, -1});
}
