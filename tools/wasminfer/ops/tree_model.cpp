#include "ops/tree_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace wasminfer::gen {

namespace {

constexpr std::array<std::string_view, 7> mode_names{"BRANCH_LEQ", "BRANCH_LT",  "BRANCH_GTE",   "BRANCH_GT",
                                                     "BRANCH_EQ",  "BRANCH_NEQ", "BRANCH_MEMBER"};
constexpr int less = 1;
constexpr int greater_or_equal = 2;
constexpr int greater = 3;
constexpr int equal = 4;
constexpr int unequal = 5;
constexpr int member = 6;

/// What a list says about entry i, or `fallback` where the list is absent.
template <class T>
T entry(const std::vector<T>& list, std::size_t i, T fallback)
{
    return list.empty() ? fallback : list[i];
}

/// A list that may be absent, and otherwise has an entry for each node.
template <class T>
std::vector<T> checked(std::vector<T> list, std::size_t count, const std::string& key, bool optional = false)
{
    if (!(optional && list.empty())) {
        require_count(list.size(), count, "entries in '" + key + "'");
    }
    return list;
}

std::size_t place(std::int64_t index, std::size_t count, const std::string& what)
{
    if (index < 0 || static_cast<std::uint64_t>(index) >= count) {
        NodeView::fail(what + " " + std::to_string(index) + " does not exist; there are " + std::to_string(count));
    }
    return static_cast<std::size_t>(index);
}

/// Nodes and leaves of the keyed form, found by tree and node.
class KeyedReader {
public:
    KeyedReader(const NodeView& view, std::string word) : view_{view}, word_{std::move(word)} {}

    TreeModel read()
    {
        node_ids_ = view_.ints_attribute("nodes_nodeids");
        tree_ids_ = checked(view_.ints_attribute("nodes_treeids"), node_ids_.size(), "nodes_treeids");
        read_nodes();
        connect();
        read_weights();
        find_roots();
        return std::move(model_);
    }

private:
    using Key = std::pair<std::int64_t, std::int64_t>;

    void read_nodes()
    {
        const std::size_t n = node_ids_.size();
        const auto modes = checked(strings_attribute(view_, "nodes_modes"), n, "nodes_modes");
        const auto features = checked(view_.ints_attribute("nodes_featureids"), n, "nodes_featureids");
        const auto values = checked(numbers_attribute(view_, "nodes_values"), n, "nodes_values");
        const auto tracks = checked(view_.ints_attribute("nodes_missing_value_tracks_true"), n,
                                    "nodes_missing_value_tracks_true", true);
        for (std::size_t i = 0; i < n; ++i) {
            TreeRef ref{.leaf = modes[i] == "LEAF"};
            if (ref.leaf) {
                ref.index = model_.leaves.size();
                model_.leaves.emplace_back();
            } else {
                const auto mode = std::ranges::find(mode_names.begin(), mode_names.end() - 1, modes[i]);
                if (mode == mode_names.end() - 1) {
                    NodeView::fail("the mode '" + modes[i] + "' of a node is not known");
                }
                ref.index = model_.branches.size();
                model_.branches.push_back({.mode = static_cast<int>(mode - mode_names.begin()),
                                           .feature = features[i],
                                           .value = values[i],
                                           .nan_true = entry(tracks, i, std::int64_t{0}) != 0});
                branch_nodes_.push_back(i);
            }
            if (!refs_.emplace(Key{tree_ids_[i], node_ids_[i]}, ref).second) {
                NodeView::fail("node " + std::to_string(node_ids_[i]) + " of tree " + std::to_string(tree_ids_[i]) +
                               " is there twice");
            }
        }
    }

    TreeRef find(std::int64_t tree, std::int64_t node) const
    {
        const auto it = refs_.find({tree, node});
        if (it == refs_.end()) {
            NodeView::fail("tree " + std::to_string(tree) + " has no node " + std::to_string(node));
        }
        return it->second;
    }

