// Operators that make tensors out of attributes, shapes and numbers.
#include <wasminfer/kernels/generate.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/symbolic.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

// ---- Constant ----

template <class T>
Tensor tensor_of(DType dtype, std::vector<std::int64_t> shape, const std::vector<T>& elements)
{
    return Tensor::of<T>(dtype, std::move(shape), elements);
}

Tensor constant_of(const NodeView& view)
{
    const Attributes& attributes = view.node().attributes;
    if (view.has_attribute("value")) {
        const auto* tensor = attributes.get<Tensor>("value");
        return tensor ? *tensor : (NodeView::fail("attribute 'value' should be a tensor"), Tensor{});
    }
    if (view.has_attribute("value_float")) {
        return tensor_of<float>(DType::f32, {}, {view.float_attribute("value_float", 0)});
    }
    if (view.has_attribute("value_int")) {
        return Tensor::ints({}, {view.int_attribute("value_int")});
    }
    if (view.has_attribute("value_floats")) {
        const auto list = view.floats_attribute("value_floats");
        return tensor_of(DType::f32, {static_cast<std::int64_t>(list.size())}, list);
    }
    if (view.has_attribute("value_ints")) {
        const auto list = view.ints_attribute("value_ints");
        return Tensor::ints({static_cast<std::int64_t>(list.size())}, list);
    }
    NodeView::fail("has no value of a supported kind: value, value_float, value_floats, value_int, value_ints");
}

void infer_constant(Infer& infer)
{
    infer.require_inputs(0, 0);
    const Attributes& attributes = infer.node().attributes;
    if (std::distance(attributes.begin(), attributes.end()) != 1) {
        NodeView::fail("should have one attribute, its value");
    }
    Tensor tensor = constant_of(infer);
    if (size_of(tensor.dtype()) == 0) {
        NodeView::fail("elements of type " + std::string{name(tensor.dtype())} + " are not supported");
    }
    infer.set(0, tensor.dtype(), Shape(tensor.shape().begin(), tensor.shape().end()));
    infer.out(0).constant = std::move(tensor);
}

/// Nothing is computed: the output is a weight.
void lower_constant(Lower&) {}

// ---- ConstantOfShape ----

Tensor fill_value(const NodeView& view)
{
    if (!view.has_attribute("value")) {
        return tensor_of<float>(DType::f32, {1}, {0.0f});
    }
    const auto* tensor = view.node().attributes.get<Tensor>("value");
    if (!tensor || tensor->count() != 1) {
        NodeView::fail("attribute 'value' should be a tensor of one element");
    }
    if (size_of(tensor->dtype()) == 0) {
        NodeView::fail("elements of type " + std::string{name(tensor->dtype())} + " are not supported");
    }
    return *tensor;
}

void infer_constant_of_shape(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"value"});
    infer.require_types(0, {DType::i64});
    if (infer.rank(0) != 1) {
        NodeView::fail("the shape, input 0, should have one dimension and has " + std::to_string(infer.rank(0)));
    }
    infer.set(0, fill_value(infer).dtype(), infer.known_elements(0, "shape"));
}

void lower_constant_of_shape(Lower& lower)
{
    const Value& out = lower.out(0);
    const Tensor value = fill_value(lower);
    dispatch(value.dtype(), [&]<class T>() {
        T element;
        std::memcpy(static_cast<void*>(&element), value.bytes().data(), sizeof(T));
        lower.call("fill", "kernels/generate.hpp")
            .write(lower.operand(out))
            .extents({{"n", element_count(*out.shape)}})
            .text(element_literal(element))
            .host([element](const HostCall& call) { fill(call.out<T>(0), {.n = call.numbers[0]}, element); });
    });
}

// ---- Range ----

