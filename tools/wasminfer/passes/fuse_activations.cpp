// before: x -> Sigmoid -> s; Mul (x, s) -> y                          after: x -> Swish -> y
//         x -> Add (3) -> Clip (0, 6) -> c; Mul (x, c) -> Div (6) -> y       x -> HardSwish -> y
//         0.5 * x * (1 + Erf (x / sqrt 2)) -> y                              x -> Gelu -> y
//         PRelu (x, slopes that are one number) -> y                         x -> LeakyRelu -> y
//
// Exporters write activations out where their opset has none. They are recognised by their meaning, as products of
// factors and straight lines, in whatever order the steps stand; the operator computes the same function in one pass.
// Rounding differs by what the fused formula leaves out.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/operator.hpp"
#include "passes/pattern.hpp"

namespace wasminfer::gen {

namespace {

using FloatAttributes = std::vector<std::pair<std::string, Attribute>>;

struct Activation {
    std::string_view op;
    std::int64_t opset;
    const Value* x;
    FloatAttributes attributes = {};
};

/// The factor besides x in a product of two.
const Value* cofactor(const Product& product, const Value* x)
{
    if (product.factors.size() != 2) {
        return nullptr;
    }
    return product.factors[0] == x ? product.factors[1] : product.factors[1] == x ? product.factors[0] : nullptr;
}

bool is_line(const Line& line, const Value* x, double a, double b)
{
    const bool crosses_zero = b == 0.0 ? std::abs(line.b) < 1e-6 : close_to(line.b, b);
    return line.x == x && close_to(line.a, a) && crosses_zero;
}

/// min(max(x, lo), hi) of Clip, or Relu.
struct Bounds {
    const Value* x = nullptr;
    double lo = 0.0;
    double hi = 0.0;
};

std::optional<Bounds> bounds_of(const Parts& parts, const Value* value, bool whole)
{
    const Node* node = whole || parts.can_go(value) ? producer_of(value, {"Clip"}) : nullptr;
    if (!node) {
        return std::nullopt;
    }
    const auto attribute = [&](const char* key, std::size_t input) -> std::optional<double> {
        if (node->opset >= 11) {
            return uniform(node->input(input));
        }
        const float* number = node->attributes.get<float>(key);
        return number ? std::optional{static_cast<double>(*number)} : std::nullopt;
    };
    const auto lo = attribute("min", 1);
    const auto hi = attribute("max", 2);
    return lo && hi ? std::optional{Bounds{node->inputs[0], *lo, *hi}} : std::nullopt;
}

class ActivationFinder {
public:
    explicit ActivationFinder(const Graph& graph) : parts_{graph} {}

    std::optional<Activation> find(const Node& node) const
    {
        const Value* y = node.outputs[0];
        if (node.is("Max") || node.is("Min")) {
            return one_bound(node);
        }
        if (node.is("PRelu")) {
            return one_slope(node);
        }
        if (!node.is("Mul") && !node.is("Div")) {
            return std::nullopt;
        }
        if (auto found = hard_sigmoid(y)) {
            return found;
        }
        const Product product = parts_.product(y);
        for (const Value* x : product.factors) {
            const Value* factor = cofactor(product, x);
            if (!factor || !same_shape(*x->shape, *y->shape)) {
                continue;
            }
            for (const auto candidate :
                 {&ActivationFinder::swish, &ActivationFinder::hard_swish, &ActivationFinder::mish,
                  &ActivationFinder::gelu, &ActivationFinder::tanh_gelu}) {
                if (auto found = (this->*candidate)(x, factor, product.scale)) {
                    return found;
                }
            }
        }
        return std::nullopt;
    }

private:
    /// x * sigmoid(alpha * x)
    std::optional<Activation> swish(const Value* x, const Value* factor, double scale) const
    {
        const Value* inner = parts_.operand(factor, {"Sigmoid"});
        if (!inner || scale != 1.0) {
            return std::nullopt;
        }
        const Line line = inner == x ? Line{.x = x} : parts_.line(inner);
        if (line.x != x || line.b != 0.0 || (inner != x && !parts_.can_go(inner))) {
            return std::nullopt;
        }
        return Activation{"Swish", 24, x, {{"alpha", static_cast<float>(line.a)}}};
    }

