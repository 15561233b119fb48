// Operators whose output's size depends on the data (NonZero, Compress, Unique), and TopK.
#include <wasminfer/kernels/select.hpp>
#include <wasminfer/kernels/top_k.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

Dim product(const Shape& shape, std::int64_t from, std::int64_t to)
{
    return element_count({shape.begin() + from, shape.begin() + to});
}

/// A size that the kernel counts: a number where the data are known, else a free dimension that the call measures.
Dim counted(Infer& infer, std::optional<std::int64_t> known, const std::string& stem, const Dim& most)
{
    return known ? Dim{*known} : infer.measured(stem, most);
}

/// The call's return value is the size, unless that was known before.
void measure(CallBuilder& builder, const Dim& size)
{
    if (!size.is_constant()) {
        builder.measures(size);
    }
}

// ---- NonZero ----

/// A scalar counts as a vector of one element.
Shape nonzero_shape(const NodeView& view)
{
    const Shape& shape = view.shape(0);
    return shape.empty() ? Shape{1} : shape;
}

void infer_nonzero(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {});
    require_in(infer, 0, types::all);
    std::optional<std::int64_t> known;
    if (const Tensor* numbers = infer.in(0).numbers()) {
        known = std::ranges::count_if(numbers->to_doubles(), [](double number) { return number != 0; });
    }
    const Shape shape = nonzero_shape(infer);
    const Dim count = counted(infer, known, "nonzero", element_count(shape));
    infer.set(0, DType::i64, {static_cast<std::int64_t>(shape.size()), count});
}

template <int rank>
void run_nonzero(const HostCall& call)
{
    dispatch(call.dtypes[0], [&]<class T>() {
        nonzero(call.in<T>(0), call.out<std::int64_t>(1), call.extents<nonzero_extents<rank>>());
    });
}

void lower_nonzero(Lower& lower)
{
    constexpr std::array hosts{run_nonzero<1>, run_nonzero<2>, run_nonzero<3>,
                               run_nonzero<4>, run_nonzero<5>, run_nonzero<6>};
    const Shape shape = nonzero_shape(lower);
    if (shape.size() > hosts.size()) {
        NodeView::fail("an input of rank " + std::to_string(shape.size()) + " is not supported, only up to 6");
    }
    auto builder = lower.call("nonzero", "kernels/select.hpp");
    builder.templates(std::to_string(shape.size()))
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"dims", shape}})
        .host(hosts[shape.size() - 1]);
    measure(builder, (*lower.out(0).shape)[1]);
}

// ---- Compress ----

/// The data as [outer, n, inner]; without an axis it is flat.
struct Cut {
    Dim outer, n, inner;
    std::optional<std::size_t> axis;
};

Cut cut_at_axis(const NodeView& view)
{
    const Shape& shape = view.shape(0);
    if (!view.has_attribute("axis")) {
        return {1, element_count(shape), 1, std::nullopt};
    }
    const auto axis = NodeView::normalize_axis(view.int_attribute("axis"), view.rank(0));
    const auto at = static_cast<std::size_t>(axis);
    return {product(shape, 0, axis), shape[at], product(shape, axis + 1, view.rank(0)), at};
}

Shape with_extent(const Shape& shape, const Cut& cut, const Dim& extent)
{
    if (!cut.axis) {
        return {extent};
    }
    Shape result = shape;
    result[*cut.axis] = extent;
    return result;
}

void infer_compress(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"axis"});
    infer.require_types(1, {DType::boolean});
    if (infer.rank(1) != 1) {
        NodeView::fail("the condition, input 1, should have one dimension and has the shape " +
                       to_string(infer.shape(1)));
    }
    const Cut cut = cut_at_axis(infer);
    const Dim& conditions = infer.shape(1)[0];
    std::optional<std::int64_t> known;
    if (const Tensor* flags = infer.in(1).numbers(); flags && cut.n.is_constant()) {
        auto list = flags->to_ints();
        list.resize(static_cast<std::size_t>(std::min(flags->count(), cut.n.constant())));
        known = std::ranges::count(list, 1);
    }
    const Dim count = counted(infer, known, "compressed", min(cut.n, conditions));
    infer.set(0, infer.dtype(0), with_extent(infer.shape(0), cut, count));
}

void lower_compress(Lower& lower)
{
    const Cut cut = cut_at_axis(lower);
    auto builder = lower.call("compress", "kernels/select.hpp");
    builder.read(lower.bits(lower.in(0)))
        .read(lower.operand(1))
        .write(lower.bits(lower.out(0)))
        .extents({{"outer", cut.outer}, {"n", cut.n}, {"inner", cut.inner}, {"conditions", lower.shape(1)[0]}})
        .host([](const HostCall& call) {
            dispatch_size(call.dtypes[0], [&]<class T>() {
                compress(call.in<T>(0), call.in<bool>(1), call.out<T>(2), call.extents<compress_extents>());
            });
        });
    measure(builder, (*lower.out(0).shape)[cut.axis.value_or(0)]);
}

// ---- Unique ----

std::int64_t count_unique(const Tensor& tensor, const Cut& cut)
{
    const unique_extents extents{cut.outer.constant(), cut.n.constant(), cut.inner.constant()};
    std::vector<std::byte> out(tensor.bytes().size() + 1);
    std::vector<std::int64_t> scratch(static_cast<std::size_t>(2 * extents.n) + 1);
    std::int64_t count = 0;
    dispatch(tensor.dtype(), [&]<class T>() {
        count = unique(reinterpret_cast<const T*>(tensor.bytes().data()), reinterpret_cast<T*>(out.data()), nullptr,
                       nullptr, nullptr, scratch.data(), extents);
    });
    return count;
}

