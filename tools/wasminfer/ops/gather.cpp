// Gather, GatherElements, GatherND, ScatterElements (Scatter before opset 11) and ScatterND.
#include <wasminfer/kernels/gather.hpp>

#include "ops/operator.hpp"
#include "ops/strided.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::size_t most_axes = 8;

void require_indices(const NodeView& view, std::size_t input)
{
    view.require_types(input, {DType::i32, DType::i64});
}

template <class F>
void dispatch_index(DType type, F f)
{
    if (type == DType::i32) {
        f.template operator()<std::int32_t>();
    } else {
        f.template operator()<std::int64_t>();
    }
}

std::size_t axis_of(const NodeView& view, std::int64_t rank)
{
    if (rank == 0) {
        NodeView::fail("data has no axes");
    }
    return static_cast<std::size_t>(NodeView::normalize_axis(view.int_attribute("axis", 0), rank));
}

Dim product(const Shape& shape, std::size_t first, std::size_t last)
{
    Dim count = 1;
    for (std::size_t axis = first; axis < last; ++axis) {
        count = count * shape[axis];
    }
    return count;
}

/// Known indices that lie outside their axis are refused here; unknown ones are clamped by the kernels.
void check_indices(const NodeView& view, std::size_t input, const Dim& extent)
{
    const auto known = view.elements(input);
    if (!known || !extent.is_constant()) {
        return;
    }
    for (const Dim& element : *known) {
        if (element.is_constant() && (element.constant() < -extent.constant() || element.constant() >= extent.constant())) {
            NodeView::fail("index " + element.str() + " is outside an axis of extent " + extent.str());
        }
    }
}

// Gather

void infer_gather(Infer& infer)
{
    infer.require_inputs(2, 2);
    require_indices(infer, 1);
    const Shape& data = infer.shape(0);
    const Shape& indices = infer.shape(1);
    const std::size_t axis = axis_of(infer, infer.rank(0));
    check_indices(infer, 1, data[axis]);
    Shape shape(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(axis));
    shape.insert(shape.end(), indices.begin(), indices.end());
    shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(axis) + 1, data.end());
    infer.set(0, infer.dtype(0), shape);
}

void lower_gather(Lower& lower)
{
    const Shape& data = lower.shape(0);
    const std::size_t axis = axis_of(lower, lower.rank(0));
    lower.call("gather", "kernels/gather.hpp")
        .read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents({{"outer", product(data, 0, axis)},
                  {"axis", data[axis]},
                  {"inner", product(data, axis + 1, data.size())},
                  {"count", element_count(lower.shape(1))}})
        .host([](const HostCall& host) {
            dispatch_size(host.dtypes[0], [&]<class T>() {
                dispatch_index(host.dtypes[1], [&]<class I>() {
                    gather(host.in<T>(0), host.in<I>(1), host.out<T>(2), host.extents<gather_extents>());
                });
            });
        });
}

// GatherElements and ScatterElements

/// The box of the indices within a tensor.
std::vector<Field> element_fields(const NodeView& view, const Shape& tensor, const Shape& box)
{
    if (tensor.size() != box.size() || tensor.size() > most_axes) {
        NodeView::fail("data of shape " + to_string(tensor) + " and indices of shape " + to_string(box) +
                       " must have the same rank, at most " + std::to_string(most_axes));
    }
    const std::size_t axis = axis_of(view, static_cast<std::int64_t>(tensor.size()));
    for (std::size_t i = 0; i < box.size(); ++i) {
        const bool fits = i == axis || !box[i].is_constant() || !tensor[i].is_constant() ||
                          box[i].constant() <= tensor[i].constant();
        if (!fits) {
            NodeView::fail("indices of shape " + to_string(box) + " reach outside data of shape " + to_string(tensor));
        }
    }
    std::vector<Dim> dims(most_axes, Dim{1});
    std::vector<Dim> strides(most_axes, Dim{0});
    std::copy(box.begin(), box.end(), dims.begin());
    std::ranges::copy(strides_of(tensor), strides.begin());
    return {{"rank", Dim{static_cast<std::int64_t>(tensor.size())}},
            {"axis", Dim{static_cast<std::int64_t>(axis)}},
            {"extent", tensor[axis]},
            {"dims", dims},
            {"strides", strides}};
}

