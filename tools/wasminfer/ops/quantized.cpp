#include "ops/quantized.hpp"

namespace wasminfer::gen {

void require_one(const NodeView& view, std::size_t input, const std::string& what)
{
    if (view.has(input) && !(element_count(view.shape(input)) == Dim{1})) {
        NodeView::fail("the " + what + " has the shape " + to_string(view.shape(input)) + ", and has to be one number");
    }
}

std::int64_t spread(const NodeView& view, std::size_t input, const Dim& count, const std::string& what)
{
    if (!view.has(input) || element_count(view.shape(input)) == Dim{1}) {
        return 0;
    }
    const Shape& shape = view.shape(input);
    if (shape.size() != 1 || !known_equal(shape[0], count)) {
        NodeView::fail("the " + what + " has the shape " + to_string(shape) + ", and has to be one number or " +
                       count.str());
    }
    return 1;
}

void require_zero_type(const NodeView& view, std::size_t zero, DType type)
{
    if (view.has(zero)) {
        view.require_types(zero, {type});
    }
}

Quantization constant_quantization(const NodeView& view, std::size_t scale)
{
    view.require_types(scale, {DType::f32});
    require_one(view, scale, "scale");
    require_one(view, scale + 1, "zero point");
    const auto number = [&](std::size_t input) {
        const Tensor* numbers = view.in(input).numbers();
        if (!numbers) {
            NodeView::fail("the scales and zero points of this operator have to be constants, and '" +
                           view.in(input).name + "' is computed");
        }
        return numbers->to_doubles()[0];
    };
    return {.scale = static_cast<float>(number(scale)),
            .zero = view.has(scale + 1) ? static_cast<std::int32_t>(number(scale + 1)) : 0};
}

std::string type_argument(DType type)
{
    return std::string{cpp_type(type)};
}

CallBuilder call_qlinear(Lower& lower, const std::string& function, const std::string& header, const Operand& packed)
{
    CallBuilder call = lower.call(function, header);
    call.templates(type_argument(lower.dtype(3)));
    for (std::size_t input = 0; input < 8; ++input) {
        call.read(input == 3 ? packed : lower.operand(input));
    }
    return call;
}

}  // namespace wasminfer::gen
