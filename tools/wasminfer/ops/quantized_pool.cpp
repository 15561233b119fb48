// ONNX Runtime's averages of 8-bit images: QLinearAveragePool and QLinearGlobalAveragePool. Inputs are X, x_scale,
// x_zero_point, y_scale, y_zero_point, the scales and zero points constants. With channels_last = 1, which ONNX Runtime has
// too, images are [N, spatial…, C].
#include <wasminfer/kernels/quantized_pool.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/pool_geometry.hpp"
#include "ops/quantized.hpp"

namespace wasminfer::gen {

namespace {

void check_operands(const NodeView& view)
{
    view.require_inputs(4, 5);
    require_in(view, 0, byte_types);
    require_zero_type(view, 2, view.dtype(0));
    require_zero_type(view, 4, view.dtype(0));
    constant_quantization(view, 1);
    constant_quantization(view, 3);
}

/// One window as large as the image.
PoolGeometry whole_image(const NodeView& view)
{
    require_image(view);
    const ImageLayout layout{view};
    const Shape& x = view.shape(0);
    PoolGeometry g{.layout = layout, .windows = {}, .batch = x[0], .channels = layout.channels(x)};
    g.windows.in = layout.spatial(x);
    if (!is_static(g.windows.in)) {
        NodeView::fail("an image of free extents, " + to_string(x) + ", is not supported");
    }
    const std::size_t rank = g.windows.in.size();
    g.windows.window = extents(g.windows.in);
    g.windows.out.assign(rank, Dim{1});
    g.windows.stride.assign(rank, 1);
    g.windows.dilation.assign(rank, 1);
    g.windows.pad.assign(rank, Dim{0});
    g.windows.pad_behind.assign(rank, Dim{0});
    return g;
}

void set_pooled(Infer& infer, const PoolGeometry& g)
{
    infer.set(0, infer.dtype(0), g.layout.join(g.batch, g.channels, g.windows.out));
}

void infer_average_pool(Infer& infer)
{
    check_operands(infer);
    only_attributes(infer, {"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"});
    set_pooled(infer, pool_geometry(infer));
}

void infer_global_average_pool(Infer& infer)
{
    check_operands(infer);
    only_attributes(infer, {});
    set_pooled(infer, whole_image(infer));
}

void lower_pool(Lower& lower, const PoolGeometry& g, bool include_pad)
{
    if (!g.layout.channels_last) {
        throw std::logic_error{"a pool is lowered that the pass channels_last has not seen"};
    }
    const Quantization x = constant_quantization(lower, 1);
    const Quantization y = constant_quantization(lower, 3);
    const pool_quantization q{.ratio = x.scale / y.scale, .x_zero = x.zero, .y_zero = y.zero};
    lower.call("qlinear_average_pool", "kernels/quantized_pool.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents(volume_fields(g))
        .text(include_pad ? "true" : "false")
        .text("{" + literal(q.ratio) + ", " + std::to_string(q.x_zero) + ", " + std::to_string(q.y_zero) + "}")
        .host([type = lower.dtype(0), include_pad, q](const HostCall& host) {
            dispatch_in<byte_types>(type, [&]<class T>() {
                qlinear_average_pool(host.in<T>(0), host.out<T>(1), host.extents<pool_extents>(), include_pad, q);
            });
        });
}

void lower_average_pool(Lower& lower)
{
    lower_pool(lower, pool_geometry(lower), lower.int_attribute("count_include_pad", 0) != 0);
}

void lower_global_average_pool(Lower& lower)
{
    lower_pool(lower, whole_image(lower), false);
}

const Operator rows[] = {
    {.type = "QLinearAveragePool",
     .infer = infer_average_pool,
     .lower = lower_average_pool,
     .domain = "com.microsoft",
     .channels_last = ChannelsLast::required},
    {.type = "QLinearGlobalAveragePool",
     .infer = infer_global_average_pool,
     .lower = lower_global_average_pool,
     .domain = "com.microsoft",
     .channels_last = ChannelsLast::required},
};

}  // namespace

std::span<const Operator> quantized_pool_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
