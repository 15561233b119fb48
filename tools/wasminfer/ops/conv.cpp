// Convolutions. X and Y are [N, C, spatial…], or [N, spatial…, C] with the attribute channels_last = 1, which is what
// the kernels read; W keeps ONNX's order and is packed here, by the generator where it is constant.
#include <wasminfer/kernels/conv.hpp>
#include <wasminfer/kernels/conv_few.hpp>
#include <wasminfer/kernels/conv_transpose.hpp>
#include <wasminfer/kernels/depthwise.hpp>
#include <wasminfer/kernels/winograd.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/conv_algorithm.hpp"
#include "ops/conv_geometry.hpp"
#include "ops/epilogue.hpp"
#include "ops/matrix.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

void check_operands(const NodeView& view, const ConvGeometry& g)
{
    view.require_float(0);
    view.require_same_type(0, 1);
    if (Fused::own_inputs(view) > 3) {
        NodeView::fail("has more than the inputs X, W and B");
    }
    if (view.has(2)) {
        view.require_same_type(0, 2);
        if (view.rank(2) != 1) {
            NodeView::fail("the bias has to be a vector");
        }
        require_equal(view.shape(2)[0], g.out_channels, "output channels and elements of the bias");
    }
}

void infer_with(Infer& infer, const ConvGeometry& g)
{
    check_operands(infer, g);
    const Shape shape = g.layout.join(g.batch, g.out_channels, g.windows.out);
    check_residual(infer, shape);
    infer.set(0, infer.dtype(0), shape);
}

/// The same at every opset: 11 only made the defaults of strides and dilations explicit, 22 added bfloat16.
void infer_conv(Infer& infer)
{
    infer.require_inputs(2, 4);
    only_attributes(infer, {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
    infer_with(infer, conv_geometry(infer));
}

void infer_conv_transpose(Infer& infer)
{
    infer.require_inputs(2, 4);
    only_attributes(
        infer, {"auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides"});
    const ConvGeometry g = transposed_geometry(infer);
    // The kernel goes through the remainders modulo the strides one by one.
    constexpr std::int64_t most = 4096;
    std::int64_t phases = 1;
    for (const auto stride : g.windows.stride) {
        phases *= std::min(stride, most + 1);
    }
    if (phases > most) {
        NodeView::fail("strides whose product is above " + std::to_string(most) + " are not supported");
    }
    infer_with(infer, g);
}

// ---- lowering ----

/// The fields that the kernels' extents have in common; one spatial axis is written without braces.
std::vector<Field> image_fields(const ConvGeometry& g, const Windows& w, bool with_window)
{
    const auto field = [&](const char* key, const std::vector<Dim>& list) {
        return list.size() == 1 ? Field{key, list[0]} : Field{key, list};
    };
    std::vector<Field> fields{
        {"batch", g.batch}, {"in", with_channels(w.in, g.in_channels)}, {"out", with_channels(w.out, g.out_channels)}};
    if (with_window) {
        fields.push_back(field("window", dims(w.window)));
        fields.push_back(field("stride", dims(w.stride)));
    }
    fields.push_back(field("pad", w.pad));
    fields.push_back(field("dilation", dims(w.dilation)));
    return fields;
}

Operand packed_weights(Lower& lower, const ConvGeometry& g)
{
    conv_pack_extents e{.out = static_cast<index>(g.out_channels),
                        .in = static_cast<index>(g.in_channels / g.groups),
                        .groups = static_cast<index>(g.groups)};
    const auto& window = g.windows.window;
    std::ranges::copy(window, e.window + 3 - window.size());
    const DType type = lower.dtype(1);
    const index size = conv_packed_size(e);
    if (lower.in(1).is_constant()) {
        return dispatch_float(type, [&]<class T>() {
            std::vector<compute_t<T>> panels(static_cast<std::size_t>(size));
            pack_conv(lower.in(1).constant->as<T>().data(), panels.data(), e);
            return lower.weight(lower.in(1).name, compute_type(type), panels);
        });
    }
    const Operand panels = lower.temporary(compute_type(type), size * static_cast<index>(size_of(compute_type(type))));
    lower.call("pack_conv", "kernels/conv_pack.hpp")
        .read(lower.operand(1))
        .write(panels)
        .extents(
            {{"out", e.out}, {"in", e.in}, {"window", {e.window[0], e.window[1], e.window[2]}}, {"groups", e.groups}})
        .host([type](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                pack_conv(host.in<T>(0), host.out<compute_t<T>>(1), host.extents<conv_pack_extents>());
            });
        });
    return panels;
}

