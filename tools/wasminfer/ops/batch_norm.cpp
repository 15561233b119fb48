// BatchNormalization, at every opset.
#include <wasminfer/kernels/blend.hpp>
#include <wasminfer/kernels/normalize.hpp>

#include "ops/attributes.hpp"
#include "ops/matrix.hpp"
#include "ops/normalize.hpp"
#include "ops/spatial.hpp"

namespace wasminfer::gen {

namespace {

/// spatial = 0, until opset 8: statistics for each element of an image.
bool by_element(const NodeView& view)
{
    return view.opset() < 9 && view.int_attribute("spatial", 1) == 0;
}

bool trains(const NodeView& view)
{
    return view.opset() >= 14 && view.int_attribute("training_mode", 0) != 0;
}

void check_statistics(const NodeView& view)
{
    const char* const names[] = {"scale", "bias", "mean", "variance"};
    const Shape& x = view.shape(0);
    const ImageLayout layout{view};
    for (std::size_t i = 1; i < 5; ++i) {
        if (by_element(view)) {
            view.require_float(i);
            Shape image{layout.channels(x)};
            const auto spatial = layout.spatial(x);
            image.insert(image.end(), spatial.begin(), spatial.end());
            if (view.shape(i) != image) {
                NodeView::fail(std::string{"the "} + names[i - 1] + " of shape " + to_string(view.shape(i)) +
                               " is not an image of " + to_string(image));
            }
        } else {
            require_vector(view, i, ByChannel{view}.channels, names[i - 1]);
        }
    }
    view.require_same_type(1, 2);
    view.require_same_type(3, 4);
    if (view.opset() < 15) {
        view.require_same_type(0, 1);
    }
    if (view.opset() < 14) {
        view.require_same_type(0, 3);
    }
}

/// A parameter of spatial = 0 in the order of a channels-last image.
Operand channels_to_back(Lower& lower, std::size_t input)
{
    const Shape& image = lower.shape(input);
    const Dim pixels = extent_product(image, 1, image.size());
    return contiguous(lower, {.operand = lower.operand(input),
                              .dtype = lower.dtype(input),
                              .rows = pixels,
                              .cols = image[0],
                              .row_stride = 1,
                              .col_stride = pixels});
}

void call_batch_norm(Lower& lower, const Operand (&parameters)[4], const ByChannel& extents)
{
    auto call = lower.call("batch_norm", normalize_header).read(lower.operand(0));
    for (const Operand& parameter : parameters) {
        call.read(parameter);
    }
    call.write(lower.result(0)).extents(extents.fields()).text(literal(epsilon_of(lower)));
    call.in_place(lower.out(0), lower.in(0));
    const DType type = lower.dtype(0);
    const float epsilon = epsilon_of(lower);
    const auto host_with = [&]<bool widened>(std::bool_constant<widened>) {
        call.host([type, epsilon](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                using M = std::conditional_t<widened, compute_t<T>, T>;
                batch_norm(host.in<T>(0), host.in<T>(1), host.in<T>(2), host.in<M>(3), host.in<M>(4), host.out<T>(5),
                           host.extents<channel_extents>(), static_cast<compute_t<T>>(epsilon));
            });
        });
    };
    // Folding knows the usual types; what mixes them is left to the run.
    const bool widened = type == DType::f16 && parameters[2].dtype == DType::f32;
    if (parameters[0].dtype == type && widened) {
        host_with(std::true_type{});
    } else if (parameters[0].dtype == type && parameters[2].dtype == type) {
        host_with(std::false_type{});
    }
}

