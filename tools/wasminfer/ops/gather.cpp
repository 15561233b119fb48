// Elements picked by indices (Gather, GatherElements, GatherND).
#include <wasminfer/kernels/gather.hpp>

#include "ops/attributes.hpp"
#include "ops/indexed.hpp"
#include "ops/operator.hpp"
#include "ops/strided.hpp"

namespace wasminfer::gen {

void require_indices(const NodeView& view, std::size_t input)
{
    view.require_types(input, {DType::i32, DType::i64});
}

namespace {

constexpr std::size_t most_axes = 8;

/// A list of exactly eight, as the kernels' extents have it.
std::vector<Dim> padded(std::vector<Dim> list, const Dim& filler)
{
    list.resize(most_axes, filler);
    return list;
}

Dim product(Shape::const_iterator first, Shape::const_iterator last)
{
    return element_count({first, last});
}

// ---- Gather ----

std::int64_t gather_axis(const NodeView& view)
{
    return NodeView::normalize_axis(view.int_attribute("axis", 0), view.rank(0));
}

void infer_gather(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"axis"});
    require_indices(infer, 1);
    const auto axis = gather_axis(infer);
    const Shape& shape = infer.shape(0);
    const Dim& extent = shape[static_cast<std::size_t>(axis)];
    if (const Tensor* indices = infer.in(1).numbers(); indices && extent.is_constant()) {
        for (const auto at : indices->to_ints()) {
            if (at < -extent.constant() || at >= extent.constant()) {
                NodeView::fail("index " + std::to_string(at) + " is outside axis " + std::to_string(axis) + " of " +
                               to_string(shape));
            }
        }
    }
    Shape result(shape.begin(), shape.begin() + axis);
    const Shape& picked = infer.shape(1);
    result.insert(result.end(), picked.begin(), picked.end());
    result.insert(result.end(), shape.begin() + axis + 1, shape.end());
    infer.set(0, infer.dtype(0), std::move(result));
}

template <class F>
void dispatch_indices(DType type, F f)
{
    if (type == DType::i32) {
        f.template operator()<std::int32_t>();
    } else {
        f.template operator()<std::int64_t>();
    }
}

/// One known index is a slice: a strided copy, or no step at all.
bool lower_as_slice(Lower& lower, std::int64_t axis)
{
    const Tensor* indices = lower.in(1).numbers();
    if (!indices || indices->count() != 1) {
        return false;
    }
    const Shape& shape = lower.shape(0);
    const auto strides = strides_of(shape);
    const auto at = static_cast<std::size_t>(axis);
    const Dim index = indices->to_ints()[0];
    StridedCopy copy;
    copy.from_offset = (index.constant() < 0 ? index + shape[at] : index) * strides[at];
    Shape rest = shape;
    rest[at] = 1;
    const auto to = strides_of(rest);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        copy.axes.push_back({rest[i], strides[i], to[i]});
    }
    lower_copy_or_alias(lower, lower.out(0), lower.in(0), copy);
    return true;
}

void lower_gather(Lower& lower)
{
    const auto axis = gather_axis(lower);
    if (lower_as_slice(lower, axis)) {
        return;
    }
    const Shape& shape = lower.shape(0);
    lower.call("gather", "kernels/gather.hpp")
        .read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents({{"outer", product(shape.begin(), shape.begin() + axis)},
                  {"axis", shape[static_cast<std::size_t>(axis)]},
                  {"inner", product(shape.begin() + axis + 1, shape.end())},
                  {"count", element_count(lower.shape(1))}})
        .host([](const HostCall& call) {
            dispatch_size(call.dtypes[0], [&]<class T>() {
                dispatch_indices(call.dtypes[1], [&]<class I>() {
                    gather(call.in<T>(0), call.in<I>(1), call.out<T>(2), call.extents<gather_extents>());
                });
            });
        });
}

// ---- GatherElements ----

void infer_gather_elements(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"axis"});
    require_indices(infer, 1);
    check_indexed_box(infer, gather_axis(infer));
    infer.set(0, infer.dtype(0), infer.shape(1));
}

void lower_gather_elements(Lower& lower)
{
    lower.call("gather_elements", "kernels/gather.hpp")
        .read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents(indexed_box(lower, gather_axis(lower)))
        .host([](const HostCall& call) {
            dispatch_size(call.dtypes[0], [&]<class T>() {
                dispatch_indices(call.dtypes[1], [&]<class I>() {
                    gather_elements(call.in<T>(0), call.in<I>(1), call.out<T>(2),
                                    call.extents<gather_elements_extents>());
                });
            });
        });
}

// ---- GatherND ----

