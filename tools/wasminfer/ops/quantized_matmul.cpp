// Products of 8-bit matrices: MatMulInteger, whose result is int32, and QLinearMatMul, whose result is 8-bit again.
#include <wasminfer/kernels/integer_gemm.hpp>

#include "ops/attributes.hpp"
#include "ops/matmul_shape.hpp"
#include "ops/operator.hpp"
#include "ops/quantized.hpp"

namespace wasminfer::gen {

namespace {

/// Where an operator has its inputs.
struct Inputs {
    std::size_t a, b, a_zero, b_zero;
};

constexpr Inputs of_matmul_integer{.a = 0, .b = 1, .a_zero = 2, .b_zero = 3};
constexpr Inputs of_qlinear_matmul{.a = 0, .b = 3, .a_zero = 2, .b_zero = 5};

MatMulShape checked_shape(const NodeView& view, const Inputs& inputs)
{
    require_in(view, inputs.a, byte_types);
    require_in(view, inputs.b, byte_types);
    require_zero_type(view, inputs.a_zero, view.dtype(inputs.a));
    require_zero_type(view, inputs.b_zero, view.dtype(inputs.b));
    const MatMulShape s = matmul_shape(view.shape(inputs.a), view.shape(inputs.b));
    if (s.batch.size() > 4) {
        NodeView::fail("the batch dimensions of " + to_string(view.shape(inputs.a)) + " and " +
                       to_string(view.shape(inputs.b)) + " broadcast in a way that needs more than four loops");
    }
    return s;
}

/// 0: one number for all of A; 1: one for each row, as [M] where A is a matrix, or as A's shape with 1 in place of K.
std::int64_t row_spread(const NodeView& view, std::size_t a, std::size_t input, const MatMulShape& s,
                        const std::string& what)
{
    const Shape& matrix = view.shape(a);
    if (!view.has(input) || view.shape(input).size() <= 1 || element_count(view.shape(input)) == Dim{1}) {
        if (matrix.size() != 2 && view.has(input)) {
            require_one(view, input, what);
        }
        return spread(view, input, s.m, what);
    }
    Shape rows = matrix;
    rows.back() = 1;
    Shape product = s.out;
    product.back() = 1;
    if (matrix.size() < 2 || !(view.shape(input) == rows) || !(product == rows)) {
        NodeView::fail("the " + what + " has the shape " + to_string(view.shape(input)) + ", which is neither one " +
                       "number nor one for each row of " + to_string(matrix));
    }
    return 1;
}

/// 0: one number for all of B; 1: one for each column, as [N] or as [1, …, 1, N].
std::int64_t column_spread(const NodeView& view, std::size_t b, std::size_t input, const MatMulShape& s,
                           const std::string& what)
{
    if (!view.has(input) || element_count(view.shape(input)) == Dim{1}) {
        return 0;
    }
    const Shape& shape = view.shape(input);
    if (view.shape(b).size() < 2 || !(element_count(shape) == s.n) || !(shape.back() == s.n)) {
        NodeView::fail("the " + what + " has the shape " + to_string(shape) + ", which is neither one number nor one " +
                       "for each column of " + to_string(view.shape(b)));
    }
    return 1;
}

/// B as the kernel reads it, packed here where it is constant.
Operand packed(Lower& lower, std::size_t input, const MatMulShape& s)
{
    const Value& b = lower.in(input);
    const DType type = b.dtype;
    if (b.is_constant()) {
        const auto k = static_cast<index>(s.k.constant());
        const auto n = static_cast<index>(s.n.constant());
        const index elements = static_cast<index>(b.constant->count());
        const index matrices = k * n > 0 ? elements / (k * n) : 0;
        std::vector<std::int8_t> panels(static_cast<std::size_t>(matrices * integer_packed_size(k, n)));
        dispatch_in<byte_types>(type, [&]<class T>() {
            pack_integer_b(b.constant->as<T>().data(), panels.data(),
                           {.matrices = matrices, .k = k, .n = n, .row_stride = n});
        });
        return lower.weight(b.name, DType::i8, panels);
    }
    Dim matrices = 1;
    const Shape& shape = *b.shape;
    for (std::size_t axis = 0; axis + 2 < shape.size(); ++axis) {
        matrices *= shape[axis];
    }
    const Dim bytes = matrices * ceil_div(s.n, gemm_nr) * ceil_div(s.k, 2) * (2 * gemm_nr);
    const Operand panels = lower.temporary(DType::i8, bytes);
    lower.call("pack_integer_b", "kernels/integer_pack.hpp")
        .read(lower.operand(input))
        .write(panels)
        .extents({{"matrices", matrices}, {"k", s.k}, {"n", s.n}, {"row_stride", s.n}, {"col_stride", Dim{1}}})
        .host([type](const HostCall& host) {
            dispatch_in<byte_types>(type, [&]<class T>() {
                pack_integer_b(host.in<T>(0), host.out<std::int8_t>(1), host.extents<integer_pack_extents>());
            });
        });
    return panels;
}

std::vector<Field> fields(MatMulShape s, std::int64_t a_step, std::int64_t b_step)
{
    if (s.b_repeats) {
        // All rows of all batches meet the same b.
        for (const Batch& batch : s.batch) {
            s.m *= batch.extent;
        }
        s.batch.clear();
    }
    const auto list = [&](const Dim& none, Dim Batch::* member) {
        std::vector<Dim> dims(4 - s.batch.size(), none);
        for (const Batch& batch : s.batch) {
            dims.push_back(batch.*member);
        }
        return dims;
    };
    return {{"batch", list(1, &Batch::extent)},
            {"m", s.m},
            {"n", s.n},
            {"k", s.k},
            {"a_batch", list(0, &Batch::a_stride)},
            {"b_batch", list(0, &Batch::b_stride)},
            {"a_step", a_step},
            {"b_step", b_step}};
}

void infer_matmul_integer(Infer& infer)
{
    infer.require_inputs(2, 4);
    only_attributes(infer, {});
    const MatMulShape s = checked_shape(infer, of_matmul_integer);
    row_spread(infer, 0, 2, s, "zero point of A");
    column_spread(infer, 1, 3, s, "zero point of B");
    infer.set(0, DType::i32, s.out);
}

void lower_matmul_integer(Lower& lower)
{
    const MatMulShape s = checked_shape(lower, of_matmul_integer);
    const DType a = lower.dtype(0);
    const DType b = lower.dtype(1);
    const Operand panels = packed(lower, 1, s);
    lower.call("matmul_integer", "kernels/integer_gemm.hpp")
        .templates(type_argument(b))
        .read(lower.operand(0))
        .read(lower.operand(2))
        .read(panels)
        .read(lower.operand(3))
        .write(lower.result(0))
        .extents(
            fields(s, row_spread(lower, 0, 2, s, "zero point of A"), column_spread(lower, 1, 3, s, "zero point of B")))
        .host([a, b](const HostCall& host) {
            dispatch_in<byte_types>(a, [&]<class A>() {
                dispatch_in<byte_types>(b, [&]<class B>() {
                    matmul_integer<B>(host.in<A>(0), host.in<A>(1), host.in<std::int8_t>(2), host.in<B>(3),
                                      host.out<std::int32_t>(4), host.extents<integer_matmul_extents>());
                });
            });
        });
}

// ---- QLinearMatMul: a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point ----

/// How A's scale and zero point spread, and how B's.
struct Spreads {
    std::int64_t a, b;
};

Spreads qlinear_steps(const NodeView& view, const MatMulShape& s)
{
    const Spreads steps{row_spread(view, 0, 1, s, "scale of A"), column_spread(view, 3, 4, s, "scale of B")};
    if (row_spread(view, 0, 2, s, "zero point of A") != steps.a ||
        column_spread(view, 3, 5, s, "zero point of B") != steps.b) {
        NodeView::fail("a scale and its zero point have different shapes");
    }
    return steps;
}

/// Opset 21 brought float16 scales.
void infer_qlinear_matmul(Infer& infer)
{
    infer.require_inputs(8, 8);
    only_attributes(infer, {});
    const MatMulShape s = checked_shape(infer, of_qlinear_matmul);
    require_in(infer, 1, infer.opset() < 21 ? set_of(DType::f32) : set_of(DType::f32, DType::f16));
    infer.require_same_type(1, 4);
    infer.require_same_type(1, 6);
    require_in(infer, 7, byte_types);
    require_one(infer, 6, "scale of the output");
    require_one(infer, 7, "zero point of the output");
    qlinear_steps(infer, s);
    infer.set(0, infer.dtype(7), s.out);
}

void lower_qlinear_matmul(Lower& lower)
{
    const MatMulShape s = checked_shape(lower, of_qlinear_matmul);
    const Spreads steps = qlinear_steps(lower, s);
    const DType a = lower.dtype(0);
    const DType b = lower.dtype(3);
    const DType scale = lower.dtype(1);
    const DType y = lower.dtype(7);
    const Operand panels = packed(lower, 3, s);
    call_qlinear(lower, "qlinear_matmul", "kernels/integer_gemm.hpp", panels)
        .write(lower.result(0))
        .extents(fields(s, steps.a, steps.b))
        .host([a, b, scale, y](const HostCall& host) {
            dispatch_in<byte_types>(a, [&]<class A>() {
                dispatch_in<byte_types>(b, [&]<class B>() {
                    dispatch_in<set_of(DType::f32, DType::f16)>(scale, [&]<class Scale>() {
                        dispatch_in<byte_types>(y, [&]<class Y>() {
                            qlinear_matmul<B>(host.in<A>(0), host.in<Scale>(1), host.in<A>(2), host.in<std::int8_t>(3),
                                              host.in<Scale>(4), host.in<B>(5), host.in<Scale>(6), host.in<Y>(7),
                                              host.out<Y>(8), host.extents<integer_matmul_extents>());
                        });
                    });
                });
            });
        });
}

const Operator rows[] = {
    {.type = "MatMulInteger", .since = 10, .infer = infer_matmul_integer, .lower = lower_matmul_integer},
    {.type = "QLinearMatMul", .since = 10, .infer = infer_qlinear_matmul, .lower = lower_qlinear_matmul},
};

}  // namespace

std::span<const Operator> quantized_matmul_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
