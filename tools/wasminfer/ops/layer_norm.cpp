// LayerNormalization and RMSNormalization: rows of neighbouring elements.
#include <wasminfer/kernels/normalize.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/convert.hpp"
#include "ops/matrix.hpp"
#include "ops/normalize.hpp"
#include "ops/spatial.hpp"

namespace wasminfer::gen {

namespace {

/// The axes from `axis` on are normalised together: [rows][cols].
struct Rows {
    std::size_t axis;
    Dim rows, cols;

    explicit Rows(const NodeView& view)
        : axis{static_cast<std::size_t>(NodeView::normalize_axis(view.int_attribute("axis", -1), view.rank(0)))},
          rows{extent_product(view.shape(0), 0, axis)}, cols{extent_product(view.shape(0), axis, view.shape(0).size())}
    {
    }

    std::vector<Field> fields() const { return {{"rows", rows}, {"cols", cols}}; }
};

/// How a scale or bias lies in the normalised axes: all of them, or the last ones with the others repeating it.
struct Parameter {
    Dim repeats = 1, count = 1;

    Operand operand(Lower& lower, const Operand& as_it_is) const
    {
        return repeats == Dim{1} ? as_it_is
                                 : contiguous(lower, {.operand = as_it_is,
                                                      .dtype = as_it_is.dtype,
                                                      .rows = repeats,
                                                      .cols = count,
                                                      .row_stride = 0,
                                                      .col_stride = 1});
    }
};

Parameter parameter(const NodeView& view, std::size_t input, std::size_t axis, const std::string& what)
{
    Parameter p;
    const Shape& x = view.shape(0);
    const Shape& shape = view.shape(input);
    bool repeating = false;
    bool fits = shape.size() <= x.size();
    for (std::size_t i = 0; i < x.size() && fits; ++i) {
        // From the last axis to the first.
        const std::size_t at = x.size() - 1 - i;
        const Dim extent = i < shape.size() ? shape[shape.size() - 1 - i] : Dim{1};
        const bool one = extent == Dim{1};
        if (at < axis) {
            fits = one;
        } else if (one && !(x[at] == Dim{1})) {
            repeating = true;
            p.repeats *= x[at];
        } else if (!one) {
            fits = !repeating && known_equal(extent, x[at]);
            p.count *= extent;
        }
    }
    if (!fits) {
        NodeView::fail("the " + what + " of shape " + to_string(shape) + " is neither of the normalised axes of " +
                       to_string(x) + " from " + std::to_string(axis) + " on, nor of the last of them");
    }
    return p;
}

}  // namespace

/// Mean and InvStdDev have the type that stash_type names.
void infer_layer_norm(Infer& infer)
{
    infer.require_inputs(2, 3);
    only_attributes(infer, {"axis", "epsilon", "stash_type"});
    infer.require_float(0);
    infer.require_same_type(0, 1);
    require_axes(infer);
    check_stash_type(infer);
    const Rows rows{infer};
    parameter(infer, 1, rows.axis, "scale");
    if (infer.has(2)) {
        infer.require_same_type(0, 2);
        parameter(infer, 2, rows.axis, "bias");
    }
    const Shape& x = infer.shape(0);
    infer.set(0, infer.dtype(0), x);
    Shape reduced = x;
    std::fill(reduced.begin() + static_cast<std::ptrdiff_t>(rows.axis), reduced.end(), Dim{1});
    for (const std::size_t output : {1u, 2u}) {
        if (infer.has_output(output)) {
            if (infer.dtype(0) == DType::f64 || infer.int_attribute("stash_type", 1) != 1) {
                NodeView::fail("Mean and InvStdDev are supported as f32 alone, of inputs of type f32 and f16");
            }
            infer.set(output, DType::f32, reduced);
        }
    }
}

void lower_layer_norm(Lower& lower)
{
    const Rows rows{lower};
    const Operand scale = parameter(lower, 1, rows.axis, "scale").operand(lower, lower.operand(1));
    const Operand bias =
        lower.has(2) ? parameter(lower, 2, rows.axis, "bias").operand(lower, lower.operand(2)) : Operand{};
    const DType type = lower.dtype(0);
    const float epsilon = epsilon_of(lower);
    const bool statistics = lower.has_output(1) || lower.has_output(2);
    const Dim bytes = element_count(lower.shape(0)) * static_cast<std::int64_t>(size_of(type));
    const Operand out = lower.has_output(0) ? lower.result(0) : lower.temporary(type, bytes);
    auto call = lower.call("layer_norm", normalize_header).read(lower.operand(0)).read(scale).read(bias).write(out);
    if (statistics) {
        call.write(lower.has_output(1) ? lower.result(1) : Operand{});
        call.write(lower.has_output(2) ? lower.result(2) : Operand{});
    }
    call.extents(rows.fields()).text(literal(epsilon_of(lower)));
    if (lower.has_output(0)) {
        call.in_place(lower.out(0), lower.in(0));
    }
    call.host([type, statistics, epsilon](const HostCall& host) {
        dispatch_float(type, [&]<class T>() {
            using C = compute_t<T>;
            C* mean = statistics ? host.out<C>(4) : nullptr;
            C* factor = statistics ? host.out<C>(5) : nullptr;
            layer_norm(host.in<T>(0), host.in<T>(1), host.in<T>(2), host.out<T>(3), mean, factor,
                       host.extents<row_norm_extents>(), static_cast<C>(epsilon));
        });
    });
}

/// The scale and the result may have another type than what is normalised.
void infer_rms_norm(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {"axis", "epsilon", "stash_type"});
    infer.require_float(0);
    infer.require_float(1);
    require_axes(infer);
    check_stash_type(infer);
    parameter(infer, 1, Rows{infer}.axis, "scale");
    infer.set(0, infer.dtype(1), infer.shape(0));
}

void lower_rms_norm(Lower& lower)
{
    const Rows rows{lower};
    const DType type = wider(lower.dtype(0), lower.dtype(1));
    const Operand scale = parameter(lower, 1, rows.axis, "scale").operand(lower, converted(lower, 1, type));
    const float epsilon = epsilon_of(lower);
    const Operand x = converted(lower, 0, type);
    const Operand y = result_as(lower, 0, type);
    lower.call("rms_norm", normalize_header)
        .read(x)
        .read(scale)
        .write(y)
        .extents(rows.fields())
        .text(literal(epsilon_of(lower)))
        .in_place(lower.out(0), lower.in(0))
        .host([type, epsilon](const HostCall& host) {
            dispatch_float(type, [&]<class T>() {
                rms_norm(host.in<T>(0), host.in<T>(1), host.out<T>(2), host.extents<row_norm_extents>(),
                         static_cast<compute_t<T>>(epsilon));
            });
        });
    convert_result(lower, 0, y);
}

}  // namespace wasminfer::gen
