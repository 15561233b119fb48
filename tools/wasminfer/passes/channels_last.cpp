// before: x[N,C,H,W] -> Conv -> y[N,K,H,W]
//  after: x -> Transpose -> [N,H,W,C] -> Conv (channels_last) -> [N,H,W,K] -> Transpose -> y
//
// The kernels of these operators read and write channels-last alone: vector lanes run over channels, a 1x1 convolution is
// a matrix product, a depthwise one needs no shuffles. Transposes around each node keep the meaning of the values between
// them; cancel_transposes takes away those that meet.
#include "ops/operator.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

bool wants_channels_last(const Node& node)
{
    const Operator* row = find_operator(node.domain, node.op, node.opset);
    const Value* x = node.input(0);
    return row && row->channels_last == ChannelsLast::required && x && x->rank() >= 3 && x->rank() <= 5 &&
           node.attributes.get_or<std::int64_t>("channels_last", 0) == 0;
}

/// Appends the node, made channels-last, with Transposes before and behind.
void convert(Rewriter& rewriter, std::vector<std::unique_ptr<Node>>& list, std::unique_ptr<Node> node)
{
    const Operator* row = find_operator(node->domain, node->op, node->opset);
    for (std::size_t i = 0; i < node->inputs.size() && i < 32; ++i) {
        Value*& input = node->inputs[i];
        if (input && (row->channels_last_inputs >> i & 1U) != 0) {
            const auto order = to_channels_last(input->shape->size());
            input = rewriter.append(list, {.op = "Transpose",
                                           .inputs = {input},
                                           .attributes = {{"perm", to_attribute(order)}},
                                           .output = input->name + "_last"});
        }
    }
    node->attributes.set("channels_last", std::int64_t{1});
    const auto outputs = node->outputs;
    for (Value*& output : node->outputs) {
        if (output) {
            Value* last = rewriter.graph().add_value(output->name);
            // The Transposes behind it will mostly go: the name stays with what remains.
            (is_output(rewriter.graph(), output) ? last->name += "_last" : output->name += "_first");
            last->producer = node.get();
            output = last;
        }
    }
    rewriter.infer(*node);
    const auto made = node->outputs;
    list.push_back(std::move(node));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i]) {
            const auto order = to_channels_first(outputs[i]->shape->size());
            rewriter.append(list, {.op = "Transpose",
                                   .inputs = {made[i]},
                                   .attributes = {{"perm", to_attribute(order)}},
                                   .makes = outputs[i]});
        }
    }
}

}  // namespace

void channels_last(Model& model, const PassOptions& options, Diagnostics&)
{
    Rewriter rewriter{model, options};
    std::vector<std::unique_ptr<Node>> list;
    for (auto& node : model.graph.take_nodes()) {
        if (wants_channels_last(*node)) {
            convert(rewriter, list, std::move(node));
        } else {
            list.push_back(std::move(node));
        }
    }
    model.graph.set_nodes(std::move(list));
}

}  // namespace wasminfer::gen
