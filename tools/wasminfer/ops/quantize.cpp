// Between floating point and integers: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
#include <wasminfer/kernels/quantize.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

constexpr TypeSet quantized_types = set_of(DType::u8, DType::i8, DType::u16, DType::i16);
constexpr TypeSet scale_types = set_of(DType::f32, DType::f16);

/// The types that a zero point can have at an opset. int32 is DequantizeLinear's alone, which then has no zero point.
TypeSet quantized_types_at(std::int64_t opset)
{
    return opset >= 21 ? quantized_types : set_of(DType::u8, DType::i8);
}

/// Opset 19 gave QuantizeLinear scales of int32.
TypeSet quantizing_scales_at(std::int64_t opset)
{
    return opset >= 19 ? scale_types | set_of(DType::i32) : scale_types;
}

/// How scales spread over the elements: one for all, one for each slice of an axis (opset 13), or one for each block of
/// an axis (opset 21).
std::vector<Field> scale_fields(const NodeView& view)
{
    const Shape& x = view.shape(0);
    const Shape& scale = view.shape(1);
    const bool one = element_count(scale) == Dim{1} && scale.size() <= 1;
    const bool fits = !view.has(2) || view.shape(2) == scale || (one && element_count(view.shape(2)) == Dim{1});
    if (!fits) {
        NodeView::fail("scale and zero point have different shapes: " + to_string(scale) + " and " +
                       to_string(view.shape(2)));
    }
    const auto fields = [](const Dim& outer, const Dim& axis, const Dim& inner, const Dim& block, const Dim& by_outer,
                           const Dim& by_axis, const Dim& by_inner) {
        return std::vector<Field>{
            {"outer", outer},          {"axis", axis},          {"inner", inner},         {"block", block},
            {"scale_outer", by_outer}, {"scale_axis", by_axis}, {"scale_inner", by_inner}};
    };
    if (one) {
        return fields(1, 1, element_count(x), 1, 0, 0, 0);
    }
    if (view.opset() < 13) {
        NodeView::fail("a scale of shape " + to_string(scale) + " needs opset 13; before, it is one number");
    }
    const auto position = NodeView::normalize_axis(view.int_attribute("axis", 1), static_cast<std::int64_t>(x.size()));
    const auto at = static_cast<std::size_t>(position);
    Dim outer = 1;
    Dim inner = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
        outer = i < at ? outer * x[i] : outer;
        inner = i > at ? inner * x[i] : inner;
    }
    if (scale.size() == 1) {
        if (!(scale[0] == x[at])) {
            NodeView::fail("a scale of shape " + to_string(scale) + " does not fit axis " + std::to_string(position) +
                           " of " + to_string(x));
        }
        return fields(outer, x[at], inner, 1, 0, 1, 0);
    }
    const auto block = view.int_attribute("block_size", 0);
    if (block <= 0 || scale.size() != x.size()) {
        NodeView::fail("a scale of shape " + to_string(scale) + " for " + to_string(x) +
                       " needs the attribute block_size");
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Dim expected = i == at ? ceil_div(x[i], block) : x[i];
        if (!(scale[i] == expected)) {
            NodeView::fail("a scale of shape " + to_string(scale) + " does not fit blocks of " + std::to_string(block) +
                           " on axis " + std::to_string(position) + " of " + to_string(x));
        }
    }
    return fields(outer, x[at], inner, block, scale[at] * inner, inner, 1);
}

/// The output's element type: the zero point's, or the attribute's (opset 21), or uint8.
DType quantized_type(const NodeView& view)
{
    if (view.has(2)) {
        return view.dtype(2);
    }
    switch (view.int_attribute("output_dtype", 0)) {
    case 0:
    case 2: return DType::u8;
    case 3: return DType::i8;
    case 4: return DType::u16;
    case 5: return DType::i16;
    default: NodeView::fail("output_dtype is none of uint8, int8, uint16 and int16");
    }
}

/// Opset 13 brought the axis, 19 saturate (of float8 alone), 21 blocks and output_dtype, 23 precision.
void check_attributes(const NodeView& view)
{
    if (view.opset() < 13) {
        only_attributes(view, {});
    } else if (view.opset() < 19) {
        only_attributes(view, {"axis"});
    } else if (view.opset() < 21) {
        only_attributes(view, {"axis", "saturate"});
    } else {
        only_attributes(view, {"axis", "block_size", "output_dtype", "precision", "saturate"});
    }
}

/// The type in which the quotient is rounded: the attribute's (opset 23), or the scale's. A quotient of integers has a
/// fraction to be rounded: f64 has all of it that matters.
DType precision(const NodeView& view)
{
    const bool told = view.int_attribute("precision", 0) != 0;
    if (!told && view.dtype(1) == DType::i32) {
        return DType::f64;
    }
    const DType type = told ? onnx_type(view, "precision") : view.dtype(1);
    if (!contains(scale_types, type)) {
        NodeView::fail("a precision of " + std::string{name(type)} + " is not supported");
    }
    return type;
}