Operand packed_depthwise_weights(Lower& lower, const ConvGeometry& g)
{
    index taps = 1;
    for (const auto extent : g.windows.window) {
        taps *= static_cast<index>(extent);
    }
    const depthwise_pack_extents e{.c = static_cast<index>(g.out_channels), .taps = taps};
    const DType type = lower.dtype(1);
    if (lower.in(1).is_constant()) {
        return dispatch_float(type, [&]<class T>() {
            std::vector<T> taps_first(static_cast<std::size_t>(e.c * e.taps));
            pack_depthwise(lower.in(1).constant->as<T>().data(), taps_first.data(), e);
            return lower.weight(lower.in(1).name, type, taps_first);
        });
    }
    const Operand taps_first = lower.temporary(type, e.c * e.taps * static_cast<index>(size_of(type)));
    lower.call("pack_depthwise", "kernels/depthwise.hpp")
        .read(lower.operand(1))
        .write(taps_first)
        .extents({{"c", e.c}, {"taps", e.taps}})
        .host([type](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                pack_depthwise(host.in<T>(0), host.out<T>(1), host.extents<depthwise_pack_extents>());
            });
        });
    return taps_first;
}

/// The call's arguments up to `out`.
CallBuilder begin_call(Lower& lower, const std::string& function, const std::string& header, const Operand& weights,
                       const Operand& bias)
{
    return lower.call(function, header).read(lower.operand(0)).read(weights).read(bias).write(lower.result(0));
}

CallBuilder begin_call(Lower& lower, const std::string& function, const std::string& header, const Operand& weights)
{
    return begin_call(lower, function, header, weights, lower.operand(2));
}

/// Puts the epilogue behind the call. Without one it can run in the generator: run<T>(host, in, w, bias, out).
template <class Run>
void end_call(Lower& lower, CallBuilder& call, Run run)
{
    add_epilogue(lower, call);
    if (!Fused{lower}.any()) {
        call.host([type = lower.dtype(0), run](const HostCall& host) {
            dispatch_float(type, [&]<class T>() { run.template operator()<T>(host); });
        });
    }
}

template <std::size_t N>
void copy_list(const std::vector<std::int64_t>& from, index (&to)[N])
{
    std::ranges::copy(from, to);
}

void lower_depthwise(Lower& lower, const ConvGeometry& g)
{
    const Windows w = as_plane(g.windows);
    const Operand weights = packed_depthwise_weights(lower, g);
    const bool common = w.common();
    auto call = begin_call(lower, common ? "depthwise2d" : "depthwise2d_any", "kernels/depthwise.hpp", weights);
    if (common) {
        call.templates(structure(w));
    }
    call.extents(image_fields(g, w, !common));
    end_call(lower, call, [common, w]<class T>(const HostCall& host) {
        depthwise2d_any_extents e;
        if (common) {
            const auto s = host.extents<depthwise2d_extents>();
            e = {.batch = s.batch,
                 .in = {s.in[0], s.in[1], s.in[2]},
                 .out = {s.out[0], s.out[1], s.out[2]},
                 .pad = {s.pad[0], s.pad[1]},
                 .dilation = {s.dilation[0], s.dilation[1]}};
            copy_list(w.window, e.window);
            copy_list(w.stride, e.stride);
        } else {
            e = host.extents<depthwise2d_any_extents>();
        }
        depthwise2d_any(host.in<T>(0), host.in<T>(1), host.in<T>(2), host.out<T>(3), e);
    });
}

void lower_conv1d(Lower& lower, const ConvGeometry& g, const Operand& weights)
{
    auto call = begin_call(lower, "conv1d", "kernels/conv.hpp", weights);
    auto fields = image_fields(g, g.windows, true);
    fields.emplace_back("groups", g.groups);
    call.extents(std::move(fields));
    end_call(lower, call, []<class T>(const HostCall& host) {
        conv1d(host.in<T>(0), host.in<compute_t<T>>(1), host.in<T>(2), host.out<T>(3), host.extents<conv1d_extents>());
    });
}