bool is_sorted(const NodeView& view)
{
    return view.int_attribute("sorted", 1) != 0;
}

void infer_unique(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"axis", "sorted"});
    require_in(infer, 0, types::all);
    is_sorted(infer);
    const Cut cut = cut_at_axis(infer);
    const Tensor* numbers = infer.in(0).numbers();
    const Dim count =
        counted(infer, numbers ? std::optional{count_unique(*numbers, cut)} : std::nullopt, "unique", cut.n);
    infer.set(0, infer.dtype(0), with_extent(infer.shape(0), cut, count));
    infer.set(1, DType::i64, {count});
    infer.set(2, DType::i64, {cut.n});
    infer.set(3, DType::i64, {count});
}

template <unique_order order>
void run_unique(const HostCall& call)
{
    dispatch(call.dtypes[0], [&]<class T>() {
        unique<order>(call.in<T>(0), call.out<T>(1), call.out<std::int64_t>(2), call.out<std::int64_t>(3),
                      call.out<std::int64_t>(4), call.out<std::int64_t>(5), call.extents<unique_extents>());
    });
}

/// An output that may be absent.
Operand optional_result(const Lower& lower, std::size_t output)
{
    return lower.has_output(output) ? lower.result(output) : Operand{};
}

void lower_unique(Lower& lower)
{
    const Cut cut = cut_at_axis(lower);
    auto builder = lower.call("unique", "kernels/select.hpp");
    if (!is_sorted(lower)) {
        builder.templates("unique_order::first_seen");
    }
    builder.read(lower.operand(0))
        .write(lower.result(0))
        .write(optional_result(lower, 1))
        .write(optional_result(lower, 2))
        .write(optional_result(lower, 3))
        .write(lower.temporary(DType::i64, cut.n * Dim{2 * 8}))
        .extents({{"outer", cut.outer}, {"n", cut.n}, {"inner", cut.inner}})
        .host(is_sorted(lower) ? run_unique<unique_order::sorted> : run_unique<unique_order::first_seen>);
    measure(builder, (*lower.out(0).shape)[cut.axis.value_or(0)]);
}

// ---- TopK ----

std::int64_t top_k_axis(const NodeView& view)
{
    return NodeView::normalize_axis(view.int_attribute("axis", -1), view.rank(0));
}

/// An attribute before opset 10, an input of one element from then on.
Dim top_k_count(const NodeView& view)
{
    if (view.opset() < 10) {
        return view.int_attribute("k");
    }
    const auto elements = view.known_elements(1, "number of elements to take");
    if (elements.size() != 1) {
        NodeView::fail("k, input 1, should have one element and has " + std::to_string(elements.size()));
    }
    return elements[0];
}

void infer_top_k(Infer& infer)
{
    const auto opset = infer.opset();
    infer.require_inputs(opset < 10 ? 1 : 2, opset < 10 ? 1 : 2);
    opset < 10   ? only_attributes(infer, {"axis", "k"})
    : opset < 11 ? only_attributes(infer, {"axis"})
                 : only_attributes(infer, {"axis", "largest", "sorted"});
    require_in(infer, 0, types::numbers);
    const auto axis = static_cast<std::size_t>(top_k_axis(infer));
    const Dim k = top_k_count(infer);
    Shape shape = infer.shape(0);
    if (k.is_constant() && (k.constant() < 0 || (shape[axis].is_constant() && k.constant() > shape[axis].constant()))) {
        NodeView::fail("k is " + k.str() + ", and axis " + std::to_string(axis) + " has " + shape[axis].str() +
                       " elements");
    }
    infer.int_attribute("largest", 1);
    infer.int_attribute("sorted", 1);
    shape[axis] = k;
    infer.set(0, infer.dtype(0), shape);
    infer.set(1, DType::i64, shape);
}

template <extreme which>
void run_top_k(const HostCall& call)
{
    dispatch_in<types::numbers>(call.dtypes[0], [&]<class T>() {
        top_k<which>(call.in<T>(0), call.out<T>(1), call.out<std::int64_t>(2), call.out<std::int64_t>(3),
                     call.extents<top_k_extents>());
    });
}

/// What isn't asked to be sorted is sorted too.
void lower_top_k(Lower& lower)
{
    const auto axis = top_k_axis(lower);
    const Shape& shape = lower.shape(0);
    const Dim& n = shape[static_cast<std::size_t>(axis)];
    const bool largest = lower.int_attribute("largest", 1) != 0;
    auto builder = lower.call("top_k", "kernels/top_k.hpp");
    if (!largest) {
        builder.templates("extreme::smallest");
    }
    builder.read(lower.operand(0))
        .write(optional_result(lower, 0))
        .write(optional_result(lower, 1))
        .write(lower.temporary(DType::i64, n * Dim{8}))
        .extents({{"outer", product(shape, 0, axis)},
                  {"n", n},
                  {"inner", product(shape, axis + 1, lower.rank(0))},
                  {"k", top_k_count(lower)}})
        .host(largest ? run_top_k<extreme::largest> : run_top_k<extreme::smallest>);
}

}  // namespace

std::span<const Operator> select_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Compress", .since = 9, .infer = infer_compress, .lower = lower_compress},
        {.type = "NonZero", .since = 9, .infer = infer_nonzero, .lower = lower_nonzero},
        {.type = "TopK", .infer = infer_top_k, .lower = lower_top_k},
        {.type = "Unique", .since = 11, .infer = infer_unique, .lower = lower_unique},
    };
    return rows;
}

}  // namespace wasminfer::gen
