// before: x f32[1,3,224,224] (input) -> Conv     after: x u8[1,224,224,4] (input) -> Pixels -> Transpose -> Conv
//
// The caller asked to hand pictures over as the bytes that they are (--input x=rgba8,mean=...,std=...). Pixels makes
// (byte - mean) / std of them, channels-last; the passes behind this one cancel the Transpose. Not folded into the first
// Conv's weights: its zero padding stands for the mean there, which no byte is.
#include <algorithm>

#include "passes/pass.hpp"

namespace wasminfer::gen {

namespace {

/// Whether the model holds the picture as [N, C, H, W]; nullopt where it holds none of that many channels.
std::optional<bool> channels_first(const Value& value, std::int64_t channels)
{
    if (!value.shape || value.rank() != 4) {
        return std::nullopt;
    }
    const Dim wanted{channels};
    return (*value.shape)[1] == wanted   ? std::optional{true}
           : (*value.shape)[3] == wanted ? std::optional{false}
                                         : std::nullopt;
}

std::vector<float> for_channels(std::vector<float> numbers, std::int64_t channels)
{
    numbers.resize(static_cast<std::size_t>(channels), numbers.back());
    return numbers;
}

std::unique_ptr<Node> node_of(const std::string& domain, const std::string& op, Value* from, Value* to)
{
    auto node = std::make_unique<Node>();
    node->domain = domain;
    node->op = op;
    node->opset = 13;
    node->inputs = {from};
    node->outputs = {to};
    return node;
}

std::unique_ptr<Node> pixels(Value* from, Value* to, const PixelFormat& format)
{
    auto node = node_of("wasminfer", "Pixels", from, to);
    auto scale = for_channels(format.deviation, format.channels);
    std::ranges::transform(scale, scale.begin(), [](float deviation) { return 1.0F / deviation; });
    node->attributes.set("channels", format.channels);
    node->attributes.set("reversed", std::int64_t{format.reversed ? 1 : 0});
    node->attributes.set("mean", for_channels(format.mean, format.channels));
    node->attributes.set("scale", std::move(scale));
    node->attributes.set("to", static_cast<std::int64_t>(to->dtype));
    return node;
}

void make_picture(Graph& graph, Value*& input, const PixelFormat& format, bool first)
{
    Value* inner = input;
    const std::string name = inner->name;
    Shape shape = *inner->shape;
    if (first) {
        std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
    }
    inner->name = name + "_floats";
    Value* floats = inner;
    if (first) {
        floats = graph.add_value(name + "_nhwc");
        floats->dtype = inner->dtype;
        floats->shape = shape;
        auto transpose = node_of("", "Transpose", floats, inner);
        transpose->attributes.set("perm", std::vector<std::int64_t>{0, 3, 1, 2});
        graph.insert_node(0, std::move(transpose));
    }
    Value* face = graph.add_value(name);
    face->dtype = DType::u8;
    shape.back() = format.bytes;
    face->shape = std::move(shape);
    graph.insert_node(0, pixels(face, floats, format));
    input = face;
}

}  // namespace

void pixel_inputs(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    for (const auto& [name, format] : options.pixel_inputs) {
        const auto refuse = [&, input = name](const std::string& message) {
            diagnostics.add({.where = "--input " + input,
                             .message = message,
                             .advice = "'wasminfer inspect' lists inputs with their types and shapes"});
        };
        const auto it = std::ranges::find(model.graph.inputs, name, &Value::name);
        if (it == model.graph.inputs.end()) {
            refuse("names no input of the model");
            continue;
        }
        const auto first = channels_first(**it, format.channels);
        if (!first) {
            refuse("is " + type_string(**it) +
                   ", and pictures of this kind are [N, C, H, W] or [N, H, W, C] with C = " +
                   std::to_string(format.channels));
        } else if ((*it)->dtype != DType::f32 && (*it)->dtype != DType::f16) {
            refuse("is " + type_string(**it) + ", and pictures become f32 or f16");
        } else {
            make_picture(model.graph, *it, format, *first);
        }
    }
}

}  // namespace wasminfer::gen
