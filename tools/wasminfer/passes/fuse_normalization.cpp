// before: ReduceMean (x) -> m; Sub (x, m) -> d; ReduceMean (d * d) -> v; d / Sqrt (v + epsilon) * scale + bias -> y
//  after: x -> LayerNormalization -> y
//         ReduceMean (x * x) -> v; x / Sqrt (v + epsilon) * scale -> y
//  after: x -> RMSNormalization -> y
//
// The operators are defined by these very steps (and keep sums in float for half). They normalise trailing axes: a
// normalisation over channels [N,C,H,W] gets Transposes around, to be cancelled with those of the convolutions.
#include <algorithm>

#include "ops/operator.hpp"
#include "passes/pattern.hpp"

namespace wasminfer::gen {

namespace {

struct Normalization {
    const Value* x = nullptr;
    bool centred = false;
    std::size_t axis = 0;
    double epsilon = 0.0;
    const Value* result = nullptr;
    std::vector<double> scale, bias;
};

/// A mean over one axis that stays, with extent 1: what is averaged, and the axis.
struct Mean {
    const Value* of = nullptr;
    std::size_t axis = 0;
};

std::optional<Mean> mean(const Value* value)
{
    const Node* node = producer_of(value, {"ReduceMean"});
    if (!node) {
        return std::nullopt;
    }
    const NodeView view{*node};
    if (view.int_attribute("keepdims", 1) == 0 || (view.has(1) && !view.elements(1))) {
        return std::nullopt;
    }
    const auto axes = view.ints_of("axes", 1);
    if (!axes || axes->size() != 1) {
        return std::nullopt;
    }
    return Mean{node->inputs[0], static_cast<std::size_t>(NodeView::normalize_axis((*axes)[0], view.rank(0)))};
}

class NormalizationFinder {
public:
    explicit NormalizationFinder(const Graph& graph) : graph_{graph}, parts_{graph} {}

    /// The normalisation that ends in this node's output, scale and bias behind it left out.
    std::optional<Normalization> find(const Node& node) const
    {
        const Value* y = node.outputs[0];
        const auto both = parts_.operands(y, node.op);
        if (!both) {
            return std::nullopt;
        }
        if (node.is("Div")) {
            return divided(y, both->first, root(both->second));
        }
        if (node.is("Mul")) {
            auto found = divided(y, both->first, reciprocal_root(both->second));
            return found ? found : divided(y, both->second, reciprocal_root(both->first));
        }
        return std::nullopt;
    }

    /// Takes in Mul and Add with constants of the normalised axis that are all that reads the result.
    void extend(Normalization& found) const
    {
        if (const auto scale = applied(found, "Mul")) {
            found.scale = *scale;
        }
        if (found.centred) {
            if (const auto bias = applied(found, "Add")) {
                found.bias = *bias;
            }
        }
    }

private:
    /// v of sqrt(v)
    const Value* root(const Value* value) const { return parts_.operand(value, {"Sqrt"}); }

    /// v of 1 / sqrt(v)
    const Value* reciprocal_root(const Value* value) const
    {
        if (const Value* inner = parts_.operand(value, {"Reciprocal"})) {
            return root(inner);
        }
        const Node* node = parts_.can_go(value) ? producer_of(value, {"Div", "Pow"}) : nullptr;
        if (!node || node->inputs.size() != 2) {
            return nullptr;
        }
        if (node->op == "Pow") {
            return uniform(node->inputs[1]) == -0.5 ? node->inputs[0] : nullptr;
        }
        return uniform(node->inputs[0]) == 1.0 ? root(node->inputs[1]) : nullptr;
    }

    /// y = x / sqrt(radicand)
    std::optional<Normalization> divided(const Value* y, const Value* x, const Value* radicand) const
    {
        const auto sum = parts_.can_go(radicand) ? parts_.operands(radicand, "Add") : std::nullopt;
        if (!sum || !same_shape(*x->shape, *y->shape)) {
            return std::nullopt;
        }
        const bool second = uniform(sum->second).has_value();
        const auto epsilon = uniform(second ? sum->second : sum->first);
        const Value* variance = second ? sum->first : sum->second;
        const auto average = parts_.can_go(variance) ? mean(variance) : std::nullopt;
        if (!epsilon || !average || !parts_.can_go(average->of) || !is_square(average->of, x)) {
            return std::nullopt;
        }
        Normalization found{.x = x, .axis = average->axis, .epsilon = *epsilon, .result = y, .scale = {}, .bias = {}};
        if (const auto difference = parts_.operands(x, "Sub")) {
            const auto centre = mean(difference->second);
            if (centre && centre->of == difference->first && centre->axis == found.axis) {
                found.x = difference->first;
                found.centred = true;
            }
        }
        return found;
    }

