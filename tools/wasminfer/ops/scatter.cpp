// Elements put back by indices (ScatterElements, ScatterND, TensorScatter): a copy of the data, then a call that changes
// some of it.
#include <wasminfer/kernels/gather.hpp>
#include <wasminfer/kernels/write_cache.hpp>

#include "ops/attributes.hpp"
#include "ops/indexed.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

enum class Reduction { none, add, mul, max, min };

/// Opset 16 brought add and mul, opset 18 max and min.
Reduction reduction_of(const NodeView& view)
{
    static constexpr std::array names{"none", "add", "mul", "max", "min"};
    const auto asked = view.string_attribute("reduction", "none");
    const auto found = std::ranges::find(names, asked);
    if (found == names.end()) {
        NodeView::fail("the reduction '" + asked + "' is not known");
    }
    return static_cast<Reduction>(found - names.begin());
}

void check_scatter(const NodeView& view, bool with_axis)
{
    view.require_inputs(3, 3);
    const char* axis = with_axis ? "axis" : "";
    view.opset() < 16 ? only_attributes(view, {axis}) : only_attributes(view, {axis, "reduction"});
    require_indices(view, 1);
    view.require_same_type(0, 2);
    require_in(view, 0, reduction_of(view) == Reduction::none ? types::all : types::numbers);
}

/// The output begins as the data; where those are read for the last time, it lies where they are.
void copy_data(Lower& lower)
{
    lower.copy(lower.result(0), lower.operand(0), element_count(lower.shape(0)));
    lower.steps().back().in_place.push_back({&lower.out(0), &lower.in(0)});
}

/// Calls f.operator()<T, F>(): T is the updates' type, or where they only replace, the integer of its size.
template <class Index, class F>
void dispatch_scatter(const HostCall& call, Reduction reduction, F f)
{
    if (reduction == Reduction::none) {
        dispatch_size(call.dtypes[1], [&]<class T>() { f.template operator()<Index, T, replace>(); });
        return;
    }
    dispatch_in<types::numbers>(call.dtypes[1], [&]<class T>() {
        switch (reduction) {
        case Reduction::none: break;
        case Reduction::add: f.template operator()<Index, T, add>(); break;
        case Reduction::mul: f.template operator()<Index, T, mul>(); break;
        case Reduction::max: f.template operator()<Index, T, wasminfer::max>(); break;
        case Reduction::min: f.template operator()<Index, T, wasminfer::min>(); break;
        }
    });
}

template <class F>
void dispatch_scatter(const HostCall& call, Reduction reduction, F f)
{
    call.dtypes[0] == DType::i32 ? dispatch_scatter<std::int32_t>(call, reduction, f)
                                 : dispatch_scatter<std::int64_t>(call, reduction, f);
}

void lower_scatter(Lower& lower, const std::string& kernel, std::vector<Field> fields,
                   std::function<void(const HostCall&)> host)
{
    copy_data(lower);
    const bool replaces = reduction_of(lower) == Reduction::none;
    const auto as_read = [&](const Value& value) { return replaces ? lower.bits(value) : lower.operand(value); };
    auto builder = lower.call(kernel, "kernels/gather.hpp");
    builder.read(lower.operand(1))
        .read(as_read(lower.in(2)))
        .write(as_read(lower.out(0)))
        .extents(std::move(fields))
        .host(std::move(host));
    if (!replaces) {
        builder.text(lower.string_attribute("reduction", "") + "{}");
    }
}

// ---- Scatter, ScatterElements ----

std::int64_t scatter_axis(const NodeView& view)
{
    return NodeView::normalize_axis(view.int_attribute("axis", 0), view.rank(0));
}