    void connect()
    {
        const auto if_true = checked(view_.ints_attribute("nodes_truenodeids"), node_ids_.size(), "nodes_truenodeids");
        const auto if_false =
            checked(view_.ints_attribute("nodes_falsenodeids"), node_ids_.size(), "nodes_falsenodeids");
        for (std::size_t b = 0; b < branch_nodes_.size(); ++b) {
            const std::size_t i = branch_nodes_[b];
            model_.branches[b].if_true = find(tree_ids_[i], if_true[i]);
            model_.branches[b].if_false = find(tree_ids_[i], if_false[i]);
            children_.emplace(tree_ids_[i], if_true[i]);
            children_.emplace(tree_ids_[i], if_false[i]);
        }
    }

    void read_weights()
    {
        const auto targets = view_.ints_attribute(word_ + "_ids");
        const std::size_t n = targets.size();
        const auto nodes = checked(view_.ints_attribute(word_ + "_nodeids"), n, word_ + "_nodeids");
        const auto trees = checked(view_.ints_attribute(word_ + "_treeids"), n, word_ + "_treeids");
        const auto weights = checked(numbers_attribute(view_, word_ + "_weights"), n, word_ + "_weights");
        for (std::size_t i = 0; i < n; ++i) {
            const TreeRef ref = find(trees[i], nodes[i]);
            if (!ref.leaf) {
                NodeView::fail("node " + std::to_string(nodes[i]) + " of tree " + std::to_string(trees[i]) +
                               " has a weight and is no leaf");
            }
            model_.leaves[ref.index].push_back({targets[i], weights[i]});
        }
    }

    /// The node of each tree that no branch leads to; trees in the order in which they first appear.
    void find_roots()
    {
        std::map<std::int64_t, bool> found;
        for (std::size_t i = 0; i < node_ids_.size(); ++i) {
            const Key key{tree_ids_[i], node_ids_[i]};
            if (children_.contains(key)) {
                found.emplace(tree_ids_[i], false);
                continue;
            }
            if (found[tree_ids_[i]]) {
                NodeView::fail("tree " + std::to_string(tree_ids_[i]) + " has more than one root");
            }
            found[tree_ids_[i]] = true;
            model_.roots.push_back(refs_.at(key));
        }
        for (const auto& [tree, rooted] : found) {
            if (!rooted) {
                NodeView::fail("tree " + std::to_string(tree) + " has no root");
            }
        }
    }

    const NodeView& view_;
    std::string word_;
    TreeModel model_;
    std::vector<std::int64_t> node_ids_, tree_ids_;
    std::vector<std::size_t> branch_nodes_;  ///< The nodes that the branches come from.
    std::map<Key, TreeRef> refs_;
    std::set<Key> children_;
};

/// The members of each branch that tests for membership, delimited by NaN.
std::vector<std::vector<double>> read_members(const NodeView& view)
{
    std::vector<std::vector<double>> sets;
    if (const auto* tensor = view.node().attributes.get<Tensor>("membership_values")) {
        std::vector<double> set;
        for (const double number : tensor->to_doubles()) {
            if (number == number) {
                set.push_back(number);
            } else {
                sets.push_back(std::exchange(set, {}));
            }
        }
        if (!set.empty()) {
            sets.push_back(std::move(set));
        }
    }
    return sets;
}

Tensor tensor_attribute(const NodeView& view, const std::string& key)
{
    const auto* tensor = view.node().attributes.get<Tensor>(key);
    if (!tensor) {
        NodeView::fail("attribute '" + key + "' is missing, or no tensor");
    }
    return *tensor;
}

/// A branch's decision brought to one of the kernel's, and whether the children change places for it.
struct Decision {
    tree_rule rule = tree_rule::at_most;
    double value = 0;
    bool swapped = false;
    bool nan_first = false;
};

/// The largest V below `value`; nothing is at most NaN.
template <class V>
double below(double value)
{
    constexpr V lowest = -std::numeric_limits<V>::infinity();
    const V v = static_cast<V>(value);
    return v > lowest ? static_cast<double>(std::nextafter(v, lowest)) : std::numeric_limits<double>::quiet_NaN();
}

template <class V>
Decision decide(const TreeBranch& branch)
{
    switch (branch.mode) {
    case less: return {.value = below<V>(branch.value), .nan_first = branch.nan_true};
    case greater_or_equal: return {.value = below<V>(branch.value), .swapped = true, .nan_first = !branch.nan_true};
    case greater: return {.value = branch.value, .swapped = true, .nan_first = !branch.nan_true};
    case equal: return {.rule = tree_rule::equals, .value = branch.value, .nan_first = branch.nan_true};
    // A NaN is unequal to everything, so it goes to the true child either way.
    case unequal: return {.rule = tree_rule::equals, .value = branch.value, .swapped = true};
    case member: return {.rule = tree_rule::member, .nan_first = branch.nan_true};
    default: return {.value = branch.value, .nan_first = branch.nan_true};
    }
}

void append_word(std::vector<std::uint32_t>& words, float number)
{
    words.push_back(std::bit_cast<std::uint32_t>(number));
}

void append_word(std::vector<std::uint32_t>& words, double number)
{
    const auto bits = std::bit_cast<std::uint64_t>(number);
    words.push_back(static_cast<std::uint32_t>(bits));
    words.push_back(static_cast<std::uint32_t>(bits >> 32));
}

}  // namespace

