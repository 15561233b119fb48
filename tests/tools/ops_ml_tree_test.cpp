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

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// x ? 1 : 0 for the comparison `mode` with 2, of 1, 2, 3 and NaN.
OperatorTest stump(const std::string& mode, std::int64_t tracks_true, DType type = DType::f32)
{
    OperatorTest test = domain_test(ml_tree_operators(), "TreeEnsembleRegressor", 1);
    return test.input(tensor(type, {4, 1}, {1, 2, 3, is_float(type) ? not_a_number : 4}))
        .attribute("nodes_treeids", Ints{0, 0, 0})
        .attribute("nodes_nodeids", Ints{0, 1, 2})
        .attribute("nodes_modes", Strings{mode, "LEAF", "LEAF"})
        .attribute("nodes_featureids", Ints{0, 0, 0})
        .attribute("nodes_values", Floats{2, 0, 0})
        .attribute("nodes_truenodeids", Ints{1, 0, 0})
        .attribute("nodes_falsenodeids", Ints{2, 0, 0})
        .attribute("nodes_missing_value_tracks_true", Ints{tracks_true, 0, 0})
        .attribute("target_treeids", Ints{0})
        .attribute("target_nodeids", Ints{1})
        .attribute("target_ids", Ints{0})
        .attribute("target_weights", Floats{1});
}

/// Two trees, x[0] <= 0 and x[1] <= 0, whose leaves are 1, 2 and 10, 20 for the given targets.
OperatorTest& pair_of_trees(OperatorTest& test, const std::string& word, const Ints& targets, const Floats& weights)
{
    return test.input(tensor(DType::f32, {2, 2}, {-1, 1, 1, -1}))
        .attribute("nodes_treeids", Ints{0, 0, 0, 1, 1, 1})
        .attribute("nodes_nodeids", Ints{0, 1, 2, 0, 1, 2})
        .attribute("nodes_modes", Strings{"BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"})
        .attribute("nodes_featureids", Ints{0, 0, 0, 1, 0, 0})
        .attribute("nodes_values", Floats{0, 0, 0, 0, 0, 0})
        .attribute("nodes_truenodeids", Ints{1, 0, 0, 1, 0, 0})
        .attribute("nodes_falsenodeids", Ints{2, 0, 0, 2, 0, 0})
        .attribute(word + "_treeids", Ints{0, 0, 1, 1})
        .attribute(word + "_nodeids", Ints{1, 2, 1, 2})
        .attribute(word + "_ids", targets)
        .attribute(word + "_weights", weights);
}

Numbers aggregated(const std::string& function)
{
    OperatorTest test = domain_test(ml_tree_operators(), "TreeEnsembleRegressor", 1);
    return pair_of_trees(test, "target", {0, 0, 0, 0}, {1, 2, 10, 20})
        .attribute("aggregate_function", function)
        .attribute("base_values", Floats{100})
        .run();
}

std::vector<Tensor> classified(const Ints& classes, const Floats& weights, const std::string& transform,
                               const Floats& base = {})
{
    OperatorTest test = domain_test(ml_tree_operators(), "TreeEnsembleClassifier", 1);
    pair_of_trees(test, "class", classes, weights)
        .attribute("classlabels_int64s", Ints{5, 9})
        .attribute("post_transform", transform)
        .outputs(2);
    if (!base.empty()) {
        test.attribute("base_values", base);
    }
    return test.run_all();
}

}  // namespace

TEST_CASE("every comparison of a tree's node, and where a NaN goes")
{
    const std::vector<std::pair<std::string, Numbers>> modes{
        {"BRANCH_LEQ", {1, 1, 0}}, {"BRANCH_LT", {1, 0, 0}}, {"BRANCH_GTE", {0, 1, 1}},
        {"BRANCH_GT", {0, 0, 1}},  {"BRANCH_EQ", {0, 1, 0}}, {"BRANCH_NEQ", {1, 0, 1}},
    };
    for (const auto& [mode, expected] : modes) {
        for (const std::int64_t tracks : {0, 1}) {
            CAPTURE(mode);
            CAPTURE(tracks);
            Numbers all = expected;
            all.push_back(tracks == 1 || mode == "BRANCH_NEQ" ? 1 : 0);
            CHECK(stump(mode, tracks).run() == all);
            CHECK(stump(mode, tracks, DType::f64).run() == all);
            all.back() = mode == "BRANCH_GT" || mode == "BRANCH_GTE" || mode == "BRANCH_NEQ" ? 1 : 0;
            CHECK(stump(mode, tracks, DType::i64).run() == all);
        }
    }
}

TEST_CASE("trees are summed, averaged, or the smallest or largest taken, and the base added")
{
    // The leaves: 1 and 20, then 2 and 10.
    CHECK(aggregated("SUM") == Numbers{121, 112});
    CHECK(aggregated("AVERAGE") == Numbers{110.5, 106});
    CHECK(aggregated("MIN") == Numbers{101, 102});
    CHECK(aggregated("MAX") == Numbers{120, 110});
}

