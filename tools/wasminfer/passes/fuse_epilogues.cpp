// before: x -> Conv -> Add (r) -> Relu -> y        after: x, r -> Conv (residual, activation) -> y
//         x -> Gemm -> Clip -> y                          x -> Gemm (activation) -> y
//
// A product's kernel can add a tensor of the result's shape to each element, and apply a function to it, before it writes
// it: one pass over memory less each. The operators' rows say which of the two their kernels can do, and which operators
// are a function of one element. Fused are only values that nobody else reads.
#include <algorithm>

#include "ops/operator.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

using Nodes = std::vector<std::unique_ptr<Node>>;

bool takes(const Node& node, Epilogue epilogue)
{
    const Operator* row = find_operator(node.domain, node.op, node.opset);
    return row && node.outputs.size() == 1 && (row->epilogue == Epilogue::residual || row->epilogue == epilogue);
}

class EpilogueFusion {
public:
    EpilogueFusion(Model& model, const PassOptions& options)
        : rewriter_{model, options}, fusable_{model.graph}, nodes_{model.graph.take_nodes()}
    {
    }

    void run()
    {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            place_[nodes_[i].get()] = i;
        }
        for (const auto& entry : nodes_) {
            Node& node = *entry;
            // An Add of a number is a function, too.
            if (node.is("Add") && node.inputs.size() == 2 && fuse_residual(node)) {
                continue;
            }
            if (const auto function = function_of(node)) {
                fuse_activation(node, *function);
            }
        }
        rewriter_.graph().set_nodes(std::move(nodes_));
        remove_dead(rewriter_.graph());
    }

private:
    Node* product_behind(const Value* value, Epilogue epilogue) const
    {
        Node* node = fusable_.contains(value) ? value->producer : nullptr;
        return node && takes(*node, epilogue) ? node : nullptr;
    }

    void fuse_activation(Node& node, const std::string& function)
    {
        // A function of each element can as well be applied before a Reshape.
        Value* value = node.inputs[0];
        Node* last = nullptr;
        while (fusable_.contains(value) && is_reshape(*value->producer)) {
            last = last ? last : value->producer;
            value = value->producer->inputs[0];
        }
        Node* product = product_behind(value, Epilogue::activation);
        if (!product) {
            return;
        }
        const auto* before = product->attributes.get<std::string>("fused_activation");
        product->attributes.set("fused_activation", before ? "chain{" + *before + ", " + function + "}" : function);
        take_output(last ? *last : *product, node);
        rewriter_.infer(*product);
    }

    bool fuse_residual(Node& add)
    {
        Node* product = nullptr;
        std::size_t other = 0;
        for (std::size_t i = 0; i < 2; ++i) {
            Node* candidate = product_behind(add.inputs[i], Epilogue::residual);
            const bool plain = candidate && !candidate->attributes.has("fused_activation") &&
                               !candidate->attributes.has("residual") && fits(*add.inputs[i], *add.inputs[1 - i]);
            // Of two the later one, before which the other's result is there.
            if (plain && (!product || place_.at(candidate) > place_.at(product))) {
                product = candidate;
                other = 1 - i;
            }
        }
        if (!product) {
            return false;
        }
        Value* residual = add.inputs[other];
        if (residual->producer && place_.at(residual->producer) > place_.at(product)) {
            std::swap(nodes_[place_.at(product)], nodes_[place_.at(&add)]);
            std::swap(place_.at(product), place_.at(&add));
        }
        product->inputs.resize(std::max(product->inputs.size(), own_inputs(*product)), nullptr);
        product->inputs.push_back(residual);
        product->attributes.set("residual", std::int64_t{1});
        take_output(*product, add);
        rewriter_.infer(*product);
        return true;
    }

    static bool fits(const Value& result, const Value& residual)
    {
        return is_float(result.dtype) && result.dtype == residual.dtype && same_shape(*result.shape, *residual.shape);
    }

    /// Places before the residual's: absent ones among them are filled.
    static std::size_t own_inputs(const Node& product)
    {
        const bool matmul = product.op == "MatMul" || product.op == "StridedMatMul";
        return matmul && !product.attributes.has("bias") ? 2 : 3;
    }

    Rewriter rewriter_;
    FusableValues fusable_;
    Nodes nodes_;
    std::map<const Node*, std::size_t> place_;
};

}  // namespace

void fuse_epilogues(Model& model, const PassOptions& options, Diagnostics&)
{
    EpilogueFusion{model, options}.run();
}

}  // namespace wasminfer::gen
