// Reductions over any axes, ArgMax and ArgMin.
#include <wasminfer/kernels/arg_reduce.hpp>
#include <wasminfer/kernels/reduce.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/strided.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

/// Most stretches of neighbouring axes that are kept, and that are reduced: what host code is instantiated for.
constexpr std::size_t most_stretches = 4;
using AnyAxes = reduce_axes_extents<4, 4>;

constexpr TypeSet summed = types::floats | set_of(DType::i32, DType::i64, DType::u32, DType::u64);
constexpr TypeSet compared = types::all;

struct ReduceWord {
    std::string_view type;
    std::int64_t axes_input_since;  ///< Axes are an attribute before this opset.
    TypeSet types;
    std::string_view function;
    void (*host)(const HostCall&, const AnyAxes&);
    bool identity;  ///< Of one element, it is that element.
};

#define WASMINFER_REDUCE_WORD(type, since, set, function, identity)                                                    \
    ReduceWord                                                                                                         \
    {                                                                                                                  \
        type, since, set, #function,                                                                                   \
            [](const HostCall& call, const AnyAxes& extents) {                                                         \
                dispatch_in<set>(call.dtypes[0],                                                                       \
                                 [&]<class T>() { function(call.in<T>(0), call.out<T>(1), extents); });                \
            },                                                                                                         \
            identity                                                                                                   \
    }

constexpr ReduceWord words[] = {
    WASMINFER_REDUCE_WORD("ReduceL1", 18, summed, reduce_l1, false),
    WASMINFER_REDUCE_WORD("ReduceL2", 18, summed, reduce_l2, false),
    WASMINFER_REDUCE_WORD("ReduceLogSum", 18, summed, reduce_log_sum, false),
    WASMINFER_REDUCE_WORD("ReduceLogSumExp", 18, types::floats, reduce_log_sum_exp, true),
    WASMINFER_REDUCE_WORD("ReduceMax", 18, compared, reduce_max, true),
    WASMINFER_REDUCE_WORD("ReduceMean", 18, summed, reduce_mean, true),
    WASMINFER_REDUCE_WORD("ReduceMin", 18, compared, reduce_min, true),
    WASMINFER_REDUCE_WORD("ReduceProd", 18, summed, reduce_prod, true),
    WASMINFER_REDUCE_WORD("ReduceSum", 13, summed, reduce_sum, true),
    WASMINFER_REDUCE_WORD("ReduceSumSquare", 18, summed, reduce_sum_square, false),
};

#undef WASMINFER_REDUCE_WORD

const ReduceWord& word_of(const NodeView& view)
{
    return *std::ranges::find(words, view.node().op, &ReduceWord::type);
}

/// For each axis of the input, whether it is reduced.
std::vector<bool> reduced_axes(const NodeView& view)
{
    const bool input = view.opset() >= word_of(view).axes_input_since;
    std::vector<std::int64_t> axes;
    if (input && view.has(1)) {
        axes = view.known_ints(1, "axes");
    } else if (!input) {
        axes = view.ints_attribute("axes");
    }
    const auto rank = static_cast<std::size_t>(view.rank(0));
    if (axes.empty()) {
        return std::vector<bool>(rank, view.int_attribute("noop_with_empty_axes", 0) == 0);
    }
    std::vector<bool> reduced(rank, false);
    for (const auto axis : NodeView::normalize_axes(axes, view.rank(0))) {
        reduced[static_cast<std::size_t>(axis)] = true;
    }
    return reduced;
}

Shape without(const Shape& shape, const std::vector<bool>& reduced, bool keep)
{
    Shape rest;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (!reduced[i]) {
            rest.push_back(shape[i]);
        } else if (keep) {
            rest.emplace_back(1);
        }
    }
    return rest;
}

void infer_reduce(Infer& infer)
{
    const ReduceWord& word = word_of(infer);
    const bool input = infer.opset() >= word.axes_input_since;
    infer.require_inputs(1, input ? 2 : 1);
    input ? only_attributes(infer, {"keepdims", "noop_with_empty_axes"}) : only_attributes(infer, {"keepdims", "axes"});
    require_in(infer, 0, word.types);
    if (infer.has(1)) {
        infer.require_types(1, {DType::i64});
    }
    const bool keep = infer.int_attribute("keepdims", 1) != 0;
    infer.set(0, infer.dtype(0), without(infer.shape(0), reduced_axes(infer), keep));
}

/// A stretch of neighbouring axes that are all kept, or all reduced; extents of 1 belong to any.
struct Stretch {
    bool reduced;
    Dim extent;
    Dim stride;
};

std::vector<Stretch> stretches_of(const Shape& shape, const std::vector<bool>& reduced)
{
    const auto strides = strides_of(shape);
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == Dim{1}) {
            continue;
        }
        if (!stretches.empty() && stretches.back().reduced == reduced[i]) {
            stretches.back().extent *= shape[i];
            stretches.back().stride = strides[i];
        } else {
            stretches.push_back({reduced[i], shape[i], strides[i]});
        }
    }
    return stretches;
}

/// The extents of [outer, reduce, inner], where that is what the stretches are.
std::optional<std::array<Dim, 3>> as_table(const std::vector<Stretch>& stretches)
{
    std::array<Dim, 3> table{1, 1, 1};
    std::size_t place = 0;
    for (const Stretch& stretch : stretches) {
        place = stretch.reduced ? std::max<std::size_t>(place, 1) : place == 0 ? 0 : 2;
        if (stretch.reduced && place > 1) {
            return std::nullopt;
        }
        table[place] = stretch.extent;
    }
    return table;
}