    bool is_square(const Value* value, const Value* x) const
    {
        const Product product = parts_.product(value);
        return product.scale == 1.0 && product.factors.size() == 2 && product.factors[0] == x &&
               product.factors[1] == x;
    }

    /// Constants that the result's only reader applies along the normalised axis; the result is the reader's then.
    std::optional<std::vector<double>> applied(Normalization& found, std::string_view op) const
    {
        const auto readers = parts_.can_go(found.result) ? readers_of(graph_, found.result) : std::vector<Node*>{};
        if (readers.size() != 1 || !readers[0]->is(op) || readers[0]->inputs.size() != 2 || readers[0]->opset < 7) {
            return std::nullopt;
        }
        const Value* constant = readers[0]->inputs[readers[0]->inputs[0] == found.result ? 1 : 0];
        auto numbers = along_axis(constant, *found.x->shape, found.axis);
        if (numbers) {
            found.result = readers[0]->outputs[0];
        }
        return numbers;
    }

    const Graph& graph_;
    Parts parts_;
};

/// The order of axes in which the normalised axis is the last; nullopt where that is not to be had.
std::optional<Permutation> order_for(const Normalization& found)
{
    const std::size_t rank = found.x->shape->size();
    if (found.axis + 1 == rank) {
        return identity_permutation(rank);
    }
    return found.axis == 1 && rank >= 3 && rank <= 5 ? std::optional{to_channels_last(rank)} : std::nullopt;
}

void put(Rewriter& rewriter, Normalization& found, const Permutation& order)
{
    Node& last = *found.result->producer;
    Value* x = const_cast<Value*>(found.x);
    Value* y = last.outputs[0];
    const auto constant = [&](const char* what, const std::vector<double>& numbers) {
        const auto count = static_cast<std::int64_t>(numbers.size());
        return rewriter.graph().add_constant(y->name + what, tensor_from(x->dtype, {count}, numbers));
    };
    if (found.scale.empty()) {
        found.scale.assign(static_cast<std::size_t>((*x->shape)[found.axis].constant()), 1.0);
    }
    if (!is_identity(order)) {
        x = rewriter.insert_before(last, {.op = "Transpose",
                                          .inputs = {x},
                                          .attributes = {{"perm", to_attribute(order)}},
                                          .output = x->name + "_last"});
        last.outputs[0] = rewriter.graph().add_value(y->name + "_last");
        last.outputs[0]->producer = &last;
        y->producer = nullptr;
    }
    last.op = found.centred ? "LayerNormalization" : "RMSNormalization";
    last.opset = std::max<std::int64_t>(last.opset, found.centred ? 17 : 23);
    last.attributes = {};
    last.attributes.set("axis", std::int64_t{-1});
    last.attributes.set("epsilon", static_cast<float>(found.epsilon));
    last.inputs = {x, constant("_scale", found.scale)};
    if (!found.bias.empty()) {
        last.inputs.push_back(constant("_bias", found.bias));
    }
    rewriter.infer(last);
    if (!is_identity(order)) {
        rewriter.insert_after(last, {.op = "Transpose",
                                     .inputs = {last.outputs[0]},
                                     .attributes = {{"perm", to_attribute(inverse(order))}},
                                     .makes = y});
    }
}

bool fuse_one(Rewriter& rewriter)
{
    const NormalizationFinder finder{rewriter.graph()};
    for (const auto& node : rewriter.graph().nodes()) {
        if ((!node->is("Div") && !node->is("Mul")) || !node->outputs[0] || node->outputs[0]->dtype == DType::f64 ||
            !is_float(node->outputs[0]->dtype)) {
            continue;
        }
        auto found = finder.find(*node);
        if (!found || !(*found->x->shape)[found->axis].is_constant() ||
            !find_operator("", found->centred ? "LayerNormalization" : "RMSNormalization", found->centred ? 17 : 23)) {
            continue;
        }
        finder.extend(*found);
        if (const auto order = order_for(*found)) {
            put(rewriter, *found, *order);
            return true;
        }
    }
    return false;
}

}  // namespace

void fuse_normalization(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    while (fuse_one(rewriter)) {
        remove_dead(model.graph);
    }
}

}  // namespace wasminfer::gen
