// before: x[N,C,H,W] -> Reshape [N,G,-1] -> InstanceNormalization -> Reshape [N,C,H,W] -> Mul (C) -> Add (C) -> y
//  after: x -> GroupNormalization (G groups) -> y
//
// That is how exporters write group normalisation for opsets that lack it: each row of the reshaped tensor is one group.
// Scale and bias of the group are constants times and plus those of the channel.
#include <algorithm>

#include "ops/operator.hpp"
#include "passes/pattern.hpp"

namespace wasminfer::gen {

namespace {

struct GroupNorm {
    Value* x = nullptr;
    std::int64_t groups = 0;
    const Value* result = nullptr;
    std::vector<double> scale, bias;  ///< By channel.
};

class GroupNormFinder {
public:
    explicit GroupNormFinder(const Graph& graph) : graph_{graph}, parts_{graph} {}

    std::optional<GroupNorm> find(const Node& norm) const
    {
        const Node* reshape = parts_.can_go(norm.input(0)) ? producer_of(norm.input(0), {"Reshape"}) : nullptr;
        const Node* back = reader(norm.output(0));
        if (!reshape || !back || !back->is("Reshape") || norm.inputs.size() != 3) {
            return std::nullopt;
        }
        GroupNorm found{.x = reshape->inputs[0], .result = back->outputs[0], .scale = {}, .bias = {}};
        const Shape& shape = *found.x->shape;
        const Shape& rows = *norm.inputs[0]->shape;
        const bool grouped = shape.size() >= 3 && rows.size() >= 3 && shape[0] == rows[0] && shape[1].is_constant() &&
                             rows[1].is_constant() && rows[1].constant() > 0 &&
                             shape[1].constant() % rows[1].constant() == 0;
        if (!grouped || !same_shape(shape, *found.result->shape) || !norm.inputs[1]->constant ||
            !norm.inputs[2]->constant) {
            return std::nullopt;
        }
        found.groups = rows[1].constant();
        const auto group_scale = norm.inputs[1]->constant->to_doubles();
        const auto group_bias = norm.inputs[2]->constant->to_doubles();
        const std::int64_t size = shape[1].constant() / found.groups;
        for (std::int64_t channel = 0; channel < shape[1].constant(); ++channel) {
            found.scale.push_back(group_scale[static_cast<std::size_t>(channel / size)]);
            found.bias.push_back(group_bias[static_cast<std::size_t>(channel / size)]);
        }
        if (const auto numbers = applied(found, "Mul")) {
            std::ranges::transform(found.scale, *numbers, found.scale.begin(), std::multiplies{});
            std::ranges::transform(found.bias, *numbers, found.bias.begin(), std::multiplies{});
        }
        if (const auto numbers = applied(found, "Add")) {
            std::ranges::transform(found.bias, *numbers, found.bias.begin(), std::plus{});
        }
        return found;
    }

private:
    /// The one node that reads the value.
    const Node* reader(const Value* value) const
    {
        const auto readers = parts_.can_go(value) ? readers_of(graph_, value) : std::vector<Node*>{};
        return readers.size() == 1 ? readers[0] : nullptr;
    }

    /// A constant for each channel that the result's only reader applies; the result is the reader's then.
    std::optional<std::vector<double>> applied(GroupNorm& found, std::string_view op) const
    {
        const Node* node = reader(found.result);
        if (!node || !node->is(op) || node->opset < 7 || node->inputs.size() != 2) {
            return std::nullopt;
        }
        const Value* constant = node->inputs[node->inputs[0] == found.result ? 1 : 0];
        auto numbers = along_axis(constant, *found.x->shape, 1);
        if (numbers) {
            found.result = node->outputs[0];
        }
        return numbers;
    }

    const Graph& graph_;
    Parts parts_;
};

bool fuse_one(Rewriter& rewriter)
{
    const GroupNormFinder finder{rewriter.graph()};
    for (const auto& node : rewriter.graph().nodes()) {
        if (!node->is("InstanceNormalization") || node->attributes.has("channels_last")) {
            continue;
        }
        const auto found = finder.find(*node);
        if (!found) {
            continue;
        }
        const float epsilon = node->attributes.get_or("epsilon", 1e-5f);
        Node& last = *found->result->producer;
        const auto constant = [&](const char* what, const std::vector<double>& numbers) {
            const auto count = static_cast<std::int64_t>(numbers.size());
            return rewriter.graph().add_constant(last.outputs[0]->name + what,
                                                 tensor_from(found->x->dtype, {count}, numbers));
        };
        last.op = "GroupNormalization";
        last.opset = std::max<std::int64_t>(last.opset, 21);
        last.attributes = {};
        last.attributes.set("epsilon", epsilon);
        last.attributes.set("num_groups", found->groups);
        last.inputs = {found->x, constant("_scale", found->scale), constant("_bias", found->bias)};
        rewriter.infer(last);
        return true;
    }
    return false;
}

}  // namespace

void fuse_group_norm(Model& model, const PassOptions& options, Diagnostics&)
{
    if (!find_operator("", "GroupNormalization", 21)) {
        return;
    }
    Rewriter rewriter{model, options};
    while (fuse_one(rewriter)) {
        remove_dead(model.graph);
    }
}

}  // namespace wasminfer::gen
