#include <algorithm>

#include "hints/hints.hpp"

namespace wasminfer::gen {

namespace {

/// A weight that this many layers share, one behind the other, was used in a loop.
constexpr std::size_t fewest_turns = 4;
constexpr std::int64_t smallest_weight = 16;

class Losses {
public:
    Losses(const Graph& imported, const Graph& inferred) : graph_{imported}, inferred_{inferred} {}

    std::vector<TraceLoss> find()
    {
        unread_inputs();
        for (const auto& node : inferred_.nodes()) {
            frozen_shape(*node);
            frozen_state(*node);
        }
        for (const auto& node : graph_.nodes()) {
            decided_branch(*node);
        }
        written_out_loops();
        return std::move(losses_);
    }

private:
    void add(const Node& node, std::string message)
    {
        losses_.push_back({describe(node), std::move(message), node.trace});
    }

    static bool is_sized(const Value* value) { return value && value->shape && !is_static(*value->shape); }

    const Tensor* numbers(const Node& node, std::size_t input) const
    {
        const Value* value = node.input(input);
        if (value && !value->constant && value->producer && value->producer->is("Constant")) {
            return value->producer->attributes.get<Tensor>("value");
        }
        return value ? value->numbers() : nullptr;
    }

    void frozen_shape(const Node& node)
    {
        if (!node.is("Reshape") || !is_sized(node.input(0))) {
            return;
        }
        const Tensor* target = numbers(node, 1);
        if (!target || target->dtype() != DType::i64) {
            return;
        }
        const auto extents = target->to_ints();
        if (!extents.empty() && std::ranges::all_of(extents, [](std::int64_t extent) { return extent > 0; })) {
            add(node,
                "reshapes what has a free dimension to the constant " +
                    to_string(Shape(extents.begin(), extents.end())) +
                    ": the size at tracing is frozen in; compute it from x.shape or x.size(), or write -1 for it");
        }
    }

    void frozen_state(const Node& node)
    {
        if (!(node.is("LSTM") || node.is("GRU") || node.is("RNN")) || !is_sized(node.input(0))) {
            return;
        }
        const Tensor* first = numbers(node, 5);
        if (first && first->rank() == 3) {
            add(node, "starts from a constant for a batch of " + std::to_string(first->shape()[1]) +
                          ": make the first state an input, or of zeros sized by x.size(0)");
        }
    }

    void decided_branch(const Node& node)
    {
        if (node.is("If") && node.input(0) && (node.input(0)->constant || numbers(node, 0))) {
            add(node, "has a constant condition: the choice was made while tracing; one branch is all that is left");
        }
    }

    void unread_inputs()
    {
        const UseCounts uses{graph_};
        for (const Value* input : graph_.inputs) {
            if (uses(input) == 0) {
                losses_.push_back(
                    {"input '" + input->name + "'",
                     "is read by nothing: a choice that it made may have been made while tracing (by Python's "
                     "if); torch.cond or torch.jit.script keep it",
                     {}});
            }
        }
    }

    bool leads_to(const Node& from, const Node& to) const
    {
        std::set<const Value*> reached(from.outputs.begin(), from.outputs.end());
        const auto& nodes = graph_.nodes();
        for (std::size_t i = graph_.position(&from) + 1; i < nodes.size(); ++i) {
            if (std::ranges::any_of(nodes[i]->inputs,
                                    [&](const Value* value) { return value && reached.contains(value); })) {
                if (nodes[i].get() == &to) {
                    return true;
                }
                reached.insert(nodes[i]->outputs.begin(), nodes[i]->outputs.end());
            }
        }
        return false;
    }

    void written_out_loops()
    {
        std::map<const Value*, std::vector<const Node*>> readers;
        std::vector<const Value*> order;
        for (const auto& node : graph_.nodes()) {
            if (!node->is("MatMul") && !node->is("Gemm") && !node->is("Conv")) {
                continue;
            }
            for (const Value* value : node->inputs) {
                if (value && value->constant && value->constant->rank() >= 2 &&
                    value->constant->count() >= smallest_weight) {
                    auto& list = readers[value];
                    if (list.empty()) {
                        order.push_back(value);
                    }
                    list.push_back(node.get());
                }
            }
        }
        std::set<std::size_t> told;
        for (const Value* weight : order) {
            const auto& list = readers[weight];
            // The gates of one cell have a weight each: one finding for all.
            if (list.size() >= fewest_turns && leads_to(*list[0], *list[1]) && told.insert(list.size()).second) {
                add(*list[0], "and " + std::to_string(list.size() - 1) + " others read the weights '" + weight->name +
                                  "', each behind the one before: a loop of " + std::to_string(list.size()) +
                                  " turns is written out, whatever the input's length; nn.LSTM and its kin, "
                                  "torch.jit.script or scan keep it a loop");
            }
        }
    }

    const Graph& graph_;
    const Graph& inferred_;
    std::vector<TraceLoss> losses_;
};

}  // namespace

std::vector<TraceLoss> find_trace_losses(const Graph& imported, const Graph& inferred)
{
    return Losses{imported, inferred}.find();
}

DimBindings bind_all_freely(const ModelFace& face, DimBindings dims)
{
    for (const DeclaredInput& input : face.inputs) {
        for (const DeclaredDim& dim : input.shape.value_or(std::vector<DeclaredDim>{})) {
            if (!dim.value) {
                for (const std::string& name : binding_names(dim, dims)) {
                    dims.try_emplace(name, DimBinding{1, 64, 1});
                }
            }
        }
    }
    return dims;
}

}  // namespace wasminfer::gen
