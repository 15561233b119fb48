// Operators that apply one function to each element: the body that all lines of the tables share.
#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/elementwise.hpp"
#include "ops/symbolic.hpp"

namespace wasminfer::gen {

namespace {

const UnaryWord* find_word(const NodeView& view)
{
    for (const auto words : {function_words(), activation_words()}) {
        std::optional<std::string> chosen;
        for (const UnaryWord& word : words) {
            if (word.type != view.node().op || view.opset() < word.since || view.opset() > word.until) {
                continue;
            }
            if (word.choice.attribute.empty()) {
                return &word;
            }
            const std::string attribute{word.choice.attribute};
            chosen = chosen ? chosen : view.string_attribute(attribute, std::string{word.choice.value});
            if (*chosen == word.choice.value) {
                return &word;
            }
        }
        if (chosen) {
            NodeView::fail("does not know the choice '" + *chosen + "'");
        }
    }
    throw std::logic_error{"a unary operator without its word"};
}

FunctorValues values_of(const NodeView& view, const UnaryWord& word)
{
    FunctorValues values{};
    for (std::size_t i = 0; i < word.parameters.size(); ++i) {
        const auto& [attribute, fallback, flag] = word.parameters[i];
        if (!attribute.empty()) {
            const std::string key{attribute};
            values[i] = flag ? static_cast<float>(view.int_attribute(key, static_cast<std::int64_t>(fallback)) != 0)
                             : view.float_attribute(key, fallback);
        }
    }
    return values;
}

std::string functor_text(const NodeView& view, const UnaryWord& word)
{
    const auto values = values_of(view, word);
    std::string members;
    for (std::size_t i = 0; i < word.parameters.size(); ++i) {
        const auto& parameter = word.parameters[i];
        if (!parameter.attribute.empty()) {
            const std::string value = parameter.flag ? (values[i] != 0 ? "true" : "false") : literal(values[i]);
            members += (members.empty() ? "" : ", ") + value;
        }
    }
    return std::string{word.functor} + "{" + members + "}";
}

std::optional<Rounding> rounding_of(const UnaryWord& word)
{
    return word.type == "Ceil"    ? std::optional{Rounding::ceil}
           : word.type == "Floor" ? std::optional{Rounding::floor}
                                  : std::nullopt;
}

void infer_unary(Infer& infer)
{
    infer.require_inputs(1, 1);
    const UnaryWord& word = *find_word(infer);
    require_in(infer, 0, word.types);
    only_attributes(infer, {word.parameters[0].attribute, word.parameters[1].attribute, word.choice.attribute,
                            infer.opset() < 6 ? "consumed_inputs" : ""});
    values_of(infer, word);
    infer.set(0, word.boolean ? DType::boolean : infer.dtype(0), infer.shape(0));
    const auto rounding = rounding_of(word);
    if (rounding && is_static(infer.shape(0)) && !infer.in(0).numbers()) {
        if (const auto elements = rounded_elements(infer, 0, *rounding, infer.symbols())) {
            infer.set_elements(0, *elements);
        }
    }
}

void lower_unary(Lower& lower)
{
    const UnaryWord& word = *find_word(lower);
    lower.call("unary", "kernels/elementwise.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"n", element_count(lower.shape(0))}})
        .text(functor_text(lower, word))
        .in_place(lower.out(0), lower.in(0))
        .host([host = word.host, values = values_of(lower, word)](const HostCall& call) { host(call, values); });
}

std::optional<std::string> unary_functor(const NodeView& view)
{
    const UnaryWord& word = *find_word(view);
    return word.boolean ? std::nullopt : std::optional{functor_text(view, word)};
}

std::optional<Dim> negated(const NodeView&, std::span<const Dim> arguments)
{
    return -arguments[0];
}

}  // namespace

std::span<const Operator> unary_rows()
{
    static const std::vector<Operator> rows = [] {
        std::vector<Operator> list;
        for (const auto words : {function_words(), activation_words()}) {
            for (const UnaryWord& word : words) {
                const bool listed = std::ranges::any_of(
                    list, [&](const Operator& row) { return row.type == word.type && row.since == word.since; });
                if (!listed) {
                    list.push_back({.type = word.type,
                                    .since = word.since,
                                    .until = word.until,
                                    .infer = infer_unary,
                                    .lower = lower_unary,
                                    .symbolic = word.type == "Neg" ? negated : nullptr,
                                    .functor = unary_functor,
                                    .elementwise = true});
                }
            }
        }
        return list;
    }();
    return rows;
}

}  // namespace wasminfer::gen
