#include "ops/type_set.hpp"

#include <algorithm>
#include <array>

namespace wasminfer::gen {

void require_in(const NodeView& view, std::size_t input, TypeSet set)
{
    const DType type = view.dtype(input);
    if (contains(set, type)) {
        return;
    }
    std::string list;
    for (unsigned i = 0; i < 32; ++i) {
        if ((set >> i & 1U) != 0) {
            list += (list.empty() ? "" : ", ") + std::string{name(static_cast<DType>(i))};
        }
    }
    NodeView::fail("input " + std::to_string(input) + " '" + view.in(input).name + "' has elements of type " +
                   std::string{name(type)} + "; supported are " + list);
}

namespace {

using enum DType;

/// In the order of TensorProto.DataType.
constexpr std::array<std::pair<std::string_view, DType>, 27> protobuf_types{{
    {"UNDEFINED", undefined},
    {"FLOAT", f32},
    {"UINT8", u8},
    {"INT8", i8},
    {"UINT16", u16},
    {"INT16", i16},
    {"INT32", i32},
    {"INT64", i64},
    {"STRING", string},
    {"BOOL", boolean},
    {"FLOAT16", f16},
    {"DOUBLE", f64},
    {"UINT32", u32},
    {"UINT64", u64},
    {"COMPLEX64", c64},
    {"COMPLEX128", c128},
    {"BFLOAT16", bf16},
    {"FLOAT8E4M3FN", f8e4m3fn},
    {"FLOAT8E4M3FNUZ", f8e4m3fnuz},
    {"FLOAT8E5M2", f8e5m2},
    {"FLOAT8E5M2FNUZ", f8e5m2fnuz},
    {"UINT4", u4},
    {"INT4", i4},
    {"FLOAT4E2M1", f4e2m1},
    {"FLOAT8E8M0", f8e8m0},
    {"UINT2", u2},
    {"INT2", i2},
}};

DType held(DType type, const std::string& asked)
{
    if (size_of(type) == 0) {
        NodeView::fail("elements of type " + asked + " are not supported");
    }
    return type;
}

}  // namespace

DType onnx_type(const NodeView& view, const std::string& attribute)
{
    const auto number = view.int_attribute(attribute);
    const bool known = number > 0 && number < static_cast<std::int64_t>(protobuf_types.size());
    const DType type = known ? protobuf_types[static_cast<std::size_t>(number)].second : undefined;
    return held(type, known ? std::string{name(type)} : std::to_string(number));
}

DType named_type(const NodeView& view, const std::string& attribute)
{
    const auto asked = view.string_attribute(attribute, "");
    const auto entry = std::ranges::find(protobuf_types, asked, [](const auto& pair) { return pair.first; });
    return held(entry == protobuf_types.end() ? undefined : entry->second, "'" + asked + "'");
}

std::string literal_of(DType type, double number)
{
    switch (type) {
    case DType::f32:
    case DType::f16: return literal(static_cast<float>(number));
    case DType::f64: return literal(number);
    default: return std::string{cpp_type(type)} + "{" + literal(static_cast<std::int64_t>(number)) + "}";
    }
}

}  // namespace wasminfer::gen
