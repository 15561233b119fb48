// Convolutions of 8-bit images: ConvInteger, whose result is int32, and QLinearConv, whose result is 8-bit again. Layouts
// as in conv.cpp: the kernels read and write channels-last, W keeps ONNX's order and is packed here.
#include <wasminfer/kernels/integer_depthwise.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/conv_geometry.hpp"
#include "ops/operator.hpp"
#include "ops/quantized.hpp"

namespace wasminfer::gen {

namespace {

/// Where an operator has its inputs.
struct Inputs {
    std::size_t w, x_zero, w_zero;
};

constexpr Inputs of_conv_integer{.w = 1, .x_zero = 2, .w_zero = 3};
constexpr Inputs of_qlinear_conv{.w = 3, .x_zero = 2, .w_zero = 5};

ConvGeometry checked_geometry(const NodeView& view, const Inputs& inputs)
{
    require_in(view, 0, byte_types);
    require_in(view, inputs.w, byte_types);
    require_zero_type(view, inputs.x_zero, view.dtype(0));
    require_zero_type(view, inputs.w_zero, view.dtype(inputs.w));
    require_one(view, inputs.x_zero, "zero point of the input");
    return conv_geometry(view, inputs.w);
}

index taps_of(const ConvGeometry& g)
{
    index taps = 1;
    for (const auto extent : g.windows.window) {
        taps *= static_cast<index>(extent);
    }
    return taps;
}

/// Whether the depthwise kernel serves.
bool depthwise(const ConvGeometry& g)
{
    return g.depthwise() && g.in_channels == g.out_channels && taps_of(g) <= integer_depthwise_taps;
}

conv_pack_extents pack_extents(const ConvGeometry& g)
{
    conv_pack_extents e{.out = static_cast<index>(g.out_channels),
                        .in = static_cast<index>(g.in_channels / g.groups),
                        .groups = static_cast<index>(g.groups)};
    std::ranges::copy(g.windows.window, e.window + 3 - g.windows.rank());
    return e;
}

Operand packed_panels(Lower& lower, const Inputs& inputs, const ConvGeometry& g)
{
    const conv_pack_extents e = pack_extents(g);
    const Value& w = lower.in(inputs.w);
    const index size = integer_conv_packed_size(e);
    if (w.is_constant()) {
        std::vector<std::int8_t> panels(static_cast<std::size_t>(size));
        dispatch_in<byte_types>(w.dtype,
                                [&]<class T>() { pack_integer_conv(w.constant->as<T>().data(), panels.data(), e); });
        return lower.weight(w.name, DType::i8, panels);
    }
    const Operand panels = lower.temporary(DType::i8, size);
    lower.call("pack_integer_conv", "kernels/integer_pack.hpp")
        .read(lower.operand(inputs.w))
        .write(panels)
        .extents(
            {{"out", e.out}, {"in", e.in}, {"window", {e.window[0], e.window[1], e.window[2]}}, {"groups", e.groups}})
        .host([type = w.dtype](const HostCall& host) {
            dispatch_in<byte_types>(type, [&]<class T>() {
                pack_integer_conv(host.in<T>(0), host.out<std::int8_t>(1), host.extents<conv_pack_extents>());
            });
        });
    return panels;
}

/// Weights of the depthwise kernel, less their zero point: packed here where both are constant.
Operand packed_depthwise(Lower& lower, const Inputs& inputs, const ConvGeometry& g, std::int64_t w_step)
{
    const integer_depthwise_pack_extents e{
        .c = static_cast<index>(g.out_channels), .taps = taps_of(g), .w_step = static_cast<index>(w_step)};
    const Value& w = lower.in(inputs.w);
    const index size = integer_depthwise_packed_size(e);
    if (w.is_constant() && (!lower.has(inputs.w_zero) || lower.in(inputs.w_zero).is_constant())) {
        std::vector<std::int16_t> packed(static_cast<std::size_t>(size));
        dispatch_in<byte_types>(w.dtype, [&]<class T>() {
            const auto zeros = lower.has(inputs.w_zero) ? lower.in(inputs.w_zero).constant->as<T>() : std::vector<T>{};
            pack_integer_depthwise(w.constant->as<T>().data(), zeros.empty() ? nullptr : zeros.data(), packed.data(),
                                   e);
        });
        return lower.weight(w.name, DType::i16, packed);
    }
    const Operand packed = lower.temporary(DType::i16, size * 2);
    lower.call("pack_integer_depthwise", "kernels/integer_depthwise.hpp")
        .read(lower.operand(inputs.w))
        .read(lower.operand(inputs.w_zero))
        .write(packed)
        .extents({{"c", e.c}, {"taps", e.taps}, {"w_step", e.w_step}})
        .host([type = w.dtype](const HostCall& host) {
            dispatch_in<byte_types>(type, [&]<class T>() {
                pack_integer_depthwise(host.in<T>(0), host.in<T>(1), host.out<std::int16_t>(2),
                                       host.extents<integer_depthwise_pack_extents>());
            });
        });
    return packed;
}

std::vector<Field> fields(const ConvGeometry& g, std::int64_t w_step)
{
    if (!g.layout.channels_last) {
        throw std::logic_error{"a convolution is lowered that the pass channels_last has not seen"};
    }
    const Windows& w = g.windows;
    return {{"batch", g.batch},
            {"in", with_channels(three_axes(w.in, 1), g.in_channels)},
            {"out", with_channels(three_axes(w.out, 1), g.out_channels)},
            {"window", three_axes(dims(w.window), 1)},
            {"stride", three_axes(dims(w.stride), 1)},
            {"pad", three_axes(w.pad, 0)},
            {"dilation", three_axes(dims(w.dilation), 1)},
            {"groups", g.groups},
            {"w_step", w_step}};
}

const std::initializer_list<std::string_view> conv_attributes{"auto_pad",     "dilations", "group",
                                                              "kernel_shape", "pads",      "strides"};

// ---- ConvInteger: x, w, x_zero_point, w_zero_point ----

std::int64_t integer_step(const NodeView& view, const ConvGeometry& g)
{
    return spread(view, of_conv_integer.w_zero, g.out_channels, "zero point of the weights");
}

void infer_conv_integer(Infer& infer)
{
    infer.require_inputs(2, 4);
    only_attributes(infer, conv_attributes);
    const ConvGeometry g = checked_geometry(infer, of_conv_integer);
    integer_step(infer, g);
    infer.set(0, DType::i32, g.layout.join(g.batch, g.out_channels, g.windows.out));
}

void lower_conv_integer(Lower& lower)
{
    const ConvGeometry g = checked_geometry(lower, of_conv_integer);
    const auto step = integer_step(lower, g);
    const DType x = lower.dtype(0);
    const DType w = lower.dtype(1);
    if (depthwise(g)) {
        const Operand packed = packed_depthwise(lower, of_conv_integer, g, step);
        lower.call("depthwise_integer", "kernels/integer_depthwise.hpp")
            .read(lower.operand(0))
            .read(lower.operand(2))
            .read(packed)
            .write(lower.result(0))
            .extents(fields(g, step))
            .host([x](const HostCall& host) {
                dispatch_in<byte_types>(x, [&]<class X>() {
                    depthwise_integer(host.in<X>(0), host.in<X>(1), host.in<std::int16_t>(2), host.out<std::int32_t>(3),
                                      host.extents<integer_conv_extents>());
                });
            });
        return;
    }
    const Operand panels = packed_panels(lower, of_conv_integer, g);
    lower.call("conv_integer", "kernels/integer_conv.hpp")
        .templates(type_argument(w))
        .read(lower.operand(0))
        .read(lower.operand(2))
        .read(panels)
        .read(lower.operand(3))
        .write(lower.result(0))
        .extents(fields(g, step))
        .host([x, w](const HostCall& host) {
            dispatch_in<byte_types>(x, [&]<class X>() {
                dispatch_in<byte_types>(w, [&]<class W>() {
                    conv_integer<W>(host.in<X>(0), host.in<X>(1), host.in<std::int8_t>(2), host.in<W>(3),
                                    host.out<std::int32_t>(4), host.extents<integer_conv_extents>());
                });
            });
        });
}

// ---- QLinearConv: x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B ----

/// 1 where the weights have a scale for each output channel; their zero points then have as many.
std::int64_t qlinear_step(const NodeView& view, const ConvGeometry& g)
{
    const auto step = spread(view, 4, g.out_channels, "scale of the weights");
    if (spread(view, 5, g.out_channels, "zero point of the weights") != step) {
        NodeView::fail("the weights' scale and zero point have different shapes: " + to_string(view.shape(4)) +
                       " and " + to_string(view.shape(5)));
    }
    return step;
}

void infer_qlinear_conv(Infer& infer)
{
    infer.require_inputs(8, 9);
    only_attributes(infer, conv_attributes);
    const ConvGeometry g = checked_geometry(infer, of_qlinear_conv);
    for (const std::size_t scale : {std::size_t{1}, std::size_t{4}, std::size_t{6}}) {
        infer.require_types(scale, {DType::f32});
    }
    require_in(infer, 7, byte_types);
    require_one(infer, 1, "scale of the input");
    require_one(infer, 6, "scale of the output");
    require_one(infer, 7, "zero point of the output");
    qlinear_step(infer, g);
    if (infer.has(8)) {
        infer.require_types(8, {DType::i32});
        if (infer.rank(8) != 1) {
            NodeView::fail("the bias has to be a vector");
        }
        require_equal(infer.shape(8)[0], g.out_channels, "output channels and elements of the bias");
    }
    infer.set(0, infer.dtype(7), g.layout.join(g.batch, g.out_channels, g.windows.out));
}

void lower_qlinear_depthwise(Lower& lower, const ConvGeometry& g, std::int64_t step)
{
    const Operand packed = packed_depthwise(lower, of_qlinear_conv, g, step);
    const Operand scratch = lower.temporary(DType::f32, (g.out_channels + 8) * 4);
    lower.call("qlinear_depthwise", "kernels/integer_depthwise.hpp")
        .read(lower.operand(0))
        .read(lower.operand(1))
        .read(lower.operand(2))
        .read(packed)
        .read(lower.operand(4))
        .read(lower.operand(6))
        .read(lower.operand(7))
        .read(lower.operand(8))
        .write(lower.result(0))
        .extents(fields(g, step))
        .write(scratch)
        .host([x = lower.dtype(0), y = lower.dtype(7)](const HostCall& host) {
            dispatch_in<byte_types>(x, [&]<class X>() {
                dispatch_in<byte_types>(y, [&]<class Y>() {
                    qlinear_depthwise(host.in<X>(0), host.in<float>(1), host.in<X>(2), host.in<std::int16_t>(3),
                                      host.in<float>(4), host.in<float>(5), host.in<Y>(6), host.in<std::int32_t>(7),
                                      host.out<Y>(8), host.extents<integer_conv_extents>(), host.out<float>(9));
                });
            });
        });
}

void lower_qlinear_conv(Lower& lower)
{
    const ConvGeometry g = checked_geometry(lower, of_qlinear_conv);
    const auto step = qlinear_step(lower, g);
    if (depthwise(g)) {
        lower_qlinear_depthwise(lower, g, step);
        return;
    }
    const DType w = lower.dtype(3);
    const Operand panels = packed_panels(lower, of_qlinear_conv, g);
    call_qlinear(lower, "qlinear_conv", "kernels/integer_conv.hpp", panels)
        .read(lower.operand(8))
        .write(lower.result(0))
        .extents(fields(g, step))
        .host([x = lower.dtype(0), w, y = lower.dtype(7)](const HostCall& host) {
            dispatch_in<byte_types>(x, [&]<class X>() {
                dispatch_in<byte_types>(w, [&]<class W>() {
                    dispatch_in<byte_types>(y, [&]<class Y>() {
                        qlinear_conv<W>(host.in<X>(0), host.in<float>(1), host.in<X>(2), host.in<std::int8_t>(3),
                                        host.in<float>(4), host.in<W>(5), host.in<float>(6), host.in<Y>(7),
                                        host.in<std::int32_t>(8), host.out<Y>(9), host.extents<integer_conv_extents>());
                    });
                });
            });
        });
}

const Operator rows[] = {
    {.type = "ConvInteger",
     .since = 10,
     .infer = infer_conv_integer,
     .lower = lower_conv_integer,
     .channels_last = ChannelsLast::required},
    {.type = "QLinearConv",
     .since = 10,
     .infer = infer_qlinear_conv,
     .lower = lower_qlinear_conv,
     .channels_last = ChannelsLast::required},
};

}  // namespace

std::span<const Operator> quantized_conv_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
