// Whole graphs, run in the generator: what a pass leaves must compute what it found.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "ops/evaluate.hpp"
#include "passes/permutation.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen::test {

namespace detail {

/// The text between the outermost braces, split at commas outside of inner ones.
inline std::vector<std::string> functor_members(const std::string& functor)
{
    std::vector<std::string> members(1);
    int depth = 0;
    for (const char c : functor.substr(functor.find('{'))) {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        if (depth == 0) {
            break;
        }
        if (depth == 1 && (c == ',' || c == '{')) {
            members.emplace_back();
        } else if (c != ' ' || !members.back().empty()) {
            members.back() += c;
        }
    }
    members.erase(members.begin());
    return members;
}

/// The functors that tests meet, in double.
inline double apply_functor(const std::string& functor, double x)
{
    const std::string name = functor.substr(0, functor.find_first_of("{<"));
    const auto members = functor_members(functor);
    const auto number = [&](std::size_t i) {
        const std::string& text = members.at(i);
        const double infinity = std::numeric_limits<double>::infinity();
        return text.find("infinity") == std::string::npos ? std::stod(text) : text[0] == '-' ? -infinity : infinity;
    };
    if (name == "chain") {
        return apply_functor(members.at(1), apply_functor(members.at(0), x));
    }
    if (name == "bind_right") {
        const double right = number(1);
        const std::string& operation = members.at(0);
        return operation == "add{}"   ? x + right
               : operation == "sub{}" ? x - right
               : operation == "mul{}" ? x * right
               : operation == "div{}" ? x / right
                                      : std::pow(x, right);
    }
    const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
    const std::map<std::string, std::function<double()>> functions{
        {"abs_", [&] { return std::abs(x); }},
        {"clip", [&] { return std::min(std::max(x, number(0)), number(1)); }},
        {"exp_", [&] { return std::exp(x); }},
        {"gelu", [&] { return 0.5 * x * (1 + std::erf(x * std::numbers::sqrt2 / 2)); }},
        {"gelu_tanh", [&] { return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))); }},
        {"hard_sigmoid", [&] { return std::min(std::max(number(0) * x + number(1), 0.0), 1.0); }},
        {"hard_swish", [&] { return x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0); }},
        {"leaky_relu", [&] { return x < 0 ? number(0) * x : x; }},
        {"mish", [&] { return x * std::tanh(std::log1p(std::exp(x))); }},
        {"neg", [&] { return -x; }},
        {"relu", [&] { return x < 0 ? 0 : x; }},
        {"sigmoid", [&] { return sigmoid(x); }},
        {"sqrt_", [&] { return std::sqrt(x); }},
        {"square", [&] { return x * x; }},
        {"swish", [&] { return x * sigmoid(members.empty() || members[0].empty() ? x : number(0) * x); }},
        {"tanh_", [&] { return std::tanh(x); }},
    };
    if (const auto function = functions.find(name); function != functions.end()) {
        return function->second();
    }
    throw std::logic_error{"the test does not know the functor " + functor};
}

class GraphRun {
public:
    explicit GraphRun(std::map<const Value*, Tensor> numbers) : numbers_{std::move(numbers)} {}

    void run(const Node& node)
    {
        const Operator* row = find_operator(node.domain, node.op, node.opset);
        if (!row) {
            throw std::logic_error{"no such operator: " + describe(node)};
        }
        const bool first = row->channels_last == ChannelsLast::required && !node.attributes.has("channels_last");
        if (first) {
            run_channels_first(node, *row);
        } else if (node.attributes.has("fused_activation") || node.attributes.has("residual")) {
            run_fused(node, *row);
        } else {
            keep(node, results(node, *row));
        }
    }

    Tensor number(const Value* value) const { return value->constant ? *value->constant : numbers_.at(value); }

private:
    std::vector<Tensor> results(const Node& node, const Operator& row) const
    {
        auto results = evaluate(node, row, numbers_);
        if (!results) {
            throw std::logic_error{describe(node) + " does not run in the generator"};
        }
        return *std::move(results);
    }

    void keep(const Node& node, const std::vector<Tensor>& results)
    {
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            if (node.outputs[i]) {
                numbers_.insert_or_assign(node.outputs[i], results[i]);
            }
        }
    }

    /// The kernels know channels-last alone.
    void run_channels_first(const Node& node, const Operator& row)
    {
        Node copy = node;
        copy.attributes.set("channels_last", std::int64_t{1});
        const auto last = [&](Value* value) {
            const auto order = to_channels_last(value->shape->size());
            Value* other = transposed_.add_value(value->name);
            other->dtype = value->dtype;
            other->shape = permuted(*value->shape, order);
            return other;
        };
        for (std::size_t i = 0; i < copy.inputs.size(); ++i) {
            if (copy.inputs[i] && (row.channels_last_inputs >> i & 1U) != 0) {
                const Tensor given = number(copy.inputs[i]);
                copy.inputs[i] = last(copy.inputs[i]);
                numbers_.insert_or_assign(copy.inputs[i], transposed(given, to_channels_last(given.shape().size())));
            }
        }
        for (Value*& output : copy.outputs) {
            output = output ? last(output) : nullptr;
        }
        auto made = results(copy, row);
        for (Tensor& tensor : made) {
            tensor = tensor.shape().empty() ? tensor : transposed(tensor, to_channels_first(tensor.shape().size()));
        }
        keep(node, made);
    }

    void run_fused(const Node& node, const Operator& row)
    {
        Node plain = node;
        plain.attributes.erase("fused_activation");
        plain.attributes.erase("residual");
        const bool residual = node.attributes.has("residual");
        if (residual) {
            plain.inputs.pop_back();
        }
        const Tensor product = results(plain, row).at(0);
        auto elements = product.to_doubles();
        const auto added =
            residual ? number(node.inputs.back()).to_doubles() : std::vector<double>(elements.size(), 0.0);
        const auto* activation = node.attributes.get<std::string>("fused_activation");
        for (std::size_t i = 0; i < elements.size(); ++i) {
            elements[i] += added[i];
            elements[i] = activation ? apply_functor(*activation, elements[i]) : elements[i];
        }
        numbers_.insert_or_assign(node.outputs[0], tensor_from(product.dtype(), product.shape(), elements));
    }

    std::map<const Value*, Tensor> numbers_;
    Graph transposed_;  ///< Values that no graph of the model has; they live as long as their numbers.
};

}  // namespace detail

/// The graph's outputs for these inputs. Fused nodes are run as the node, the addition and the function that they stand
/// for; operators that want channels-last without having been told, between transpositions.
inline std::vector<Tensor> run_graph(const Graph& graph, const std::vector<Tensor>& inputs)
{
    std::map<const Value*, Tensor> numbers;
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
        numbers.emplace(graph.inputs[i], inputs.at(i));
    }
    detail::GraphRun run{std::move(numbers)};
    for (const auto& node : graph.nodes()) {
        run.run(*node);
    }
    std::vector<Tensor> outputs;
    for (const Value* output : graph.outputs) {
        outputs.push_back(run.number(output));
    }
    return outputs;
}

}  // namespace wasminfer::gen::test