void infer_gather_elements(Infer& infer)
{
    infer.require_inputs(2, 2);
    require_indices(infer, 1);
    element_fields(infer, infer.shape(0), infer.shape(1));
    check_indices(infer, 1, infer.shape(0)[axis_of(infer, infer.rank(0))]);
    infer.set(0, infer.dtype(0), infer.shape(1));
}

void lower_gather_elements(Lower& lower)
{
    lower.call("gather_elements", "kernels/gather.hpp")
        .read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents(element_fields(lower, lower.shape(0), lower.shape(1)))
        .host([](const HostCall& host) {
            dispatch_size(host.dtypes[0], [&]<class T>() {
                dispatch_index(host.dtypes[1], [&]<class I>() {
                    gather_elements(host.in<T>(0), host.in<I>(1), host.out<T>(2),
                                    host.extents<gather_elements_extents>());
                });
            });
        });
}

/// What becomes of an element and its update; "none" needs no arithmetic and runs on the bits alone.
std::string reduction(const NodeView& view)
{
    const std::string name = view.string_attribute("reduction", "none");
    const bool known = name == "none" || (view.opset() >= 16 && (name == "add" || name == "mul")) ||
                       (view.opset() >= 18 && (name == "max" || name == "min"));
    if (!known) {
        NodeView::fail("the reduction '" + name + "' is not defined at opset " + std::to_string(view.opset()));
    }
    if (name != "none" && view.dtype(0) == DType::boolean) {
        NodeView::fail("the reduction '" + name + "' is not defined for bool");
    }
    return name;
}

/// Calls f(functor) with the reduction's.
template <class F>
void with_reduction(const std::string& name, F f)
{
    if (name == "add") {
        f(add{});
    } else if (name == "mul") {
        f(mul{});
    } else if (name == "max") {
        f(wasminfer::max{});
    } else {
        f(wasminfer::min{});
    }
}

/// The output begins as the data: in its place where nobody else wants it.
void start_from_data(Lower& lower)
{
    lower.copy(lower.result(0), lower.operand(0), element_count(lower.shape(0)));
    lower.steps().back().in_place.push_back({&lower.out(0), &lower.in(0)});
}

/// The call that both scatters come down to; `run` is the kernel on the host.
template <class Run>
void lower_scatter(Lower& lower, const std::string& kernel, std::vector<Field> fields, Run run)
{
    start_from_data(lower);
    const std::string how = reduction(lower);
    const bool bits = how == "none";
    auto call = lower.call(kernel, "kernels/gather.hpp");
    call.read(lower.operand(1));
    call.read(bits ? lower.bits(lower.in(2)) : lower.operand(2));
    call.write(bits ? lower.bits(lower.out(0)) : lower.result(0));
    call.extents(std::move(fields));
    if (!bits) {
        call.text(how + "{}");
    }
    call.host([how, run](const HostCall& host) {
        dispatch_index(host.dtypes[0], [&]<class I>() {
            if (how == "none") {
                dispatch_size(host.dtypes[1], [&]<class T>() { run.template operator()<T, I>(host, replace{}); });
            } else {
                dispatch_in<types::numbers>(host.dtypes[1], [&]<class T>() {
                    with_reduction(how, [&](auto f) { run.template operator()<T, I>(host, f); });
                });
            }
        });
    });
}

