#include "ops/convert.hpp"

#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/elementwise.hpp>

namespace wasminfer::gen {

namespace {

/// Types share the code of integers of their size where the cast cuts bits off or keeps them.
void run_cast(const HostCall& call)
{
    dispatch(call.dtypes[0], [&]<class In>() {
        dispatch(call.dtypes[1], [&]<class Out>() {
            unary(call.in<In>(0), call.out<Out>(1), elementwise_extents{call.numbers[0]}, cast<Out>{});
        });
    });
}

Dim bytes_of(const Dim& elements, DType type)
{
    return elements * Dim{static_cast<std::int64_t>(size_of(type))};
}

}  // namespace

CallBuilder convert(Lower& lower, const Operand& from, const Operand& to, const Dim& elements)
{
    return lower.call("unary", "kernels/elementwise.hpp")
        .read(from)
        .write(to)
        .extents({{"n", elements}})
        .text("cast<" + std::string{cpp_type(to.dtype)} + ">{}")
        .host(run_cast);
}

Operand converted(Lower& lower, const Operand& operand, DType type, const Dim& elements)
{
    if (operand.dtype == type) {
        return operand;
    }
    const Operand to = lower.temporary(type, bytes_of(elements, type));
    convert(lower, operand, to, elements);
    return to;
}

Operand converted(Lower& lower, std::size_t input, DType type)
{
    if (!lower.has(input)) {
        return lower.none(type);
    }
    const Value& value = lower.in(input);
    if (value.dtype == type) {
        return lower.operand(value);
    }
    if (value.is_constant()) {
        return dispatch_float(type, [&]<class T>() { return lower.weight(value.name, type, elements_as<T>(value)); });
    }
    return converted(lower, lower.operand(value), type, element_count(*value.shape));
}

Operand result_as(Lower& lower, std::size_t output, DType type)
{
    const Value& value = lower.out(output);
    return value.dtype == type ? lower.result(output)
                               : lower.temporary(type, bytes_of(element_count(*value.shape), type));
}

void convert_result(Lower& lower, std::size_t output, const Operand& computed)
{
    const Value& value = lower.out(output);
    if (value.dtype != computed.dtype) {
        convert(lower, computed, lower.result(output), element_count(*value.shape));
    }
}

}  // namespace wasminfer::gen
