// How many turns a Loop takes, as far as that can be said before it runs.
#include <algorithm>

#include "ops/loop.hpp"
#include "ops/operator.hpp"
#include "ops/symbolic.hpp"

namespace wasminfer::gen {

namespace {

std::optional<bool> known_flag(const Value& value)
{
    const Tensor* numbers = value.numbers();
    if (numbers && numbers->count() == 1) {
        return numbers->to_ints()[0] != 0;
    }
    const bool known = value.elements && value.elements->size() == 1 && value.elements->front().is_constant();
    return known ? std::optional{value.elements->front().constant() != 0} : std::nullopt;
}

/// One-element integers of a body as expressions over the turn.
class Counters {
public:
    Counters(const NodeView& view, const LoopParts& loop, const Dim& turn)
    {
        for (std::size_t i = 0; i < loop.inside.size(); ++i) {
            if (loop.inside[i] && is_integer(loop.inside[i]->dtype) && view.has(i + 2)) {
                add_counter(view.elements(i + 2), *loop.inside[i], *loop.after[i], turn);
            }
        }
    }

    std::optional<Dim> operator()(const Value& value) { return number(value, 0); }

private:
    /// A state that grows or shrinks by the same number in each turn is an expression over the turn.
    void add_counter(const std::optional<std::vector<Dim>>& first, const Value& inside, const Value& after,
                     const Dim& turn)
    {
        if (!first || first->size() != 1) {
            return;
        }
        // Symbols stand for what is not negative, and a counter may be: it is a difference of two for the time being.
        // No name of a model's dimension ends in a control character.
        const Dim plus = Dim::symbol("plus\x01");
        const Dim minus = Dim::symbol("minus\x01");
        known_ = counters_;
        known_[&inside] = plus - minus;
        const auto next = number(after, 0);
        known_ = counters_;
        if (!next) {
            return;
        }
        const Dim step = *next - (plus - minus);
        const auto symbols = step.symbols();
        if (!symbols.contains(*plus.as_symbol()) && !symbols.contains(*minus.as_symbol()) &&
            !symbols.contains(*turn.as_symbol())) {
            counters_[&inside] = first->front() + step * turn;
            known_ = counters_;
        }
    }

    std::optional<Dim> number(const Value& value, int depth)
    {
        if (const auto known = known_.find(&value); known != known_.end()) {
            return known->second;
        }
        constexpr int deepest = 64;
        const bool judged =
            depth < deepest && value.shape && is_integer(value.dtype) && element_count(*value.shape) == Dim{1};
        auto found = judged ? compute(value, depth) : std::nullopt;
        known_[&value] = found;
        return found;
    }

    std::optional<Dim> compute(const Value& value, int depth)
    {
        if (value.elements) {
            return value.elements->front();
        }
        if (const Tensor* numbers = value.numbers()) {
            return numbers->to_ints()[0];
        }
        const Node* node = value.producer;
        const Operator* row = node ? find_operator(node->domain, node->op, node->opset) : nullptr;
        if (!row || node->inputs.empty() || std::ranges::find(node->inputs, nullptr) != node->inputs.end()) {
            return std::nullopt;
        }
        // What moves elements of one input has but one to move here.
        if (node->is("Identity") || node->is("Cast") || row->moves == 1) {
            return number(*node->inputs[0], depth + 1);
        }
        if (!row->symbolic) {
            return std::nullopt;
        }
        std::vector<Dim> arguments;
        for (const Value* input : node->inputs) {
            const auto argument = number(*input, depth + 1);
            if (!argument) {
                return std::nullopt;
            }
            arguments.push_back(*argument);
        }
        return row->symbolic(NodeView{*node}, arguments);
    }

