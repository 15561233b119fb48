#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/dim.hpp"
#include "ir/tensor.hpp"

namespace wasminfer::gen {

class Graph;
struct Node;

using Shape = std::vector<Dim>;

/// One attribute of a node. A subgraph (of If, Loop, Scan) refers to values of the graphs around it directly.
using Attribute = std::variant<std::int64_t, float, std::string, Tensor, std::shared_ptr<Graph>,
                               std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>>;

class Attributes {
public:
    const Attribute* find(const std::string& key) const
    {
        const auto it = map_.find(key);
        return it == map_.end() ? nullptr : &it->second;
    }

    template <class T>
    const T* get(const std::string& key) const
    {
        const auto* attribute = find(key);
        return attribute ? std::get_if<T>(attribute) : nullptr;
    }

    /// The attribute, or `fallback` where it is absent. One of another type counts as absent: see Infer's typed
    /// accessors, which refuse it.
    template <class T>
    T get_or(const std::string& key, T fallback) const
    {
        const T* value = get<T>(key);
        return value ? *value : std::move(fallback);
    }

    bool has(const std::string& key) const { return map_.contains(key); }
    void set(const std::string& key, Attribute value) { map_.insert_or_assign(key, std::move(value)); }
    void erase(const std::string& key) { map_.erase(key); }
    auto begin() const { return map_.begin(); }
    auto end() const { return map_.end(); }
    bool empty() const { return map_.empty(); }

private:
    std::map<std::string, Attribute> map_;
};

/// A tensor that flows between nodes.
struct Value {
    std::string name;
    DType dtype = DType::undefined;
    /// Unknown until inference has seen the producer.
    std::optional<Shape> shape;
    /// The elements, where they are known and belong into the weights: initializers and what was folded.
    std::optional<Tensor> constant;
    /// The elements, where they are known but still computed at run time: what shapes are read from with --no-fold.
    std::optional<Tensor> known;
    /// The elements of a small integer tensor as expressions over the free dimensions, where they can be known: what
    /// Shape, Gather and Concat make and Reshape, Expand and Slice read.
    std::optional<std::vector<Dim>> elements;
    Node* producer = nullptr;

    bool is_constant() const { return constant.has_value(); }
    /// The elements as numbers, wherever they come from; nullptr where they are not known.
    const Tensor* numbers() const { return constant ? &*constant : known ? &*known : nullptr; }
    std::int64_t rank() const { return static_cast<std::int64_t>(shape->size()); }
};

struct Node {
    std::string domain;  ///< "" is ai.onnx; "wasminfer" holds what passes put in.
    std::string op;
    std::string name;
    std::int64_t opset = 0;       ///< Of the node's own domain.
    std::vector<Value*> inputs;   ///< nullptr where an optional input is absent.
    std::vector<Value*> outputs;  ///< nullptr where an optional output is absent.
    Attributes attributes;
    std::string trace;  ///< The exporter's note of the source line, where it left one.

    Value* input(std::size_t i) const { return i < inputs.size() ? inputs[i] : nullptr; }
    Value* output(std::size_t i) const { return i < outputs.size() ? outputs[i] : nullptr; }
    bool is(std::string_view type) const { return op == type && domain.empty(); }
};

/// A free dimension. Its size is between lo and hi, a multiple of `multiple`, and known at run time: set by the caller,
/// or (measured_by) by a node: counted where it makes data, or the turn that a loop is in.
struct Symbol {
    Dim lo = 1, hi = 1;
    std::int64_t multiple = 1;
    const Node* measured_by = nullptr;
    bool cached = false;  ///< The rows that a Cache holds: 0 at first, and more after each run.
};

using Symbols = std::map<std::string, Symbol>;

/// Nodes in an order in which every value is made before it is read.
class Graph {
public:
    std::string name;
    std::vector<Value*> inputs;
    std::vector<Value*> outputs;
    /// The outputs' names on the model's face, which stay when a pass lets another value take an output's place. Empty:
    /// the values' own names.
    std::vector<std::string> output_names;

    const std::string& output_name(std::size_t i) const
    {
        return output_names.empty() ? outputs[i]->name : output_names[i];
    }

    Value* add_value(std::string value_name);
    Value* add_constant(std::string value_name, Tensor tensor);
    /// Puts a node before position `at`; its outputs' producer is set.
    Node* insert_node(std::size_t at, std::unique_ptr<Node> node);
    Node* append_node(std::unique_ptr<Node> node) { return insert_node(nodes_.size(), std::move(node)); }

    const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
    std::size_t position(const Node* node) const;

    /// Every reader of `from`, in subgraphs too, reads `to` instead.
    void replace_uses(const Value* from, Value* to);
    /// Removes nodes for which the predicate holds.
    template <class Predicate>
    void erase_nodes(Predicate predicate)
    {
        std::erase_if(nodes_, [&](const std::unique_ptr<Node>& node) { return predicate(*node); });
    }
    /// Takes the nodes out, for a pass that builds the list anew; the values stay.
    std::vector<std::unique_ptr<Node>> take_nodes() { return std::move(nodes_); }
    void set_nodes(std::vector<std::unique_ptr<Node>> nodes) { nodes_ = std::move(nodes); }
    const std::vector<std::unique_ptr<Value>>& values() const { return values_; }
    /// Forgets values that nothing refers to any more.
    void collect_values();
    /// Takes over another graph's values (of a branch that was chosen, of a function that was inlined).
    void adopt_values(Graph& other);

private:
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<Value>> values_;
};

/// Calls f with each subgraph that the node carries.
template <class F>
void for_each_subgraph(const Node& node, F f)
{
    for (const auto& [key, attribute] : node.attributes) {
        if (const auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
            f(**graph);
        }
    }
}

/// How often each value is read: by nodes (those in subgraphs too) and as a graph's output.
class UseCounts {
public:
    explicit UseCounts(const Graph& graph) { count(graph); }
    std::size_t operator()(const Value* value) const
    {
        const auto it = counts_.find(value);
        return it == counts_.end() ? 0 : it->second;
    }

private:
    void count(const Graph& graph);
    std::map<const Value*, std::size_t> counts_;
};

/// An input that takes over an output's elements when a run ends, inside the model: places in the graph's lists.
struct State {
    std::size_t input = 0;
    std::size_t output = 0;
};

/// An input that stays in the model and grows from run to run: the output is the input with new rows behind it. Both lie
/// in the same bytes, rows outermost, and only the new ones are written.
struct Cache {
    std::size_t input = 0;
    std::size_t output = 0;
    std::size_t axis = 0;       ///< Of the model's own order of axes: that of the rows.
    std::string rows = {};      ///< The free dimension that counts those before a run.
    Dim added = 1;              ///< How many a run adds.
    std::int64_t capacity = 0;  ///< The most that there may be after a run.
};

/// The imported model, and what passes know about it.
struct Model {
    std::string file;
    std::int64_t ir_version = 0;
    std::map<std::string, std::int64_t> opsets;
    std::string producer;
    std::string sha256;
    Graph graph;
    Symbols symbols;
    std::vector<State> states = {};
    std::vector<Cache> caches = {};
};

std::string to_string(const Shape& shape);
/// "f32[1,3,224,224]"
std::string type_string(const Value& value);
bool is_static(const Shape& shape);
/// Extents as integers; the shape must be static.
std::vector<std::int64_t> extents(const Shape& shape);
/// Product of the extents.
Dim element_count(const Shape& shape);
/// "Conv 'layer1/conv'", or the output's name where the node has none.
std::string describe(const Node& node);

}  // namespace wasminfer::gen
