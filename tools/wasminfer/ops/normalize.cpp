// Normalisations. Those of images read [N, C, spatial…], or [N, spatial…, C] with the attribute channels_last = 1; the
// kernels have both.
#include <wasminfer/kernels/normalize.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/matrix.hpp"
#include "ops/normalize.hpp"
#include "ops/operator.hpp"
#include "ops/spatial.hpp"

namespace wasminfer::gen {

Dim extent_product(const Shape& shape, std::size_t first, std::size_t last)
{
    Dim count = 1;
    for (std::size_t axis = first; axis < last; ++axis) {
        count *= shape[axis];
    }
    return count;
}

float epsilon_of(const NodeView& view)
{
    return view.float_attribute("epsilon", 1e-5f);
}

void require_channels(const NodeView& view)
{
    if (view.rank(0) < 2) {
        NodeView::fail("input of rank " + std::to_string(view.rank(0)) + " has no channels");
    }
}

void require_axes(const NodeView& view)
{
    if (view.rank(0) < 1) {
        NodeView::fail("a scalar has no axes to normalise");
    }
}

void require_vector(const NodeView& view, std::size_t input, const Dim& count, const std::string& what)
{
    view.require_float(input);
    if (view.rank(input) != 1) {
        NodeView::fail("the " + what + " of shape " + to_string(view.shape(input)) + " should be a vector");
    }
    require_equal(view.shape(input)[0], count, "channels and elements of the " + what);
}

void check_stash_type(const NodeView& view)
{
    constexpr std::int64_t f32 = 1;
    constexpr std::int64_t f16 = 10;
    constexpr std::int64_t f64 = 11;
    const auto stash = view.int_attribute("stash_type", f32);
    const DType type = view.dtype(0);
    if (stash != f32 && !(stash == f16 && type == DType::f16) && !(stash == f64 && type == DType::f64)) {
        NodeView::fail("stash_type " + std::to_string(stash) + " is not supported for " + std::string{name(type)});
    }
}

ByChannel::ByChannel(const NodeView& view)
{
    const Shape& x = view.shape(0);
    if (x.size() == 1) {
        // BatchNormalization's [N] has one channel.
        outer = x[0];
        channels = 1;
        inner = 1;
        return;
    }
    const std::size_t axis = ImageLayout{view}.channel_axis(x.size());
    outer = extent_product(x, 0, axis);
    channels = x[axis];
    inner = extent_product(x, axis + 1, x.size());
}

namespace {

// ---- InstanceNormalization, GroupNormalization ----

/// batch, channels, pixels.
std::vector<Field> image_fields(const NodeView& view)
{
    const ImageLayout layout{view};
    const Shape& x = view.shape(0);
    Dim pixels = 1;
    for (const Dim& extent : layout.spatial(x)) {
        pixels *= extent;
    }
    return {{"batch", x[0]}, {"channels", layout.channels(x)}, {"pixels", pixels}};
}

void infer_instance_norm(Infer& infer)
{
    infer.require_inputs(3, 3);
    if (infer.opset() < 6) {
        only_attributes(infer, {"consumed_inputs", "epsilon"});
    } else {
        only_attributes(infer, {"epsilon"});
    }
    infer.require_float(0);
    require_channels(infer);
    const Dim channels = ImageLayout{infer}.channels(infer.shape(0));
    require_vector(infer, 1, channels, "scale");
    require_vector(infer, 2, channels, "bias");
    infer.require_same_type(0, 1);
    infer.require_same_type(0, 2);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_instance_norm(Lower& lower)
{
    const bool last = ImageLayout{lower}.channels_last;
    const float epsilon = epsilon_of(lower);
    lower.call(last ? "instance_norm_channels_last" : "instance_norm", normalize_header)
        .read(lower.operand(0))
        .read(lower.operand(1))
        .read(lower.operand(2))
        .write(lower.result(0))
        .extents(image_fields(lower))
        .text(literal(epsilon_of(lower)))
        .in_place(lower.out(0), lower.in(0))
        .host([type = lower.dtype(0), last, epsilon](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                const auto run = last ? instance_norm_channels_last<T> : instance_norm<T>;
                run(host.in<T>(0), host.in<T>(1), host.in<T>(2), host.out<T>(3), host.extents<instance_norm_extents>(),
                    static_cast<compute_t<T>>(epsilon));
            });
        });
}

std::int64_t group_count(const NodeView& view)
{
    const auto groups = view.int_attribute("num_groups");
    const Dim channels = ImageLayout{view}.channels(view.shape(0));
    if (groups < 1 || !known_equal(mod(channels, groups), 0)) {
        NodeView::fail("num_groups = " + std::to_string(groups) + " does not divide the " + channels.str() +
                       " channels");
    }
    return groups;
}

/// Scale and bias count groups until opset 20 and channels from 21 on, which brought stash_type.
void infer_group_norm(Infer& infer)
{
    infer.require_inputs(3, 3);
    if (infer.opset() < 21) {
        only_attributes(infer, {"epsilon", "num_groups"});
    } else {
        only_attributes(infer, {"epsilon", "num_groups", "stash_type"});
        check_stash_type(infer);
    }
    infer.require_float(0);
    require_channels(infer);
    const auto groups = group_count(infer);
    const Dim count = infer.opset() < 21 ? Dim{groups} : ImageLayout{infer}.channels(infer.shape(0));
    require_vector(infer, 1, count, "scale");
    require_vector(infer, 2, count, "bias");
    infer.require_same_type(0, 1);
    infer.require_same_type(0, 2);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

/// A parameter by group, as one by channel.
Operand by_channel(Lower& lower, std::size_t input, const Dim& groups, const Dim& of_group)
{
    return contiguous(lower, {.operand = lower.operand(input),
                              .dtype = lower.dtype(input),
                              .rows = groups,
                              .cols = of_group,
                              .row_stride = 1,
                              .col_stride = 0});
}

void lower_group_norm(Lower& lower)
{
    const auto groups = group_count(lower);
    const Dim channels = ImageLayout{lower}.channels(lower.shape(0));
    const Dim of_group = floor_div(channels, groups);
    const bool by_group = lower.opset() < 21;
    const Operand scale = by_group ? by_channel(lower, 1, groups, of_group) : lower.operand(1);
    const Operand bias = by_group ? by_channel(lower, 2, groups, of_group) : lower.operand(2);
    const bool last = ImageLayout{lower}.channels_last;
    const float epsilon = epsilon_of(lower);
    auto fields = image_fields(lower);
    fields.emplace_back("groups", groups);
    lower.call(last ? "group_norm_channels_last" : "group_norm", normalize_header)
        .read(lower.operand(0))
        .read(scale)
        .read(bias)
        .write(lower.result(0))
        .extents(std::move(fields))
        .text(literal(epsilon_of(lower)))
        .in_place(lower.out(0), lower.in(0))
        .host([type = lower.dtype(0), last, epsilon](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                const auto run = last ? group_norm_channels_last<T> : group_norm<T>;
                run(host.in<T>(0), host.in<T>(1), host.in<T>(2), host.out<T>(3), host.extents<group_norm_extents>(),
                    static_cast<compute_t<T>>(epsilon));
            });
        });
}

