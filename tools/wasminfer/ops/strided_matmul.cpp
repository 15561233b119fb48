// MatMul of operands that are stored in another order of axes, into a result that is: what a pass makes of a MatMul between
// Transposes. The kernel takes strides for each of the three, so that attention moves nothing.
//
// Attributes: perm_a, perm_b (as Transpose's perm): the product reads Transpose(A, perm_a) and Transpose(B, perm_b).
// perm_y: Y is Transpose(product, perm_y), whose last axis stays the last. Ranks are 2 or more.
#include <wasminfer/kernels/gemm.hpp>

#include <numeric>

#include "ops/attributes.hpp"
#include "ops/epilogue.hpp"
#include "ops/matrix.hpp"
#include "ops/operator.hpp"
#include "ops/spatial.hpp"
#include "ops/strided.hpp"

namespace wasminfer::gen {

namespace {

using Axes = std::vector<std::size_t>;

Axes order_of(const NodeView& view, const std::string& key, std::size_t rank)
{
    if (!view.has_attribute(key)) {
        Axes axes(rank);
        std::iota(axes.begin(), axes.end(), std::size_t{0});
        return axes;
    }
    const auto given = NodeView::normalize_axes(view.ints_attribute(key), static_cast<std::int64_t>(rank));
    if (given.size() != rank) {
        NodeView::fail("'" + key + "' has " + std::to_string(given.size()) + " axes for a rank of " +
                       std::to_string(rank));
    }
    return {given.begin(), given.end()};
}

std::vector<Dim> picked(const std::vector<Dim>& list, const Axes& axes)
{
    std::vector<Dim> result;
    for (const auto axis : axes) {
        result.push_back(list[axis]);
    }
    return result;
}

/// A tensor as the product sees it.
struct StridedTensor {
    Shape shape;
    std::vector<Dim> strides;
};

StridedTensor operand_view(const NodeView& view, std::size_t input, const std::string& key)
{
    const Shape& shape = view.shape(input);
    if (shape.size() < 2) {
        NodeView::fail("operands have to be matrices at least");
    }
    const Axes order = order_of(view, key, shape.size());
    return {picked(shape, order), picked(strides_of(shape), order)};
}

/// One loop over matrices.
struct Loop {
    Dim extent, a, b, out;
};

struct Product {
    StridedTensor a, b, y;
    std::vector<Loop> loops;
    Shape stored;  ///< Y's shape.
    Dim m() const { return y.shape[y.shape.size() - 2]; }
    Dim n() const { return y.shape.back(); }
    Dim k() const { return a.shape.back(); }
};

Shape batch_of(const Shape& shape)
{
    return {shape.begin(), shape.end() - 2};
}

/// The stride along an axis of the result, counted from its back; 0 where the operand repeats.
Dim batch_stride(const StridedTensor& operand, std::size_t from_back)
{
    if (from_back >= operand.shape.size()) {
        return 0;
    }
    const std::size_t axis = operand.shape.size() - 1 - from_back;
    return operand.shape[axis] == Dim{1} ? Dim{0} : operand.strides[axis];
}

Product product_of(const NodeView& view)
{
    Product p{
        .a = operand_view(view, 0, "perm_a"), .b = operand_view(view, 1, "perm_b"), .y = {}, .loops = {}, .stored = {}};
    require_equal(p.k(), p.b.shape[p.b.shape.size() - 2], "inner extents of the operands");
    p.y.shape = broadcast(batch_of(p.a.shape), batch_of(p.b.shape));
    p.y.shape.push_back(p.a.shape[p.a.shape.size() - 2]);
    p.y.shape.push_back(p.b.shape.back());
    const std::size_t rank = p.y.shape.size();
    const Axes order = order_of(view, "perm_y", rank);
    if (order.back() + 1 != rank) {
        NodeView::fail("'perm_y' moves the last axis");
    }
    p.stored = picked(p.y.shape, order);
    const auto strides = strides_of(p.stored);
    p.y.strides.resize(rank);
    for (std::size_t i = 0; i < rank; ++i) {
        p.y.strides[order[i]] = strides[i];
    }
    for (std::size_t axis = 0; axis + 2 < rank; ++axis) {
        const std::size_t from_back = rank - 1 - axis;
        if (p.y.shape[axis] == Dim{1}) {
            continue;
        }
        const Loop loop{p.y.shape[axis], batch_stride(p.a, from_back), batch_stride(p.b, from_back), p.y.strides[axis]};
        // Neighbours that all three step through evenly are one.
        if (!p.loops.empty()) {
            Loop& last = p.loops.back();
            if (last.a == loop.a * loop.extent && last.b == loop.b * loop.extent &&
                last.out == loop.out * loop.extent) {
                last = {last.extent * loop.extent, loop.a, loop.b, loop.out};
                continue;
            }
        }
        p.loops.push_back(loop);
    }
    return p;
}

void infer_strided_matmul(Infer& infer)
{
    infer.require_inputs(2, 3);
    only_attributes(infer, {"perm_a", "perm_b", "perm_y"});
    infer.require_types(0, {DType::f32, DType::f16, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64});
    infer.require_same_type(0, 1);
    const Product p = product_of(infer);
    if (p.loops.size() > 4) {
        NodeView::fail("the batch dimensions of " + to_string(infer.shape(0)) + " and " + to_string(infer.shape(1)) +
                       " need more than four loops");
    }
    check_residual(infer, p.stored);
    infer.set(0, infer.dtype(0), p.stored);
}

Field loop_field(const char* name, const Product& p, const Dim& none, Dim Loop::* member)
{
    std::vector<Dim> list(4 - p.loops.size(), none);
    for (const Loop& loop : p.loops) {
        list.push_back(loop.*member);
    }
    return {name, std::move(list)};
}

void lower_strided_matmul(Lower& lower)
{
    const Product p = product_of(lower);
    const DType type = lower.dtype(0);
    const bool packs = type != DType::f32 || (!(p.n() == Dim{1}) && !(p.m() == Dim{1}));
    const Operand scratch =
        packs ? lower.temporary(compute_type(type), ceil_div(p.n(), gemm_nr) * p.k() * gemm_nr *
                                                        static_cast<std::int64_t>(size_of(compute_type(type))))
              : Operand{};
    const std::size_t a = p.a.shape.size();
    const std::size_t b = p.b.shape.size();
    const std::size_t y = p.y.shape.size();
    auto call = lower.call("matmul", "kernels/gemm.hpp")
                    .read(lower.operand(0))
                    .read(lower.operand(1))
                    .write(lower.result(0))
                    .extents({loop_field("batch", p, 1, &Loop::extent),
                              {"m", p.m()},
                              {"n", p.n()},
                              {"k", p.k()},
                              loop_field("a_batch", p, 0, &Loop::a),
                              {"a_row", p.a.strides[a - 2]},
                              {"a_col", p.a.strides[a - 1]},
                              loop_field("b_batch", p, 0, &Loop::b),
                              {"b_row", p.b.strides[b - 2]},
                              {"b_col", p.b.strides[b - 1]},
                              loop_field("out_batch", p, 0, &Loop::out),
                              {"out_row", p.y.strides[y - 2]}})
                    .write(scratch);
    add_epilogue(lower, call);
    if (Fused{lower}.any()) {
        return;
    }
    call.host([type](const HostCall& host) {
        dispatch_product(type, [&]<class T>() {
            matmul(host.in<T>(0), host.in<T>(1), host.out<T>(2), host.extents<matmul_extents>(),
                   host.out<compute_t<T>>(3));
        });
    });
}

}  // namespace

std::span<const Operator> strided_operators()
{
    static constexpr Operator rows[] = {
        {.type = "StridedMatMul",
         .infer = infer_strided_matmul,
         .lower = lower_strided_matmul,
         .domain = "wasminfer",
         .epilogue = Epilogue::residual},
    };
    return rows;
}

}  // namespace wasminfer::gen
