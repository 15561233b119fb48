// ONNX Runtime's operators on 8-bit tensors, element by element: QLinearAdd, QLinearMul, QLinearSigmoid, QLinearLeakyRelu,
// QLinearConcat, QLinearSoftmax. Scales and zero points have to be constants; functions of one element become tables.
#include <wasminfer/kernels/quantized_elementwise.hpp>
#include <wasminfer/math.hpp>

#include "ops/attributes.hpp"
#include "ops/elementwise_words.hpp"
#include "ops/operator.hpp"
#include "ops/quantized.hpp"

namespace wasminfer::gen {

namespace {

constexpr const char* kernels = "kernels/quantized_elementwise.hpp";

/// Types of an operand at `x`, its scale and zero point behind it.
void require_operand(const NodeView& view, std::size_t x, std::size_t scale, DType type)
{
    view.require_types(x, {type});
    require_zero_type(view, scale + 1, type);
    constant_quantization(view, scale);
}

// ---- QLinearAdd, QLinearMul: A, A_scale, A_zero_point, B, B_scale, B_zero_point, C_scale, C_zero_point ----

void infer_binary(Infer& infer)
{
    infer.require_inputs(7, 8);
    only_attributes(infer, {});
    require_in(infer, 0, byte_types);
    require_operand(infer, 0, 1, infer.dtype(0));
    require_operand(infer, 3, 4, infer.dtype(0));
    require_zero_type(infer, 7, infer.dtype(0));
    constant_quantization(infer, 6);
    infer.set(0, infer.dtype(0), broadcast(infer.shape(0), infer.shape(3)));
}

/// The functor as it stands in generated code, and for runs in the generator.
template <class Make>
void lower_walk(Lower& lower, const std::string& word, const std::string& members, Make make)
{
    const DType type = lower.dtype(0);
    const Value& out = lower.out(0);
    auto call = lower_binary(lower, out, lower.operand(0), lower.shape(0), lower.operand(3), lower.shape(3),
                             word + "<" + type_argument(type) + ">{" + members + "}",
                             [type, make](const HostCall& host, const BroadcastNumbers& numbers) {
                                 dispatch_in<byte_types>(type, [&]<class T>() {
                                     run_binary<T, T, T>(host, numbers, make.template operator()<T>());
                                 });
                             });
    lower.steps().back().call.header = kernels;
    if (lower.shape(0) == *out.shape) {
        call.in_place(out, lower.in(0));
    }
}

std::string list(const std::vector<std::string>& members)
{
    std::string text;
    for (const auto& member : members) {
        text += (text.empty() ? "" : ", ") + member;
    }
    return text;
}

void lower_add(Lower& lower)
{
    const Quantization a = constant_quantization(lower, 1);
    const Quantization b = constant_quantization(lower, 4);
    const Quantization c = constant_quantization(lower, 6);
    const float x = a.scale / c.scale;
    const float y = b.scale / c.scale;
    lower_walk(lower, "qlinear_sum",
               list({literal(x), literal(y), std::to_string(a.zero), std::to_string(b.zero), std::to_string(c.zero)}),
               [=]<class T>() { return qlinear_sum<T>{x, y, a.zero, b.zero, c.zero}; });
}

void lower_mul(Lower& lower)
{
    const Quantization a = constant_quantization(lower, 1);
    const Quantization b = constant_quantization(lower, 4);
    const Quantization c = constant_quantization(lower, 6);
    const float ratio = a.scale * b.scale / c.scale;
    lower_walk(lower, "qlinear_product",
               list({literal(ratio), std::to_string(a.zero), std::to_string(b.zero), std::to_string(c.zero)}),
               [=]<class T>() { return qlinear_product<T>{ratio, a.zero, b.zero, c.zero}; });
}

// ---- functions of one element: X, X_scale, X_zero_point, Y_scale, Y_zero_point ----

void infer_unary(Infer& infer, std::initializer_list<std::string_view> attributes)
{
    infer.require_inputs(4, 5);
    only_attributes(infer, attributes);
    require_in(infer, 0, byte_types);
    require_operand(infer, 0, 1, infer.dtype(0));
    require_zero_type(infer, 4, infer.dtype(0));
    constant_quantization(infer, 3);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void infer_sigmoid(Infer& infer)
{
    infer_unary(infer, {});
}

void infer_leaky_relu(Infer& infer)
{
    infer_unary(infer, {"alpha"});
}

/// f of all 256 elements: from steps of `from` to steps of `to`.
template <class F>
Operand byte_table(Lower& lower, DType type, const Quantization& from, const Quantization& to, F f)
{
    Operand table;
    dispatch_in<byte_types>(type, [&]<class T>() {
        std::vector<T> entries(256);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const int x = static_cast<int>(i) - (std::is_signed_v<T> && i > 127 ? 256 : 0);
            const float y = f(static_cast<float>(x - from.zero) * from.scale);
            entries[i] = wasminfer::detail::saturate_round<T>(y / to.scale, to.zero);
        }
        table = lower.weight(lower.out(0).name + "_table", type, entries);
    });
    return table;
}

CallBuilder call_map(Lower& lower, const Operand& in, const Operand& table, const Operand& out, const Dim& rows,
                     const Dim& row, const Dim& step)
{
    return lower.call("map_bytes", kernels)
        .read(in)
        .read(table)
        .write(out)
        .extents({{"rows", rows}, {"row", row}, {"step", step}})
        .host([type = in.dtype](const HostCall& host) {
            dispatch_in<byte_types>(type, [&]<class T>() {
                map_bytes(host.in<T>(0), host.in<T>(1), host.out<T>(2), host.extents<map_bytes_extents>());
            });
        });
}

template <class F>
void lower_unary(Lower& lower, F f)
{
    const Operand table =
        byte_table(lower, lower.dtype(0), constant_quantization(lower, 1), constant_quantization(lower, 3), f);
    const Dim count = element_count(lower.shape(0));
    call_map(lower, lower.operand(0), table, lower.result(0), 1, count, count).in_place(lower.out(0), lower.in(0));
}

void lower_sigmoid(Lower& lower)
{
    lower_unary(lower, [](float x) { return math::sigmoid(x); });
}

void lower_leaky_relu(Lower& lower)
{
    lower_unary(lower, [alpha = lower.float_attribute("alpha", 0.01f)](float x) { return x < 0 ? alpha * x : x; });
}

// ---- QLinearConcat: Y_scale, Y_zero_point, then X, X_scale, X_zero_point for each input ----

void infer_concat(Infer& infer)
{
    infer.require_inputs(5, 1 << 16);
    only_attributes(infer, {"axis"});
    if (infer.input_count() % 3 != 2) {
        NodeView::fail("has " + std::to_string(infer.input_count()) + " inputs, which are not two and three a tensor");
    }
    require_in(infer, 1, byte_types);
    const DType type = infer.dtype(1);
    constant_quantization(infer, 0);
    Shape shape = infer.shape(2);
    const auto axis = static_cast<std::size_t>(
        NodeView::normalize_axis(infer.int_attribute("axis"), static_cast<std::int64_t>(shape.size())));
    for (std::size_t i = 2; i < infer.input_count(); i += 3) {
        require_operand(infer, i, i + 1, type);
        const Shape& x = infer.shape(i);
        Shape expected = shape;
        if (x.size() == shape.size()) {
            expected[axis] = x[axis];
        }
        if (!(x == expected)) {
            NodeView::fail("tensors of shapes " + to_string(shape) + " and " + to_string(x) + " don't fit on axis " +
                           std::to_string(axis));
        }
        if (i > 2) {
            shape[axis] = shape[axis] + x[axis];
        }
    }
    infer.set(0, type, shape);
}

void lower_concat(Lower& lower)
{
    const Shape& out = *lower.out(0).shape;
    const auto axis = static_cast<std::size_t>(
        NodeView::normalize_axis(lower.int_attribute("axis"), static_cast<std::int64_t>(out.size())));
    const Dim outer = element_count({out.begin(), out.begin() + static_cast<std::ptrdiff_t>(axis)});
    const Dim step = element_count({out.begin() + static_cast<std::ptrdiff_t>(axis), out.end()});
    const Quantization to = constant_quantization(lower, 0);
    Dim at = 0;
    for (std::size_t i = 2; i < lower.input_count(); i += 3) {
        const Shape& x = lower.shape(i);
        const Dim row = element_count({x.begin() + static_cast<std::ptrdiff_t>(axis), x.end()});
        const Operand table =
            byte_table(lower, lower.dtype(1), constant_quantization(lower, i + 1), to, [](float v) { return v; });
        Operand slice = lower.result(0);
        slice.byte_offset = at;
        call_map(lower, lower.operand(i), table, slice, outer, row, step);
        at += row;
    }
}

// ---- QLinearSoftmax: X, X_scale, x_zero_point, y_scale, y_zero_point ----

/// The attribute opset is that of the Softmax that it stands for: before 13, all axes from `axis` on are one.
bool one_axis(const NodeView& view)
{
    return view.int_attribute("opset") >= 13;
}

void infer_softmax(Infer& infer)
{
    infer_unary(infer, {"axis", "opset"});
    one_axis(infer);
    NodeView::normalize_axis(infer.int_attribute("axis", -1), infer.rank(0));
}

void lower_softmax(Lower& lower)
{
    const Shape& x = lower.shape(0);
    const auto axis = NodeView::normalize_axis(lower.int_attribute("axis", -1), static_cast<std::int64_t>(x.size()));
    const Dim outer = element_count({x.begin(), x.begin() + axis});
    const Dim inner = one_axis(lower) ? element_count({x.begin() + axis + 1, x.end()}) : Dim{1};
    const Dim extent = one_axis(lower) ? x[static_cast<std::size_t>(axis)] : element_count({x.begin() + axis, x.end()});
    const Quantization from = constant_quantization(lower, 1);
    const Quantization to = constant_quantization(lower, 3);
    std::vector<float> exponentials(256);
    for (std::size_t d = 0; d < exponentials.size(); ++d) {
        exponentials[d] = math::exp(-static_cast<float>(d) * from.scale);
    }
    lower.call("qlinear_softmax", kernels)
        .read(lower.operand(0))
        .read(lower.weight(lower.out(0).name + "_exponentials", DType::f32, exponentials))
        .write(lower.result(0))
        .extents({{"outer", outer}, {"axis", extent}, {"inner", inner}})
        .text(literal(to.scale))
        .text(std::to_string(to.zero))
        .host([type = lower.dtype(0), to](const HostCall& host) {
            dispatch_in<byte_types>(type, [&]<class T>() {
                qlinear_softmax(host.in<T>(0), host.in<float>(1), host.out<T>(2),
                                host.extents<qlinear_softmax_extents>(), to.scale, to.zero);
            });
        });
}

constexpr std::string_view microsoft = "com.microsoft";

const Operator rows[] = {
    {.type = "QLinearAdd", .infer = infer_binary, .lower = lower_add, .domain = microsoft, .elementwise = true},
    {.type = "QLinearConcat", .infer = infer_concat, .lower = lower_concat, .domain = microsoft},
    {.type = "QLinearLeakyRelu",
     .infer = infer_leaky_relu,
     .lower = lower_leaky_relu,
     .domain = microsoft,
     .elementwise = true},
    {.type = "QLinearMul", .infer = infer_binary, .lower = lower_mul, .domain = microsoft, .elementwise = true},
    {.type = "QLinearSigmoid",
     .infer = infer_sigmoid,
     .lower = lower_sigmoid,
     .domain = microsoft,
     .elementwise = true},
    {.type = "QLinearSoftmax", .infer = infer_softmax, .lower = lower_softmax, .domain = microsoft},
};

}  // namespace

std::span<const Operator> quantized_elementwise_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
