// Operators that apply one function to pairs of elements of one type, and Pow, whose exponent has a type of its own.
#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/elementwise.hpp"
#include "ops/elementwise_words.hpp"

namespace wasminfer::gen {

namespace {

/// An attribute as text, whether it is a string or an integer.
std::string choice_of(const NodeView& view, const Choice& choice)
{
    const std::string key{choice.attribute};
    const bool number = choice.value.find_first_not_of("0123456789") == std::string_view::npos;
    return number ? std::to_string(view.int_attribute(key, std::stoll(std::string{choice.value})))
                  : view.string_attribute(key, std::string{choice.value});
}

const BinaryWord* find_word(const NodeView& view)
{
    std::optional<std::string> chosen;
    for (const auto words : {arithmetic_words(), comparison_words()}) {
        for (const BinaryWord& word : words) {
            if (word.type != view.node().op) {
                continue;
            }
            if (word.choice.attribute.empty()) {
                return &word;
            }
            chosen = chosen ? chosen : choice_of(view, word.choice);
            if (*chosen == word.choice.value) {
                return &word;
            }
        }
    }
    if (!chosen) {
        throw std::logic_error{"a binary operator without its word"};
    }
    NodeView::fail("does not know the choice '" + *chosen + "'");
}

/// The second operand's shape as it is broadcast. Before opset 7 that takes broadcast = 1, and `axis` says with which
/// axis of the first operand its own first axis stands; PRelu's slopes stand with the channels.
Shape second_shape(const NodeView& view)
{
    Shape shape = view.shape(1);
    const auto rank = view.rank(0);
    if (view.opset() >= 7) {
        return shape;
    }
    const bool prelu = view.node().op == "PRelu";
    const bool broadcast = prelu || view.int_attribute("broadcast", 0) != 0;
    if (!broadcast) {
        if (!(shape == view.shape(0))) {
            NodeView::fail("shapes " + to_string(view.shape(0)) + " and " + to_string(shape) +
                           " differ, which takes the attribute broadcast = 1 before opset 7");
        }
        return shape;
    }
    const auto own = view.rank(1);
    auto axis = rank - own;
    if (prelu) {
        axis = own == 1 && !(shape[0] == Dim{1}) && rank > 1 ? 1 : axis;
    } else if (view.has_attribute("axis")) {
        axis = NodeView::normalize_axis(view.int_attribute("axis"), std::max<std::int64_t>(rank, 1));
    }
    if (axis < 0 || axis + own > rank) {
        NodeView::fail("a tensor of shape " + to_string(shape) + " does not fit into " + to_string(view.shape(0)) +
                       " from axis " + std::to_string(axis) + " on");
    }
    shape.insert(shape.end(), static_cast<std::size_t>(rank - axis - own), Dim{1});
    return shape;
}

Shape result_shape(const NodeView& view, const Shape& second)
{
    const Shape& first = view.shape(0);
    Shape result = broadcast(first, second);
    const bool one_way = view.opset() < 7 || view.node().op == "PRelu";
    if (one_way && !(result == first)) {
        NodeView::fail("the second operand's shape " + to_string(view.shape(1)) +
                       " does not broadcast to the first one's, " + to_string(first));
    }
    return result;
}

void mark_in_place(CallBuilder builder, const Lower& lower)
{
    for (const std::size_t i : {0U, 1U}) {
        if (lower.shape(i) == *lower.out(0).shape) {
            builder.in_place(lower.out(0), lower.in(i));
        }
    }
}

void check_attributes(const NodeView& view, const Choice& choice)
{
    if (view.opset() >= 7) {
        only_attributes(view, {choice.attribute});
    } else {
        only_attributes(view, {choice.attribute, "broadcast", "axis", "consumed_inputs"});
    }
}

void infer_binary(Infer& infer)
{
    infer.require_inputs(2, 2);
    const BinaryWord& word = *find_word(infer);
    require_in(infer, 0, word.types);
    infer.require_same_type(0, 1);
    check_attributes(infer, word.choice);
    if (infer.node().op == "BitShift") {
        infer.string_attribute("direction", "").empty() ? NodeView::fail("attribute 'direction' is missing") : void();
    }
    infer.set(0, word.boolean ? DType::boolean : infer.dtype(0), result_shape(infer, second_shape(infer)));
}

void lower_binary_word(Lower& lower)
{
    const BinaryWord& word = *find_word(lower);
    mark_in_place(lower_binary(lower, lower.out(0), lower.operand(0), lower.shape(0), lower.operand(1),
                               second_shape(lower), std::string{word.functor} + "{}", word.host),
                  lower);
}

std::optional<Dim> symbolic_binary(const NodeView& view, std::span<const Dim> arguments)
{
    const BinaryWord& word = *find_word(view);
    return word.symbolic && view.opset() >= 7 ? word.symbolic(view, arguments) : std::nullopt;
}

/// With one number as the second operand this is a function of the first.
std::optional<std::string> bound_functor(const NodeView& view)
{
    const Tensor* number = view.in(1).numbers();
    const bool scalar = number && number->count() == 1 && view.rank(1) <= view.rank(0);
    if (!scalar || !is_float(view.dtype(0)) || *view.out(0).shape != view.shape(0)) {
        return std::nullopt;
    }
    const BinaryWord& word = *find_word(view);
    return word.boolean ? std::nullopt
                        : std::optional{"bind_right{" + std::string{word.functor} + "{}, " +
                                        literal_of(view.dtype(0), number->to_doubles()[0]) + "}"};
}

// ---- Pow ----

constexpr TypeSet pow_bases = types::floats | set_of(DType::i32, DType::i64);

void infer_pow(Infer& infer)
{
    infer.require_inputs(2, 2);
    require_in(infer, 0, pow_bases);
    require_in(infer, 1, types::numbers);
    check_attributes(infer, {});
    if (infer.opset() < 12) {
        infer.require_same_type(0, 1);
    }
    infer.set(0, infer.dtype(0), result_shape(infer, second_shape(infer)));
}

/// x² and x³ where the exponent is that number alone.
std::optional<std::string> constant_power(const NodeView& view)
{
    const Value& exponent = view.in(1);
    if (!exponent.numbers() || exponent.numbers()->count() != 1 || !is_float(view.dtype(0))) {
        return std::nullopt;
    }
    const double number = exponent.numbers()->to_doubles()[0];
    return number == 2   ? std::optional<std::string>{"square{}"}
           : number == 3 ? std::optional<std::string>{"cube{}"}
                         : std::nullopt;
}

std::optional<std::string> pow_functor(const NodeView& view)
{
    return view.shape(1).size() <= view.shape(0).size() ? constant_power(view) : std::nullopt;
}

void run_power(const HostCall& call, bool cubed)
{
    dispatch_in<types::floats>(call.dtypes[0], [&]<class T>() {
        const elementwise_extents extents{call.numbers[0]};
        cubed ? unary(call.in<T>(0), call.out<T>(1), extents, cube{})
              : unary(call.in<T>(0), call.out<T>(1), extents, square{});
    });
}

void lower_pow(Lower& lower)
{
    const Value& out = lower.out(0);
    if (const auto functor = pow_functor(lower)) {
        lower.call("unary", "kernels/elementwise.hpp")
            .read(lower.operand(0))
            .write(lower.result(0))
            .extents({{"n", element_count(*out.shape)}})
            .text(*functor)
            .in_place(out, lower.in(0))
            .host([cubed = *functor == "cube{}"](const HostCall& call) { run_power(call, cubed); });
        return;
    }
    const auto host = [](const HostCall& call, const BroadcastNumbers& numbers) {
        dispatch_in<pow_bases>(call.dtypes[0], [&]<class A>() {
            dispatch_in<types::numbers>(call.dtypes[1],
                                        [&]<class B>() { run_binary<A, B, A>(call, numbers, wasminfer::pow{}); });
        });
    };
    auto builder = lower_binary(lower, out, lower.operand(0), lower.shape(0), lower.operand(1), second_shape(lower),
                                "pow{}", host);
    if (lower.shape(0) == *out.shape) {
        builder.in_place(out, lower.in(0));
    }
}

}  // namespace

std::span<const Operator> binary_rows()
{
    static const std::vector<Operator> rows = [] {
        std::vector<Operator> list;
        const auto add = [&](Operator row) {
            // Before opset 7 the operands' axes don't stand for the same: nothing may be permuted on both alike.
            if (row.since < 7) {
                Operator legacy = row;
                legacy.until = 6;
                list.push_back(legacy);
                row.since = 7;
            }
            row.elementwise = true;
            list.push_back(row);
        };
        for (const auto words : {arithmetic_words(), comparison_words()}) {
            for (const BinaryWord& word : words) {
                if (std::ranges::none_of(list, [&](const Operator& row) { return row.type == word.type; })) {
                    add({.type = word.type,
                         .since = word.since,
                         .infer = infer_binary,
                         .lower = lower_binary_word,
                         .symbolic = symbolic_binary,
                         .functor = bound_functor});
                }
            }
        }
        add({.type = "Pow", .infer = infer_pow, .lower = lower_pow, .functor = pow_functor});
        return list;
    }();
    return rows;
}

}  // namespace wasminfer::gen
