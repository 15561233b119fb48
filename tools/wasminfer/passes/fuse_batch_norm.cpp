// before: x -> Conv -> BatchNormalization -> y        after: x -> Conv -> y
//         x -> MatMul -> Mul -> Add -> y                     x -> MatMul (bias) -> y
//
// What follows is a[c] * v + b[c] for the channels c of v: BatchNormalization outside training, or Mul, Div, Add, Sub with
// constants. Conv, ConvTranspose, Gemm and MatMul are linear in their weights, so that a is multiplied into the weights
// and b added to the bias. Both are computed in double and rounded once.
#include <algorithm>
#include <cmath>

#include "ops/operator.hpp"
#include "passes/pattern.hpp"

namespace wasminfer::gen {

namespace {

using Numbers = std::vector<double>;

/// a * x + b, channel by channel.
struct Affine {
    Numbers a, b;
};

/// A value, and which of its axes counts the channels.
struct Channels {
    const Value* value;
    std::size_t axis;
    std::size_t count;
};

std::optional<Affine> batch_norm(const Node& node, const Channels& channels)
{
    const NodeView view{node};
    const std::size_t rank = channels.value->shape->size();
    const std::size_t axis = view.int_attribute("channels_last", 0) != 0 ? rank - 1 : 1;
    if (view.int_attribute("training_mode", 0) != 0 || axis != channels.axis) {
        return std::nullopt;
    }
    std::array<Numbers, 4> statistics;  // scale, bias, mean, variance
    for (std::size_t i = 0; i < 4; ++i) {
        const Value* value = node.input(i + 1);
        if (!value || !value->constant || value->constant->count() != static_cast<std::int64_t>(channels.count)) {
            return std::nullopt;
        }
        statistics[i] = value->constant->to_doubles();
    }
    const auto epsilon = static_cast<double>(view.float_attribute("epsilon", 1e-5f));
    const auto& [scale, bias, mean, variance] = statistics;
    Affine affine;
    for (std::size_t c = 0; c < channels.count; ++c) {
        affine.a.push_back(scale[c] / std::sqrt(variance[c] + epsilon));
        affine.b.push_back(bias[c] - mean[c] * affine.a[c]);
    }
    return affine;
}

std::optional<Affine> arithmetic(const Node& node, const Channels& channels)
{
    // Before opset 7 the axis that broadcasting starts from is an attribute.
    if (node.opset < 7 || node.inputs.size() != 2) {
        return std::nullopt;
    }
    const bool second = node.inputs[1] == channels.value;
    const auto numbers = along_axis(node.inputs[second ? 0 : 1], *channels.value->shape, channels.axis);
    if (!numbers || !same_shape(*node.outputs[0]->shape, *channels.value->shape)) {
        return std::nullopt;
    }
    const Numbers ones(channels.count, 1.0);
    const Numbers zeros(channels.count, 0.0);
    const auto each = [&](auto f) {
        Numbers result = *numbers;
        std::ranges::transform(result, result.begin(), f);
        return result;
    };
    if (node.op == "Add") {
        return Affine{ones, *numbers};
    }
    if (node.op == "Mul") {
        return Affine{*numbers, zeros};
    }
    if (node.op == "Sub") {
        return second ? Affine{Numbers(channels.count, -1.0), *numbers} : Affine{ones, each(std::negate{})};
    }
    if (node.op == "Div" && !second) {
        return Affine{each([](double number) { return 1.0 / number; }), zeros};
    }
    return std::nullopt;
}

std::optional<Affine> affine_of(const Node& node, const Channels& channels)
{
    if (!node.domain.empty() || !node.output(0)) {
        return std::nullopt;
    }
    auto affine = node.op == "BatchNormalization" && node.inputs[0] == channels.value ? batch_norm(node, channels)
                                                                                      : arithmetic(node, channels);
    const auto finite = [](double number) { return std::isfinite(number); };
    const bool usable = affine && std::ranges::all_of(affine->a, finite) && std::ranges::all_of(affine->b, finite);
    return usable ? std::move(affine) : std::nullopt;
}

/// Where a linear operator keeps its weights' output channels, and its bias.
struct Linear {
    std::size_t weight_axis;
    std::int64_t groups = 1;  ///< ConvTranspose counts a group's channels along weight_axis, groups along axis 0.
    double bias_scale = 1.0;  ///< Gemm's beta.
};

std::optional<Linear> linear(const Node& node)
{
    const NodeView view{node};
    if (node.is("Conv")) {
        return Linear{.weight_axis = 0};
    }
    if (node.is("ConvTranspose")) {
        return Linear{.weight_axis = 1, .groups = view.int_attribute("group", 1)};
    }
    if (node.is("Gemm")) {
        return Linear{.weight_axis = view.int_attribute("transB", 0) != 0 ? 0U : 1U,
                      .bias_scale = static_cast<double>(view.float_attribute("beta", 1.0f))};
    }
    const Operator* row = node.is("MatMul") ? find_operator("", "MatMul", node.opset) : nullptr;
    if (row && row->epilogue != Epilogue::none && view.rank(0) >= 2 && view.rank(1) == 2) {
        return Linear{.weight_axis = 1};
    }
    return std::nullopt;
}

Channels channels_of(const Node& node)
{
    const NodeView view{node};
    const Value* value = node.outputs[0];
    const std::size_t rank = value->shape->size();
    const bool last = node.op == "MatMul" || view.int_attribute("channels_last", 0) != 0;
    const std::size_t axis = last ? rank - 1 : 1;
    const Dim& count = (*value->shape)[axis];
    return {value, axis, count.is_constant() ? static_cast<std::size_t>(count.constant()) : 0};
}

Tensor scaled_weights(const Tensor& weights, const Linear& form, const Numbers& a)
{
    auto numbers = weights.to_doubles();
    const auto& shape = weights.shape();
    std::size_t inner = 1;  // Elements between neighbours along weight_axis.
    for (std::size_t axis = form.weight_axis + 1; axis < shape.size(); ++axis) {
        inner *= static_cast<std::size_t>(shape[axis]);
    }
    const auto along = static_cast<std::size_t>(shape[form.weight_axis]);
    const std::size_t per_group = numbers.size() / static_cast<std::size_t>(form.groups);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const std::size_t group = form.groups == 1 ? 0 : i / per_group;
        numbers[i] *= a[group * along + i / inner % along];
    }
    return tensor_from(weights.dtype(), shape, numbers);
}

bool is_ones(const Numbers& numbers)
{
    return std::ranges::all_of(numbers, [](double number) { return number == 1.0; });
}

/// The bias as it stands, one number a channel; nullopt where it isn't constant or isn't one number a channel.
std::optional<Numbers> bias_of(const Node& node, const Channels& channels, const Linear& form)
{
    if (!node.input(2)) {
        return Numbers(channels.count, 0.0);
    }
    const Value* constant = node.input(2);
    const Shape row = node.op == "Gemm" ? *channels.value->shape : Shape{(*channels.value->shape)[channels.axis]};
    auto bias = along_axis(constant, row, row.size() - 1);
    if (bias) {
        std::ranges::transform(*bias, bias->begin(), [&](double number) { return number * form.bias_scale; });
    }
    return bias;
}

bool fuse(Rewriter& rewriter, Node& node, Node& next)
{
    const auto form = linear(node);
    if (!form || node.attributes.has("fused_activation") || node.attributes.has("residual")) {
        return false;
    }
    const Channels channels = channels_of(node);
    if (channels.count == 0 || !is_float(channels.value->dtype)) {
        return false;
    }
    const auto affine = affine_of(next, channels);
    auto bias = affine ? bias_of(node, channels, *form) : std::nullopt;
    Value* weights = node.inputs[1];
    const bool scales = affine && !is_ones(affine->a);
    if (!bias || (scales && !weights->constant)) {
        return false;
    }
    if (scales) {
        node.inputs[1] =
            rewriter.graph().add_constant(weights->name, scaled_weights(*weights->constant, *form, affine->a));
    }
    for (std::size_t c = 0; c < channels.count; ++c) {
        (*bias)[c] = (*bias)[c] * affine->a[c] + affine->b[c];
    }
    const auto zero = [](double number) { return number == 0.0; };
    if (node.input(2) || !std::ranges::all_of(*bias, zero)) {
        const std::string name = node.input(2) ? node.input(2)->name : weights->name + "_bias";
        const auto count = static_cast<std::int64_t>(channels.count);
        node.inputs.resize(3);
        node.inputs[2] = rewriter.graph().add_constant(name, tensor_from(channels.value->dtype, {count}, *bias));
        if (node.op == "MatMul") {
            node.attributes.set("bias", std::int64_t{1});
        }
        node.attributes.erase("beta");
    }
    take_output(node, next);
    rewriter.infer(node);
    return true;
}

}  // namespace

void fuse_batch_norm(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    const FusableValues fusable{model.graph};
    for (const auto& node : model.graph.nodes()) {
        const Value* output = node->output(0);
        if (!output || output->is_constant()) {
            continue;
        }
        // The operand that is scaled: with constants on the other side there is one.
        for (const Value* input : node->inputs) {
            Node* before = fusable.contains(input) ? input->producer : nullptr;
            if (before && before->domain.empty() && before->outputs.size() == 1 && fuse(rewriter, *before, *node)) {
                break;
            }
        }
    }
    remove_dead(model.graph);
}

}  // namespace wasminfer::gen