    /// x * clip(x + 3, 0, 6) / 6, x * hard_sigmoid(x) with alpha 1/6 and beta 1/2
    std::optional<Activation> hard_swish(const Value* x, const Value* factor, double scale) const
    {
        const Activation result{"HardSwish", 14, x};
        if (const Value* inner = parts_.operand(factor, {"HardSigmoid"}); inner == x && x) {
            const auto alpha = static_cast<double>(factor->producer->attributes.get_or("alpha", 0.2f));
            const auto beta = static_cast<double>(factor->producer->attributes.get_or("beta", 0.5f));
            const bool fits = scale == 1.0 && close_to(alpha, 1.0 / 6.0) && close_to(beta, 0.5);
            return fits ? std::optional{result} : std::nullopt;
        }
        const auto clip = bounds_of(parts_, factor, false);
        if (!clip || clip->lo != 0.0 || !close_to(clip->hi * scale, 1.0) || !parts_.can_go(clip->x)) {
            return std::nullopt;
        }
        const Line line = parts_.line(clip->x);
        const bool fits = is_line(line, x, clip->hi / 6.0, clip->hi / 2.0);
        return fits ? std::optional{result} : std::nullopt;
    }

    /// clip(x + 3, 0, 6) / 6
    std::optional<Activation> hard_sigmoid(const Value* y) const
    {
        const Line outer = parts_.line(y);
        const auto clip = bounds_of(parts_, outer.x, false);
        if (!clip || clip->lo != 0.0 || outer.b != 0.0 || !close_to(outer.a * clip->hi, 1.0) ||
            !parts_.can_go(clip->x)) {
            return std::nullopt;
        }
        const Line inner = parts_.line(clip->x);
        if (inner.x == clip->x) {
            return std::nullopt;
        }
        return Activation{
            "HardSigmoid",
            6,
            inner.x,
            {{"alpha", static_cast<float>(outer.a * inner.a)}, {"beta", static_cast<float>(outer.a * inner.b)}}};
    }

    /// x * tanh(softplus(x))
    std::optional<Activation> mish(const Value* x, const Value* factor, double scale) const
    {
        const Value* inner = parts_.operand(factor, {"Tanh"});
        return inner && parts_.operand(inner, {"Softplus"}) == x && scale == 1.0
                   ? std::optional{Activation{"Mish", 18, x}}
                   : std::nullopt;
    }

    /// 0.5 * x * (1 + erf(x / sqrt 2))
    std::optional<Activation> gelu(const Value* x, const Value* factor, double scale) const
    {
        const Value* erf = parts_.plus(factor, 1.0);
        const Value* inner = erf ? parts_.operand(erf, {"Erf"}) : nullptr;
        if (!inner || !close_to(scale, 0.5) || !parts_.can_go(inner) ||
            !is_line(parts_.line(inner), x, std::numbers::sqrt2 / 2.0, 0.0)) {
            return std::nullopt;
        }
        return Activation{"Gelu", 20, x};
    }

    /// 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
    std::optional<Activation> tanh_gelu(const Value* x, const Value* factor, double scale) const
    {
        const Value* tanh = parts_.plus(factor, 1.0);
        const Value* inner = tanh ? parts_.operand(tanh, {"Tanh"}) : nullptr;
        if (!inner || !close_to(scale, 0.5) || !parts_.can_go(inner)) {
            return std::nullopt;
        }
        const Product outer = parts_.product(inner);
        const double expected = std::sqrt(2.0 / std::numbers::pi);
        if (!close_to(outer.scale, expected) || !is_cubic(outer, x)) {
            return std::nullopt;
        }
        return Activation{"Gelu", 20, x, {{"approximate", std::string{"tanh"}}}};
    }