// ---- LRN, LpNormalization, MeanVarianceNormalization ----

void infer_lrn(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"alpha", "beta", "bias", "size"});
    infer.require_float(0);
    require_channels(infer);
    if (const auto size = infer.int_attribute("size"); size < 1 || size > std::int64_t{1} << 31) {
        NodeView::fail("size = " + std::to_string(size) + " is out of range");
    }
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_lrn(Lower& lower)
{
    const lrn_parameters parameters{.alpha = lower.float_attribute("alpha", 0.0001f),
                                    .beta = lower.float_attribute("beta", 0.75f),
                                    .bias = lower.float_attribute("bias", 1.0f)};
    auto fields = ByChannel{lower}.fields();
    fields.emplace_back("size", lower.int_attribute("size"));
    lower.call("lrn", normalize_header)
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents(std::move(fields))
        .text("{.alpha = " + literal(parameters.alpha) + ", .beta = " + literal(parameters.beta) +
              ", .bias = " + literal(parameters.bias) + "}")
        .host([type = lower.dtype(0), parameters](const HostCall& host) {
            dispatch_float(
                type, [&]<class T>() { lrn(host.in<T>(0), host.out<T>(1), host.extents<lrn_extents>(), parameters); });
        });
}

std::int64_t norm_order(const NodeView& view)
{
    const auto p = view.int_attribute("p", 2);
    if (p != 1 && p != 2) {
        NodeView::fail("p = " + std::to_string(p) + " is not supported, only 1 and 2");
    }
    return p;
}