TreeModel read_keyed_trees(const NodeView& view, const std::string& word)
{
    return KeyedReader{view, word}.read();
}

TreeModel read_placed_trees(const NodeView& view)
{
    TreeModel model;
    const auto modes = tensor_attribute(view, "nodes_modes").to_doubles();
    const auto splits = checked(tensor_attribute(view, "nodes_splits").to_doubles(), modes.size(), "nodes_splits");
    const std::size_t n = modes.size();
    const auto list = [&](const char* key, bool optional = false) {
        return checked(view.ints_attribute(key), n, key, optional);
    };
    const auto features = list("nodes_featureids");
    const auto true_ids = list("nodes_truenodeids");
    const auto true_leafs = list("nodes_trueleafs");
    const auto false_ids = list("nodes_falsenodeids");
    const auto false_leafs = list("nodes_falseleafs");
    const auto tracks = list("nodes_missing_value_tracks_true", true);
    const auto targets = view.ints_attribute("leaf_targetids");
    const auto weights = checked(tensor_attribute(view, "leaf_weights").to_doubles(), targets.size(), "leaf_weights");
    const auto sets = read_members(view);
    std::size_t set = 0;
    const auto ref = [&](std::int64_t index, bool leaf) {
        return TreeRef{leaf, place(index, leaf ? targets.size() : n, leaf ? "leaf" : "node")};
    };
    for (std::size_t i = 0; i < n; ++i) {
        if (modes[i] < 0 || modes[i] > member) {
            NodeView::fail("the mode " + std::to_string(static_cast<int>(modes[i])) + " of a node is not known");
        }
        TreeBranch branch{.mode = static_cast<int>(modes[i]),
                          .feature = features[i],
                          .value = splits[i],
                          .nan_true = entry(tracks, i, std::int64_t{0}) != 0,
                          .if_true = ref(true_ids[i], true_leafs[i] != 0),
                          .if_false = ref(false_ids[i], false_leafs[i] != 0)};
        if (branch.mode == member) {
            if (set == sets.size()) {
                NodeView::fail("has fewer sets in 'membership_values' than nodes that test for membership");
            }
            branch.members = sets[set++];
        }
        model.branches.push_back(std::move(branch));
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        model.leaves.push_back({{targets[i], weights[i]}});
    }
    for (const auto root : view.ints_attribute("tree_roots")) {
        model.roots.push_back(ref(root, false));
    }
    return model;
}

