// before: x -> Transpose -> Relu -> Transpose (back) -> y       after: x -> Relu -> y
//         x -> Transpose -> Concat (axis 1) -> y                       x -> Concat (axis 3) -> Transpose -> y
//
// A value need not be stored in the order of axes that the model gives it: operators that treat axes alike, or name them,
// work on any order once they are rewritten. Around each Transpose a region of such operators is found in which every
// value has two orders, that before the Transpose and that behind it. Which nodes run in which order is a minimum cut:
// an edge costs the bytes that a Transpose on it would move. The result replaces the region where it is cheaper than what
// was there, so that bytes moved never grow, and the loop ends. See layout_region.hpp.
#include <algorithm>

#include "passes/layout_region.hpp"

namespace wasminfer::gen {

namespace {

using Nodes = std::vector<std::unique_ptr<Node>>;

/// Rewrites a graph for the choices made in a region.
class Rebuild {
public:
    Rebuild(Rewriter& rewriter, const LayoutRegion& region) : rewriter_{rewriter}, region_{region} {}

    void run()
    {
        for (auto& node : rewriter_.graph().take_nodes()) {
            const auto* member = region_.member(node.get());
            if (!member) {
                pass_by(std::move(node));
            } else if (node->is("Transpose")) {
                see_differently(*node, member->choice);
                gone_.push_back(std::move(node));
            } else {
                permute(std::move(node), *member);
            }
        }
        std::vector<std::pair<Value*, Value*>> renamed;
        for (Value* output : rewriter_.graph().outputs) {
            if (Value* made = straight(output); made != output) {
                renamed.emplace_back(output, made);
            }
        }
        rewriter_.graph().set_nodes(std::move(list_));
        for (const auto& [output, made] : renamed) {
            if (!rewriter_.replace(output, made)) {
                rewriter_.append({.op = "Identity", .inputs = {made}, .attributes = {}, .makes = output});
            }
        }
    }

private:
    struct Version {
        Permutation order;
        Value* value;
    };

    /// The value in that order: as some node left it, or by a Transpose put here.
    Value* stored(Value* value, const Permutation& order)
    {
        auto& versions = versions_[value];
        if (versions.empty()) {
            // Made outside the region.
            versions.push_back({identity_permutation(value->shape->size()), value});
        }
        const auto same = std::ranges::find(versions, order, &Version::order);
        if (same != versions.end()) {
            return same->value;
        }
        const Version& first = versions.front();
        NewNode transpose{.op = "Transpose",
                          .inputs = {first.value},
                          .attributes = {{"perm", to_attribute(compose(inverse(first.order), order))}},
                          .output = value->name + "_transposed"};
        if (is_identity(order)) {
            // Whoever reads the value itself, outside or in bodies, goes on doing so.
            transpose.makes = value;
        }
        Value* made = rewriter_.append(list_, std::move(transpose));
        versions.push_back({order, made});
        return made;
    }

    Value* straight(Value* value)
    {
        return value && region_.orders(value) ? stored(value, identity_permutation(value->shape->size())) : value;
    }

    void read_straight(Node& node)
    {
        std::ranges::transform(node.inputs, node.inputs.begin(), [this](Value* input) { return straight(input); });
        for_each_subgraph(node, [&](Graph& body) {
            for (const auto& inner : body.nodes()) {
                read_straight(*inner);
            }
            std::ranges::transform(body.outputs, body.outputs.begin(),
                                   [this](Value* output) { return straight(output); });
        });
    }

    /// A product becomes one of strided operands where it reads or writes another order than the model's.
    void pass_product(std::unique_ptr<Node> node)
    {
        const auto turn = [&](const std::string& key, const Permutation& order) {
            if (!is_identity(order)) {
                node->attributes.set(key, to_attribute(order));
            } else {
                node->attributes.erase(key);
            }
        };
        bool changed = false;
        for (std::size_t i = 0; i < 2; ++i) {
            const auto versions = versions_.find(node->inputs[i]);
            if (versions == versions_.end()) {
                continue;
            }
            const auto& [order, value] = versions->second.front();
            const std::string key = i == 0 ? "perm_a" : "perm_b";
            turn(key, compose(inverse(order), strided_order(*node, key, order.size())));
            changed = changed || !is_identity(order);
            node->inputs[i] = value;
        }
        Value* output = node->outputs[0];
        if (const Permutation* order = region_.product_order(output)) {
            turn("perm_y", compose(strided_order(*node, "perm_y", order->size()), *order));
            if (is_identity(*order)) {
                versions_[output].push_back({*order, output});
            } else {
                node->outputs[0] = another(*node, output, *order);
                changed = true;
            }
        }
        if (changed) {
            node->domain = "wasminfer";
            node->op = "StridedMatMul";
            node->opset = 1;
            rewriter_.infer(*node);
        }
        list_.push_back(std::move(node));
    }

