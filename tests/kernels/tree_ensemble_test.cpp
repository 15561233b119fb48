#include <wasminfer/kernels/tree_ensemble.hpp>

#include "kernels/reference.hpp"

#include <cstring>

namespace wasminfer {
namespace {

using reference::random;
using Words = std::vector<std::uint32_t>;

/// Trees as the kernel reads them, built node by node.
template <class V>
class Forest {
public:
    /// A leaf's entries, and its node.
    tree_node<V> leaf(const std::vector<tree_leaf<V>>& entries)
    {
        const auto first = static_cast<std::uint32_t>(leaves_.size());
        leaves_.insert(leaves_.end(), entries.begin(), entries.end());
        return {V(0), word(tree_rule::leaf) | static_cast<std::uint32_t>(entries.size()), first};
    }

    tree_node<V> branch(tree_rule rule, std::uint32_t feature, V value, const tree_node<V>& yes, const tree_node<V>& no,
                        bool nan_yes = false)
    {
        const auto child = static_cast<std::uint32_t>(nodes_.size());
        nodes_.push_back(yes);
        nodes_.push_back(no);
        return {value, word(rule) | feature | (nan_yes ? tree_nan_bit : 0), child};
    }

    /// x[feature] among the numbers.
    tree_node<V> member(std::uint32_t feature, const std::vector<V>& numbers, const tree_node<V>& yes,
                        const tree_node<V>& no)
    {
        const auto at = static_cast<V>(sets_.size());
        sets_.push_back(static_cast<V>(numbers.size()));
        sets_.insert(sets_.end(), numbers.begin(), numbers.end());
        return branch(tree_rule::member, feature, at, yes, no);
    }

    void root(const tree_node<V>& node)
    {
        roots_.push_back(static_cast<std::uint32_t>(nodes_.size()));
        nodes_.push_back(node);
    }

    template <tree_aggregate Aggregate, class X, class Out = float>
    std::vector<Out> run(const std::vector<X>& in, index features, index targets, const std::vector<V>& base = {}) const
    {
        const index rows = static_cast<index>(in.size()) / features;
        std::vector<Out> out(static_cast<std::size_t>(rows * targets));
        std::vector<V> scratch(static_cast<std::size_t>(2 * targets), V(99));
        const Words nodes = words(nodes_);
        const Words leaves = words(leaves_);
        tree_ensemble<Aggregate>(
            in.data(), nodes.data(), leaves.data(), sets_.data(), roots_.data(), base.empty() ? nullptr : base.data(),
            out.data(),
            {.rows = rows, .features = features, .trees = static_cast<index>(roots_.size()), .targets = targets},
            scratch.data());
        return out;
    }

private:
    static std::uint32_t word(tree_rule rule) { return static_cast<std::uint32_t>(rule) << tree_rule_shift; }

    template <class T>
    static Words words(const std::vector<T>& list)
    {
        Words w(list.size() * sizeof(T) / sizeof(std::uint32_t));
        std::memcpy(w.data(), list.data(), list.size() * sizeof(T));
        return w;
    }