void infer_scatter_elements(Infer& infer)
{
    infer.require_inputs(3, 3);
    require_indices(infer, 1);
    infer.require_same_type(0, 2);
    if (!(infer.shape(1) == infer.shape(2))) {
        NodeView::fail("indices of shape " + to_string(infer.shape(1)) + " and updates of shape " +
                       to_string(infer.shape(2)) + " must have the same shape");
    }
    reduction(infer);
    element_fields(infer, infer.shape(0), infer.shape(1));
    check_indices(infer, 1, infer.shape(0)[axis_of(infer, infer.rank(0))]);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_scatter_elements(Lower& lower)
{
    lower_scatter(lower, "scatter_elements", element_fields(lower, lower.shape(0), lower.shape(1)),
                  []<class T, class I>(const HostCall& host, auto f) {
                      scatter_elements(host.in<I>(0), host.in<T>(1), host.out<T>(2),
                                       host.extents<gather_elements_extents>(), f);
                  });
}

// GatherND and ScatterND

/// `batch` leading axes are common to data and indices.
std::vector<Field> nd_fields(const NodeView& view, std::size_t batch)
{
    const Shape& data = view.shape(0);
    const Shape& indices = view.shape(1);
    if (data.empty() || indices.empty() || !indices.back().is_constant()) {
        NodeView::fail("data and indices must have axes, and the last extent of the indices must be known");
    }
    const auto depth = static_cast<std::size_t>(indices.back().constant());
    if (batch >= indices.size() || batch + depth > data.size() || depth > most_axes) {
        NodeView::fail("indices of shape " + to_string(indices) + " do not fit data of shape " + to_string(data));
    }
    for (std::size_t axis = 0; axis < batch; ++axis) {
        if (!(data[axis] == indices[axis])) {
            NodeView::fail("batch dimensions of " + to_string(data) + " and " + to_string(indices) + " differ");
        }
    }
    std::vector<Dim> dims(most_axes, Dim{1});
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(batch), depth, dims.begin());
    return {{"batch", product(data, 0, batch)},
            {"count", product(indices, batch, indices.size() - 1)},
            {"depth", indices.back()},
            {"inner", product(data, batch + depth, data.size())},
            {"dims", dims}};
}

/// The indices' axes but the last, and the data's behind those that they name.
Shape nd_shape(const NodeView& view, std::size_t batch)
{
    const Shape& data = view.shape(0);
    const Shape& indices = view.shape(1);
    Shape shape(indices.begin(), indices.end() - 1);
    shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(batch) + indices.back().constant(), data.end());
    return shape;
}

std::size_t batch_dims(const NodeView& view)
{
    const auto batch = view.int_attribute("batch_dims", 0);
    if (batch < 0) {
        NodeView::fail("batch_dims is negative");
    }
    return static_cast<std::size_t>(batch);
}

void infer_gather_nd(Infer& infer)
{
    infer.require_inputs(2, 2);
    infer.require_types(1, {DType::i64});
    nd_fields(infer, batch_dims(infer));
    infer.set(0, infer.dtype(0), nd_shape(infer, batch_dims(infer)));
}

void lower_gather_nd(Lower& lower)
{
    lower.call("gather_nd", "kernels/gather.hpp")
        .read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents(nd_fields(lower, batch_dims(lower)))
        .host([](const HostCall& host) {
            dispatch_size(host.dtypes[0], [&]<class T>() {
                gather_nd(host.in<T>(0), host.in<std::int64_t>(1), host.out<T>(2), host.extents<gather_nd_extents>());
            });
        });
}

void infer_scatter_nd(Infer& infer)
{
    infer.require_inputs(3, 3);
    infer.require_types(1, {DType::i64});
    infer.require_same_type(0, 2);
    reduction(infer);
    nd_fields(infer, 0);
    if (!(infer.shape(2) == nd_shape(infer, 0))) {
        NodeView::fail("updates of shape " + to_string(infer.shape(2)) + ", expected " + to_string(nd_shape(infer, 0)));
    }
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_scatter_nd(Lower& lower)
{
    lower_scatter(lower, "scatter_nd", nd_fields(lower, 0), []<class T, class I>(const HostCall& host, auto f) {
        scatter_nd(host.in<I>(0), host.in<T>(1), host.out<T>(2), host.extents<gather_nd_extents>(), f);
    });
}

const Operator rows[] = {
    {.type = "Gather", .infer = infer_gather, .lower = lower_gather, .moves = 1},
    {.type = "GatherElements", .since = 11, .infer = infer_gather_elements, .lower = lower_gather_elements, .moves = 1},
    {.type = "GatherND", .since = 11, .infer = infer_gather_nd, .lower = lower_gather_nd, .moves = 1},
    {.type = "Scatter", .since = 9, .until = 10, .infer = infer_scatter_elements, .lower = lower_scatter_elements},
    {.type = "ScatterElements", .since = 11, .infer = infer_scatter_elements, .lower = lower_scatter_elements, .moves = 5},
    {.type = "ScatterND", .since = 11, .infer = infer_scatter_nd, .lower = lower_scatter_nd, .moves = 5},
};

}  // namespace

std::span<const Operator> gather_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
