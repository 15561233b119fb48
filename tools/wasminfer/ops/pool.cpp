// Pools. X and Y are [N, C, spatial…], or [N, spatial…, C] with the attribute channels_last = 1, which is what the
// kernels over windows read. Pools over whole images are reductions, in either layout.
#include <wasminfer/kernels/max_unpool.hpp>
#include <wasminfer/kernels/pool.hpp>
#include <wasminfer/kernels/reduce.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/pool_geometry.hpp"

namespace wasminfer::gen {

namespace {

/// MaxPool takes bytes beside the floats.
template <class F>
decltype(auto) dispatch_pooled(DType type, F f)
{
    switch (type) {
    case DType::i8: return f.template operator()<std::int8_t>();
    case DType::u8: return f.template operator()<std::uint8_t>();
    default: return dispatch_float(type, f);
    }
}

void set_pooled(Infer& infer, const PoolGeometry& g)
{
    infer.set(0, infer.dtype(0), g.layout.join(g.batch, g.channels, g.windows.out));
}

/// Opset 7 brought count_include_pad, 10 ceil_mode, 19 dilations.
void infer_average_pool(Infer& infer)
{
    infer.require_inputs(1, 1);
    infer.require_float(0);
    if (infer.opset() < 7) {
        only_attributes(infer, {"auto_pad", "kernel_shape", "pads", "strides"});
    } else if (infer.opset() < 10) {
        only_attributes(infer, {"auto_pad", "count_include_pad", "kernel_shape", "pads", "strides"});
    } else if (infer.opset() < 19) {
        only_attributes(infer, {"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"});
    } else {
        only_attributes(infer,
                        {"auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"});
    }
    set_pooled(infer, pool_geometry(infer));
}

/// Opset 8 brought Indices and storage_order, 10 ceil_mode and dilations, 12 bytes.
void infer_max_pool(Infer& infer)
{
    infer.require_inputs(1, 1);
    if (infer.opset() < 12) {
        infer.require_float(0);
    } else {
        infer.require_types(0, {DType::f32, DType::f16, DType::f64, DType::i8, DType::u8});
    }
    if (infer.opset() < 8) {
        only_attributes(infer, {"auto_pad", "kernel_shape", "pads", "strides"});
    } else if (infer.opset() < 10) {
        only_attributes(infer, {"auto_pad", "kernel_shape", "pads", "storage_order", "strides"});
    } else {
        only_attributes(infer,
                        {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"});
    }
    const PoolGeometry g = pool_geometry(infer);
    set_pooled(infer, g);
    if (infer.has_output(1)) {
        if (infer.opset() < 8) {
            NodeView::fail("has no second output before opset 8");
        }
        infer.set(1, DType::i64, g.layout.join(g.batch, g.channels, g.windows.out));
    }
}

/// p of the Lp pools: an integer, which opset 1 keeps as a float.
std::int64_t norm_order(const NodeView& view)
{
    if (view.opset() >= 2) {
        const auto p = view.int_attribute("p", 2);
        if (p < 1) {
            NodeView::fail("p = " + std::to_string(p) + " has no norm");
        }
        return p;
    }
    const float p = view.float_attribute("p", 2.0f);
    if (!(p >= 1.0f && p <= 1024.0f) || p != static_cast<float>(static_cast<std::int64_t>(p))) {
        NodeView::fail("p = " + std::to_string(p) + " is not supported, only integers from 1 on");
    }
    return static_cast<std::int64_t>(p);
}

/// Opset 2 made p an integer, 18 brought ceil_mode and dilations.
void infer_lp_pool(Infer& infer)
{
    infer.require_inputs(1, 1);
    infer.require_float(0);
    if (infer.opset() < 18) {
        only_attributes(infer, {"auto_pad", "kernel_shape", "p", "pads", "strides"});
    } else {
        only_attributes(infer, {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "p", "pads", "strides"});
    }
    norm_order(infer);
    set_pooled(infer, pool_geometry(infer));
}

void set_global(Infer& infer)
{
    infer.require_inputs(1, 1);
    infer.require_float(0);
    const Shape& x = infer.shape(0);
    if (x.size() < 2) {
        NodeView::fail("input of rank " + std::to_string(x.size()) + " has no channels");
    }
    const ImageLayout layout{infer};
    const std::vector<Dim> ones(x.size() - 2, Dim{1});
    infer.set(0, infer.dtype(0), layout.join(x[0], layout.channels(x), ones));
}

void infer_global_pool(Infer& infer)
{
    only_attributes(infer, {});
    set_global(infer);
}

void infer_global_lp_pool(Infer& infer)
{
    only_attributes(infer, {"p"});
    norm_order(infer);
    set_global(infer);
}

/// Extents of the image that was pooled, which the indices count in; output_shape only enlarges what is made of it, as
/// ONNX's test has it.
Windows unpool_windows(const NodeView& view)
{
    require_image(view);
    const Shape& x = view.shape(0);
    const auto window = view.ints_attribute("kernel_shape");
    if (window.empty()) {
        NodeView::fail("attribute 'kernel_shape' is missing");
    }
    return slide_transposed_windows(view, {x.begin() + 2, x.end()}, window);
}

void infer_max_unpool(Infer& infer)
{
    infer.require_inputs(2, 3);
    infer.require_float(0);
    infer.require_types(1, {DType::i64});
    only_attributes(infer, {"kernel_shape", "pads", "strides"});
    const Windows w = unpool_windows(infer);
    const Shape& x = infer.shape(0);
    const Shape& indices = infer.shape(1);
    if (indices.size() != x.size()) {
        NodeView::fail("indices of shape " + to_string(indices) + " do not fit values of shape " + to_string(x));
    }
    for (std::size_t axis = 0; axis < x.size(); ++axis) {
        require_equal(indices[axis], x[axis], "extents of values and indices");
    }
    Shape out{x[0], x[1]};
    out.insert(out.end(), w.out.begin(), w.out.end());
    if (infer.has(2)) {
        infer.require_types(2, {DType::i64});
        const auto given = infer.known_elements(2, "output shape");
        if (given.size() != out.size()) {
            NodeView::fail("the output shape " + to_string(given) + " is not of rank " + std::to_string(out.size()));
        }
        require_equal(given[0], x[0], "batch of the input and of the output shape");
        require_equal(given[1], x[1], "channels of the input and of the output shape");
        out = given;
    }
    infer.set(0, infer.dtype(0), out);
}

// ---- lowering ----

std::vector<Field> plane_fields(const PoolGeometry& g, const Windows& w)
{
    return {{"batch", g.batch},
            {"in", with_channels(w.in, g.channels)},
            {"out", with_channels(w.out, g.channels)},
            {"pad", w.pad},
            {"pad_end", w.pad_behind},
            {"dilation", dims(w.dilation)}};
}

/// The extents of a call, whose window and stride may be template arguments.
pool_extents host_extents(const HostCall& host, const Windows& w, bool plane)
{
    if (!plane) {
        return host.extents<pool_extents>();
    }
    const auto s = host.extents<pool2d_extents>();
    return {.batch = s.batch,
            .in = {1, s.in[0], s.in[1], s.in[2]},
            .out = {1, s.out[0], s.out[1], s.out[2]},
            .window = {1, static_cast<index>(w.window[0]), static_cast<index>(w.window[1])},
            .stride = {1, static_cast<index>(w.stride[0]), static_cast<index>(w.stride[1])},
            .pad = {0, s.pad[0], s.pad[1]},
            .pad_end = {0, s.pad_end[0], s.pad_end[1]},
            .dilation = {1, s.dilation[0], s.dilation[1]}};
}

PoolGeometry channels_last_geometry(const NodeView& view)
{
    PoolGeometry g = pool_geometry(view);
    if (!g.layout.channels_last) {
        throw std::logic_error{"a pool is lowered that the pass channels_last has not seen"};
    }
    return g;
}

/// <word>2d<window, stride…> or <word>_any<…>; run<T>(host, extents) in the generator.
template <class Run>
void lower_windows(Lower& lower, const std::string& word, const std::string& template_tail, Run run)
{
    const PoolGeometry g = channels_last_geometry(lower);
    const Windows plane = as_plane(g.windows);
    const bool common = plane.rank() == 2 && plane.common();
    auto call = lower.call(word + (common ? "2d" : "_any"), "kernels/pool.hpp")
                    .templates(common && !template_tail.empty() ? structure(plane) + ", " + template_tail
                               : common                         ? structure(plane)
                                                                : template_tail)
                    .read(lower.operand(0))
                    .write(lower.result(0))
                    .extents(common ? plane_fields(g, plane) : volume_fields(g));
    call.host([type = lower.dtype(0), plane, common, run](const HostCall& host) {
        const pool_extents e = host_extents(host, plane, common);
        dispatch_pooled(type, [&]<class T>() { run.template operator()<T>(host, e); });
    });
}

void lower_average_pool(Lower& lower)
{
    const bool include_pad = lower.int_attribute("count_include_pad", 0) != 0;
    lower_windows(lower, "average_pool", include_pad ? "true" : "",
                  [include_pad]<class T>(const HostCall& host, const pool_extents& e) {
                      if constexpr (wasminfer::is_float<T>) {
                          include_pad ? average_pool_any<true>(host.in<T>(0), host.out<T>(1), e)
                                      : average_pool_any(host.in<T>(0), host.out<T>(1), e);
                      }
                  });
}

void lower_max_pool_indices(Lower& lower)
{
    const PoolGeometry g = channels_last_geometry(lower);
    const bool column_major = lower.int_attribute("storage_order", 0) != 0;
    const DType type = lower.dtype(0);
    // The kernel writes both, also where the values themselves are not asked for.
    const Dim bytes = element_count(*lower.out(1).shape) * static_cast<std::int64_t>(size_of(type));
    const Operand values = lower.has_output(0) ? lower.result(0) : lower.temporary(type, bytes);
    lower.call("max_pool_indices", "kernels/max_unpool.hpp")
        .templates(column_major ? "true" : "")
        .read(lower.operand(0))
        .write(values)
        .write(lower.result(1))
        .extents(volume_fields(g))
        .host([type, column_major](const HostCall& host) {
            const auto e = host.extents<pool_extents>();
            dispatch_pooled(type, [&]<class T>() {
                column_major ? max_pool_indices<true>(host.in<T>(0), host.out<T>(1), host.out<std::int64_t>(2), e)
                             : max_pool_indices(host.in<T>(0), host.out<T>(1), host.out<std::int64_t>(2), e);
            });
        });
}

void lower_max_pool(Lower& lower)
{
    if (lower.has_output(1)) {
        lower_max_pool_indices(lower);
        return;
    }
    lower_windows(lower, "max_pool", "", []<class T>(const HostCall& host, const pool_extents& e) {
        max_pool_any(host.in<T>(0), host.out<T>(1), e);
    });
}

void lower_lp_pool(Lower& lower)
{
    const PoolGeometry g = channels_last_geometry(lower);
    const auto p = norm_order(lower);
    lower.call("lp_pool_any", "kernels/pool.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents(volume_fields(g))
        .text(std::to_string(p))
        .host([type = lower.dtype(0), p](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                lp_pool_any(host.in<T>(0), host.out<T>(1), host.extents<pool_extents>(), static_cast<index>(p));
            });
        });
}

/// An image as [outer][pixels][inner]: channels are outer or inner, as the layout has it.
struct WholeImages {
    Dim outer, pixels = 1, inner = 1;

    explicit WholeImages(const NodeView& view)
    {
        const ImageLayout layout{view};
        const Shape& x = view.shape(0);
        for (const Dim& extent : layout.spatial(x)) {
            pixels *= extent;
        }
        outer = layout.channels_last ? x[0] : x[0] * x[1];
        inner = layout.channels_last ? layout.channels(x) : Dim{1};
    }
};

template <class Run>
void lower_reduction(Lower& lower, const std::string& function, Run run)
{
    const WholeImages images{lower};
    lower.call(function, "kernels/reduce.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"outer", images.outer}, {"reduce", images.pixels}, {"inner", images.inner}})
        .host([type = lower.dtype(0), run](const HostCall& host) {
            dispatch_float(type,
                           [&]<class T>() { run(host.in<T>(0), host.out<T>(1), host.extents<reduce_extents>()); });
        });
}

void lower_global_average_pool(Lower& lower)
{
    lower_reduction(lower, "reduce_mean", [](const auto* in, auto* out, const auto& e) { reduce_mean(in, out, e); });
}

void lower_global_max_pool(Lower& lower)
{
    lower_reduction(lower, "reduce_max", [](const auto* in, auto* out, const auto& e) { reduce_max(in, out, e); });
}

void lower_global_lp_pool(Lower& lower)
{
    const auto p = norm_order(lower);
    if (p == 1) {
        lower_reduction(lower, "reduce_l1", [](const auto* in, auto* out, const auto& e) { reduce_l1(in, out, e); });
        return;
    }
    if (p == 2) {
        lower_reduction(lower, "reduce_l2", [](const auto* in, auto* out, const auto& e) { reduce_l2(in, out, e); });
        return;
    }
    const WholeImages images{lower};
    lower.call("global_lp_pool", "kernels/pool.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"batch", images.outer}, {"pixels", images.pixels}, {"c", images.inner}})
        .text(std::to_string(p))
        .host([type = lower.dtype(0), p](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                global_lp_pool(host.in<T>(0), host.out<T>(1), host.extents<global_pool_extents>(),
                               static_cast<index>(p));
            });
        });
}

void lower_max_unpool(Lower& lower)
{
    const Shape& x = lower.shape(0);
    const Shape& out = *lower.out(0).shape;
    lower.call("max_unpool", "kernels/max_unpool.hpp")
        .read(lower.operand(0))
        .read(lower.operand(1))
        .write(lower.result(0))
        .extents({{"n", element_count(x)},
                  {"planes", x[0] * x[1]},
                  {"from", three_axes(unpool_windows(lower).out, 1)},
                  {"out", three_axes({out.begin() + 2, out.end()}, 1)}})
        .host([type = lower.dtype(0)](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                max_unpool(host.in<T>(0), host.in<std::int64_t>(1), host.out<T>(2), host.extents<max_unpool_extents>());
            });
        });
}

}  // namespace

std::span<const Operator> pool_operators()
{
    static constexpr Operator rows[] = {
        {.type = "AveragePool",
         .infer = infer_average_pool,
         .lower = lower_average_pool,
         .channels_last = ChannelsLast::required},
        {.type = "GlobalAveragePool",
         .infer = infer_global_pool,
         .lower = lower_global_average_pool,
         .channels_last = ChannelsLast::possible},
        {.type = "GlobalLpPool",
         .infer = infer_global_lp_pool,
         .lower = lower_global_lp_pool,
         .channels_last = ChannelsLast::possible},
        {.type = "GlobalMaxPool",
         .infer = infer_global_pool,
         .lower = lower_global_max_pool,
         .channels_last = ChannelsLast::possible},
        {.type = "LpPool", .infer = infer_lp_pool, .lower = lower_lp_pool, .channels_last = ChannelsLast::required},
        {.type = "MaxPool", .infer = infer_max_pool, .lower = lower_max_pool, .channels_last = ChannelsLast::required},
        {.type = "MaxUnpool", .since = 9, .infer = infer_max_unpool, .lower = lower_max_unpool},
    };
    return rows;
}

}  // namespace wasminfer::gen