void check_trees(const TreeModel& trees, std::int64_t features, std::int64_t targets)
{
    if (trees.roots.empty()) {
        NodeView::fail("has no trees");
    }
    if (targets < 1 || targets > (std::int64_t{1} << 31)) {
        NodeView::fail(std::to_string(targets) + " targets are not supported");
    }
    std::vector<int> parents(trees.branches.size(), 0);
    const auto lead = [&](const TreeRef& ref) {
        if (!ref.leaf && ++parents[ref.index] > 1) {
            NodeView::fail("two branches lead to one node: that is no tree");
        }
    };
    // A root counts as led to: no cycle can go through it, so none is reached from it.
    for (const TreeRef& root : trees.roots) {
        lead(root);
    }
    for (const TreeBranch& branch : trees.branches) {
        place(branch.feature, static_cast<std::size_t>(features), "feature");
        lead(branch.if_true);
        // ai.onnx.ml 5 writes a tree of one leaf as a branch with two ways to it; a branch is never twice the same.
        lead(branch.if_false);
    }
    // With one parent each, what hangs together without a root is a cycle.
    std::vector<TreeRef> open = trees.roots;
    std::size_t reached = 0;
    while (!open.empty()) {
        const TreeRef ref = open.back();
        open.pop_back();
        if (!ref.leaf) {
            ++reached;
            open.push_back(trees.branches[ref.index].if_true);
            open.push_back(trees.branches[ref.index].if_false);
        }
    }
    if (reached != trees.branches.size()) {
        NodeView::fail("has nodes that no root leads to");
    }
    for (const auto& leaf : trees.leaves) {
        for (const TreeWeight& weight : leaf) {
            place(weight.target, static_cast<std::size_t>(targets), "target");
            if (weight.weight != weight.weight) {
                NodeView::fail("has a leaf whose weight is NaN");
            }
        }
    }
}

template <class V>
PackedTrees<V> pack_trees(const TreeModel& trees)
{
    PackedTrees<V> packed;
    constexpr std::size_t leaf_words = sizeof(tree_leaf<V>) / 4;
    constexpr std::size_t most_nodes = std::size_t{1} << 28;
    std::vector<std::uint32_t> leaf_places(trees.leaves.size(), 0);
    std::size_t leaf_count = 0;
    for (std::size_t i = 0; i < trees.leaves.size(); ++i) {
        leaf_places[i] = static_cast<std::uint32_t>(leaf_count);
        for (const TreeWeight& weight : trees.leaves[i]) {
            append_word(packed.leaves, static_cast<V>(weight.weight));
            packed.leaves.push_back(static_cast<std::uint32_t>(weight.target));
            packed.leaves.resize(++leaf_count * leaf_words, 0);
        }
    }
    // Roots first, then pairs of children, level by level over all trees.
    std::deque<TreeRef> open{trees.roots.begin(), trees.roots.end()};
    for (std::size_t i = 0; i < trees.roots.size(); ++i) {
        packed.roots.push_back(static_cast<std::uint32_t>(i));
    }
    std::size_t placed = open.size();
    for (; !open.empty(); open.pop_front()) {
        const TreeRef ref = open.front();
        if (ref.leaf) {
            append_word(packed.nodes, V{0});
            packed.nodes.push_back(static_cast<std::uint32_t>(trees.leaves[ref.index].size()) |
                                   static_cast<std::uint32_t>(tree_rule::leaf) << tree_rule_shift);
            packed.nodes.push_back(leaf_places[ref.index]);
            continue;
        }
        const TreeBranch& branch = trees.branches[ref.index];
        Decision decision = decide<V>(branch);
        if (decision.rule == tree_rule::member) {
            decision.value = static_cast<double>(packed.sets.size());
            packed.sets.push_back(static_cast<V>(branch.members.size()));
            for (const double number : branch.members) {
                packed.sets.push_back(static_cast<V>(number));
            }
        }
        append_word(packed.nodes, static_cast<V>(decision.value));
        packed.nodes.push_back(static_cast<std::uint32_t>(branch.feature) |
                               static_cast<std::uint32_t>(decision.rule) << tree_rule_shift |
                               (decision.nan_first ? tree_nan_bit : 0u));
        packed.nodes.push_back(static_cast<std::uint32_t>(placed));
        open.push_back(decision.swapped ? branch.if_false : branch.if_true);
        open.push_back(decision.swapped ? branch.if_true : branch.if_false);
        placed += 2;
        if (placed > most_nodes || packed.sets.size() > (std::size_t{1} << 24)) {
            NodeView::fail("is too large");
        }
    }
    return packed;
}

template PackedTrees<float> pack_trees(const TreeModel& trees);
template PackedTrees<double> pack_trees(const TreeModel& trees);

}  // namespace wasminfer::gen