    std::map<const Value*, std::optional<Dim>> counters_, known_;
};

/// How many turns are begun while the difference, an expression over the turn that is just done, is not negative.
std::optional<Dim> turns_while_not_negative(const Dim& difference, const Dim& turn)
{
    const std::string& symbol = *turn.as_symbol();
    const Dim start = difference.substitute({{symbol, Dim{0}}});
    const Dim step = difference.substitute({{symbol, Dim{1}}}) - start;
    if (!step.is_constant() || step.constant() >= 0 || start.symbols().contains(symbol) ||
        !(start + step * turn == difference)) {
        return std::nullopt;
    }
    // Not negative in the turns 0 to start / -step, each of which is followed by another one.
    return max(floor_div(start, -step) + Dim{2}, Dim{1});
}

Turns both(const Turns& a, const Turns& b)
{
    Turns turns{.most = a.most ? a.most : b.most, .exact = a.exact && b.exact};
    if (a.most && b.most) {
        turns.most = min(*a.most, *b.most);
    }
    return turns;
}

/// How many turns the condition lets begin, once the first is; nothing and exact: any number.
Turns allowed_turns(const LoopParts& loop, const Value& condition, Counters& counters, const Dim& turn, int depth)
{
    if (const auto flag = known_flag(condition)) {
        return {.most = *flag ? std::nullopt : std::optional<Dim>{1}, .exact = true};
    }
    if (&condition == loop.body->inputs[1]) {
        return {.most = std::nullopt, .exact = true};
    }
    const Node* node = condition.producer;
    constexpr int deepest = 16;
    if (!node || !node->input(0) || depth == deepest) {
        return {};
    }
    const auto inner = [&](std::size_t i) { return allowed_turns(loop, *node->inputs[i], counters, turn, depth + 1); };
    if (node->is("Identity") || (node->is("Cast") && node->input(0)->dtype == DType::boolean)) {
        return inner(0);
    }
    if (!node->input(1)) {
        return {};
    }
    if (node->is("And")) {
        return both(inner(0), inner(1));
    }
    const bool falls = node->is("Greater") || node->is("GreaterOrEqual");
    const bool strict = node->is("Greater") || node->is("Less");
    if (!falls && !node->is("Less") && !node->is("LessOrEqual")) {
        return {};
    }
    const auto larger = counters(*node->inputs[falls ? 0 : 1]);
    const auto smaller = counters(*node->inputs[falls ? 1 : 0]);
    if (!larger || !smaller) {
        return {};
    }
    const auto most = turns_while_not_negative(*larger - *smaller - Dim{strict ? 1 : 0}, turn);
    return {.most = most, .exact = most.has_value()};
}

}  // namespace

bool starts(const NodeView& view)
{
    return !view.has(1) || known_flag(view.in(1)) == true;
}

bool always_goes_on(const LoopParts& loop)
{
    const Value* condition = loop.body->outputs[0];
    while (condition->producer && condition->producer->is("Identity")) {
        condition = condition->producer->input(0);
    }
    return condition == loop.body->inputs[1] || known_flag(*condition) == true;
}

bool is_endless(const NodeView& view)
{
    // "As long as the condition holds" is written as a trip count that nobody lives to see.
    constexpr std::int64_t for_ever = std::int64_t{1} << 40;
    const Tensor* numbers = view.has(0) ? view.in(0).numbers() : nullptr;
    return !view.has(0) || (numbers && numbers->count() == 1 && numbers->to_ints()[0] >= for_ever);
}

std::optional<Dim> known_trips(const NodeView& view)
{
    const auto elements = is_endless(view) ? std::nullopt : view.elements(0);
    if (!elements || elements->size() != 1) {
        return std::nullopt;
    }
    const Dim& trips = elements->front();
    return is_less(trips, 0) == false ? trips : max(trips, 0);
}

Turns count_turns(const NodeView& view, const LoopParts& loop, const Dim& turn)
{
    Counters counters{view, loop, turn};
    const Turns by_condition = allowed_turns(loop, *loop.body->outputs[0], counters, turn, 0);
    const auto trips = known_trips(view);
    Turns turns = both({.most = trips, .exact = trips || is_endless(view)}, by_condition);
    turns.exact = turns.exact && turns.most && starts(view);
    return turns;
}

}  // namespace wasminfer::gen
