// CausalConvWithState.
#include <wasminfer/functors/activation.hpp>
#include <wasminfer/kernels/causal_conv.hpp>

#include "ops/attention.hpp"
#include "ops/attributes.hpp"
#include "ops/matrix.hpp"

namespace wasminfer::gen {

namespace {

enum Input : std::size_t { input, weight, bias, past };

bool has_swish(const NodeView& view)
{
    const std::string name = view.string_attribute("activation", "none");
    if (name != "none" && name != "silu" && name != "swish") {
        NodeView::fail("the activation '" + name + "' is none of none, silu and swish");
    }
    return name != "none";
}

Shape state_shape(const NodeView& view)
{
    return {view.shape(input)[0], view.shape(input)[1], view.shape(weight)[2] - Dim{1}};
}

void check_shape(const NodeView& view, std::size_t which, const Shape& expected)
{
    if (view.has(which) && !(view.shape(which) == expected)) {
        NodeView::fail("input " + std::to_string(which) + " has the shape " + to_string(view.shape(which)) +
                       ", expected " + to_string(expected));
    }
}

void infer_causal_conv(Infer& infer)
{
    infer.require_inputs(2, 4);
    only_attributes(infer, {"activation"});
    infer.require_float(input);
    for (const std::size_t other : {weight, bias, past}) {
        if (infer.has(other)) {
            infer.require_same_type(input, other);
        }
    }
    has_swish(infer);
    if (infer.rank(input) != 3 || infer.rank(weight) != 3) {
        NodeView::fail("input and weight should have three dimensions");
    }
    const Dim channels = infer.shape(input)[1];
    const Dim taps = infer.shape(weight)[2];
    if (!taps.is_constant() || taps.constant() < 1) {
        NodeView::fail("the number of taps, " + taps.str() + ", has to be known and 1 at least");
    }
    check_shape(infer, weight, {channels, 1, taps});
    check_shape(infer, bias, {channels});
    check_shape(infer, past, state_shape(infer));
    infer.set(0, infer.dtype(input), infer.shape(input));
    infer.set(1, infer.dtype(input), state_shape(infer));
}

void lower_causal_conv(Lower& lower)
{
    const DType type = lower.dtype(input);
    const Shape& x = lower.shape(input);
    const Dim taps = lower.shape(weight)[2];
    const bool swishes = has_swish(lower);
    const auto element = static_cast<std::int64_t>(size_of(compute_type(type)));
    const Operand scratch = lower.temporary(compute_type(type), (taps + x[2] + Dim{3}) * Dim{element});
    auto call = lower.call("causal_conv", "kernels/causal_conv.hpp");
    call.read(lower.operand(input))
        .read(lower.operand(weight))
        .read(lower.has(bias) ? lower.operand(bias) : Operand{})
        .read(lower.has(past) ? lower.operand(past) : Operand{})
        .write(lower.result(0))
        .write(lower.has_output(1) ? lower.result(1) : Operand{})
        .write(scratch)
        .extents({{"batch", x[0]}, {"channels", x[1]}, {"length", x[2]}, {"taps", taps}});
    if (swishes) {
        call.text("swish{}");
    }
    call.host([type, swishes](const HostCall& host) {
        dispatch_float(type, [&]<class T>() {
            const auto run = [&](const auto& epilogue) {
                causal_conv(host.in<T>(0), host.in<T>(1), host.in<T>(2), host.in<T>(3), host.out<T>(4), host.out<T>(5),
                            host.out<compute_t<T>>(6), host.extents<causal_conv_extents>(), epilogue);
            };
            if (swishes) {
                run(swish{});
            } else {
                run(identity{});
            }
        });
    });
}

}  // namespace

std::span<const Operator> causal_conv_rows()
{
    static constexpr Operator rows[] = {
        {.type = "CausalConvWithState", .since = 27, .infer = infer_causal_conv, .lower = lower_causal_conv},
    };
    return rows;
}

}  // namespace wasminfer::gen