/// The statistics are this input's own; the running ones move towards them.
void lower_training(Lower& lower)
{
    const ByChannel extents{lower};
    const DType type = lower.dtype(0);
    const DType wide = type == DType::f16 ? DType::f32 : type;
    const Dim bytes = extents.channels * static_cast<std::int64_t>(size_of(wide));
    const Operand mean = lower.temporary(wide, bytes);
    const Operand variance = lower.temporary(wide, bytes);
    lower.call("channel_moments", normalize_header)
        .read(lower.operand(0))
        .write(mean)
        .write(variance)
        .extents(extents.fields())
        .host([type](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                channel_moments(host.in<T>(0), host.out<compute_t<T>>(1), host.out<compute_t<T>>(2),
                                host.extents<channel_extents>());
            });
        });
    const Operand measured[] = {mean, variance};
    for (std::size_t i = 0; i < 2; ++i) {
        if (!lower.has_output(1 + i)) {
            continue;
        }
        const float momentum = lower.float_attribute("momentum", 0.9f);
        auto call = lower.call("blend", "kernels/blend.hpp")
                        .read(lower.operand(3 + i))
                        .read(measured[i])
                        .write(lower.result(1 + i))
                        .extents({{"n", extents.channels}})
                        .text(literal(momentum))
                        .in_place(lower.out(1 + i), lower.in(3 + i));
        if (lower.dtype(3) == type) {
            call.host([type, momentum](const HostCall& host) {
                dispatch_float(type, [&]<class T>() {
                    blend(host.in<T>(0), host.in<compute_t<T>>(1), host.out<T>(2), host.extents<blend_extents>(),
                          static_cast<compute_t<T>>(momentum));
                });
            });
        }
    }
    if (lower.has_output(0)) {
        call_batch_norm(lower, {lower.operand(1), lower.operand(2), mean, variance}, extents);
    }
}

}  // namespace

/// is_test and consumed_inputs end with opset 6, spatial with 8; training_mode comes with 14, types that differ with 14
/// (statistics) and 15 (scale and bias). A node with is_test = 0 that asks for Y alone is taken for inference, as ONNX
/// describes the case.
void infer_batch_norm(Infer& infer)
{
    infer.require_inputs(5, 5);
    if (infer.opset() < 6) {
        only_attributes(infer, {"consumed_inputs", "epsilon", "is_test", "momentum", "spatial"});
    } else if (infer.opset() < 7) {
        only_attributes(infer, {"epsilon", "is_test", "momentum", "spatial"});
    } else if (infer.opset() < 9) {
        only_attributes(infer, {"epsilon", "momentum", "spatial"});
    } else if (infer.opset() < 14) {
        only_attributes(infer, {"epsilon", "momentum"});
    } else {
        only_attributes(infer, {"epsilon", "momentum", "training_mode"});
    }
    infer.require_float(0);
    const auto least = by_element(infer) ? 2 : 1;
    if (infer.rank(0) < least) {
        NodeView::fail("input of rank " + std::to_string(infer.rank(0)) + " has no channels");
    }
    check_statistics(infer);
    infer.set(0, infer.dtype(0), infer.shape(0));
    for (std::size_t i = 1; i < infer.output_count(); ++i) {
        infer.set(i, infer.dtype(3), infer.shape(3));
    }
}

void lower_batch_norm(Lower& lower)
{
    if (trains(lower)) {
        lower_training(lower);
        return;
    }
    for (std::size_t i = 1; i < lower.output_count(); ++i) {
        if (lower.has_output(i)) {
            NodeView::fail("the statistics of training, output " + std::to_string(i) + ", are not supported",
                           "export the model for inference, or name the outputs that you need with --output");
        }
    }
    ByChannel extents{lower};
    if (!by_element(lower)) {
        call_batch_norm(lower, {lower.operand(1), lower.operand(2), lower.operand(3), lower.operand(4)}, extents);
        return;
    }
    const Shape& x = lower.shape(0);
    extents.outer = x[0];
    extents.channels = extent_product(x, 1, x.size());
    extents.inner = 1;
    const bool turn = ImageLayout{lower}.channels_last;
    Operand parameters[4];
    for (std::size_t i = 0; i < 4; ++i) {
        parameters[i] = turn ? channels_to_back(lower, i + 1) : lower.operand(i + 1);
    }
    call_batch_norm(lower, parameters, extents);
}

}  // namespace wasminfer::gen
