#include "ir/graph.hpp"

#include <algorithm>
#include <cassert>
#include <set>

namespace wasminfer::gen {

Value* Graph::add_value(std::string value_name)
{
    values_.push_back(std::make_unique<Value>());
    values_.back()->name = std::move(value_name);
    return values_.back().get();
}

Value* Graph::add_constant(std::string value_name, Tensor tensor)
{
    Value* value = add_value(std::move(value_name));
    value->dtype = tensor.dtype();
    value->shape = Shape(tensor.shape().begin(), tensor.shape().end());
    value->constant = std::move(tensor);
    return value;
}

Node* Graph::insert_node(std::size_t at, std::unique_ptr<Node> node)
{
    Node* raw = node.get();
    for (Value* output : raw->outputs) {
        if (output) {
            output->producer = raw;
        }
    }
    nodes_.insert(nodes_.begin() + static_cast<std::ptrdiff_t>(at), std::move(node));
    return raw;
}

std::size_t Graph::position(const Node* node) const
{
    const auto it = std::ranges::find_if(nodes_, [&](const auto& candidate) { return candidate.get() == node; });
    assert(it != nodes_.end());
    return static_cast<std::size_t>(it - nodes_.begin());
}

void Graph::replace_uses(const Value* from, Value* to)
{
    for (const auto& node : nodes_) {
        std::replace(node->inputs.begin(), node->inputs.end(), const_cast<Value*>(from), to);
        for_each_subgraph(*node, [&](Graph& body) { body.replace_uses(from, to); });
    }
    std::replace(outputs.begin(), outputs.end(), const_cast<Value*>(from), to);
}

namespace {

void collect_used(const Graph& graph, std::set<const Value*>& used)
{
    used.insert(graph.inputs.begin(), graph.inputs.end());
    used.insert(graph.outputs.begin(), graph.outputs.end());
    for (const auto& node : graph.nodes()) {
        used.insert(node->inputs.begin(), node->inputs.end());
        used.insert(node->outputs.begin(), node->outputs.end());
        for_each_subgraph(*node, [&](const Graph& body) { collect_used(body, used); });
    }
}

}  // namespace

void Graph::collect_values()
{
    std::set<const Value*> used;
    collect_used(*this, used);
    std::erase_if(values_, [&](const auto& value) { return !used.contains(value.get()); });
}

void Graph::adopt_values(Graph& other)
{
    std::ranges::move(other.values_, std::back_inserter(values_));
    other.values_.clear();
}

void UseCounts::count(const Graph& graph)
{
    for (const auto& node : graph.nodes()) {
        for (const Value* input : node->inputs) {
            ++counts_[input];
        }
        for_each_subgraph(*node, [&](const Graph& body) { count(body); });
    }
    for (const Value* output : graph.outputs) {
        ++counts_[output];
    }
}

std::string to_string(const Shape& shape)
{
    std::string text = "[";
    for (const auto& dim : shape) {
        text += (text.size() > 1 ? "," : "") + dim.str();
    }
    return text + "]";
}

std::string type_string(const Value& value)
{
    return std::string{name(value.dtype)} + (value.shape ? to_string(*value.shape) : "[?]");
}

bool is_static(const Shape& shape)
{
    return std::ranges::all_of(shape, [](const Dim& dim) { return dim.is_constant(); });
}

std::vector<std::int64_t> extents(const Shape& shape)
{
    std::vector<std::int64_t> numbers;
    for (const auto& dim : shape) {
        numbers.push_back(dim.constant());
    }
    return numbers;
}

Dim element_count(const Shape& shape)
{
    Dim count = 1;
    for (const auto& dim : shape) {
        count = count * dim;
    }
    return count;
}

std::string describe(const Node& node)
{
    std::string text = node.domain.empty() ? node.op : node.domain + "::" + node.op;
    if (!node.name.empty()) {
        return text + " '" + node.name + "'";
    }
    if (const Value* output = node.output(0)) {
        text += " that makes '" + output->name + "'";
    }
    return text;
}

}  // namespace wasminfer::gen