    std::vector<tree_node<V>> nodes_;
    std::vector<tree_leaf<V>> leaves_;
    std::vector<V> sets_;
    Words roots_;
};

using Floats = std::vector<float>;

/// Two trees of one target, the second a leaf alone; the first asks x[1] <= 2 and below it x[0] == 7.
template <class V>
Forest<V> two_trees()
{
    Forest<V> f;
    const auto equal = f.branch(tree_rule::equals, 0, V(7), f.leaf({{V(1), 0}}), f.leaf({{V(2), 0}}));
    f.root(f.branch(tree_rule::at_most, 1, V(2), equal, f.leaf({{V(4), 0}})));
    f.root(f.leaf({{V(10), 0}}));
    return f;
}

}  // namespace

TEST_CASE_TEMPLATE("tree_ensemble: thresholds include their value, equality, lone leaves", T, float, double,
                   std::int64_t, std::int32_t)
{
    const std::vector<T> in{7, 2, 8, 2, 7, 3};
    CHECK(two_trees<float>().template run<tree_aggregate::sum>(in, 2, 1) == Floats{11, 12, 14});
    CHECK(two_trees<double>().template run<tree_aggregate::sum>(in, 2, 1) == Floats{11, 12, 14});
}

TEST_CASE("tree_ensemble: each aggregate, then the base")
{
    const auto f = two_trees<float>();
    const Floats in{7, 2, 7, 3};
    const Floats base{100};
    CHECK(f.run<tree_aggregate::sum>(in, 2, 1, base) == Floats{111, 114});
    CHECK(f.run<tree_aggregate::average>(in, 2, 1, base) == Floats{105.5f, 107});
    CHECK(f.run<tree_aggregate::least>(in, 2, 1, base) == Floats{101, 104});
    CHECK(f.run<tree_aggregate::most>(in, 2, 1, base) == Floats{110, 110});
}

TEST_CASE("tree_ensemble: the least and the most of weights below and above zero")
{
    Forest<float> f;
    for (const float weight : {-3.0f, -2.0f}) {
        f.root(f.leaf({{weight, 0}, {-weight, 1}}));
    }
    CHECK(f.run<tree_aggregate::least>(Floats{0}, 1, 2) == Floats{-3, 2});
    CHECK(f.run<tree_aggregate::most>(Floats{0}, 1, 2) == Floats{-2, 3});
}

TEST_CASE("tree_ensemble: leaves speak of several targets or of none, and of silent ones the base remains")
{
    Forest<float> f;
    f.root(f.branch(tree_rule::at_most, 0, 0.0f, f.leaf({{1, 2}, {5, 0}, {2, 2}}), f.leaf({})));
    const Floats base{10, 20, 30};
    for (const auto& out : {f.run<tree_aggregate::sum>(Floats{0, 1}, 1, 3, base),
                            f.run<tree_aggregate::average>(Floats{0, 1}, 1, 3, base)}) {
        CHECK(out == Floats{15, 20, 33, 10, 20, 30});
    }
    CHECK(f.run<tree_aggregate::most>(Floats{0, 1}, 1, 3, base) == Floats{15, 20, 32, 10, 20, 30});
    CHECK(f.run<tree_aggregate::least>(Floats{0, 1}, 1, 3) == Floats{5, 0, 1, 0, 0, 0});
}

TEST_CASE("tree_ensemble: membership of sets, the empty one too")
{
    Forest<float> f;
    const auto none = f.member(0, {}, f.leaf({{8, 0}}), f.leaf({{2, 0}}));
    f.root(f.member(1, {3, -1, 5}, f.leaf({{1, 0}}), none));
    const Floats in{0, 3, 0, -1, 0, 5, 0, 4, 0, NAN};
    CHECK(f.run<tree_aggregate::sum>(in, 2, 1) == Floats{1, 1, 1, 2, 2});
}

TEST_CASE("tree_ensemble: a NaN goes to the second child, or to the first where the node says so")
{
    for (const tree_rule rule : {tree_rule::at_most, tree_rule::equals}) {
        for (const bool first : {false, true}) {
            Forest<double> f;
            f.root(f.branch(rule, 0, 1.0, f.leaf({{1, 0}}), f.leaf({{2, 0}}), first));
            CHECK(f.run<tree_aggregate::sum>(Floats{NAN, 1, 3}, 1, 1) == Floats{first ? 1.0f : 2.0f, 1, 2});
        }
    }
}

TEST_CASE("tree_ensemble: double thresholds tell double inputs apart that are one float")
{
    const double threshold = 1.0 + 1e-12;
    const std::vector<double> in{1.0, 1.0 + 2e-12};
    Forest<double> exact;
    exact.root(exact.branch(tree_rule::at_most, 0, threshold, exact.leaf({{1, 0}}), exact.leaf({{2, 0}})));
    CHECK(exact.run<tree_aggregate::sum, double, double>(in, 1, 1) == std::vector<double>{1, 2});
    Forest<float> rounded;
    rounded.root(rounded.branch(tree_rule::at_most, 0, 1.0f, rounded.leaf({{1, 0}}), rounded.leaf({{2, 0}})));
    CHECK(rounded.run<tree_aggregate::sum>(in, 1, 1) == Floats{1, 1});
}

TEST_CASE("tree_ensemble: half in, half out")
{
    Forest<float> f;
    f.root(f.branch(tree_rule::at_most, 0, 0.5f, f.leaf({{1, 0}}), f.leaf({{0.25f, 0}})));
    const auto out = f.run<tree_aggregate::sum, half, half>({half{0.5f}, half{0.75f}}, 1, 1);
    CHECK(widen(out[0]) == 1.0f);
    CHECK(widen(out[1]) == 0.25f);
}

TEST_CASE("tree_ensemble: full trees against their decisions one by one")
{
    constexpr index features = 5;
    constexpr std::uint32_t depth = 4;
    constexpr std::uint32_t inner = (1u << depth) - 1;  // A full tree in level order: the children of i are 2i+1, 2i+2.
    constexpr index trees = 6;
    const Floats thresholds = random(trees * inner, 1);
    const Floats weights = random(trees * (inner + 1), 2);
    const auto feature_of = [](index tree, std::uint32_t node) {
        return static_cast<std::uint32_t>((static_cast<std::uint32_t>(tree) * 7 + node * 3) % features);
    };
    Forest<float> f;
    for (index tree = 0; tree < trees; ++tree) {
        const auto subtree = [&](auto&& self, std::uint32_t node) -> tree_node<float> {
            if (node >= inner) {
                return f.leaf({{weights[static_cast<std::size_t>(tree) * (inner + 1) + node - inner], 0}});
            }
            const auto yes = self(self, 2 * node + 1);
            const auto no = self(self, 2 * node + 2);
            return f.branch(tree_rule::at_most, feature_of(tree, node),
                            thresholds[static_cast<std::size_t>(tree) * inner + node], yes, no);
        };
        f.root(subtree(subtree, 0));
    }
    const Floats in = random(30 * features, 3);
    Floats expected;
    for (std::size_t row = 0; row < 30; ++row) {
        float sum = 0;
        for (index tree = 0; tree < trees; ++tree) {
            std::uint32_t node = 0;
            while (node < inner) {
                const float x = in[row * features + feature_of(tree, node)];
                node = 2 * node + (x <= thresholds[static_cast<std::size_t>(tree) * inner + node] ? 1 : 2);
            }
            sum += weights[static_cast<std::size_t>(tree) * (inner + 1) + node - inner];
        }
        expected.push_back(sum);
    }
    CHECK(f.run<tree_aggregate::sum>(in, features, 1) == expected);
}

}  // namespace wasminfer
