// Gemm and MatMul. A right-hand operand that is the same for all rows is packed: by the generator where it is constant,
// by a step of its own otherwise. Products whose both operands come in batches are matmul's, which packs as it goes.
#include <wasminfer/kernels/gemm.hpp>

#include "ops/attributes.hpp"
#include "ops/epilogue.hpp"
#include "ops/matmul_shape.hpp"
#include "ops/matrix.hpp"
#include "ops/operator.hpp"
#include "ops/spatial.hpp"

namespace wasminfer::gen {

namespace {

/// Integers came with opset 9 (MatMul and Gemm alike).
void require_product_types(const NodeView& view)
{
    if (view.opset() < 9) {
        view.require_float(0);
    } else {
        view.require_types(0, {DType::f32, DType::f16, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64});
    }
    view.require_same_type(0, 1);
}

std::int64_t compute_size(DType type)
{
    return static_cast<std::int64_t>(size_of(compute_type(type)));
}

/// op(X) of a contiguous operand.
Matrix matrix(const Lower& lower, std::size_t input, const Dim& rows, const Dim& cols, bool transposed)
{
    return {.operand = lower.operand(input),
            .dtype = lower.dtype(input),
            .rows = rows,
            .cols = cols,
            .row_stride = transposed ? Dim{1} : cols,
            .col_stride = transposed ? rows : Dim{1}};
}

/// The right-hand operand as gemm reads it. A constant one is multiplied by alpha on the way: one more rounding of each
/// of its elements, in the type that gemm computes in.
Operand packed(Lower& lower, const Matrix& b, double alpha)
{
    const DType stored = compute_type(b.dtype);
    if (b.operand.value->is_constant()) {
        const gemm_pack_extents extents{.k = static_cast<index>(b.rows.constant()),
                                        .n = static_cast<index>(b.cols.constant()),
                                        .row_stride = static_cast<index>(b.row_stride.constant()),
                                        .col_stride = static_cast<index>(b.col_stride.constant())};
        return dispatch_product(b.dtype, [&]<class T>() {
            const auto elements = b.operand.value->constant->as<T>();
            std::vector<compute_t<T>> panels(static_cast<std::size_t>(gemm_packed_size(extents)));
            if (!panels.empty()) {
                pack_gemm_b(elements.data(), panels.data(), extents);
            }
            if (alpha != 1) {
                for (auto& element : panels) {
                    element = static_cast<compute_t<T>>(element * static_cast<compute_t<T>>(alpha));
                }
            }
            return lower.weight(b.operand.value->name, stored, panels);
        });
    }
    const Dim bytes = ceil_div(b.cols, gemm_nr) * b.rows * gemm_nr * compute_size(b.dtype);
    const Operand panels = lower.temporary(stored, bytes);
    lower.call("pack_gemm_b", "kernels/gemm_pack.hpp")
        .read(b.operand)
        .write(panels)
        .extents({{"k", b.rows}, {"n", b.cols}, {"row_stride", b.row_stride}, {"col_stride", b.col_stride}})
        .host([type = b.dtype](const HostCall& host) {
            dispatch_product(type, [&]<class T>() {
                pack_gemm_b(host.in<T>(0), host.out<compute_t<T>>(1), host.extents<gemm_pack_extents>());
            });
        });
    return panels;
}

/// out = epilogue(a · b + bias + more): a contiguous, b packed.
void call_gemm(Lower& lower, const Operand& a, const Operand& b, const Operand& bias, const Dim& m, const Dim& n,
               const Dim& k, const std::vector<Operand>& more)
{
    auto call = lower.call("gemm", "kernels/gemm.hpp")
                    .read(a)
                    .read(b)
                    .read(bias)
                    .write(lower.result(0))
                    .extents({{"m", m}, {"n", n}, {"k", k}, {"lda", k}, {"ldc", n}});
    add_epilogue(lower, call, more);
    if (Fused{lower}.any()) {
        return;
    }
    call.host([type = lower.dtype(0), more = more.size()](const HostCall& host) {
        dispatch_product(type, [&]<class T>() {
            const auto e = host.extents<gemm_extents>();
            const auto run = [&](const auto& epilogue) {
                gemm(host.in<T>(0), host.in<compute_t<T>>(1), host.in<T>(2), host.out<T>(3), e, epilogue);
            };
            if (more == 0) {
                run(identity{});
            } else {
                run(residual{host.in<T>(4)});
            }
        });
    });
}

// ---- Gemm ----

struct GemmShape {
    Dim m, n, k;
    bool trans_a = false, trans_b = false;
    double alpha = 1, beta = 1;
};

GemmShape gemm_shape(const NodeView& view)
{
    if (view.rank(0) != 2 || view.rank(1) != 2) {
        NodeView::fail("A and B have to be matrices; their ranks are " + std::to_string(view.rank(0)) + " and " +
                       std::to_string(view.rank(1)));
    }
    GemmShape g;
    g.trans_a = view.int_attribute("transA", 0) != 0;
    g.trans_b = view.int_attribute("transB", 0) != 0;
    g.alpha = static_cast<double>(view.float_attribute("alpha", 1.0f));
    g.beta = static_cast<double>(view.float_attribute("beta", 1.0f));
    const Shape& a = view.shape(0);
    const Shape& b = view.shape(1);
    g.m = a[g.trans_a ? 1 : 0];
    g.k = a[g.trans_a ? 0 : 1];
    g.n = b[g.trans_b ? 0 : 1];
    require_equal(g.k, b[g.trans_b ? 1 : 0], "inner extents of A and B");
    return g;
}

/// C's extents as a matrix: those of the last two axes.
std::pair<Dim, Dim> addend_extents(const Shape& c)
{
    return {c.size() > 1 ? c[c.size() - 2] : Dim{1}, c.empty() ? Dim{1} : c.back()};
}

void check_addend(const NodeView& view, const GemmShape& g)
{
    view.require_same_type(0, 2);
    const Shape& c = view.shape(2);
    const auto [rows, cols] = addend_extents(c);
    const bool fits =
        c.size() <= 2 && (rows == Dim{1} || known_equal(rows, g.m)) && (cols == Dim{1} || known_equal(cols, g.n));
    const bool exact = c.size() == 2 && known_equal(rows, g.m) && known_equal(cols, g.n);
    const bool broadcasts = view.opset() >= 7 || view.int_attribute("broadcast", 0) != 0;
    if (!fits || (!broadcasts && !exact)) {
        NodeView::fail("C of shape " + to_string(c) + " does not broadcast to [" + g.m.str() + "," + g.n.str() + "]" +
                       (broadcasts ? "" : " without the attribute broadcast = 1"));
    }
}

/// C broadcasts towards A · B from opset 7 on; before, only with broadcast = 1. C may be left out since opset 11.
void infer_gemm(Infer& infer)
{
    infer.require_inputs(infer.opset() < 11 ? 3 : 2, 4);
    if (infer.opset() < 7) {
        only_attributes(infer, {"alpha", "beta", "broadcast", "transA", "transB"});
    } else {
        only_attributes(infer, {"alpha", "beta", "transA", "transB"});
    }
    if (Fused::own_inputs(infer) > 3) {
        NodeView::fail("has more than the inputs A, B and C");
    }
    require_product_types(infer);
    const GemmShape g = gemm_shape(infer);
    if (is_integer(infer.dtype(0)) && (g.alpha != 1 || (g.beta != 1 && g.beta != 0))) {
        NodeView::fail("alpha and beta have to be 1 for integers");
    }
    if (infer.has(2)) {
        check_addend(infer, g);
    }
    check_residual(infer, {g.m, g.n});
    infer.set(0, infer.dtype(0), {g.m, g.n});
}

/// beta * C for gemm: a row, or a matrix of the output's shape.
struct Addend {
    Operand bias{};
    std::vector<Operand> matrix{};
};

Addend lower_addend(Lower& lower, const GemmShape& g)
{
    if (!lower.has(2) || g.beta == 0) {
        return {};
    }
    const auto [rows, cols] = addend_extents(lower.shape(2));
    Matrix c{.operand = lower.operand(2), .dtype = lower.dtype(2)};
    c.row_stride = rows == Dim{1} ? Dim{0} : cols;
    c.col_stride = cols == Dim{1} ? 0 : 1;
    c.rows = rows;
    c.cols = g.n;
    const bool row = rows == Dim{1};
    const bool as_it_is = g.beta == 1 && cols == g.n;
    const Operand addend = as_it_is ? c.operand : contiguous(lower, c, g.beta);
    return row ? Addend{.bias = addend} : Addend{.matrix = {addend}};
}

void lower_gemm(Lower& lower)
{
    const GemmShape g = gemm_shape(lower);
    const Matrix b = matrix(lower, 1, g.k, g.n, g.trans_b);
    const bool alpha_in_b = b.operand.value->is_constant();
    const Operand panels = packed(lower, b, g.alpha);
    const Matrix a = matrix(lower, 0, g.m, g.k, g.trans_a);
    const double factor = alpha_in_b ? 1 : g.alpha;
    const Operand rows = g.trans_a || factor != 1 ? contiguous(lower, a, factor) : a.operand;
    const Addend c = lower_addend(lower, g);
    call_gemm(lower, rows, panels, c.bias, g.m, g.n, g.k, c.matrix);
}

// ---- MatMul ----

bool has_bias(const NodeView& view)
{
    return view.int_attribute("bias", 0) != 0;
}

void infer_matmul(Infer& infer)
{
    infer.require_inputs(2, 4);
    only_attributes(infer, {});
    if (Fused::own_inputs(infer) > (has_bias(infer) ? 3 : 2)) {
        NodeView::fail("has more than two inputs");
    }
    require_product_types(infer);
    const MatMulShape s = matmul_shape(infer.shape(0), infer.shape(1));
    if (s.batch.size() > 4) {
        NodeView::fail("the batch dimensions of " + to_string(infer.shape(0)) + " and " + to_string(infer.shape(1)) +
                       " broadcast in a way that needs more than four loops");
    }
    if (has_bias(infer) && infer.has(2)) {
        infer.require_same_type(0, 2);
        require_equal(infer.shape(2).back(), s.n, "columns and elements of the bias");
    }
    check_residual(infer, s.out);
    infer.set(0, infer.dtype(0), s.out);
}

/// Bytes that matmul wants as scratch.
Dim scratch_bytes(const MatMulShape& s, DType type)
{
    if (type == DType::f32 && (s.n == Dim{1} || s.m == Dim{1})) {
        return 0;
    }
    return ceil_div(s.n, gemm_nr) * s.k * gemm_nr * compute_size(type);
}

Field batch_field(const char* name, const MatMulShape& s, const Dim& none, Dim Batch::* member)
{
    std::vector<Dim> list(4 - s.batch.size(), none);
    for (const Batch& batch : s.batch) {
        list.push_back(batch.*member);
    }
    return {name, std::move(list)};
}

void call_matmul(Lower& lower, const MatMulShape& s, const std::vector<Operand>& more)
{
    const DType type = lower.dtype(0);
    const Dim bytes = scratch_bytes(s, type);
    const Operand scratch = bytes == Dim{0} ? Operand{} : lower.temporary(compute_type(type), bytes);
    auto call = lower.call("matmul", "kernels/gemm.hpp")
                    .read(lower.operand(0))
                    .read(lower.operand(1))
                    .write(lower.result(0))
                    .extents({batch_field("batch", s, 1, &Batch::extent),
                              {"m", s.m},
                              {"n", s.n},
                              {"k", s.k},
                              batch_field("a_batch", s, 0, &Batch::a_stride),
                              {"a_row", s.k},
                              {"a_col", Dim{1}},
                              batch_field("b_batch", s, 0, &Batch::b_stride),
                              {"b_row", s.n},
                              {"b_col", Dim{1}},
                              {"out_batch", {0, 0, 0, 0}},
                              {"out_row", s.n}})
                    .write(scratch);
    add_epilogue(lower, call, more);
    if (Fused{lower}.any() || !more.empty()) {
        return;
    }
    call.host([type](const HostCall& host) {
        dispatch_product(type, [&]<class T>() {
            matmul(host.in<T>(0), host.in<T>(1), host.out<T>(2), host.extents<matmul_extents>(),
                   host.out<compute_t<T>>(3));
        });
    });
}

void lower_matmul(Lower& lower)
{
    MatMulShape s = matmul_shape(lower.shape(0), lower.shape(1));
    const bool bias = has_bias(lower) && lower.has(2);
    if (s.b_repeats) {
        // All rows of all batches meet the same b.
        for (const Batch& batch : s.batch) {
            s.m *= batch.extent;
        }
        s.batch.clear();
        if (bias || lower.in(1).is_constant()) {
            const Matrix b = matrix(lower, 1, s.k, s.n, false);
            call_gemm(lower, lower.operand(0), packed(lower, b, 1), bias ? lower.operand(2) : Operand{}, s.m, s.n, s.k,
                      {});
            return;
        }
    }
    std::vector<Operand> more;
    if (bias) {
        Dim rows = s.m;
        for (const Batch& batch : s.batch) {
            rows *= batch.extent;
        }
        more.push_back(contiguous(lower, {.operand = lower.operand(2),
                                          .dtype = lower.dtype(2),
                                          .rows = rows,
                                          .cols = s.n,
                                          .row_stride = 0,
                                          .col_stride = 1}));
    }
    call_matmul(lower, s, more);
}

}  // namespace

std::span<const Operator> gemm_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Gemm", .infer = infer_gemm, .lower = lower_gemm, .epilogue = Epilogue::residual},
        {.type = "MatMul", .infer = infer_matmul, .lower = lower_matmul, .epilogue = Epilogue::residual},
    };
    return rows;
}

}  // namespace wasminfer::gen
