// Operators that work along an axis in order, or look at where elements stand: CumSum, CumProd, ReverseSequence, OneHot,
// Trilu.
#include <wasminfer/kernels/arrange.hpp>
#include <wasminfer/kernels/scan.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/strided.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

Dim product(const Shape& shape, std::int64_t from, std::int64_t to)
{
    return element_count({shape.begin() + from, shape.begin() + to});
}

// ---- CumSum, CumProd ----

constexpr TypeSet summed = types::floats | set_of(DType::i32, DType::i64, DType::u32, DType::u64);

void infer_cumulative(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"exclusive", "reverse"});
    require_in(infer, 0, summed);
    infer.require_types(1, {DType::i32, DType::i64});
    if (infer.rank(0) == 0) {
        NodeView::fail("a scalar has no axis to walk along");
    }
    if (!(element_count(infer.shape(1)) == Dim{1})) {
        NodeView::fail("the axis, input 1, should be one number and has the shape " + to_string(infer.shape(1)));
    }
    if (const Tensor* axis = infer.in(1).numbers()) {
        NodeView::normalize_axis(axis->to_ints()[0], infer.rank(0));
    }
    infer.int_attribute("exclusive", 0);
    infer.int_attribute("reverse", 0);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

scan form_of(const NodeView& view)
{
    const bool exclusive = view.int_attribute("exclusive", 0) != 0;
    const bool reverse = view.int_attribute("reverse", 0) != 0;
    return reverse ? (exclusive ? scan::exclusive_reverse : scan::inclusive_reverse)
                   : (exclusive ? scan::exclusive : scan::inclusive);
}

template <bool sums, scan form>
void run_scan(const HostCall& call, std::size_t out, const scan_extents& extents)
{
    dispatch_in<summed>(call.dtypes[0], [&]<class T>() {
        if constexpr (sums) {
            cumulative_sum<form>(call.in<T>(0), call.out<T>(out), extents);
        } else {
            cumulative_product<form>(call.in<T>(0), call.out<T>(out), extents);
        }
    });
}

template <bool sums>
void run_form(scan form, const HostCall& call, std::size_t out, const scan_extents& extents)
{
    switch (form) {
    case scan::inclusive: return run_scan<sums, scan::inclusive>(call, out, extents);
    case scan::exclusive: return run_scan<sums, scan::exclusive>(call, out, extents);
    case scan::inclusive_reverse: return run_scan<sums, scan::inclusive_reverse>(call, out, extents);
    case scan::exclusive_reverse: return run_scan<sums, scan::exclusive_reverse>(call, out, extents);
    }
}

/// Where the axis comes at run time only.
void lower_any_axis(Lower& lower, const std::string& kernel, const std::string& form, bool sums)
{
    const Shape& shape = lower.shape(0);
    lower.call(kernel, "kernels/scan.hpp")
        .templates(form + ", " + std::to_string(shape.size()))
        .read(lower.operand(0))
        .read(lower.operand(1))
        .write(lower.result(0))
        .extents({{"dims", shape}})
        .host([which = form_of(lower), sums](const HostCall& call) {
            const auto asked = call.dtypes[1] == DType::i32 ? *call.in<std::int32_t>(1) : *call.in<std::int64_t>(1);
            const auto rank = static_cast<std::int64_t>(call.numbers.size());
            const auto axis = asked < 0 ? asked + rank : asked;
            scan_extents extents;
            for (std::int64_t i = 0; i < rank; ++i) {
                index& extent = i < axis ? extents.outer : i == axis ? extents.n : extents.inner;
                extent *= call.numbers[static_cast<std::size_t>(i)];
            }
            sums ? run_form<true>(which, call, 2, extents) : run_form<false>(which, call, 2, extents);
        });
}

void lower_cumulative(Lower& lower)
{
    static constexpr std::array forms{"inclusive", "exclusive", "inclusive_reverse", "exclusive_reverse"};
    const scan which = form_of(lower);
    const bool sums = lower.node().op == "CumSum";
    const std::string kernel = sums ? "cumulative_sum" : "cumulative_product";
    const std::string form = std::string{"scan::"} + forms[static_cast<std::size_t>(which)];
    const Tensor* known = lower.in(1).numbers();
    if (!known) {
        lower_any_axis(lower, kernel, form, sums);
        return;
    }
    const auto axis = NodeView::normalize_axis(known->to_ints()[0], lower.rank(0));
    const Shape& shape = lower.shape(0);
    auto builder = lower.call(kernel, "kernels/scan.hpp");
    if (which != scan::inclusive) {
        builder.templates(form);
    }
    builder.read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"outer", product(shape, 0, axis)},
                  {"n", shape[static_cast<std::size_t>(axis)]},
                  {"inner", product(shape, axis + 1, lower.rank(0))}})
        .in_place(lower.out(0), lower.in(0))
        .host([which, sums](const HostCall& call) {
            const auto extents = call.extents<scan_extents>();
            sums ? run_form<true>(which, call, 1, extents) : run_form<false>(which, call, 1, extents);
        });
}

// ---- ReverseSequence ----

