#pragma once

#include "ops/call.hpp"
#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// A set of element types, a bit each.
using TypeSet = std::uint32_t;

constexpr TypeSet set_of(auto... types)
{
    return (TypeSet{0} | ... | (TypeSet{1} << static_cast<unsigned>(types)));
}

constexpr bool contains(TypeSet set, DType type)
{
    return (set & set_of(type)) != 0;
}

namespace types {
inline constexpr TypeSet floats = set_of(DType::f32, DType::f16, DType::f64);
inline constexpr TypeSet signed_integers = set_of(DType::i8, DType::i16, DType::i32, DType::i64);
inline constexpr TypeSet unsigned_integers = set_of(DType::u8, DType::u16, DType::u32, DType::u64);
inline constexpr TypeSet integers = signed_integers | unsigned_integers;
inline constexpr TypeSet signed_numbers = floats | signed_integers;
inline constexpr TypeSet numbers = floats | integers;
inline constexpr TypeSet booleans = set_of(DType::boolean);
inline constexpr TypeSet all = numbers | booleans;
}  // namespace types

/// The DType of a C++ element type.
template <class T>
constexpr DType dtype_of()
{
    if constexpr (std::is_same_v<T, bool>) {
        return DType::boolean;
    } else if constexpr (is_half<T>) {
        return DType::f16;
    } else if constexpr (std::is_floating_point_v<T>) {
        return sizeof(T) == 4 ? DType::f32 : DType::f64;
    } else {
        constexpr DType names[2][4] = {{DType::u8, DType::u16, DType::u32, DType::u64},
                                       {DType::i8, DType::i16, DType::i32, DType::i64}};
        return names[std::is_signed_v<T>][std::bit_width(sizeof(T)) - 1];
    }
}

/// As dispatch(), with code for the types in the set alone.
template <TypeSet set, class F>
void dispatch_in(DType type, F f)
{
    dispatch(type, [&]<class T>() {
        if constexpr (contains(set, dtype_of<T>())) {
            f.template operator()<T>();
        } else {
            throw std::logic_error{"an operator was given elements of a type that its infer refuses"};
        }
    });
}

/// Refuses an input whose type is not in the set, naming those that are.
void require_in(const NodeView& view, std::size_t input, TypeSet set);

/// The element type that an attribute gives by its number in ONNX's protobuf, or by its name there ("FLOAT16"). Refuses
/// what generated code can't hold.
DType onnx_type(const NodeView& view, const std::string& attribute);
DType named_type(const NodeView& view, const std::string& attribute);

/// A number as a literal of its own type.
template <class T>
std::string number_literal(T number)
{
    if constexpr (std::is_same_v<T, bool>) {
        return number ? "true" : "false";
    } else if constexpr (std::is_floating_point_v<T>) {
        return literal(number);
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
        return std::to_string(number) + "u";
    } else {
        return literal(static_cast<std::int64_t>(number));
    }
}

/// An element as an expression that converts to its type.
template <class T>
std::string element_literal(T element)
{
    const std::string number = number_literal(widen(element));
    return is_half<T> ? "half{" + number + "}" : number;
}

/// A number as a literal of the C++ type in which kernels compute on elements of `type`: "1.5f" for f16.
std::string literal_of(DType type, double number);

}  // namespace wasminfer::gen