    /// A node outside.
    void pass_by(std::unique_ptr<Node> node)
    {
        if (takes_strides(*node)) {
            pass_product(std::move(node));
            return;
        }
        const auto versions = node->is("Shape") || node->is("Size") ? versions_.find(node->inputs[0]) : versions_.end();
        if (versions == versions_.end()) {
            read_straight(*node);
            list_.push_back(std::move(node));
            return;
        }
        // Extents can be had of any version.
        const auto& [order, value] = versions->second.front();
        node->inputs[0] = value;
        if (is_identity(order) || node->is("Size")) {
            list_.push_back(std::move(node));
            return;
        }
        const auto rank = static_cast<std::int64_t>(order.size());
        const auto place = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
        const auto back = inverse(order);
        const auto first = place(node->attributes.get_or<std::int64_t>("start", 0));
        const auto last = place(node->attributes.get_or<std::int64_t>("end", rank));
        std::vector<std::int64_t> wanted;
        for (auto i = first; i < last; ++i) {
            wanted.push_back(static_cast<std::int64_t>(back[static_cast<std::size_t>(i)]));
        }
        Value* extents =
            rewriter_.append(list_, {.op = "Shape", .inputs = {value}, .attributes = {}, .output = node->name});
        rewriter_.append(list_, {.op = "Gather",
                                 .inputs = {extents, rewriter_.ints(node->name + "_axes", wanted)},
                                 .attributes = {{"axis", std::int64_t{0}}},
                                 .makes = node->outputs[0]});
        gone_.push_back(std::move(node));
    }

    /// A Transpose of the region: its output is its input's bytes.
    void see_differently(Node& transpose, bool choice)
    {
        Value* from = transpose.inputs[0];
        Value* to = transpose.outputs[0];
        Value* bytes = stored(from, (*region_.orders(from))[choice ? 1 : 0]);
        to->producer = nullptr;
        versions_[to].push_back({(*region_.orders(to))[choice ? 1 : 0], bytes});
    }

    void permute(std::unique_ptr<Node> node, const LayoutRegion::Member& member)
    {
        const std::size_t choice = member.choice ? 1 : 0;
        const auto order_of = [&](const Value* value) { return (*region_.orders(value))[choice]; };
        const Shape absorbed_shape = !member.absorbed         ? Shape{}
                                     : member.absorbed->reads ? *node->inputs[0]->shape
                                                              : *node->outputs[0]->shape;
        bool changed = !is_identity(member.orders[choice]);
        for (std::size_t i = 0; i < node->inputs.size(); ++i) {
            Value*& input = node->inputs[i];
            if (member.space.inputs[i]) {
                const auto order = order_of(input);
                changed = changed || !is_identity(order);
                input = stored(input, order);
            } else {
                input = straight(input);
            }
        }
        std::vector<Shape> shapes;
        for (std::size_t i = 0; i < node->outputs.size(); ++i) {
            Value* output = node->outputs[i];
            const bool has_say = output && member.space.outputs[i];
            changed = changed || (has_say && !is_identity(order_of(output)));
            shapes.push_back(!output ? Shape{} : has_say ? permuted(*output->shape, order_of(output)) : *output->shape);
        }
        if (!changed) {
            for (Value* output : node->outputs) {
                if (output && region_.orders(output)) {
                    versions_[output].push_back({order_of(output), output});
                }
            }
            list_.push_back(std::move(node));
            return;
        }
        if (member.absorbed) {
            absorb(rewriter_, *member.absorbed, absorbed_shape, member.orders[choice]);
        }
        rewrite(*node, member, shapes);
        for (std::size_t i = 0; i < node->outputs.size(); ++i) {
            if (node->outputs[i] && member.space.outputs[i] && !is_identity(order_of(node->outputs[i]))) {
                node->outputs[i] = another(*node, node->outputs[i], order_of(node->outputs[i]));
            }
        }
        rewriter_.infer(*node);
        check(*node, shapes);
        list_.push_back(std::move(node));
    }

    void rewrite(Node& node, const LayoutRegion::Member& member, const std::vector<Shape>& shapes)
    {
        // An absorbed Reshape's own axes are those of one side; how to write it follows from both shapes.
        AxisSpace space = member.space;
        space.reshapes = space.reshapes || member.absorbed.has_value();
        permute_axes(rewriter_, list_, node, space, member.orders[member.choice ? 1 : 0], shapes);
    }

    /// What the node makes in place of `output`, which is made of it by a Transpose where somebody still wants it.
    Value* another(Node& node, Value* output, const Permutation& order)
    {
        Value* made = rewriter_.graph().add_value(output->name);
        (is_output(rewriter_.graph(), output) ? made->name += "_stored" : output->name += "_transposed");
        made->producer = &node;
        output->producer = nullptr;
        versions_[output].push_back({order, made});
        return made;
    }

    static void check(const Node& node, const std::vector<Shape>& shapes)
    {
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            if (node.outputs[i] && !same_shape(*node.outputs[i]->shape, shapes[i])) {
                throw std::logic_error{"permuting the axes of " + describe(node) + " made " +
                                       to_string(*node.outputs[i]->shape) + " instead of " + to_string(shapes[i])};
            }
        }
    }

    Rewriter& rewriter_;
    const LayoutRegion& region_;
    Nodes list_;
    Nodes gone_;  ///< Until the end: the region knows its nodes by their addresses.
    std::map<const Value*, std::vector<Version>> versions_;
};

bool improve_one(Rewriter& rewriter)
{
    for (const auto& node : rewriter.graph().nodes()) {
        if (!node->is("Transpose")) {
            continue;
        }
        LayoutRegion region{rewriter.graph(), rewriter.symbols(), *node};
        if (region.improve()) {
            Rebuild{rewriter, region}.run();
            remove_dead(rewriter.graph());
            return true;
        }
    }
    return false;
}

}  // namespace

void cancel_transposes(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    // Each round moves fewer bytes, or as many in fewer steps; the limit is there for a mistake in that.
    for (std::size_t rounds = 16 + 4 * model.graph.nodes().size(); rounds > 0 && improve_one(rewriter); --rounds) {
    }
}

}  // namespace wasminfer::gen