void lower_conv2d(Lower& lower, const ConvGeometry& g, const Operand& weights)
{
    const Windows& w = g.windows;
    const bool common = w.common();
    auto call = begin_call(lower, common ? "conv2d" : "conv2d_any", "kernels/conv.hpp", weights);
    if (common) {
        call.templates(structure(w));
    }
    auto fields = image_fields(g, w, !common);
    fields.emplace_back("groups", g.groups);
    call.extents(std::move(fields));
    end_call(lower, call, [common, w]<class T>(const HostCall& host) {
        conv2d_any_extents e;
        if (common) {
            const auto s = host.extents<conv2d_extents>();
            e = {.batch = s.batch,
                 .in = {s.in[0], s.in[1], s.in[2]},
                 .out = {s.out[0], s.out[1], s.out[2]},
                 .pad = {s.pad[0], s.pad[1]},
                 .dilation = {s.dilation[0], s.dilation[1]},
                 .groups = s.groups};
            copy_list(w.window, e.window);
            copy_list(w.stride, e.stride);
        } else {
            e = host.extents<conv2d_any_extents>();
        }
        conv2d_any(host.in<T>(0), host.in<compute_t<T>>(1), host.in<T>(2), host.out<T>(3), e);
    });
}

template <index MY, index MX>
void lower_winograd(Lower& lower, const ConvGeometry& g, const Windows& plane)
{
    const auto weights = [&] {
        const winograd_pack_extents e{.out = static_cast<index>(g.out_channels),
                                      .in = static_cast<index>(g.in_channels)};
        return dispatch_float(lower.dtype(1), [&]<class T>() {
            std::vector<float> panels(static_cast<std::size_t>(winograd_packed_size<MY, MX>(e)));
            pack_winograd<MY, MX>(lower.in(1).constant->as<T>().data(), panels.data(), e);
            return lower.weight(lower.in(1).name, DType::f32, panels);
        });
    }();
    auto call = begin_call(lower, "conv_winograd", "kernels/winograd.hpp", weights);
    call.templates(std::to_string(MY) + ", " + std::to_string(MX));
    call.extents({{"batch", g.batch},
                  {"in", with_channels(plane.in, g.in_channels)},
                  {"out", with_channels(plane.out, g.out_channels)},
                  {"pad", plane.pad},
                  {"dilation", dims(plane.dilation)}});
    call.write(lower.temporary(DType::f32, winograd_scratch_bytes(g, algorithm_of(lower.node()))));
    end_call(lower, call, []<class T>(const HostCall& host) {
        if constexpr (detail::float_like<T>) {
            conv_winograd<MY, MX>(host.in<T>(0), host.in<float>(1), host.in<T>(2), host.out<T>(3),
                                  host.extents<winograd_extents>(), host.out<float>(4));
        }
    });
}

/// Whether lanes over the window beat lanes over output channels: for 3 channels those are used well in long sums alone.
bool wants_few(const Lower& lower, const ConvGeometry& g)
{
    if (g.groups != 1 || g.out_channels > 3 || g.windows.rank() > 2 || lower.dtype(0) == DType::f64 ||
        !lower.in(1).is_constant()) {
        return false;
    }
    std::int64_t k = g.in_channels;
    for (const auto extent : g.windows.window) {
        k *= extent;
    }
    const std::int64_t line = g.in_channels * (g.windows.dilation.back() == 1 ? g.windows.window.back() : 1);
    if (line % 4 == 0 && lower.dtype(0) == DType::f32) {
        return k >= (g.out_channels < 3 ? 16 : 64);
    }
    return k >= (g.out_channels < 3 ? 64 : 512);
}

