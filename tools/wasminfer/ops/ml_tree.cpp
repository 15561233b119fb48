// Tree ensembles of ai.onnx.ml: TreeEnsembleClassifier and TreeEnsembleRegressor, and TreeEnsemble, which took their place
// in ai.onnx.ml 5. Trees are packed into the weights.
#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/tree_model.hpp"

namespace wasminfer::gen {

namespace {

constexpr TypeSet tree_inputs = ml_types | set_of(DType::f16);

/// An ensemble as one call: thresholds, weights and sums are of type `computed`.
struct Ensemble {
    Table x;
    TreeModel trees;
    tree_aggregate aggregate = tree_aggregate::sum;
    std::int64_t targets = 1;
    std::vector<double> base;  ///< Empty, or one for each target.
    DType computed = DType::f32;
    DType out = DType::f32;
};

Table checked_table(const NodeView& view, TypeSet types)
{
    view.require_inputs(1, 1);
    require_in(view, 0, types);
    const Table x = table_of(view, 0);
    if (!x.cols.is_constant()) {
        NodeView::fail("the number of features, " + x.cols.str() + ", has to be known");
    }
    return x;
}

std::string word(tree_aggregate aggregate)
{
    switch (aggregate) {
    case tree_aggregate::sum: return "tree_aggregate::sum";
    case tree_aggregate::average: return "tree_aggregate::average";
    case tree_aggregate::least: return "tree_aggregate::least";
    case tree_aggregate::most: return "tree_aggregate::most";
    }
    return "";
}

template <class X, class V, class Out>
void run_ensemble(const HostCall& host, tree_aggregate aggregate)
{
    const auto run = [&]<tree_aggregate Aggregate>() {
        tree_ensemble<Aggregate>(host.in<X>(0), host.in<std::uint32_t>(1), host.in<std::uint32_t>(2), host.in<V>(3),
                                 host.in<std::uint32_t>(4), host.in<V>(5), host.out<Out>(6),
                                 host.extents<tree_extents>(), host.out<V>(7));
    };
    switch (aggregate) {
    case tree_aggregate::sum: run.template operator()<tree_aggregate::sum>(); break;
    case tree_aggregate::average: run.template operator()<tree_aggregate::average>(); break;
    case tree_aggregate::least: run.template operator()<tree_aggregate::least>(); break;
    case tree_aggregate::most: run.template operator()<tree_aggregate::most>(); break;
    }
}

void lower_ensemble(Lower& lower, const Ensemble& e, const Operand& out)
{
    dispatch_in<set_of(DType::f32, DType::f64)>(e.computed, [&]<class V>() {
        const auto packed = pack_trees<V>(e.trees);
        const std::vector<V> base(e.base.begin(), e.base.end());
        const auto optional = [&](const char* name, const std::vector<V>& numbers) {
            return numbers.empty() ? Operand{} : lower.weight(name, e.computed, numbers);
        };
        const Operand scratch = lower.temporary(e.computed, 2 * e.targets * static_cast<std::int64_t>(sizeof(V)));
        lower.call("tree_ensemble", "kernels/tree_ensemble.hpp")
            .templates(word(e.aggregate))
            .read(lower.operand(0))
            .read(lower.weight("trees", DType::u32, packed.nodes))
            .read(lower.weight("leaves", DType::u32, packed.leaves))
            .read(optional("sets", packed.sets))
            .read(lower.weight("roots", DType::u32, packed.roots))
            .read(optional("base", base))
            .write(out)
            .extents({{"rows", e.x.rows},
                      {"features", e.x.cols},
                      {"trees", static_cast<std::int64_t>(packed.roots.size())},
                      {"targets", e.targets}})
            .write(scratch)
            .host([aggregate = e.aggregate, same = e.out != DType::f32](const HostCall& host) {
                dispatch_in<tree_inputs>(host.dtypes[0], [&]<class X>() {
                    if constexpr (wasminfer::is_float<X>) {
                        if (same) {
                            run_ensemble<X, V, X>(host, aggregate);
                            return;
                        }
                    }
                    run_ensemble<X, V, float>(host, aggregate);
                });
            });
    });
}

/// ai.onnx.ml 3 has thresholds and weights of float64, and so do inputs of float64 in older ones, as ONNX Runtime
/// computes them.
DType computed_type(const NodeView& view)
{
    return view.dtype(0) == DType::f64 || view.has_attribute("nodes_values_as_tensor") ? DType::f64 : DType::f32;
}

tree_aggregate named_aggregate(const NodeView& view)
{
    const std::string name = view.string_attribute("aggregate_function", "SUM");
    if (name == "SUM") {
        return tree_aggregate::sum;
    }
    if (name == "AVERAGE") {
        return tree_aggregate::average;
    }
    if (name == "MIN") {
        return tree_aggregate::least;
    }
    if (name == "MAX") {
        return tree_aggregate::most;
    }
    NodeView::fail("aggregate_function '" + name + "' is none of SUM, AVERAGE, MIN, MAX");
}

void check_keyed_attributes(const NodeView& view, std::initializer_list<std::string_view> own)
{
    for (const auto& [key, value] : view.node().attributes) {
        const bool of_nodes = key.starts_with("nodes_") || key.starts_with("base_values");
        if (!of_nodes && std::ranges::find(own, std::string_view{key}) == own.end()) {
            NodeView::fail("attribute '" + key + "' is not known to this operator");
        }
    }
}

// ---- TreeEnsembleRegressor ----

Ensemble regressor(const NodeView& view)
{
    check_keyed_attributes(view, {"aggregate_function", "n_targets", "post_transform", "target_ids", "target_nodeids",
                                  "target_treeids", "target_weights", "target_weights_as_tensor"});
    Ensemble e{.x = checked_table(view, ml_types), .trees = read_keyed_trees(view, "target")};
    e.aggregate = named_aggregate(view);
    e.targets = view.int_attribute("n_targets", 1);
    e.base = numbers_attribute(view, "base_values");
    e.computed = computed_type(view);
    check_trees(e.trees, e.x.cols.constant(), e.targets);
    if (!e.base.empty()) {
        require_count(e.base.size(), static_cast<std::size_t>(e.targets), "base values");
    }
    transform_of(view);
    return e;
}

void infer_regressor(Infer& infer)
{
    const Ensemble e = regressor(infer);
    infer.set(0, DType::f32, {e.x.rows, e.targets});
}

void lower_regressor(Lower& lower)
{
    const Ensemble e = regressor(lower);
    lower_ensemble(lower, e, lower.result(0));
    if (const auto transform = transform_of(lower); transform != score_transform::none) {
        lower_transform(lower, lower.result(0), lower.result(0), e.x.rows, e.targets, transform);
    }
}

// ---- TreeEnsembleClassifier ----

/// Where two classes are told apart by weights of one class alone, that class's score s says it all:
/// - NONE: [1 - s, s] and the second class above 0.5 where no weight is negative, [-s, s] and above 0 otherwise, as ONNX
///   Runtime has it (the specification is silent);
/// - LOGISTIC, SOFTMAX: of [-s, s], the second class above 0;
/// - PROBIT: of [1 - s, s].
struct Classifier {
    Ensemble ensemble;
    Classes classes;
};

void make_lone(Classifier& c, std::int64_t target)
{
    Classes& classes = c.classes;
    classes.lone = true;
    bool positive = true;
    for (auto& leaf : c.ensemble.trees.leaves) {
        for (TreeWeight& weight : leaf) {
            weight.target = 0;
            positive = positive && weight.weight >= 0;
        }
    }
    auto& base = c.ensemble.base;
    if (!base.empty()) {
        base = {base.size() > static_cast<std::size_t>(target) ? base[static_cast<std::size_t>(target)] : base[0]};
    }
    c.ensemble.targets = 1;
    const bool plain = classes.transform == score_transform::none && positive;
    classes.complement = classes.transform == score_transform::probit || plain;
    classes.threshold = classes.complement ? 0.5f : 0.0f;
}

Classifier classifier(const NodeView& view)
{
    check_keyed_attributes(view,
                           {"class_ids", "class_nodeids", "class_treeids", "class_weights", "class_weights_as_tensor",
                            "classlabels_int64s", "classlabels_strings", "post_transform"});
    Classifier c{.ensemble = {.x = checked_table(view, ml_types), .trees = read_keyed_trees(view, "class")}};
    c.classes = classes_of(view, "classlabels_int64s", "classlabels_strings");
    Ensemble& e = c.ensemble;
    e.targets = c.classes.count();
    e.base = numbers_attribute(view, "base_values");
    e.computed = computed_type(view);
    check_trees(e.trees, e.x.cols.constant(), e.targets);
    const auto ids = view.ints_attribute("class_ids");
    const bool lone = e.targets == 2 && !ids.empty() && std::ranges::count(ids, ids[0]) == std::ssize(ids);
    if (lone) {
        make_lone(c, ids[0]);
    }
    if (!e.base.empty()) {
        require_count(e.base.size(), static_cast<std::size_t>(e.targets), "base values");
    }
    return c;
}

void infer_classifier(Infer& infer)
{
    const Classifier c = classifier(infer);
    infer_classes(infer, c.classes, c.ensemble.x.rows);
}

void lower_classifier(Lower& lower)
{
    const Classifier c = classifier(lower);
    lower_classes(lower, c.classes, c.ensemble.x.rows,
                  [&](const Operand& scores) { lower_ensemble(lower, c.ensemble, scores); });
}

// ---- TreeEnsemble ----

score_transform numbered_transform(const NodeView& view)
{
    switch (view.int_attribute("post_transform", 0)) {
    case 0: return score_transform::none;
    case 1: return score_transform::softmax;
    case 2: return score_transform::logistic;
    case 3: return score_transform::softmax_zero;
    case 4: return score_transform::probit;
    default: NodeView::fail("post_transform is none of 0 to 4");
    }
}

Ensemble ensemble(const NodeView& view)
{
    only_attributes(view, {"aggregate_function", "leaf_targetids", "leaf_weights", "membership_values", "n_targets",
                           "nodes_falseleafs", "nodes_falsenodeids", "nodes_featureids", "nodes_hitrates",
                           "nodes_missing_value_tracks_true", "nodes_modes", "nodes_splits", "nodes_trueleafs",
                           "nodes_truenodeids", "post_transform", "tree_roots"});
    Ensemble e{.x = checked_table(view, types::floats), .trees = read_placed_trees(view)};
    constexpr tree_aggregate aggregates[] = {tree_aggregate::average, tree_aggregate::sum, tree_aggregate::least,
                                             tree_aggregate::most};
    const auto aggregate = view.int_attribute("aggregate_function", 1);
    if (aggregate < 0 || aggregate > 3) {
        NodeView::fail("aggregate_function is none of 0 to 3");
    }
    e.aggregate = aggregates[aggregate];
    e.targets = view.int_attribute("n_targets", 1);
    e.computed = view.dtype(0) == DType::f64 ? DType::f64 : DType::f32;
    e.out = view.dtype(0);
    check_trees(e.trees, e.x.cols.constant(), e.targets);
    if (numbered_transform(view) != score_transform::none && e.out != DType::f32) {
        NodeView::fail("post_transform of " + std::string{name(e.out)} + " is not supported, only of f32");
    }
    return e;
}

void infer_ensemble(Infer& infer)
{
    const Ensemble e = ensemble(infer);
    infer.set(0, e.out, {e.x.rows, e.targets});
}

void lower_ensemble_node(Lower& lower)
{
    const Ensemble e = ensemble(lower);
    lower_ensemble(lower, e, lower.result(0));
    if (const auto transform = numbered_transform(lower); transform != score_transform::none) {
        lower_transform(lower, lower.result(0), lower.result(0), e.x.rows, e.targets, transform);
    }
}

const Operator rows[] = {
    {.type = "TreeEnsemble", .since = 5, .infer = infer_ensemble, .lower = lower_ensemble_node, .domain = ml_domain},
    {.type = "TreeEnsembleClassifier", .infer = infer_classifier, .lower = lower_classifier, .domain = ml_domain},
    {.type = "TreeEnsembleRegressor", .infer = infer_regressor, .lower = lower_regressor, .domain = ml_domain},
};

}  // namespace

std::span<const Operator> ml_tree_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
