#include "passes/pattern.hpp"

#include <algorithm>
#include <cmath>

namespace wasminfer::gen {

bool close_to(double number, double expected)
{
    return std::abs(number - expected) <= 1e-3 * std::abs(expected);
}

std::optional<std::vector<double>> along_axis(const Value* constant, const Shape& shape, std::size_t axis)
{
    if (!constant || !constant->constant || constant->shape->size() > shape.size() || !shape[axis].is_constant()) {
        return std::nullopt;
    }
    const auto& own = constant->constant->shape();
    for (std::size_t i = 0; i < own.size(); ++i) {
        if (own[i] != 1 && i + shape.size() - own.size() != axis) {
            return std::nullopt;
        }
    }
    auto numbers = constant->constant->to_doubles();
    const auto count = static_cast<std::size_t>(shape[axis].constant());
    if (numbers.size() == 1) {
        numbers.assign(count, numbers[0]);
    }
    return numbers.size() == count ? std::optional{std::move(numbers)} : std::nullopt;
}

namespace {

/// Broadcasting with something larger than the value changes what it means.
bool keeps_shape(const Node& node, const Value* operand)
{
    return operand->shape && node.outputs[0]->shape && same_shape(*operand->shape, *node.outputs[0]->shape);
}

}  // namespace

void Parts::collect(const Value* value, bool whole, Product& product) const
{
    const Node* node = whole || can_go(value) ? producer_of(value, {"Mul", "Div", "Neg", "Pow"}) : nullptr;
    const auto number = [&](std::size_t input) { return uniform(node->input(input)); };
    if (!node || (node->opset < 7 && node->op != "Neg")) {
        product.factors.push_back(value);
    } else if (node->op == "Neg") {
        product.scale = -product.scale;
        collect(node->inputs[0], false, product);
    } else if (const auto right = number(1); right && keeps_shape(*node, node->inputs[0])) {
        const bool power = node->op == "Pow";
        if (power && *right != 2.0 && *right != 3.0) {
            product.factors.push_back(value);
            return;
        }
        product.scale = power ? product.scale : node->op == "Mul" ? product.scale * *right : product.scale / *right;
        for (double i = 0; i < (power ? *right : 1.0); ++i) {
            collect(node->inputs[0], false, product);
        }
    } else if (const auto left = number(0); left && node->op == "Mul" && keeps_shape(*node, node->inputs[1])) {
        product.scale *= *left;
        collect(node->inputs[1], false, product);
    } else if (node->op == "Mul" && keeps_shape(*node, node->inputs[0]) && keeps_shape(*node, node->inputs[1])) {
        collect(node->inputs[0], false, product);
        collect(node->inputs[1], false, product);
    } else {
        product.factors.push_back(value);
    }
}

Product Parts::product(const Value* value) const
{
    Product product;
    collect(value, true, product);
    return product;
}

Line Parts::line(const Value* value) const
{
    // Outermost first: value = a * x + b with the x found so far.
    Line line{.x = value};
    for (bool whole = true;; whole = false) {
        const Node* node = whole || can_go(line.x) ? producer_of(line.x, {"Add", "Sub", "Mul", "Div", "Neg"}) : nullptr;
        if (!node || (node->opset < 7 && node->op != "Neg")) {
            return line;
        }
        if (node->op == "Neg") {
            line = {node->inputs[0], -line.a, line.b};
            continue;
        }
        const auto right = uniform(node->inputs[1]);
        const auto left = right ? std::nullopt : uniform(node->inputs[0]);
        const Value* x = node->inputs[right ? 0 : 1];
        if ((!right && !left) || !keeps_shape(*node, x) || (left && node->op == "Div")) {
            return line;
        }
        const double number = right ? *right : *left;
        if (node->op == "Add") {
            line = {x, line.a, line.b + line.a * number};
        } else if (node->op == "Sub") {
            line = right ? Line{x, line.a, line.b - line.a * number} : Line{x, -line.a, line.b + line.a * number};
        } else {
            line = {x, node->op == "Mul" ? line.a * number : line.a / number, line.b};
        }
    }
}

const Value* Parts::operand(const Value* value, std::initializer_list<std::string_view> types) const
{
    const Node* node = can_go(value) ? producer_of(value, types) : nullptr;
    return node ? node->inputs[0] : nullptr;
}

const Value* Parts::plus(const Value* value, double number) const
{
    const auto both = can_go(value) ? operands(value, "Add") : std::nullopt;
    if (!both) {
        return nullptr;
    }
    const auto is = [&](const Value* side) {
        const auto all = uniform(side);
        return all && close_to(*all, number);
    };
    const Value* other = is(both->second) ? both->first : is(both->first) ? both->second : nullptr;
    return other && keeps_shape(*value->producer, other) ? other : nullptr;
}

std::optional<std::pair<const Value*, const Value*>> Parts::operands(const Value* value, std::string_view type) const
{
    const Node* node = producer_of(value, {type});
    const bool two = node && node->inputs.size() == 2 && node->inputs[0] && node->inputs[1] && node->opset >= 7;
    return two ? std::optional{std::pair<const Value*, const Value*>{node->inputs[0], node->inputs[1]}} : std::nullopt;
}

}  // namespace wasminfer::gen
