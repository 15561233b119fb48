#pragma once

// ONNX's protobuf classes, for this folder alone: nothing outside import/ knows of protobuf.
// They are of ONNX 1.12. What newer files hold beyond that schema arrives as unknown fields, and is read from there.
#include <onnx/onnx_pb.h>

#include <string>
#include <string_view>
#include <vector>

#include "ir/dtype.hpp"

namespace wasminfer::gen {

/// Field numbers of onnx.proto that ONNX 1.12 did not have yet.
namespace field {
inline constexpr int node_overload = 8;
inline constexpr int node_metadata_props = 9;
inline constexpr int function_attribute_proto = 11;
inline constexpr int function_overload = 13;
}  // namespace field

/// The contents of each length-delimited unknown field of that number.
template <class Message>
std::vector<std::string_view> unknown_fields(const Message& message, int number)
{
    std::vector<std::string_view> found;
    const auto& fields = message.unknown_fields();
    for (int i = 0; i < fields.field_count(); ++i) {
        const auto& entry = fields.field(i);
        if (entry.number() == number && entry.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
            found.emplace_back(entry.length_delimited());
        }
    }
    return found;
}

/// An unknown string field, or "" where it is absent. A field that is there twice counts as the last, as in protobuf.
template <class Message>
std::string unknown_string(const Message& message, int number)
{
    const auto found = unknown_fields(message, number);
    return found.empty() ? std::string{} : std::string{found.back()};
}

/// "ai.onnx" and "" are one domain.
inline std::string normalise_domain(const std::string& domain)
{
    return domain == "ai.onnx" ? std::string{} : domain;
}

/// The domain as a person writes it.
inline std::string domain_name(const std::string& domain)
{
    return domain.empty() ? "ai.onnx" : domain;
}

/// DType of TensorProto.data_type and TypeProto.Tensor.elem_type; undefined where the number is not a type.
DType dtype_of_onnx(std::int32_t number);
std::int32_t onnx_of_dtype(DType type);

}  // namespace wasminfer::gen