Dim range_count(const NodeView& view)
{
    if (is_float(view.dtype(0))) {
        const double start = view.known_numbers(0, "start")[0];
        const double limit = view.known_numbers(1, "limit")[0];
        const double delta = view.known_numbers(2, "step")[0];
        const double count = std::ceil((limit - start) / delta);
        if (!(count < 0x1p31)) {
            NodeView::fail("from " + literal(start) + " to " + literal(limit) + " by " + literal(delta) +
                           " are more elements than can be held");
        }
        return static_cast<std::int64_t>(std::max(count, 0.0));
    }
    const Dim start = view.known_elements(0, "start")[0];
    const Dim limit = view.known_elements(1, "limit")[0];
    const Dim delta = view.known_elements(2, "step")[0];
    const auto sign = sign_of(delta);
    if (!sign || *sign == 0) {
        NodeView::fail("the step " + delta.str() + (sign ? " is 0" : " may have either sign"));
    }
    const Dim span = *sign > 0 ? limit - start : start - limit;
    const Dim count = ceil_div(span, *sign > 0 ? delta : -delta);
    return is_less(span, 0) == false ? count : max(count, 0);
}

void infer_range(Infer& infer)
{
    infer.require_inputs(3, 3);
    only_attributes(infer, {});
    require_in(infer, 0, types::floats | set_of(DType::i16, DType::i32, DType::i64));
    for (const std::size_t i : {0U, 1U, 2U}) {
        infer.require_same_type(0, i);
        if (!(element_count(infer.shape(i)) == Dim{1})) {
            NodeView::fail("input " + std::to_string(i) + " should be one number and has the shape " +
                           to_string(infer.shape(i)));
        }
    }
    const Dim count = range_count(infer);
    infer.set(0, infer.dtype(0), {count});
    constexpr std::int64_t most_elements = 1024;
    if (infer.dtype(0) == DType::i64 && count.is_constant() && count.constant() <= most_elements) {
        std::vector<Dim> elements;
        const Dim start = infer.known_elements(0, "start")[0];
        const Dim delta = infer.known_elements(2, "step")[0];
        for (std::int64_t i = 0; i < count.constant(); ++i) {
            elements.push_back(start + delta * Dim{i});
        }
        infer.set_elements(0, std::move(elements));
    }
}

void lower_range(Lower& lower)
{
    const Value& out = lower.out(0);
    lower.call("range", "kernels/generate.hpp")
        .read(lower.operand(0))
        .read(lower.operand(2))
        .write(lower.operand(out))
        .extents({{"n", element_count(*out.shape)}})
        .host([](const HostCall& call) {
            dispatch_in<types::floats | set_of(DType::i16, DType::i32, DType::i64)>(call.dtypes[0], [&]<class T>() {
                range(call.in<T>(0), call.in<T>(1), call.out<T>(2), {.n = call.numbers[0]});
            });
        });
}

// ---- EyeLike ----

/// The input's type, or (for booleans too) that of the attribute `dtype`.
void infer_eye_like(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"dtype", "k"});
    if (infer.rank(0) != 2) {
        NodeView::fail("the input should be a matrix and has the shape " + to_string(infer.shape(0)));
    }
    const DType type = infer.has_attribute("dtype") ? onnx_type(infer, "dtype") : infer.dtype(0);
    infer.int_attribute("k", 0);
    infer.set(0, type, infer.shape(0));
}

void lower_eye_like(Lower& lower)
{
    const Value& out = lower.out(0);
    dispatch(out.dtype, [&]<class T>() {
        lower.call("eye", "kernels/generate.hpp")
            .write(lower.operand(out))
            .extents({{"rows", (*out.shape)[0]}, {"cols", (*out.shape)[1]}, {"diagonal", lower.int_attribute("k", 0)}})
            .host([](const HostCall& call) { eye(call.out<T>(0), call.extents<eye_extents>()); });
    });
}

}  // namespace

std::span<const Operator> constant_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Constant", .infer = infer_constant, .lower = lower_constant},
        {.type = "ConstantOfShape", .since = 9, .infer = infer_constant_of_shape, .lower = lower_constant_of_shape},
        {.type = "EyeLike", .since = 9, .infer = infer_eye_like, .lower = lower_eye_like},
        {.type = "Range", .since = 11, .infer = infer_range, .lower = lower_range},
    };
    return rows;
}

}  // namespace wasminfer::gen