void infer_quantize(Infer& infer)
{
    infer.require_inputs(2, 3);
    check_attributes(infer);
    require_in(infer, 0, scale_types | set_of(DType::i32));
    require_in(infer, 1, quantizing_scales_at(infer.opset()));
    const DType type = quantized_type(infer);
    if (!contains(quantized_types_at(infer.opset()), type)) {
        NodeView::fail("quantising to " + std::string{name(type)} + " is not supported at opset " +
                       std::to_string(infer.opset()));
    }
    if (infer.has(2) && infer.int_attribute("output_dtype", 0) != 0 && onnx_type(infer, "output_dtype") != type) {
        NodeView::fail("output_dtype is not the zero point's type");
    }
    precision(infer);
    scale_fields(infer);
    infer.set(0, type, infer.shape(0));
}

void lower_quantize(Lower& lower)
{
    Operand zero = lower.operand(2);
    zero.dtype = quantized_type(lower);
    const DType rounded = precision(lower);
    lower.call("quantize_linear", "kernels/quantize.hpp")
        .templates(std::string{cpp_type(rounded)})
        .read(lower.operand(0))
        .read(lower.operand(1))
        .read(zero)
        .write(lower.result(0))
        .extents(scale_fields(lower))
        .host([rounded](const HostCall& host) {
            dispatch_in<scale_types | set_of(DType::i32)>(host.dtypes[0], [&]<class In>() {
                dispatch_in<scale_types | set_of(DType::i32)>(host.dtypes[1], [&]<class Scale>() {
                    dispatch_in<quantized_types>(host.dtypes[3], [&]<class Out>() {
                        dispatch_float(rounded, [&]<class Precision>() {
                            quantize_linear<Precision>(host.in<In>(0), host.in<Scale>(1), host.in<Out>(2),
                                                       host.out<Out>(3), host.extents<quantize_extents>());
                        });
                    });
                });
            });
        });
}

/// The scale's type, or (opset 23) the attribute's.
DType dequantized_type(const NodeView& view)
{
    const DType type = view.opset() < 23 || view.int_attribute("output_dtype", 0) == 0
                           ? view.dtype(1)
                           : onnx_type(view, "output_dtype");
    if (!contains(scale_types, type)) {
        NodeView::fail("dequantising to " + std::string{name(type)} + " is not supported");
    }
    return type;
}

void infer_dequantize(Infer& infer)
{
    infer.require_inputs(2, 3);
    check_attributes(infer);
    require_in(infer, 0, quantized_types_at(infer.opset()) | set_of(DType::i32));
    require_in(infer, 1, scale_types);
    if (infer.has(2)) {
        infer.require_same_type(0, 2);
    }
    scale_fields(infer);
    infer.set(0, dequantized_type(infer), infer.shape(0));
}

void lower_dequantize(Lower& lower)
{
    Operand zero = lower.operand(2);
    zero.dtype = lower.dtype(0);
    lower.call("dequantize_linear", "kernels/quantize.hpp")
        .read(lower.operand(0))
        .read(lower.operand(1))
        .read(zero)
        .write(lower.result(0))
        .extents(scale_fields(lower))
        .host([](const HostCall& host) {
            dispatch_in<quantized_types | set_of(DType::i32)>(host.dtypes[0], [&]<class In>() {
                dispatch_in<scale_types>(host.dtypes[1], [&]<class Scale>() {
                    dispatch_in<scale_types>(host.dtypes[3], [&]<class Out>() {
                        dequantize_linear(host.in<In>(0), host.in<Scale>(1), host.in<In>(2), host.out<Out>(3),
                                          host.extents<quantize_extents>());
                    });
                });
            });
        });
}

void infer_dynamic_quantize(Infer& infer)
{
    infer.require_inputs(1, 1);
    infer.require_types(0, {DType::f32});
    infer.set(0, DType::u8, infer.shape(0));
    infer.set(1, DType::f32, {});
    infer.set(2, DType::u8, {});
}

/// The output, or bytes that nobody reads: the kernel computes all three.
Operand result_or_scratch(Lower& lower, std::size_t output, DType dtype, std::int64_t bytes)
{
    return lower.has_output(output) ? lower.result(output) : lower.temporary(dtype, bytes);
}

void lower_dynamic_quantize(Lower& lower)
{
    lower.call("dynamic_quantize_linear", "kernels/quantize.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .write(result_or_scratch(lower, 1, DType::f32, 4))
        .write(result_or_scratch(lower, 2, DType::u8, 1))
        .extents({{"n", element_count(lower.shape(0))}})
        .host([](const HostCall& host) {
            dynamic_quantize_linear(host.in<float>(0), host.out<std::uint8_t>(1), host.out<float>(2),
                                    host.out<std::uint8_t>(3), host.extents<dynamic_quantize_extents>());
        });
}

const Operator rows[] = {
    {.type = "DequantizeLinear", .since = 10, .infer = infer_dequantize, .lower = lower_dequantize},
    {.type = "DynamicQuantizeLinear", .since = 11, .infer = infer_dynamic_quantize, .lower = lower_dynamic_quantize},
    {.type = "QuantizeLinear", .since = 10, .infer = infer_quantize, .lower = lower_quantize},
};

}  // namespace

std::span<const Operator> quantize_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
