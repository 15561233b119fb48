// before: x (f16) -> Conv -> Relu -> MaxPool -> y (f16)
// after:  x -> Cast (f32) -> Conv -> Relu -> MaxPool -> Cast (f16) -> y
//
// wasm has no arithmetic on halves: every kernel widens what it reads and rounds what it writes, in a dozen instructions, as often as
// an element is read. Around convolutions, products, pools and norms values stay in f32, as engines without such arithmetic do;
// results differ from those of a graph that is rounded at each node by these roundings alone. It costs twice the arena.
#include <algorithm>
#include <array>
#include <map>

#include "ops/node_view.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

/// What is worth a Cast on either side.
constexpr std::array<std::string_view, 16> costly{"AveragePool",
                                                  "BatchNormalization",
                                                  "Conv",
                                                  "ConvTranspose",
                                                  "Gemm",
                                                  "GlobalAveragePool",
                                                  "GroupNormalization",
                                                  "InstanceNormalization",
                                                  "LRN",
                                                  "LayerNormalization",
                                                  "LogSoftmax",
                                                  "MatMul",
                                                  "MaxPool",
                                                  "RMSNormalization",
                                                  "ReduceMean",
                                                  "Softmax"};

/// What stays in f32 where it finds an operand so.
constexpr std::array<std::string_view, 53> followers{"Abs",          "Add",
                                                     "Clip",         "Concat",
                                                     "DepthToSpace", "Div",
                                                     "Dropout",      "Elu",
                                                     "Erf",          "Exp",
                                                     "Expand",       "Flatten",
                                                     "Gelu",         "GlobalMaxPool",
                                                     "HardSigmoid",  "HardSwish",
                                                     "Identity",     "LeakyRelu",
                                                     "Log",          "Max",
                                                     "Mean",         "Min",
                                                     "Mish",         "Mul",
                                                     "Neg",          "PRelu",
                                                     "Pad",          "Pow",
                                                     "Reciprocal",   "ReduceL2",
                                                     "ReduceMax",    "ReduceMin",
                                                     "ReduceSum",    "ReduceSumSquare",
                                                     "Relu",         "Reshape",
                                                     "Resize",       "Selu",
                                                     "Sigmoid",      "Slice",
                                                     "Softplus",     "Softsign",
                                                     "SpaceToDepth", "Split",
                                                     "Sqrt",         "Squeeze",
                                                     "Sub",          "Sum",
                                                     "Tanh",         "Tile",
                                                     "Transpose",    "Unsqueeze",
                                                     "Where"};

class Widener {
public:
    Widener(Model& model, const PassOptions& options) : rewriter_{model, options} {}

    void run()
    {
        std::vector<Node*> nodes;
        for (const auto& node : rewriter_.graph().nodes()) {
            nodes.push_back(node.get());
        }
        for (Node* node : nodes) {
            if (wants(*node)) {
                widen(*node);
            }
        }
    }

private:
    static bool is_half(const Value* value) { return value && value->dtype == DType::f16; }

    bool wants(const Node& node) const
    {
        if (!node.domain.empty() || !is_half(node.input(node.op == "Where" ? 1 : 0))) {
            return false;
        }
        const auto in = [&](const auto& list) { return std::ranges::find(list, node.op) != list.end(); };
        return in(costly) || (in(followers) && std::ranges::any_of(node.inputs, [&](const Value* v) {
                                  return v && !v->is_constant() && wide_.contains(v);
                              }));
    }

    void widen(Node& node)
    {
        for (Value*& input : node.inputs) {
            if (is_half(input)) {
                input = wide(input, node);
            }
        }
        std::vector<Value*> halves;
        for (Value*& output : node.outputs) {
            if (is_half(output)) {
                halves.push_back(output);
                output = rewriter_.graph().add_value(output->name + "_f32");
                output->producer = &node;
                wide_[halves.back()] = output;
            }
        }
        rewriter_.infer(node);
        for (Value* half : halves) {
            NewNode narrowed = cast(wide_[half], 10);
            narrowed.makes = half;
            rewriter_.insert_after(node, std::move(narrowed));
        }
    }

    /// The operand in f32: as it was made, or by a Cast in front of the node, which is worked out where it is constant.
    Value* wide(Value* half, const Node& node)
    {
        Value*& made = wide_[half];
        if (!made) {
            made = rewriter_.insert_before(node, cast(half, 1));
        }
        return made;
    }

    /// To a type of TensorProto's.
    static NewNode cast(Value* value, std::int64_t type)
    {
        return {
            .op = "Cast", .opset = 13, .inputs = {value}, .attributes = {{"to", type}}, .output = value->name + "_f32"};
    }

    Rewriter rewriter_;
    std::map<const Value*, Value*> wide_;  ///< From the halves.
};

}  // namespace

void widen_halves(Model& model, const PassOptions& options, Diagnostics&)
{
    Widener{model, options}.run();
    remove_dead(model.graph);
}

}  // namespace wasminfer::gen
