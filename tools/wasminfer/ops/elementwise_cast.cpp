// Cast and CastLike to any type that generated code holds, and BitCast, which keeps the bytes.
#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/convert.hpp"
#include "ops/elementwise_words.hpp"
#include "ops/symbolic.hpp"

namespace wasminfer::gen {

namespace {

/// The attribute `to`; before opset 6 it is the type's name.
DType cast_target(const NodeView& view)
{
    return view.opset() < 6 ? named_type(view, "to") : onnx_type(view, "to");
}

DType target_of(const NodeView& view)
{
    return view.node().op == "CastLike" ? view.dtype(1) : cast_target(view);
}

/// What is left of integers by a cast: themselves, where the type is wide enough for sizes. Fractions lose what is behind
/// the point on their way to an integer.
void cast_elements(Infer& infer, DType target)
{
    const Value& in = infer.in(0);
    const bool wide = target == DType::i64 || target == DType::i32 || is_float(target);
    const bool few = is_static(*in.shape) && element_count(*in.shape).constant() <= most_symbolic_elements;
    if (!wide || !few || in.numbers()) {
        return;
    }
    const auto elements = is_float(in.dtype) && !is_float(target)
                              ? rounded_elements(infer, 0, Rounding::to_zero, infer.symbols())
                              : infer.elements(0);
    if (elements &&
        std::ranges::all_of(*elements, [&](const Dim& dim) { return is_exact(dim, target, infer.symbols()); })) {
        infer.set_elements(0, *elements);
    }
}

void infer_cast(Infer& infer)
{
    const bool like = infer.node().op == "CastLike";
    infer.require_inputs(like ? 2 : 1, like ? 2 : 1);
    // saturate and round_mode are about float8, which is refused.
    like ? only_attributes(infer, {"saturate", "round_mode"})
         : only_attributes(infer, {"to", "saturate", "round_mode"});
    require_in(infer, 0, types::all);
    const DType target = target_of(infer);
    if (size_of(target) == 0) {
        NodeView::fail("elements of type " + std::string{name(target)} + " are not supported");
    }
    infer.set(0, target, infer.shape(0));
    cast_elements(infer, target);
}

void lower_cast(Lower& lower)
{
    const Value& in = lower.in(0);
    const Value& out = lower.out(0);
    if (in.dtype == out.dtype) {
        lower.alias(out, in);
        return;
    }
    convert(lower, lower.operand(in), lower.operand(out), element_count(*in.shape)).in_place(out, in);
}

void infer_bit_cast(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"to"});
    require_in(infer, 0, types::all);
    const DType target = cast_target(infer);
    if (size_of(target) != size_of(infer.dtype(0))) {
        NodeView::fail("elements of type " + std::string{name(infer.dtype(0))} + " and " + std::string{name(target)} +
                       " differ in size");
    }
    infer.set(0, target, infer.shape(0));
}

void lower_bit_cast(Lower& lower)
{
    lower.alias(lower.out(0), lower.in(0));
}

}  // namespace

std::span<const Operator> cast_rows()
{
    static constexpr Operator rows[] = {
        {.type = "BitCast", .since = 26, .infer = infer_bit_cast, .lower = lower_bit_cast, .elementwise = true},
        {.type = "Cast", .infer = infer_cast, .lower = lower_cast, .elementwise = true},
        {.type = "CastLike", .since = 15, .infer = infer_cast, .lower = lower_cast},
    };
    return rows;
}

}  // namespace wasminfer::gen
