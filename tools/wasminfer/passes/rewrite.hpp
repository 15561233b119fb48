// What passes change graphs with.
#pragma once

#include <initializer_list>
#include <set>
#include <utility>

#include "passes/pass.hpp"
#include "passes/permutation.hpp"

namespace wasminfer::gen {

/// A node of one output that a pass wants to have.
struct NewNode {
    std::string op;
    std::int64_t opset = 13;
    std::vector<Value*> inputs;
    std::vector<std::pair<std::string, Attribute>> attributes;
    std::string output = {};  ///< The name of what it makes.
    Value* makes = nullptr;   ///< Or a value that is there already.
    std::string name = {};    ///< The node's, where it stands for one of the model's.
};

/// Edits a model's graph (bodies are models of their own while passes run on them). Whatever is added is inferred at once; a node whose result turns out to be constant is
/// not put in.
class Rewriter {
public:
    Rewriter(Model& model, const PassOptions& options) : model_{model}, graph_{model.graph}, options_{options} {}

    Graph& graph() { return graph_; }
    const Symbols& symbols() const { return model_.symbols; }

    /// Infers the node anew, after its operands or attributes were changed.
    void infer(Node& node) { infer_node(node, model_.symbols, options_); }
    /// Puts the node at position `at`, or after the last of `list`.
    Value* insert(std::size_t at, NewNode node);
    Value* append(NewNode node) { return insert(graph_.nodes().size(), std::move(node)); }
    Value* append(std::vector<std::unique_ptr<Node>>& list, NewNode node);
    Value* insert_before(const Node& other, NewNode node) { return insert(graph_.position(&other), std::move(node)); }
    Value* insert_after(const Node& other, NewNode node)
    {
        return insert(graph_.position(&other) + 1, std::move(node));
    }

    /// What a node of one output makes of another first input.
    Value* append_copy(std::vector<std::unique_ptr<Node>>& list, const Node& node, Value* input);
    /// The value in another shape, which can_reshape().
    Value* append_reshape(std::vector<std::unique_ptr<Node>>& list, Value* value, const Shape& shape);

    Value* ints(const std::string& name, const std::vector<std::int64_t>& numbers);

    /// Everything that reads `old` reads `value` instead, which must hold the same. False where that can't be: a graph's
    /// output keeps its name, and can't be an input under another one. `old`'s producer has lost its output then.
    bool replace(Value* old, Value* value);

private:
    std::unique_ptr<Node> make(NewNode node);
    Value* append_made(std::vector<std::unique_ptr<Node>>& list, std::unique_ptr<Node> node, const std::string& name);

    Model& model_;
    Graph& graph_;
    const PassOptions& options_;
};

/// Takes out nodes whose outputs are constant by now, or read by nobody. Optional outputs that nobody reads become absent.
void remove_dead(Graph& graph);

/// Values that a node can be fused over: made by a node and read once, by a node of the same graph. Stays true while nodes are fused, as
/// long as the values that remain are read by the same number of nodes.
class FusableValues {
public:
    explicit FusableValues(const Graph& graph);
    bool contains(const Value* value) const { return values_.contains(value); }

private:
    std::set<const Value*> values_;
};

/// `into` makes what `node` made; `node` is left without outputs, for remove_dead().
void take_output(Node& into, Node& node);

bool is_output(const Graph& graph, const Value* value);
/// The node that makes the value, if it is of that type (of ai.onnx).
Node* producer_of(const Value* value, std::initializer_list<std::string_view> types);
/// The nodes of this graph and its subgraphs that read the value, one entry each input.
std::vector<Node*> readers_of(const Graph& graph, const Value* value);

/// What to write into Reshape's second input (allowzero = 0) to get from one shape to the other; nullopt where free
/// dimensions leave more than -1 and 0 can say.
std::optional<std::vector<std::int64_t>> reshape_target(const Shape& from, const Shape& to);

/// The text of the functor that the node applies to each element of its first input, without changing the type; nullopt
/// where it is none, or reads more than that input and constants.
std::optional<std::string> function_of(const Node& node);

/// Reshape, Flatten, Squeeze, Unsqueeze, or wasminfer::View.
bool is_reshape(const Node& node);
/// Whether a node can be told to reshape one into the other.
bool can_reshape(const Shape& from, const Shape& to);
/// The node becomes the Reshape from a value to a shape, which can_reshape(). It remains to be inferred.
void become_reshape(Rewriter& rewriter, Node& node, Value* from, const Shape& to);

/// Equal under every assignment.
bool same_shape(const Shape& a, const Shape& b);

/// Elements as doubles, rounded once to the type.
Tensor tensor_from(DType dtype, std::vector<std::int64_t> shape, const std::vector<double>& numbers);
/// The one number that all elements of a constant are; nullopt where they differ or are not known.
std::optional<double> uniform(const Value* value);

}  // namespace wasminfer::gen
