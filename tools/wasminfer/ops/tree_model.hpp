// Tree ensembles of ai.onnx.ml, read from either form of attributes and packed as the kernel walks them.
#pragma once

#include <wasminfer/kernels/tree_ensemble.hpp>

#include "ops/ml.hpp"

namespace wasminfer::gen {

/// A child: a branch, or a leaf.
struct TreeRef {
    bool leaf = false;
    std::size_t index = 0;
};

/// x[feature] compared with the value: `mode` in the order of ai.onnx.ml 5, <=, <, >=, >, ==, !=, member.
struct TreeBranch {
    int mode = 0;
    std::int64_t feature = 0;
    double value = 0;
    std::vector<double> members{};
    bool nan_true = false;
    TreeRef if_true{}, if_false{};
};

struct TreeWeight {
    std::int64_t target = 0;
    double weight = 0;
};

struct TreeModel {
    std::vector<TreeBranch> branches;
    std::vector<std::vector<TreeWeight>> leaves;
    std::vector<TreeRef> roots;
};

/// TreeEnsembleClassifier and TreeEnsembleRegressor: nodes_* with string modes, weights in <word>_ids, <word>_nodeids,
/// <word>_treeids and <word>_weights, the word "class" or "target".
TreeModel read_keyed_trees(const NodeView& view, const std::string& word);
/// TreeEnsemble (ai.onnx.ml 5): branches and leaves by their places.
TreeModel read_placed_trees(const NodeView& view);

/// Refuses features outside [0, features), targets outside [0, targets), and branches that two others lead to.
void check_trees(const TreeModel& trees, std::int64_t features, std::int64_t targets);

/// The arrays that tree_ensemble reads, with thresholds of type V.
template <class V>
struct PackedTrees {
    std::vector<std::uint32_t> nodes, leaves, roots;
    std::vector<V> sets;
};

template <class V>
PackedTrees<V> pack_trees(const TreeModel& trees);

extern template PackedTrees<float> pack_trees(const TreeModel& trees);
extern template PackedTrees<double> pack_trees(const TreeModel& trees);

}  // namespace wasminfer::gen