void lower_few(Lower& lower, const ConvGeometry& g)
{
    const Windows w = as_plane(g.windows);
    const conv_few_pack_extents e{.out = static_cast<index>(g.out_channels),
                                  .in = static_cast<index>(g.in_channels),
                                  .window = {static_cast<index>(w.window[0]), static_cast<index>(w.window[1])}};
    const Operand weights = dispatch_float(lower.dtype(1), [&]<class T>() {
        std::vector<float> packed(static_cast<std::size_t>(conv_few_packed_size(e)));
        pack_conv_few(lower.in(1).constant->as<T>().data(), packed.data(), e);
        return lower.weight(lower.in(1).name, DType::f32, packed);
    });
    auto call = begin_call(lower, "conv2d_few", "kernels/conv_few.hpp", weights);
    auto fields = image_fields(g, w, true);
    fields.emplace_back("groups", g.groups);
    call.extents(std::move(fields));
    end_call(lower, call, []<class T>(const HostCall& host) {
        if constexpr (detail::float_like<T>) {
            conv2d_few(host.in<T>(0), host.in<float>(1), host.in<T>(2), host.out<T>(3),
                       host.extents<conv2d_any_extents>());
        }
    });
}

void lower_conv3d(Lower& lower, const ConvGeometry& g, const Operand& weights)
{
    auto call = begin_call(lower, "conv3d", "kernels/conv.hpp", weights);
    auto fields = image_fields(g, g.windows, true);
    fields.emplace_back("groups", g.groups);
    call.extents(std::move(fields));
    end_call(lower, call, []<class T>(const HostCall& host) {
        conv3d(host.in<T>(0), host.in<compute_t<T>>(1), host.in<T>(2), host.out<T>(3), host.extents<conv3d_extents>());
    });
}

void require_channels_last(const ConvGeometry& g)
{
    if (!g.layout.channels_last) {
        throw std::logic_error{"a convolution is lowered that the pass channels_last has not seen"};
    }
}

void lower_conv(Lower& lower)
{
    const ConvGeometry g = conv_geometry(lower);
    require_channels_last(g);
    // Three spatial axes have no depthwise kernel: groups of one channel serve.
    if (g.depthwise() && g.windows.rank() < 3) {
        lower_depthwise(lower, g);
        return;
    }
    if (const auto algorithm = algorithm_of(lower.node()); algorithm != ConvAlgorithm::direct) {
        const Windows plane = as_plane(g.windows);
        with_winograd_tile(algorithm, plane.window,
                           [&]<index MY, index MX>() { lower_winograd<MY, MX>(lower, g, plane); });
        return;
    }
    if (wants_few(lower, g)) {
        lower_few(lower, g);
        return;
    }
    const Operand weights = packed_weights(lower, g);
    switch (g.windows.rank()) {
    case 1: lower_conv1d(lower, g, weights); break;
    case 2: lower_conv2d(lower, g, weights); break;
    default: lower_conv3d(lower, g, weights); break;
    }
}

/// Whether the windows of neighbours in a line don't overlap and fill the output's line: what a pixel gives to the line
/// are then the output channels, times as many, of a line as long as the input's.
bool has_joined_columns(const Lower& lower, const ConvGeometry& g)
{
    const Windows& w = g.windows;
    const std::int64_t columns = w.window.back();
    return columns > 1 && w.stride.back() == columns && w.dilation.back() == 1 && g.groups == 1 &&
           w.pad.back() == Dim{0} && w.out.back() == w.in.back() * Dim{columns} && lower.in(1).is_constant() &&
           (!lower.has(2) || lower.in(2).is_constant());
}

/// The geometry so: [H, W * columns, M] is [H, W, columns * M] in memory.
ConvGeometry join_columns(ConvGeometry g)
{
    Windows& w = g.windows;
    g.out_channels *= w.window.back();
    w.window.back() = w.stride.back() = 1;
    w.out.back() = w.in.back();
    return g;
}

/// w[in][M][…][columns] to w[in][columns * M][…][1].
template <class T>
std::vector<T> join_columns(std::span<const T> w, std::size_t channels, std::size_t columns)
{
    std::vector<T> joined;
    joined.reserve(w.size());
    const std::size_t filter = channels ? w.size() / channels : 0;
    for (std::size_t i = 0; i < channels; ++i) {
        const auto of_input = w.subspan(i * filter, filter);
        for (std::size_t column = 0; column < columns; ++column) {
            for (std::size_t at = column; at < filter; at += columns) {
                joined.push_back(of_input[at]);
            }
        }
    }
    return joined;
}