void infer_scatter_elements(Infer& infer)
{
    check_scatter(infer, true);
    check_indexed_box(infer, scatter_axis(infer));
    if (!(infer.shape(1) == infer.shape(2))) {
        NodeView::fail("the indices " + to_string(infer.shape(1)) + " and the updates " + to_string(infer.shape(2)) +
                       " differ in shape");
    }
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_scatter_elements(Lower& lower)
{
    const auto reduction = reduction_of(lower);
    lower_scatter(lower, "scatter_elements", indexed_box(lower, scatter_axis(lower)),
                  [reduction](const HostCall& call) {
                      dispatch_scatter(call, reduction, [&]<class I, class T, class F>() {
                          scatter_elements(call.in<I>(0), call.in<T>(1), call.out<T>(2),
                                           call.extents<gather_elements_extents>(), F{});
                      });
                  });
}

// ---- ScatterND ----

void infer_scatter_nd(Infer& infer)
{
    check_scatter(infer, false);
    infer.require_types(1, {DType::i64});
    const auto depth = coordinate_depth(infer, 0);
    const Shape& shape = infer.shape(0);
    const Shape& indices = infer.shape(1);
    Shape updates(indices.begin(), indices.end() - 1);
    updates.insert(updates.end(), shape.begin() + depth, shape.end());
    if (!(updates == infer.shape(2))) {
        NodeView::fail("the updates have the shape " + to_string(infer.shape(2)) + "; the indices " +
                       to_string(indices) + " ask for " + to_string(updates));
    }
    infer.set(0, infer.dtype(0), shape);
}

void lower_scatter_nd(Lower& lower)
{
    const auto reduction = reduction_of(lower);
    lower_scatter(lower, "scatter_nd", coordinate_fields(lower, 0), [reduction](const HostCall& call) {
        dispatch_scatter(call, reduction, [&]<class I, class T, class F>() {
            scatter_nd(call.in<I>(0), call.in<T>(1), call.out<T>(2), call.extents<gather_nd_extents>(), F{});
        });
    });
}

// ---- TensorScatter ----

std::size_t cache_axis(const NodeView& view)
{
    const auto axis = NodeView::normalize_axis(view.int_attribute("axis", -2), view.rank(0));
    if (axis == 0) {
        NodeView::fail("axis 0 is the batch, which can't be written along");
    }
    return static_cast<std::size_t>(axis);
}

bool is_circular(const NodeView& view)
{
    const auto mode = view.string_attribute("mode", "linear");
    if (mode != "linear" && mode != "circular") {
        NodeView::fail("the mode '" + mode + "' is neither linear nor circular");
    }
    return mode == "circular";
}

void infer_tensor_scatter(Infer& infer)
{
    infer.require_inputs(2, 3);
    only_attributes(infer, {"axis", "mode"});
    infer.require_same_type(0, 1);
    is_circular(infer);
    const auto axis = cache_axis(infer);
    const Shape& cache = infer.shape(0);
    Shape update = infer.shape(1);
    const Dim count = axis < update.size() ? update[axis] : Dim{0};
    if (axis < update.size()) {
        update[axis] = cache[axis];
    }
    if (!(update == cache)) {
        NodeView::fail("the update " + to_string(infer.shape(1)) + " differs from the cache " + to_string(cache) +
                       " on another axis than " + std::to_string(axis));
    }
    if (count.is_constant() && cache[axis].is_constant() && count.constant() > cache[axis].constant()) {
        NodeView::fail("the update " + to_string(infer.shape(1)) + " is longer than the cache " + to_string(cache));
    }
    if (infer.has(2)) {
        infer.require_types(2, {DType::i64});
        if (!(infer.shape(2) == Shape{cache[0]})) {
            NodeView::fail("the write indices, input 2, should be one for each of the batch, and have the shape " +
                           to_string(infer.shape(2)));
        }
    }
    infer.set(0, infer.dtype(0), cache);
}

template <cache_end end>
void run_write_cache(const HostCall& call)
{
    dispatch_size(call.dtypes[0], [&]<class T>() {
        write_cache<end>(call.in<T>(0), call.in<std::int64_t>(1), call.out<T>(2), call.extents<write_cache_extents>());
    });
}

void lower_tensor_scatter(Lower& lower)
{
    copy_data(lower);
    const auto axis = static_cast<std::ptrdiff_t>(cache_axis(lower));
    const Shape& cache = lower.shape(0);
    const bool circular = is_circular(lower);
    auto builder = lower.call("write_cache", "kernels/write_cache.hpp");
    if (circular) {
        builder.templates("cache_end::circular");
    }
    builder.read(lower.bits(lower.in(1)))
        .read(lower.operand(2))
        .write(lower.bits(lower.out(0)))
        .extents({{"batch", cache[0]},
                  {"outer", element_count({cache.begin() + 1, cache.begin() + axis})},
                  {"length", cache[static_cast<std::size_t>(axis)]},
                  {"count", lower.shape(1)[static_cast<std::size_t>(axis)]},
                  {"inner", element_count({cache.begin() + axis + 1, cache.end()})}})
        .host(circular ? run_write_cache<cache_end::circular> : run_write_cache<cache_end::linear>);
}

}  // namespace

std::span<const Operator> scatter_rows()
{
    static constexpr Operator rows[] = {
        {.type = "Scatter",
         .since = 9,
         .until = 10,
         .infer = infer_scatter_elements,
         .lower = lower_scatter_elements,
         .moves = 0b101},
        {.type = "ScatterElements", .since = 11, .infer = infer_scatter_elements, .lower = lower_scatter_elements},
        {.type = "ScatterND", .since = 11, .infer = infer_scatter_nd, .lower = lower_scatter_nd},
        {.type = "TensorScatter", .since = 24, .infer = infer_tensor_scatter, .lower = lower_tensor_scatter},
    };
    return rows;
}

}  // namespace wasminfer::gen
