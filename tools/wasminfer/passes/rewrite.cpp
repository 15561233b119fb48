#include "passes/rewrite.hpp"

#include <algorithm>

#include <wasminfer/core.hpp>

#include "ops/operator.hpp"

namespace wasminfer::gen {

std::unique_ptr<Node> Rewriter::make(NewNode node)
{
    auto made = std::make_unique<Node>();
    made->op = std::move(node.op);
    made->opset = node.opset;
    made->name = std::move(node.name);
    made->inputs = std::move(node.inputs);
    for (auto& [key, attribute] : node.attributes) {
        made->attributes.set(key, std::move(attribute));
    }
    Value* output = node.makes ? node.makes : graph_.add_value(std::move(node.output));
    made->outputs = {output};
    output->producer = made.get();
    infer(*made);
    if (output->is_constant()) {
        output->producer = nullptr;
    }
    return made;
}

Value* Rewriter::insert(std::size_t at, NewNode node)
{
    auto made = make(std::move(node));
    Value* output = made->outputs[0];
    if (!output->is_constant()) {
        graph_.insert_node(at, std::move(made));
    }
    return output;
}

Value* Rewriter::append(std::vector<std::unique_ptr<Node>>& list, NewNode node)
{
    auto made = make(std::move(node));
    Value* output = made->outputs[0];
    if (!output->is_constant()) {
        list.push_back(std::move(made));
    }
    return output;
}

Value* Rewriter::append_made(std::vector<std::unique_ptr<Node>>& list, std::unique_ptr<Node> node,
                             const std::string& name)
{
    Value* output = graph_.add_value(name);
    node->outputs = {output};
    output->producer = node.get();
    infer(*node);
    if (output->is_constant()) {
        output->producer = nullptr;
    } else {
        list.push_back(std::move(node));
    }
    return output;
}

Value* Rewriter::append_copy(std::vector<std::unique_ptr<Node>>& list, const Node& node, Value* input)
{
    auto copy = std::make_unique<Node>(node);
    copy->inputs[0] = input;
    return append_made(list, std::move(copy), node.outputs[0]->name);
}

Value* Rewriter::append_reshape(std::vector<std::unique_ptr<Node>>& list, Value* value, const Shape& shape)
{
    auto node = std::make_unique<Node>();
    become_reshape(*this, *node, value, shape);
    return append_made(list, std::move(node), value->name + "_view");
}

Value* Rewriter::ints(const std::string& name, const std::vector<std::int64_t>& numbers)
{
    return graph_.add_constant(name, Tensor::ints({static_cast<std::int64_t>(numbers.size())}, numbers));
}

bool Rewriter::replace(Value* old, Value* value)
{
    if (!is_output(graph_, old)) {
        graph_.replace_uses(old, value);
        return true;
    }
    if (value->is_constant()) {
        if (Node* producer = old->producer) {
            std::ranges::replace(producer->outputs, old, static_cast<Value*>(nullptr));
        }
        old->producer = nullptr;
        old->constant = value->constant;
        return true;
    }
    const auto makes = [&](const auto& node) { return node.get() == value->producer; };
    if (!value->producer || is_output(graph_, value) || std::ranges::none_of(graph_.nodes(), makes)) {
        return false;
    }
    // The value takes the output's name: its producer makes `old` from now on.
    if (Node* producer = old->producer) {
        std::ranges::replace(producer->outputs, old, static_cast<Value*>(nullptr));
    }
    old->producer = value->producer;
    old->shape = value->shape;
    old->known = value->known;
    old->elements = value->elements;
    std::ranges::replace(value->producer->outputs, value, old);
    value->producer = nullptr;
    graph_.replace_uses(value, old);
    return true;
}

FusableValues::FusableValues(const Graph& graph)
{
    const UseCounts uses{graph};
    for (const auto& node : graph.nodes()) {
        for (const Value* input : node->inputs) {
            if (input && input->producer && uses(input) == 1) {
                values_.insert(input);
            }
        }
    }
}

void take_output(Node& into, Node& node)
{
    into.outputs[0] = node.outputs[0];
    into.outputs[0]->producer = &into;
    node.outputs[0] = nullptr;
}

bool is_output(const Graph& graph, const Value* value)
{
    return std::ranges::find(graph.outputs, value) != graph.outputs.end();
}

Node* producer_of(const Value* value, std::initializer_list<std::string_view> types)
{
    Node* node = value ? value->producer : nullptr;
    const bool fits = node && node->domain.empty() && std::ranges::find(types, node->op) != types.end();
    return fits ? node : nullptr;
}

std::vector<Node*> readers_of(const Graph& graph, const Value* value)
{
    std::vector<Node*> readers;
    for (const auto& node : graph.nodes()) {
        readers.insert(readers.end(), static_cast<std::size_t>(std::ranges::count(node->inputs, value)), node.get());
        for_each_subgraph(*node, [&](const Graph& body) {
            const auto inner = readers_of(body, value);
            readers.insert(readers.end(), inner.begin(), inner.end());
        });
    }
    return readers;
}

std::optional<std::vector<std::int64_t>> reshape_target(const Shape& from, const Shape& to)
{
    std::vector<std::int64_t> target;
    bool inferred = false;
    for (std::size_t i = 0; i < to.size(); ++i) {
        if (to[i].is_constant() && to[i].constant() != 0) {
            target.push_back(to[i].constant());
        } else if (i < from.size() && from[i] == to[i]) {
            target.push_back(0);
        } else if (!to[i].is_constant() && !inferred) {
            target.push_back(-1);
            inferred = true;
        } else {
            return std::nullopt;
        }
    }
    return target;
}

std::optional<std::string> function_of(const Node& node)
{
    const Operator* row = find_operator(node.domain, node.op, node.opset);
    const Value* input = node.input(0);
    const Value* output = node.output(0);
    const bool shaped = row && row->functor && node.outputs.size() == 1 && input && input->shape && output;
    if (!shaped || output->dtype != input->dtype || !is_float(input->dtype) ||
        !same_shape(*output->shape, *input->shape)) {
        return std::nullopt;
    }
    return row->functor(NodeView{node});
}

bool is_reshape(const Node& node)
{
    return node.is("Reshape") || node.is("Flatten") || node.is("Squeeze") || node.is("Unsqueeze") ||
           (node.domain == "wasminfer" && node.op == "View");
}

bool can_reshape(const Shape& from, const Shape& to)
{
    const auto readable = [](const Dim& dim) { return parse_dim(dim.str()) == dim; };
    return reshape_target(from, to) || (is_static(from) == is_static(to) && std::ranges::all_of(to, readable));
}

void become_reshape(Rewriter& rewriter, Node& node, Value* from, const Shape& to)
{
    node.attributes = {};
    if (const auto target = reshape_target(*from->shape, to)) {
        node.domain = "";
        node.op = "Reshape";
        node.opset = 13;
        node.inputs = {from, rewriter.ints(from->name + "_shape", *target)};
        return;
    }
    std::vector<std::string> texts;
    for (const Dim& dim : to) {
        texts.push_back(dim.str());
    }
    node.domain = "wasminfer";
    node.op = "View";
    node.opset = 1;
    node.inputs = {from};
    node.attributes.set("shape", std::move(texts));
}

bool same_shape(const Shape& a, const Shape& b)
{
    return std::ranges::equal(a, b, [](const Dim& x, const Dim& y) { return known_equal(x, y); });
}

namespace {

template <class T>
Tensor rounded(DType dtype, std::vector<std::int64_t> shape, const std::vector<double>& numbers)
{
    std::vector<T> elements;
    elements.reserve(numbers.size());
    for (const double number : numbers) {
        elements.push_back(static_cast<T>(number));
    }
    return Tensor::of<T>(dtype, std::move(shape), elements);
}

}  // namespace

Tensor tensor_from(DType dtype, std::vector<std::int64_t> shape, const std::vector<double>& numbers)
{
    switch (dtype) {
    case DType::f32: return rounded<float>(dtype, std::move(shape), numbers);
    case DType::f64: return rounded<double>(dtype, std::move(shape), numbers);
    case DType::f16: return rounded<half>(dtype, std::move(shape), numbers);
    default: throw std::logic_error{"passes compute floating-point constants alone"};
    }
}

std::optional<double> uniform(const Value* value)
{
    if (!value || !value->constant || size_of(value->dtype) == 0) {
        return std::nullopt;
    }
    const auto numbers = value->constant->to_doubles();
    const auto differs = [&](double number) { return number != numbers[0]; };
    if (numbers.empty() || std::ranges::any_of(numbers, differs)) {
        return std::nullopt;
    }
    return numbers[0];
}

}  // namespace wasminfer::gen