TEST_CASE("classes by their largest score")
{
    const auto results = classified({0, 1, 0, 1}, {1, 2, 10, 20}, "NONE");
    CHECK(results[0].to_ints() == Ints{9, 5});
    CHECK(results[1].to_doubles() == Numbers{1, 20, 10, 2});
    CHECK(classified({0, 1, 0, 1}, {1, 2, 10, 20}, "NONE", {30, 0})[0].to_ints() == Ints{5, 5});
}

TEST_CASE("two classes told apart by the weights of one")
{
    // Sums 0.75 and 0.25, no weight negative.
    auto results = classified({0, 0, 0, 0}, {0.5f, 0.125f, 0.125f, 0.25f}, "NONE");
    CHECK(results[0].to_ints() == Ints{9, 5});
    CHECK(results[1].to_doubles() == Numbers{0.25, 0.75, 0.75, 0.25});
    // 0.25 and -0.25.
    results = classified({0, 0, 0, 0}, {0.5f, 0.25f, -0.5f, -0.25f}, "NONE");
    CHECK(results[0].to_ints() == Ints{9, 5});
    CHECK(results[1].to_doubles() == Numbers{-0.25, 0.25, 0.25, -0.25});
    // With a base of 2: 2.25 and 1.75.
    results = classified({1, 1, 1, 1}, {0.5f, 0.25f, -0.5f, -0.25f}, "LOGISTIC", {2});
    CHECK(results[0].to_ints() == Ints{9, 9});
    CHECK(distance(results[1].to_doubles(), {0.0953495, 0.9046505, 0.1480472, 0.8519528}) < 1e-5);
}

TEST_CASE("TreeEnsemble of ai.onnx.ml 5: places, shared leaves, membership")
{
    const auto ensemble = [](DType type) {
        OperatorTest test = domain_test(ml_tree_operators(), "TreeEnsemble", 5);
        // x in {1.2, 3.7, 8, 9}: leaf 0; else x = 12: leaf 1; else x >= 5: leaf 1 or leaf 2.
        return test.input(tensor(type, {5, 1}, {3, 8, 12, 7, not_a_number}))
            .attribute("aggregate_function", std::int64_t{1})
            .attribute("leaf_targetids", Ints{0, 1, 2})
            .attribute("leaf_weights", tensor(type, {3}, {1, 10, 100}))
            .attribute("membership_values", tensor(type, {6}, {1.25, 3.75, 8, 9, not_a_number, not_a_number}))
            .attribute("n_targets", std::int64_t{3})
            .attribute("nodes_falseleafs", Ints{0, 0, 1})
            .attribute("nodes_falsenodeids", Ints{1, 2, 2})
            .attribute("nodes_featureids", Ints{0, 0, 0})
            .attribute("nodes_modes", tensor(DType::u8, {3}, {6, 4, 2}))
            .attribute("nodes_splits", tensor(type, {3}, {0, 12, 5}))
            .attribute("nodes_trueleafs", Ints{1, 1, 1})
            .attribute("nodes_truenodeids", Ints{0, 1, 1})
            .attribute("tree_roots", Ints{0});
    };
    for (const DType type : {DType::f32, DType::f64, DType::f16}) {
        CHECK(ensemble(type).type() == std::string{name(type)} + "[5,3]");
        CHECK(ensemble(type).run() == Numbers{0, 0, 100, 1, 0, 0, 0, 10, 0, 0, 10, 0, 0, 0, 100});
    }
}

TEST_CASE("what is no tree is refused")
{
    auto test = stump("BRANCH_LEQ", 0);
    CHECK(test.attribute("nodes_falsenodeids", Ints{7, 0, 0}).error().find("no node 7") != std::string::npos);
    test = stump("BRANCH_LEQ", 0);
    CHECK(test.attribute("nodes_falsenodeids", Ints{0, 0, 0}).error().find("root") != std::string::npos);
    test = stump("BRANCH_LEQ", 0);
    CHECK(test.attribute("nodes_featureids", Ints{1, 0, 0}).error().find("feature 1") != std::string::npos);
    test = stump("BRANCH_LEQ", 0);
    CHECK(test.attribute("target_ids", Ints{1}).error().find("target 1") != std::string::npos);
    test = stump("BRANCH_SIDEWAYS", 0);
    CHECK(test.error().find("BRANCH_SIDEWAYS") != std::string::npos);
    test = stump("BRANCH_LEQ", 0);
    test.attribute("nodes_modes", Strings{"BRANCH_LEQ", "BRANCH_LEQ", "LEAF"})
        .attribute("target_nodeids", Ints{2})
        .attribute("nodes_truenodeids", Ints{1, 2, 0})
        .attribute("nodes_falsenodeids", Ints{1, 2, 0});
    CHECK(test.error().find("two branches") != std::string::npos);
}
