// Clip: a functor where the bounds are numbers, two calls where they are computed at run time.
#include "ops/attributes.hpp"
#include "ops/elementwise_words.hpp"

namespace wasminfer::gen {

namespace {

/// Bounds are attributes before opset 11 and inputs from then on.
bool has_bound(const NodeView& view, bool upper)
{
    return view.opset() < 11 ? view.has_attribute(upper ? "max" : "min") : view.has(upper ? 2 : 1);
}

void infer_clip(Infer& infer)
{
    const bool attributes = infer.opset() < 11;
    infer.require_inputs(1, attributes ? 1 : 3);
    infer.opset() < 6 ? only_attributes(infer, {"min", "max", "consumed_inputs"})
    : attributes      ? only_attributes(infer, {"min", "max"})
                      : only_attributes(infer, {});
    require_in(infer, 0, types::numbers);
    for (std::size_t i = 1; i < infer.input_count(); ++i) {
        if (infer.has(i)) {
            infer.require_same_type(0, i);
            if (!(element_count(infer.shape(i)) == Dim{1})) {
                NodeView::fail("a bound should be one number and has the shape " + to_string(infer.shape(i)));
            }
        }
    }
    infer.float_attribute("min", 0);
    infer.float_attribute("max", 0);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

/// Reads a bound's bytes as T; where there is none, the end of T's range.
template <class T>
compute_t<T> bound_as(const NodeView& view, bool upper)
{
    using limits = std::numeric_limits<compute_t<T>>;
    if (!has_bound(view, upper)) {
        if constexpr (limits::has_infinity) {
            return upper ? limits::infinity() : -limits::infinity();
        } else {
            return upper ? limits::max() : limits::lowest();
        }
    }
    if (view.opset() < 11) {
        return static_cast<compute_t<T>>(view.float_attribute(upper ? "max" : "min", 0));
    }
    return widen(view.in(upper ? 2 : 1).numbers()->as<T>()[0]);
}

/// The functor, and what runs it here.
struct BoundClip {
    std::string text;
    std::function<void(const HostCall&)> host;
};

std::optional<BoundClip> bound_clip(const NodeView& view)
{
    for (const std::size_t i : {1U, 2U}) {
        if (view.has(i) && !view.in(i).numbers()) {
            return std::nullopt;
        }
    }
    BoundClip bound;
    dispatch_in<types::numbers>(view.dtype(0), [&]<class T>() {
        const clip<compute_t<T>> functor{bound_as<T>(view, false), bound_as<T>(view, true)};
        const std::string type =
            std::is_integral_v<T> ? "<" + std::string{cpp_type(view.dtype(0))} + ">" : std::string{};
        bound.text = "clip" + type + "{" + number_literal(functor.lo) + ", " + number_literal(functor.hi) + "}";
        bound.host = [functor](const HostCall& call) {
            unary(call.in<T>(0), call.out<T>(1), elementwise_extents{call.numbers[0]}, functor);
        };
    });
    return bound;
}

void lower_clip(Lower& lower)
{
    const Value& in = lower.in(0);
    const Value& out = lower.out(0);
    if (!has_bound(lower, false) && !has_bound(lower, true)) {
        lower.alias(out, in);
        return;
    }
    if (auto bound = bound_clip(lower)) {
        lower.call("unary", "kernels/elementwise.hpp")
            .read(lower.operand(in))
            .write(lower.operand(out))
            .extents({{"n", element_count(*in.shape)}})
            .text(bound->text)
            .in_place(out, in)
            .host(std::move(bound->host));
        return;
    }
    // First the lower bound, then the upper one, which wins where they cross.
    const Value* so_far = &in;
    for (const bool upper : {false, true}) {
        if (has_bound(lower, upper)) {
            const std::size_t bound = upper ? 2 : 1;
            auto builder = lower_binary(lower, out, lower.operand(*so_far), *so_far->shape, lower.operand(bound), {},
                                        upper ? "min{}" : "max{}", upper ? run_min : run_max);
            if (so_far == &in) {
                builder.in_place(out, in);
            }
            so_far = &out;
        }
    }
}

std::optional<std::string> clip_functor(const NodeView& view)
{
    const auto bound = bound_clip(view);
    return bound ? std::optional{bound->text} : std::nullopt;
}

}  // namespace

std::span<const Operator> clip_rows()
{
    static constexpr Operator rows[] = {
        {.type = "Clip", .infer = infer_clip, .lower = lower_clip, .functor = clip_functor, .elementwise = true},
    };
    return rows;
}

}  // namespace wasminfer::gen
