// Where: elements of one tensor or the other.
#include "ops/attributes.hpp"
#include "ops/elementwise_words.hpp"

namespace wasminfer::gen {

namespace {

void infer_where(Infer& infer)
{
    infer.require_inputs(3, 3);
    only_attributes(infer, {});
    infer.require_types(0, {DType::boolean});
    infer.require_same_type(1, 2);
    infer.set(0, infer.dtype(1), broadcast(broadcast(infer.shape(0), infer.shape(1)), infer.shape(2)));
}

void run_where(const HostCall& call, const BroadcastNumbers& numbers)
{
    dispatch_size(call.dtypes[1], [&]<class T>() {
        for_each_box(numbers, [&](index at, const auto& from, const index(&dims)[4], const auto& strides) {
            where_extents<4> e;
            for (std::size_t i = 0; i < 4; ++i) {
                e.dims[i] = dims[i];
                e.cond[i] = strides[0][i];
                e.a[i] = strides[1][i];
                e.b[i] = strides[2][i];
            }
            where(call.in<bool>(0) + from[0], call.in<T>(1) + from[1], call.in<T>(2) + from[2], call.out<T>(3) + at, e);
        });
    });
}

void lower_where(Lower& lower)
{
    const Value& out = lower.out(0);
    const std::array operands{lower.shape(0), lower.shape(1), lower.shape(2)};
    const auto axes = broadcast_axes(*out.shape, operands);
    const auto moves = [](const Dim& stride) { return !(stride == Dim{0}); };
    const bool straight = axes.empty() || (axes.size() == 1 && std::ranges::all_of(axes[0].strides, moves));
    auto builder = lower.call("where", "kernels/elementwise.hpp");
    if (!straight) {
        builder.templates(std::to_string(axes.size()));
    }
    builder.read(lower.operand(0))
        .read(lower.operand(1))
        .read(lower.operand(2))
        .write(lower.result(0))
        .extents(straight ? std::vector<Field>{{"n", element_count(*out.shape)}}
                          : walk_fields(axes, std::array{"cond", "a", "b"}))
        .host([axes](const HostCall& call) { run_where(call, walk_numbers(axes, 3)); });
    for (const std::size_t operand : {1U, 2U}) {
        if (lower.shape(operand) == *out.shape) {
            builder.in_place(out, lower.in(operand));
        }
    }
}

std::optional<Dim> chosen(const NodeView&, std::span<const Dim> arguments)
{
    if (arguments[0].is_constant()) {
        return arguments[arguments[0].constant() != 0 ? 1 : 2];
    }
    return arguments[1] == arguments[2] ? std::optional{arguments[1]} : std::nullopt;
}

}  // namespace

std::span<const Operator> where_rows()
{
    static constexpr Operator rows[] = {
        {.type = "Where",
         .since = 9,
         .infer = infer_where,
         .lower = lower_where,
         .symbolic = chosen,
         .elementwise = true},
    };
    return rows;
}

}  // namespace wasminfer::gen
