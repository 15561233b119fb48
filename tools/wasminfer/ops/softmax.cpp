// Softmax, LogSoftmax, Hardmax.
#include <wasminfer/kernels/softmax.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

std::int64_t axis_of(const NodeView& view)
{
    const auto axis = view.int_attribute("axis", view.opset() < 13 ? 1 : -1);
    // Before opset 13 the axis is where the matrix is cut, which may be behind the last one.
    if (view.opset() < 13 && axis == view.rank(0)) {
        return axis;
    }
    return NodeView::normalize_axis(axis, view.rank(0));
}

void infer_softmax(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"axis"});
    require_in(infer, 0, types::floats);
    axis_of(infer);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

/// One axis; before opset 13, all axes from it on as one.
std::vector<Field> softmax_fields(const NodeView& view)
{
    const auto axis = axis_of(view);
    const Shape& shape = view.shape(0);
    const Dim outer = element_count({shape.begin(), shape.begin() + axis});
    const auto rest = shape.begin() + axis + (view.opset() < 13 ? 0 : 1);
    const Dim inner = element_count({rest, shape.end()});
    if (view.opset() < 13) {
        return {{"outer", outer}, {"axis", inner}, {"inner", 1}};
    }
    return {{"outer", outer}, {"axis", shape[static_cast<std::size_t>(axis)]}, {"inner", inner}};
}

enum class Kind { softmax, log_softmax, hardmax };

template <Kind kind>
void run(const HostCall& call)
{
    dispatch_in<types::floats>(call.dtypes[0], [&]<class T>() {
        const auto extents = call.extents<softmax_extents>();
        if constexpr (kind == Kind::softmax) {
            softmax(call.in<T>(0), call.out<T>(1), extents);
        } else if constexpr (kind == Kind::log_softmax) {
            log_softmax(call.in<T>(0), call.out<T>(1), extents);
        } else {
            hardmax(call.in<T>(0), call.out<T>(1), extents);
        }
    });
}

template <Kind kind>
void lower_softmax(Lower& lower)
{
    constexpr std::array names{"softmax", "log_softmax", "hardmax"};
    lower.call(names[static_cast<std::size_t>(kind)], "kernels/softmax.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents(softmax_fields(lower))
        .in_place(lower.out(0), lower.in(0))
        .host(run<kind>);
}

}  // namespace

std::span<const Operator> softmax_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Hardmax", .infer = infer_softmax, .lower = lower_softmax<Kind::hardmax>},
        {.type = "LogSoftmax", .infer = infer_softmax, .lower = lower_softmax<Kind::log_softmax>},
        {.type = "Softmax", .infer = infer_softmax, .lower = lower_softmax<Kind::softmax>},
    };
    return rows;
}

}  // namespace wasminfer::gen