std::int64_t batch_dims(const NodeView& view)
{
    const auto batch = view.int_attribute("batch_dims", 0);
    if (batch < 0 || batch >= std::min(view.rank(0), view.rank(1))) {
        NodeView::fail("batch_dims is " + std::to_string(batch) + ", for shapes " + to_string(view.shape(0)) + " and " +
                       to_string(view.shape(1)));
    }
    return batch;
}

void infer_gather_nd(Infer& infer)
{
    infer.require_inputs(2, 2);
    infer.opset() < 12 ? only_attributes(infer, {}) : only_attributes(infer, {"batch_dims"});
    infer.require_types(1, {DType::i64});
    const auto batch = batch_dims(infer);
    const auto depth = coordinate_depth(infer, batch);
    const Shape& shape = infer.shape(0);
    const Shape& indices = infer.shape(1);
    for (std::int64_t i = 0; i < batch; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (!known_equal(shape[at], indices[at])) {
            NodeView::fail("the batches of " + to_string(shape) + " and " + to_string(indices) + " differ");
        }
    }
    Shape result(indices.begin(), indices.end() - 1);
    result.insert(result.end(), shape.begin() + batch + depth, shape.end());
    infer.set(0, infer.dtype(0), std::move(result));
}

void lower_gather_nd(Lower& lower)
{
    lower.call("gather_nd", "kernels/gather.hpp")
        .read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents(coordinate_fields(lower, batch_dims(lower)))
        .host([](const HostCall& call) {
            dispatch_size(call.dtypes[0], [&]<class T>() {
                gather_nd(call.in<T>(0), call.in<std::int64_t>(1), call.out<T>(2), call.extents<gather_nd_extents>());
            });
        });
}

}  // namespace

void check_indexed_box(const NodeView& view, std::int64_t axis)
{
    const Shape& shape = view.shape(0);
    const Shape& indices = view.shape(1);
    if (shape.size() != indices.size()) {
        NodeView::fail("the data " + to_string(shape) + " and the indices " + to_string(indices) + " differ in rank");
    }
    if (shape.size() > most_axes) {
        NodeView::fail("a tensor of rank " + std::to_string(shape.size()) + " is not supported, only up to 8");
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool fixed = shape[i].is_constant() && indices[i].is_constant();
        if (static_cast<std::int64_t>(i) != axis && fixed && indices[i].constant() > shape[i].constant()) {
            NodeView::fail("the indices " + to_string(indices) + " reach beyond the data " + to_string(shape) +
                           " on axis " + std::to_string(i));
        }
    }
}

std::vector<Field> indexed_box(const NodeView& view, std::int64_t axis)
{
    const Shape& shape = view.shape(0);
    return {{"rank", view.rank(0)},
            {"axis", axis},
            {"extent", shape[static_cast<std::size_t>(axis)]},
            {"dims", padded(view.shape(1), 1)},
            {"strides", padded(strides_of(shape), 0)}};
}

std::int64_t coordinate_depth(const NodeView& view, std::int64_t batch)
{
    const Shape& indices = view.shape(1);
    if (indices.empty()) {
        NodeView::fail("the indices, input 1, should have at least one dimension");
    }
    const auto depth = indices.back().as_constant();
    if (!depth) {
        NodeView::fail("the last extent of the indices " + to_string(indices) + " decides the rank, and is not fixed");
    }
    if (*depth < 1 || *depth > view.rank(0) - batch || *depth > static_cast<std::int64_t>(most_axes)) {
        NodeView::fail("indices of shape " + to_string(indices) + " do not point into data of shape " +
                       to_string(view.shape(0)));
    }
    return *depth;
}

std::vector<Field> coordinate_fields(const NodeView& view, std::int64_t batch)
{
    const Shape& shape = view.shape(0);
    const Shape& indices = view.shape(1);
    const auto depth = coordinate_depth(view, batch);
    const auto first = shape.begin() + batch;
    return {{"batch", product(shape.begin(), first)},
            {"count", product(indices.begin() + batch, indices.end() - 1)},
            {"depth", depth},
            {"inner", product(first + depth, shape.end())},
            {"dims", padded({first, first + depth}, 1)}};
}

std::span<const Operator> gather_rows()
{
    static constexpr Operator rows[] = {
        {.type = "Gather", .infer = infer_gather, .lower = lower_gather, .moves = 1},
        {.type = "GatherElements",
         .since = 11,
         .infer = infer_gather_elements,
         .lower = lower_gather_elements,
         .moves = 1},
        {.type = "GatherND", .since = 11, .infer = infer_gather_nd, .lower = lower_gather_nd, .moves = 1},
    };
    return rows;
}

std::span<const Operator> gather_operators()
{
    static const std::vector<Operator> rows = [] {
        const auto scatters = scatter_rows();
        std::vector<Operator> list(gather_rows().begin(), gather_rows().end());
        list.insert(list.end(), scatters.begin(), scatters.end());
        return list;
    }();
    return rows;
}

}  // namespace wasminfer::gen
