// Max, Min, Sum and Mean of any number of operands: two at a time, the result so far in the output.
#include "ops/attributes.hpp"
#include "ops/elementwise_words.hpp"

namespace wasminfer::gen {

namespace {

void infer_variadic(Infer& infer, TypeSet set)
{
    if (infer.input_count() == 0) {
        NodeView::fail("has no inputs");
    }
    infer.opset() < 6 ? only_attributes(infer, {"consumed_inputs"}) : only_attributes(infer, {});
    require_in(infer, 0, set);
    Shape shape = infer.shape(0);
    for (std::size_t i = 1; i < infer.input_count(); ++i) {
        infer.require_same_type(0, i);
        // Opset 8 brought broadcasting.
        if (infer.opset() < 8 && !(infer.shape(i) == shape)) {
            NodeView::fail("shapes " + to_string(shape) + " and " + to_string(infer.shape(i)) +
                           " differ, which opset 8 brought");
        }
        shape = broadcast(shape, infer.shape(i));
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void infer_extremum(Infer& infer)
{
    infer_variadic(infer, types::numbers);
}

void infer_sum(Infer& infer)
{
    infer_variadic(infer, types::floats);
}

void lower_variadic(Lower& lower, const std::string& functor, const BinaryHost& host, const std::string& last_functor,
                    const BinaryHost& last_host)
{
    const Value& out = lower.out(0);
    if (lower.input_count() == 1) {
        lower.alias(out, lower.in(0));
        return;
    }
    const std::size_t last = lower.input_count() - 1;
    for (std::size_t i = 1; i <= last; ++i) {
        const Operand so_far = i == 1 ? lower.operand(0) : lower.operand(out);
        const Shape& shape = i == 1 ? lower.shape(0) : *out.shape;
        auto builder = lower_binary(lower, out, so_far, shape, lower.operand(i), lower.shape(i),
                                    i == last ? last_functor : functor, i == last ? last_host : host);
        // Later operands must survive the first call.
        if (last == 1) {
            for (const std::size_t operand : {0U, 1U}) {
                if (lower.shape(operand) == *out.shape) {
                    builder.in_place(out, lower.in(operand));
                }
            }
        } else if (i == 1 && lower.shape(0) == *out.shape) {
            builder.in_place(out, lower.in(0));
        }
    }
}

void lower_max(Lower& lower)
{
    lower_variadic(lower, "max{}", run_max, "max{}", run_max);
}

void lower_min(Lower& lower)
{
    lower_variadic(lower, "min{}", run_min, "min{}", run_min);
}

void lower_sum(Lower& lower)
{
    lower_variadic(lower, "add{}", run_binary_word<add, types::floats>, "add{}", run_binary_word<add, types::floats>);
}

void lower_mean(Lower& lower)
{
    const auto count = static_cast<double>(lower.input_count());
    const auto last = [count](const HostCall& call, const BroadcastNumbers& numbers) {
        dispatch_in<types::floats>(call.dtypes[0], [&]<class T>() {
            run_binary<T, T, T>(call, numbers, chain{add{}, bind_right{div{}, static_cast<compute_t<T>>(count)}});
        });
    };
    const std::string divided = "chain{add{}, bind_right{div{}, " + literal_of(lower.dtype(0), count) + "}}";
    lower_variadic(lower, "add{}", run_binary_word<add, types::floats>, divided, last);
}

std::optional<Dim> largest(const NodeView&, std::span<const Dim> arguments)
{
    Dim result = arguments[0];
    for (const Dim& argument : arguments.subspan(1)) {
        result = max(result, argument);
    }
    return result;
}

std::optional<Dim> smallest(const NodeView&, std::span<const Dim> arguments)
{
    Dim result = arguments[0];
    for (const Dim& argument : arguments.subspan(1)) {
        result = min(result, argument);
    }
    return result;
}

}  // namespace

void run_max(const HostCall& call, const BroadcastNumbers& numbers)
{
    run_binary_word<wasminfer::max, types::numbers>(call, numbers);
}

void run_min(const HostCall& call, const BroadcastNumbers& numbers)
{
    run_binary_word<wasminfer::min, types::numbers>(call, numbers);
}

std::span<const Operator> variadic_rows()
{
    static constexpr Operator rows[] = {
        {.type = "Max", .infer = infer_extremum, .lower = lower_max, .symbolic = largest, .elementwise = true},
        {.type = "Mean", .infer = infer_sum, .lower = lower_mean, .elementwise = true},
        {.type = "Min", .infer = infer_extremum, .lower = lower_min, .symbolic = smallest, .elementwise = true},
        {.type = "Sum", .infer = infer_sum, .lower = lower_sum, .elementwise = true},
    };
    return rows;
}

}  // namespace wasminfer::gen
