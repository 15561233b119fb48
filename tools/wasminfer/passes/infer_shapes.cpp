// before: types and shapes of the graph's inputs and initializers
//  after: types, shapes and (where known) elements of every value; values known as constants no longer have a producer;
//         an If whose condition is known is replaced by the nodes of the branch that is taken; sequences by their tensors
//
// One walk in the nodes' order; folding has to go with inference, since the operand that decides a shape is often itself
// computed, and with the choice of branches, since the other branch need not even be well-formed at these shapes.
#include <algorithm>
#include <deque>
#include <ranges>

#include "ops/loop.hpp"
#include "ops/operator.hpp"
#include "passes/pass.hpp"
#include "passes/resolve_sequences.hpp"
#include "passes/unroll_loop.hpp"

namespace wasminfer::gen {

namespace {

class Walk {
public:
    Walk(Graph& graph, Symbols& symbols, const PassOptions& options, Diagnostics& diagnostics)
        : graph_{graph}, symbols_{symbols}, options_{options}, diagnostics_{diagnostics}
    {
    }

    void run()
    {
        for (auto& node : graph_.take_nodes()) {
            pending_.push_back(std::move(node));
        }
        while (!pending_.empty()) {
            auto node = std::move(pending_.front());
            pending_.pop_front();
            if (Graph* branch = known_branch(*node)) {
                take_branch(*node, *branch);
                continue;
            }
            if (sequences_.concerns(*node)) {
                resolve(*node, [&] { return sequences_.resolve(*node, graph_); });
                continue;
            }
            if (is_written_out(*node)) {
                resolve(*node, [&] { return unroll_turn(*node, graph_); });
                continue;
            }
            try {
                infer(*node);
            } catch (const WrittenOut&) {
                resolve(*node, [&] { return unroll_turn(*node, graph_); });
                continue;
            }
            if (!is_folded(*node)) {
                done_.push_back(std::move(node));
            }
        }
        graph_.set_nodes(std::move(done_));
        for (const Value* output : graph_.outputs) {
            if (sequences_.contains(output)) {
                diagnostics_.add({"output '" + output->name + "'",
                                  "is a sequence or optional value, which is not supported",
                                  "make its tensors outputs, or join them with ConcatFromSequence"});
            }
        }
    }

private:
    static Graph* known_branch(const Node& node)
    {
        if (!node.is("If") || !node.input(0) || !node.input(0)->numbers() || node.input(0)->dtype != DType::boolean) {
            return nullptr;
        }
        const Tensor& condition = *node.input(0)->numbers();
        if (condition.count() != 1) {
            return nullptr;
        }
        const bool taken = condition.to_ints()[0] != 0;
        const auto* body = node.attributes.get<std::shared_ptr<Graph>>(taken ? "then_branch" : "else_branch");
        return body && (*body)->outputs.size() == node.outputs.size() ? body->get() : nullptr;
    }

    /// The branch's nodes come next; who reads the If's outputs reads theirs.
    void take_branch(const Node& node, Graph& branch)
    {
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            if (node.outputs[i]) {
                replace(node.outputs[i], branch.outputs[i]);
            }
        }
        auto nodes = branch.take_nodes();
        for (auto& taken : std::views::reverse(nodes)) {
            pending_.push_front(std::move(taken));
        }
        graph_.adopt_values(branch);
    }

    void replace(Value* from, Value* to)
    {
        for (const auto& node : pending_) {
            std::ranges::replace(node->inputs, from, to);
            for_each_subgraph(*node, [&](Graph& body) { body.replace_uses(from, to); });
        }
        std::ranges::replace(graph_.outputs, from, to);
    }

    /// Loops that have no place in generated code as loops; others turn out to be so when they are inferred.
    bool is_written_out(const Node& node) const
    {
        return node.is("Loop") &&
               (is_partly_unrolled(node) ||
                std::ranges::any_of(node.inputs, [&](const Value* value) { return sequences_.contains(value); }));
    }

    /// The nodes that take the node's place come next.
    template <class Resolve>
    void resolve(const Node& node, Resolve resolve_node)
    {
        const auto judged = [&](const Value* value) { return !value || value->shape || sequences_.contains(value); };
        if (!std::ranges::all_of(node.inputs, judged)) {
            return;
        }
        try {
            ResolvedNode resolved = resolve_node();
            for (const auto& [from, to] : resolved.replaced) {
                replace(from, to);
            }
            for (auto& made : std::views::reverse(resolved.nodes)) {
                pending_.push_front(std::move(made));
            }
        } catch (const OperatorError& error) {
            diagnostics_.add(node, error);
        }
    }

    void infer(Node& node)
    {
        if (std::ranges::any_of(node.inputs, [&](const Value* value) { return sequences_.contains(value); })) {
            diagnostics_.add(node,
                             "reads a sequence or optional value, which is supported for what takes it apart alone");
            return;
        }
        // What hangs on a node that failed can't be judged; unknown operators were reported before.
        const bool judged = std::ranges::all_of(node.inputs, [](const Value* value) { return !value || value->shape; });
        if (!judged || !find_operator(node.domain, node.op, node.opset)) {
            return;
        }
        try {
            infer_node(node, symbols_, options_);
        } catch (const WrittenOut&) {
            throw;
        } catch (const OperatorError& error) {
            diagnostics_.add(node, error);
        }
    }

    static bool is_folded(Node& node)
    {
        const bool folded =
            std::ranges::all_of(node.outputs, [](const Value* value) { return !value || value->is_constant(); });
        if (folded) {
            for (Value* output : node.outputs) {
                if (output) {
                    output->producer = nullptr;
                }
            }
        }
        return folded;
    }

    Graph& graph_;
    Symbols& symbols_;
    const PassOptions& options_;
    Diagnostics& diagnostics_;
    std::deque<std::unique_ptr<Node>> pending_;
    std::vector<std::unique_ptr<Node>> done_;
    Sequences sequences_;
};

}  // namespace

void check_operators(const Graph& graph, Diagnostics& diagnostics)
{
    for (const auto& node : graph.nodes()) {
        if (!find_operator(node->domain, node->op, node->opset)) {
            diagnostics.add(*node, explain_missing(*node));
        }
        for_each_subgraph(*node, [&](const Graph& body) { check_operators(body, diagnostics); });
    }
}

void infer_graph(Graph& graph, Symbols& symbols, const PassOptions& options, Diagnostics& diagnostics)
{
    Walk{graph, symbols, options, diagnostics}.run();
}

void infer_shapes(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    // What no output depends on need not be understood.
    remove_dead_nodes(model, options, diagnostics);
    check_operators(model.graph, diagnostics);
    Graph& graph = model.graph;
    if (graph.output_names.empty()) {
        for (const Value* output : graph.outputs) {
            graph.output_names.push_back(output->name);
        }
    }
    infer_graph(graph, model.symbols, options, diagnostics);
}

}  // namespace wasminfer::gen