void infer_lp_normalization(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"axis", "p"});
    infer.require_float(0);
    require_axes(infer);
    norm_order(infer);
    NodeView::normalize_axis(infer.int_attribute("axis", -1), infer.rank(0));
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_lp_normalization(Lower& lower)
{
    const Shape& x = lower.shape(0);
    const auto axis =
        static_cast<std::size_t>(NodeView::normalize_axis(lower.int_attribute("axis", -1), lower.rank(0)));
    const auto p = norm_order(lower);
    lower.call("lp_normalization", normalize_header)
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"outer", extent_product(x, 0, axis)},
                  {"axis", x[axis]},
                  {"inner", extent_product(x, axis + 1, x.size())}})
        .text(std::to_string(p))
        .in_place(lower.out(0), lower.in(0))
        .host([type = lower.dtype(0), p](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                lp_normalization(host.in<T>(0), host.out<T>(1), host.extents<lp_normalization_extents>(),
                                 static_cast<index>(p));
            });
        });
}

/// Statistics over `axes`; what is left has to be neighbours, as [outer][channels][inner] has them.
std::vector<Field> mean_variance_fields(const NodeView& view)
{
    const Shape& x = view.shape(0);
    const auto axes = NodeView::normalize_axes(view.ints_attribute("axes", {0, 2, 3}), view.rank(0));
    Dim outer = 1, channels = 1, inner = 1;
    bool kept_one = false;
    bool behind = false;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] == Dim{1}) {
            continue;
        }
        const bool kept = std::ranges::find(axes, static_cast<std::int64_t>(i)) == axes.end();
        if (kept && behind) {
            NodeView::fail("axes between which others stay are not supported", "put a Transpose in front");
        }
        behind = behind || (kept_one && !kept);
        kept_one = kept_one || kept;
        (kept ? channels : behind ? inner : outer) *= x[i];
    }
    return {{"outer", outer}, {"channels", channels}, {"inner", inner}};
}

void infer_mean_variance(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"axes"});
    infer.require_float(0);
    mean_variance_fields(infer);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_mean_variance(Lower& lower)
{
    lower.call("mean_variance_normalization", normalize_header)
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents(mean_variance_fields(lower))
        .in_place(lower.out(0), lower.in(0))
        .host([type = lower.dtype(0)](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                mean_variance_normalization(host.in<T>(0), host.out<T>(1), host.extents<channel_extents>());
            });
        });
}

}  // namespace

std::span<const Operator> normalize_operators()
{
    static constexpr Operator rows[] = {
        {.type = "BatchNormalization",
         .infer = infer_batch_norm,
         .lower = lower_batch_norm,
         .channels_last = ChannelsLast::possible},
        {.type = "GroupNormalization",
         .since = 18,
         .infer = infer_group_norm,
         .lower = lower_group_norm,
         .channels_last = ChannelsLast::possible},
        {.type = "InstanceNormalization",
         .infer = infer_instance_norm,
         .lower = lower_instance_norm,
         .channels_last = ChannelsLast::possible},
        {.type = "LRN", .infer = infer_lrn, .lower = lower_lrn, .channels_last = ChannelsLast::possible},
        {.type = "LayerNormalization", .since = 17, .infer = infer_layer_norm, .lower = lower_layer_norm},
        {.type = "LpNormalization", .infer = infer_lp_normalization, .lower = lower_lp_normalization},
        {.type = "MeanVarianceNormalization", .since = 9, .infer = infer_mean_variance, .lower = lower_mean_variance},
        {.type = "RMSNormalization", .since = 23, .infer = infer_rms_norm, .lower = lower_rms_norm},
    };
    return rows;
}

}  // namespace wasminfer::gen
