// A function of the model's owner (--custom): called with a view of each input, a view of each output, and the node's
// attributes as one aggregate in alphabetical order. What it is and what it makes stands in attributes that begin with @,
// which the importer has put there.
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

void infer_custom(Infer& infer)
{
    const auto types = infer.node().attributes.get_or<std::vector<std::int64_t>>("@types", {});
    const auto texts = infer.node().attributes.get_or<std::vector<std::string>>("@shapes", {});
    auto at = texts.begin();
    for (std::size_t i = 0; i < infer.output_count(); ++i) {
        Shape shape;
        for (auto rank = parse_dim(*at++).value().constant(); rank > 0; --rank) {
            shape.push_back(parse_dim(*at++).value());
        }
        infer.set(i, static_cast<DType>(types.at(i)), std::move(shape));
    }
}

std::string quoted(const std::string& text)
{
    std::string literal = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            literal += std::string{'\\', c};
        } else if (byte < ' ' || byte > '~') {
            // Three octal digits end by themselves, whatever follows.
            literal += '\\';
            literal += static_cast<char>('0' + byte / 64);
            literal += static_cast<char>('0' + byte / 8 % 8);
            literal += static_cast<char>('0' + byte % 8);
        } else {
            literal += c;
        }
    }
    return literal + "\"";
}

struct AttributeText {
    std::string operator()(std::int64_t number) const { return literal(number); }
    std::string operator()(float number) const { return literal(number); }
    std::string operator()(const std::string& text) const { return quoted(text); }
    template <class T>
    std::string operator()(const std::vector<T>& list) const
    {
        std::string text;
        for (const T& element : list) {
            text += (text.empty() ? "" : ", ") + (*this)(element);
        }
        return "{" + text + "}";
    }
    template <class T>
    std::string operator()(const T&) const
    {
        NodeView::fail("has an attribute that is a tensor or a graph, which a custom operator does not get",
                       "make the tensor an input");
    }
};

std::string attribute_text(const Attributes& attributes)
{
    std::string text;
    for (const auto& [key, value] : attributes) {
        if (!key.starts_with("@")) {
            text += (text.empty() ? "." : ", .") + key + " = " + std::visit(AttributeText{}, value);
        }
    }
    return text.empty() ? "" : "{" + text + "}";
}

void lower_custom(Lower& lower)
{
    const Attributes& attributes = lower.node().attributes;
    const auto view = [&](const Value* value) {
        Operand operand{};
        if (value) {
            operand = lower.operand(*value);
            operand.view = *value->shape;
        }
        return operand;
    };
    auto call = lower.call("::" + attributes.get_or<std::string>("@function", {}),
                           "\"" + attributes.get_or<std::string>("@header", {}) + "\"");
    for (const Value* input : lower.node().inputs) {
        call.read(view(input));
    }
    for (const Value* output : lower.node().outputs) {
        call.write(view(output));
    }
    if (const std::string text = attribute_text(attributes); !text.empty()) {
        call.text(text);
    }
}

const Operator rows[] = {
    {.type = "Custom", .infer = infer_custom, .lower = lower_custom, .domain = "wasminfer"},
};

}  // namespace

std::span<const Operator> custom_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