AnyAxes any_axes(const std::vector<Stretch>& stretches)
{
    AnyAxes extents{{1, 1, 1, 1}, {0, 0, 0, 0}, {1, 1, 1, 1}, {0, 0, 0, 0}};
    std::size_t kept = most_stretches;
    std::size_t reduced = most_stretches;
    for (std::size_t i = stretches.size(); i-- > 0;) {
        const auto& stretch = stretches[i];
        if (stretch.reduced) {
            --reduced;
            extents.reduced_dims[reduced] = stretch.extent.constant();
            extents.reduced_strides[reduced] = stretch.stride.constant();
        } else {
            --kept;
            extents.kept_dims[kept] = stretch.extent.constant();
            extents.kept_strides[kept] = stretch.stride.constant();
        }
    }
    return extents;
}

void lower_reduce(Lower& lower)
{
    const ReduceWord& word = word_of(lower);
    const auto stretches = stretches_of(lower.shape(0), reduced_axes(lower));
    const auto reduced = static_cast<std::size_t>(std::ranges::count(stretches, true, &Stretch::reduced));
    if (reduced == 0 && word.identity) {
        lower.alias(lower.out(0), lower.in(0));
        return;
    }
    const std::size_t kept = stretches.size() - reduced;
    if (kept > most_stretches || reduced > most_stretches) {
        NodeView::fail("kept and reduced axes of the shape " + to_string(lower.shape(0)) +
                       " take turns more often than is supported");
    }
    auto builder = lower.call(std::string{word.function}, "kernels/reduce.hpp");
    builder.read(lower.operand(0)).write(lower.result(0));
    if (const auto table = as_table(stretches)) {
        builder.extents({{"outer", (*table)[0]}, {"reduce", (*table)[1]}, {"inner", (*table)[2]}});
    } else {
        std::vector<Dim> lists[4];
        for (const Stretch& stretch : stretches) {
            lists[stretch.reduced ? 2 : 0].push_back(stretch.extent);
            lists[stretch.reduced ? 3 : 1].push_back(stretch.stride);
        }
        if (kept == 0) {
            lists[0] = lists[1] = {1};
        }
        builder.templates(std::to_string(lists[0].size()) + ", " + std::to_string(reduced))
            .extents({{"kept_dims", lists[0]},
                      {"kept_strides", lists[1]},
                      {"reduced_dims", lists[2]},
                      {"reduced_strides", lists[3]}});
    }
    builder.host([host = word.host, stretches](const HostCall& call) { host(call, any_axes(stretches)); });
}

// ---- ArgMax, ArgMin ----

std::int64_t arg_axis(const NodeView& view)
{
    return NodeView::normalize_axis(view.int_attribute("axis", 0), view.rank(0));
}

void infer_arg(Infer& infer)
{
    infer.require_inputs(1, 1);
    infer.opset() < 12 ? only_attributes(infer, {"axis", "keepdims"})
                       : only_attributes(infer, {"axis", "keepdims", "select_last_index"});
    require_in(infer, 0, types::numbers);
    const auto axis = static_cast<std::size_t>(arg_axis(infer));
    const Shape& shape = infer.shape(0);
    if (shape[axis] == Dim{0}) {
        NodeView::fail("axis " + std::to_string(axis) + " has no elements to choose from");
    }
    std::vector<bool> reduced(shape.size(), false);
    reduced[axis] = true;
    infer.int_attribute("select_last_index", 0);
    infer.set(0, DType::i64, without(shape, reduced, infer.int_attribute("keepdims", 1) != 0));
}

template <bool largest, tie which>
void run_arg(const HostCall& call)
{
    dispatch_in<types::numbers>(call.dtypes[0], [&]<class T>() {
        const auto extents = call.extents<reduce_extents>();
        if constexpr (largest) {
            arg_max<which>(call.in<T>(0), call.out<std::int64_t>(1), extents);
        } else {
            arg_min<which>(call.in<T>(0), call.out<std::int64_t>(1), extents);
        }
    });
}

template <bool largest>
void lower_arg(Lower& lower)
{
    const auto axis = arg_axis(lower);
    const Shape& shape = lower.shape(0);
    const bool last = lower.int_attribute("select_last_index", 0) != 0;
    auto builder = lower.call(largest ? "arg_max" : "arg_min", "kernels/arg_reduce.hpp");
    if (last) {
        builder.templates("tie::last");
    }
    builder.read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"outer", element_count({shape.begin(), shape.begin() + axis})},
                  {"reduce", shape[static_cast<std::size_t>(axis)]},
                  {"inner", element_count({shape.begin() + axis + 1, shape.end()})}})
        .host(last ? run_arg<largest, tie::last> : run_arg<largest, tie::first>);
}

}  // namespace

std::span<const Operator> reduce_operators()
{
    static const std::vector<Operator> rows = [] {
        std::vector<Operator> list;
        for (const ReduceWord& word : words) {
            list.push_back({.type = word.type, .infer = infer_reduce, .lower = lower_reduce});
        }
        list.push_back({.type = "ArgMax", .infer = infer_arg, .lower = lower_arg<true>});
        list.push_back({.type = "ArgMin", .infer = infer_arg, .lower = lower_arg<false>});
        return list;
    }();
    return rows;
}

}  // namespace wasminfer::gen