Operand joined_bias(Lower& lower, std::size_t columns)
{
    if (!lower.has(2)) {
        return lower.operand(2);
    }
    return dispatch_float(lower.dtype(2), [&]<class T>() {
        const auto bias = lower.in(2).constant->as<T>();
        std::vector<T> repeated;
        for (std::size_t column = 0; column < columns; ++column) {
            repeated.insert(repeated.end(), bias.begin(), bias.end());
        }
        return lower.weight(lower.in(2).name + "_joined", lower.dtype(2), repeated);
    });
}

/// `columns`: of the window, which are joined.
Operand packed_transposed_weights(Lower& lower, const ConvGeometry& g, std::size_t columns)
{
    conv_transpose_pack_extents e{.in = static_cast<index>(g.in_channels),
                                  .out_of_group = static_cast<index>(g.out_channels / g.groups),
                                  .groups = static_cast<index>(g.groups)};
    const Windows& w = g.windows;
    const std::size_t first = 3 - w.rank();
    std::ranges::copy(w.window, e.window + first);
    std::ranges::copy(w.stride, e.stride + first);
    std::ranges::copy(w.dilation, e.dilation + first);
    const DType type = lower.dtype(1);
    const index size = conv_transpose_packed_size(e);
    if (lower.in(1).is_constant()) {
        return dispatch_float(type, [&]<class T>() {
            std::vector<compute_t<T>> panels(static_cast<std::size_t>(size));
            const auto joined = join_columns<T>(lower.in(1).constant->as<T>(), static_cast<std::size_t>(e.in), columns);
            pack_conv_transpose(joined.data(), panels.data(), e);
            return lower.weight(lower.in(1).name, compute_type(type), panels);
        });
    }
    const Operand panels = lower.temporary(compute_type(type), size * static_cast<index>(size_of(compute_type(type))));
    lower.call("pack_conv_transpose", "kernels/conv_transpose.hpp")
        .read(lower.operand(1))
        .write(panels)
        .extents({{"in", e.in},
                  {"out_of_group", e.out_of_group},
                  {"window", three_axes(dims(w.window), 1)},
                  {"stride", three_axes(dims(w.stride), 1)},
                  {"dilation", three_axes(dims(w.dilation), 1)},
                  {"groups", e.groups}})
        .host([type](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                pack_conv_transpose(host.in<T>(0), host.out<compute_t<T>>(1),
                                    host.extents<conv_transpose_pack_extents>());
            });
        });
    return panels;
}

void lower_conv_transpose(Lower& lower)
{
    ConvGeometry g = transposed_geometry(lower);
    require_channels_last(g);
    const bool joins = has_joined_columns(lower, g);
    const std::size_t columns = joins ? static_cast<std::size_t>(g.windows.window.back()) : 1;
    g = joins ? join_columns(g) : g;
    const Windows& w = g.windows;
    const Operand weights = packed_transposed_weights(lower, g, columns);
    const Operand bias = joins ? joined_bias(lower, columns) : lower.operand(2);
    auto call = begin_call(lower, "conv_transpose", "kernels/conv_transpose.hpp", weights, bias);
    call.extents({{"batch", g.batch},
                  {"in", with_channels(three_axes(w.in, 1), g.in_channels)},
                  {"out", with_channels(three_axes(w.out, 1), g.out_channels)},
                  {"window", three_axes(dims(w.window), 1)},
                  {"stride", three_axes(dims(w.stride), 1)},
                  {"pad", three_axes(w.pad, 0)},
                  {"dilation", three_axes(dims(w.dilation), 1)},
                  {"groups", g.groups}});
    end_call(lower, call, []<class T>(const HostCall& host) {
        conv_transpose(host.in<T>(0), host.in<compute_t<T>>(1), host.in<T>(2), host.out<T>(3),
                       host.extents<conv_transpose_extents>());
    });
}

}  // namespace

std::span<const Operator> conv_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Conv",
         .infer = infer_conv,
         .lower = lower_conv,
         .channels_last = ChannelsLast::required,
         .epilogue = Epilogue::residual},
        {.type = "ConvTranspose",
         .infer = infer_conv_transpose,
         .lower = lower_conv_transpose,
         .channels_last = ChannelsLast::required,
         .epilogue = Epilogue::residual},
    };
    return rows;
}

}  // namespace wasminfer::gen