void infer_reverse_sequence(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"batch_axis", "time_axis"});
    infer.require_types(1, {DType::i64});
    const auto batch = infer.int_attribute("batch_axis", 1);
    const auto time = infer.int_attribute("time_axis", 0);
    if (infer.rank(0) < 2 || batch + time != 1 || batch < 0 || time < 0) {
        NodeView::fail("batch_axis " + std::to_string(batch) + " and time_axis " + std::to_string(time) +
                       " should be 0 and 1 in either order, of an input of rank 2 or more");
    }
    if (!(infer.shape(1) == Shape{infer.shape(0)[static_cast<std::size_t>(batch)]})) {
        NodeView::fail("the lengths, input 1, should be one for each sequence, and have the shape " +
                       to_string(infer.shape(1)));
    }
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_reverse_sequence(Lower& lower)
{
    const Shape& shape = lower.shape(0);
    const auto strides = strides_of(shape);
    const auto batch = static_cast<std::size_t>(lower.int_attribute("batch_axis", 1));
    lower.call("reverse_sequence", "kernels/arrange.hpp")
        .read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents({{"batch", shape[batch]},
                  {"time", shape[1 - batch]},
                  {"inner", product(shape, 2, lower.rank(0))},
                  {"batch_stride", strides[batch]},
                  {"time_stride", strides[1 - batch]}})
        .host([](const HostCall& call) {
            dispatch_size(call.dtypes[0], [&]<class T>() {
                reverse_sequence(call.in<T>(0), call.in<std::int64_t>(1), call.out<T>(2),
                                 call.extents<reverse_sequence_extents>());
            });
        });
}

// ---- OneHot ----

/// Opset 11 allowed negative axes and indices.
std::int64_t one_hot_axis(const NodeView& view)
{
    return NodeView::normalize_axis(view.int_attribute("axis", -1), view.rank(0) + 1);
}

Dim one_hot_depth(const NodeView& view)
{
    if (is_float(view.dtype(1))) {
        return static_cast<std::int64_t>(view.known_numbers(1, "depth").at(0));
    }
    return view.known_elements(1, "depth").at(0);
}

void infer_one_hot(Infer& infer)
{
    infer.require_inputs(3, 3);
    only_attributes(infer, {"axis"});
    require_in(infer, 0, types::numbers);
    require_in(infer, 1, types::numbers);
    if (!(element_count(infer.shape(1)) == Dim{1})) {
        NodeView::fail("the depth, input 1, should be one number and has the shape " + to_string(infer.shape(1)));
    }
    if (!(infer.shape(2) == Shape{2})) {
        NodeView::fail("the values, input 2, should be two, off and on, and have the shape " +
                       to_string(infer.shape(2)));
    }
    Shape shape = infer.shape(0);
    shape.insert(shape.begin() + one_hot_axis(infer), one_hot_depth(infer));
    infer.set(0, infer.dtype(2), std::move(shape));
}

void lower_one_hot(Lower& lower)
{
    const Shape& shape = lower.shape(0);
    const auto axis = one_hot_axis(lower);
    lower.call("one_hot", "kernels/arrange.hpp")
        .read(lower.operand(0))
        .read(lower.bits(lower.in(2)))
        .write(lower.bits(lower.out(0)))
        .extents({{"outer", product(shape, 0, axis)},
                  {"depth", one_hot_depth(lower)},
                  {"inner", product(shape, axis, lower.rank(0))}})
        .host([](const HostCall& call) {
            dispatch_in<types::numbers>(call.dtypes[0], [&]<class I>() {
                dispatch_size(call.dtypes[1], [&]<class T>() {
                    one_hot(call.in<I>(0), call.in<T>(1), call.out<T>(2), call.extents<one_hot_extents>());
                });
            });
        });
}

// ---- Trilu ----

void infer_trilu(Infer& infer)
{
    infer.require_inputs(1, 2);
    only_attributes(infer, {"upper"});
    if (infer.rank(0) < 2) {
        NodeView::fail("the input should be matrices and has the shape " + to_string(infer.shape(0)));
    }
    if (infer.has(1)) {
        infer.require_types(1, {DType::i64});
        if (!(element_count(infer.shape(1)) == Dim{1})) {
            NodeView::fail("the diagonal, input 1, should be one number and has the shape " +
                           to_string(infer.shape(1)));
        }
    }
    infer.int_attribute("upper", 1);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

template <triangle which>
void run_trilu(const HostCall& call)
{
    dispatch_size(call.dtypes[0], [&]<class T>() {
        trilu<which>(call.in<T>(0), call.in<std::int64_t>(1), call.out<T>(2), call.extents<triangle_extents>());
    });
}

void lower_trilu(Lower& lower)
{
    const Shape& shape = lower.shape(0);
    const auto rank = lower.rank(0);
    const bool upper = lower.int_attribute("upper", 1) != 0;
    auto builder = lower.call("trilu", "kernels/arrange.hpp");
    if (!upper) {
        builder.templates("triangle::lower");
    }
    builder.read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents({{"batch", product(shape, 0, rank - 2)}, {"rows", shape[shape.size() - 2]}, {"cols", shape.back()}})
        .in_place(lower.out(0), lower.in(0))
        .host(upper ? run_trilu<triangle::upper> : run_trilu<triangle::lower>);
}

}  // namespace

std::span<const Operator> scan_operators()
{
    static constexpr Operator rows[] = {
        {.type = "CumProd", .since = 26, .infer = infer_cumulative, .lower = lower_cumulative},
        {.type = "CumSum", .since = 11, .infer = infer_cumulative, .lower = lower_cumulative},
        {.type = "OneHot", .since = 9, .infer = infer_one_hot, .lower = lower_one_hot},
        {.type = "ReverseSequence", .since = 10, .infer = infer_reverse_sequence, .lower = lower_reverse_sequence},
        {.type = "Trilu", .since = 14, .infer = infer_trilu, .lower = lower_trilu},
    };
    return rows;
}

}  // namespace wasminfer::gen
