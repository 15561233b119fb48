// Ensembles of decision trees. A node is twelve bytes, and the two children of a node lie side by side, so that a step
// down is a comparison and an addition.
#pragma once

#include <wasminfer/core.hpp>

namespace wasminfer {

/// How a branch decides; true goes to the first child.
enum class tree_rule : std::uint32_t {
    at_most,  ///< x <= value. All other orders are brought to this one by the generator.
    equals,   ///< x == value.
    member,   ///< x is among `sets[value], …`: a count, then as many numbers.
    leaf,     ///< The tree ends: leaves[child] is the first of `feature` entries.
};

/// rule: bits 29 and 30 of `feature`; bit 31: where a NaN goes (1: the first child). child: the first of the two.
template <class T>
struct __attribute__((may_alias)) tree_node {
    T value;
    std::uint32_t feature;
    std::uint32_t child;
};

/// What a leaf adds to one target.
template <class T>
struct __attribute__((may_alias)) tree_leaf {
    T weight;
    std::uint32_t target;
};

inline constexpr std::uint32_t tree_nan_bit = 0x80000000u;
inline constexpr std::uint32_t tree_rule_shift = 29;
inline constexpr std::uint32_t tree_feature_mask = (1u << tree_rule_shift) - 1;

/// ONNX's aggregate functions.
enum class tree_aggregate { sum, average, least, most };

/// rows × features inputs, trees' roots, rows × targets outputs.
struct tree_extents {
    index rows = 0;
    index features = 0;
    index trees = 0;
    index targets = 1;
};

namespace detail {

template <class V, class X>
WASMINFER_INLINE const tree_node<V>& find_leaf(const tree_node<V>* nodes, const V* sets, std::uint32_t root,
                                               const X* x) noexcept
{
    const tree_node<V>* node = nodes + root;
    for (;;) {
        const auto rule = static_cast<tree_rule>(node->feature >> tree_rule_shift & 3u);
        if (rule == tree_rule::leaf) {
            return *node;
        }
        const V value = static_cast<V>(x[node->feature & tree_feature_mask]);
        bool first = value <= node->value;
        if (rule != tree_rule::at_most) {
            first = value == node->value;
            if (rule == tree_rule::member) {
                const V* set = sets + static_cast<index>(node->value);
                first = false;
                for (index i = 1; i <= static_cast<index>(set[0]); ++i) {
                    first = first || value == set[i];
                }
            }
        }
        const bool nan_first = value != value && (node->feature & tree_nan_bit) != 0;
        node = nodes + node->child + (first || nan_first ? 0 : 1);
    }
}

}  // namespace detail

/// out[row][target] = base[target] + the sum (average, smallest, largest) of what the leaves that the row reaches say; a
/// target that no leaf speaks of gets base alone. base and sets may be null for none. nodes and leaves are tree_node<V> and
/// tree_leaf<V> as words; `roots` count nodes. scratch: 2 * targets of V.
template <tree_aggregate Aggregate, class X, class V, class Out>
inline void tree_ensemble(const X* in, const std::uint32_t* node_words, const std::uint32_t* leaf_words,
                          std::type_identity_t<const V*> sets, const std::uint32_t* roots,
                          std::type_identity_t<const V*> base, Out* out, const tree_extents& e, V* scratch) noexcept
{
    const auto* nodes = reinterpret_cast<const tree_node<V>*>(node_words);
    const auto* leaves = reinterpret_cast<const tree_leaf<V>*>(leaf_words);
    V* seen = scratch + e.targets;
    for (index row = 0; row < e.rows; ++row, in += e.features, out += e.targets) {
        for (index t = 0; t < e.targets; ++t) {
            scratch[t] = V(0);
            seen[t] = V(0);
        }
        for (index tree = 0; tree < e.trees; ++tree) {
            const tree_node<V>& end = detail::find_leaf(nodes, sets, roots[tree], in);
            const tree_leaf<V>* leaf = leaves + end.child;
            for (index i = static_cast<index>(end.feature & tree_feature_mask); i > 0; --i, ++leaf) {
                V& score = scratch[leaf->target];
                V& flag = seen[leaf->target];
                if constexpr (Aggregate == tree_aggregate::least) {
                    score = flag == V(0) || leaf->weight < score ? leaf->weight : score;
                } else if constexpr (Aggregate == tree_aggregate::most) {
                    score = flag == V(0) || leaf->weight > score ? leaf->weight : score;
                } else {
                    score = score + leaf->weight;
                }
                flag = V(1);
            }
        }
        for (index t = 0; t < e.targets; ++t) {
            V score = scratch[t];
            if constexpr (Aggregate == tree_aggregate::average) {
                score = score / static_cast<V>(e.trees);
            }
            out[t] = static_cast<Out>(base ? score + base[t] : score);
        }
    }
}

}  // namespace wasminfer