    /// x + 0.044715 x^3, or x * (1 + 0.044715 x^2)
    bool is_cubic(const Product& outer, const Value* x) const
    {
        constexpr double coefficient = 0.044715;
        const auto is_power = [&](const Value* value, std::size_t exponent) {
            const Product power = parts_.can_go(value) ? parts_.product(value) : Product{};
            const auto same = [&](const Value* factor) { return factor == x; };
            return power.factors.size() == exponent && std::ranges::all_of(power.factors, same) &&
                   close_to(power.scale, coefficient);
        };
        if (outer.factors.size() == 1 && parts_.can_go(outer.factors[0])) {
            const auto sum = parts_.operands(outer.factors[0], "Add");
            return sum &&
                   ((sum->first == x && is_power(sum->second, 3)) || (sum->second == x && is_power(sum->first, 3)));
        }
        const Value* factor = cofactor(outer, x);
        const Value* square = factor ? parts_.plus(factor, 1.0) : nullptr;
        return square && is_power(square, 2);
    }

    /// PRelu whose slopes are one number
    static std::optional<Activation> one_slope(const Node& node)
    {
        const auto slope = uniform(node.input(1));
        const bool fits = slope && same_shape(*node.inputs[0]->shape, *node.outputs[0]->shape);
        return fits
                   ? std::optional{Activation{"LeakyRelu", 16, node.inputs[0], {{"alpha", static_cast<float>(*slope)}}}}
                   : std::nullopt;
    }

    /// max(x, number), min(x, number)
    std::optional<Activation> one_bound(const Node& node) const
    {
        if (node.inputs.size() != 2 || node.opset < 8 || !is_float(node.outputs[0]->dtype)) {
            return std::nullopt;
        }
        const bool second = uniform(node.inputs[1]).has_value();
        const Value* x = node.inputs[second ? 0 : 1];
        const auto number = uniform(node.inputs[second ? 1 : 0]);
        if (!number || std::isnan(*number) || !same_shape(*x->shape, *node.outputs[0]->shape)) {
            return std::nullopt;
        }
        return Activation{"Clip", 13, x, {{node.is("Max") ? "min" : "max", static_cast<float>(*number)}}};
    }

    Parts parts_;
};

/// Clip's bounds are inputs.
void make_bounds(Rewriter& rewriter, Node& node, const FloatAttributes& bounds)
{
    node.inputs.resize(3, nullptr);
    for (const auto& [key, number] : bounds) {
        const DType dtype = node.inputs[0]->dtype;
        node.inputs[key == "min" ? 1 : 2] = rewriter.graph().add_constant(
            node.outputs[0]->name + "_" + key, tensor_from(dtype, {}, {static_cast<double>(std::get<float>(number))}));
    }
}

}  // namespace

void fuse_activations(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    bool changed = true;
    while (changed) {
        changed = false;
        const ActivationFinder finder{model.graph};
        for (const auto& node : model.graph.nodes()) {
            if (!node->domain.empty() || node->outputs.size() != 1 || !node->outputs[0] ||
                !is_float(node->outputs[0]->dtype)) {
                continue;
            }
            const auto found = finder.find(*node);
            if (!found || !find_operator("", found->op, found->opset)) {
                continue;
            }
            node->op = found->op;
            node->opset = std::max(found->opset, node->opset);
            node->attributes = {};
            node->inputs = {const_cast<Value*>(found->x)};
            if (found->op == "Clip") {
                make_bounds(rewriter, *node, found->attributes);
            } else {
                for (const auto& [key, attribute] : found->attributes) {
                    node->attributes.set(key, attribute);
                }
            }
            rewriter.infer(*node);
            // Whoever reads a value has changed.
            changed = true;
            break;
        }
        remove_dead(model.graph);
    }
}

}  // namespace wasminfer::gen
