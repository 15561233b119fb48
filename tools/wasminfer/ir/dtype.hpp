#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wasminfer::gen {

/// Element types. The first block is what generated code can hold; the rest is known by name, so that a model which uses
/// it is refused with the type's own name.
enum class DType : std::uint8_t {
    undefined,
    f32,
    f16,
    f64,
    boolean,
    i8,
    i16,
    i32,
    i64,
    u8,
    u16,
    u32,
    u64,
    string,
    bf16,
    c64,
    c128,
    f8e4m3fn,
    f8e4m3fnuz,
    f8e5m2,
    f8e5m2fnuz,
    f8e8m0,
    i4,
    u4,
    f4e2m1,
    i2,
    u2,
};

/// Bytes of one element as generated code stores it; 0 for types it can't hold.
constexpr std::size_t size_of(DType type)
{
    switch (type) {
    case DType::boolean:
    case DType::i8:
    case DType::u8: return 1;
    case DType::f16:
    case DType::i16:
    case DType::u16: return 2;
    case DType::f32:
    case DType::i32:
    case DType::u32: return 4;
    case DType::f64:
    case DType::i64:
    case DType::u64: return 8;
    default: return 0;
    }
}

constexpr bool is_float(DType type)
{
    return type == DType::f32 || type == DType::f16 || type == DType::f64;
}

constexpr bool is_signed_integer(DType type)
{
    return type == DType::i8 || type == DType::i16 || type == DType::i32 || type == DType::i64;
}

constexpr bool is_unsigned_integer(DType type)
{
    return type == DType::u8 || type == DType::u16 || type == DType::u32 || type == DType::u64;
}

constexpr bool is_integer(DType type)
{
    return is_signed_integer(type) || is_unsigned_integer(type);
}

/// Short name, the one used in messages, in generated comments and as the accessor of the arena: "f32", "i64", "bool".
constexpr std::string_view name(DType type)
{
    switch (type) {
    case DType::undefined: return "undefined";
    case DType::f32: return "f32";
    case DType::f16: return "f16";
    case DType::f64: return "f64";
    case DType::boolean: return "bool";
    case DType::i8: return "i8";
    case DType::i16: return "i16";
    case DType::i32: return "i32";
    case DType::i64: return "i64";
    case DType::u8: return "u8";
    case DType::u16: return "u16";
    case DType::u32: return "u32";
    case DType::u64: return "u64";
    case DType::string: return "string";
    case DType::bf16: return "bfloat16";
    case DType::c64: return "complex64";
    case DType::c128: return "complex128";
    case DType::f8e4m3fn: return "float8e4m3fn";
    case DType::f8e4m3fnuz: return "float8e4m3fnuz";
    case DType::f8e5m2: return "float8e5m2";
    case DType::f8e5m2fnuz: return "float8e5m2fnuz";
    case DType::f8e8m0: return "float8e8m0";
    case DType::i4: return "int4";
    case DType::u4: return "uint4";
    case DType::f4e2m1: return "float4e2m1";
    case DType::i2: return "int2";
    case DType::u2: return "uint2";
    }
    return "unknown";
}

/// The C++ type of an element in generated code.
constexpr std::string_view cpp_type(DType type)
{
    switch (type) {
    case DType::f32: return "float";
    case DType::f16: return "wasminfer::half";
    case DType::f64: return "double";
    case DType::boolean: return "bool";
    case DType::i8: return "std::int8_t";
    case DType::i16: return "std::int16_t";
    case DType::i32: return "std::int32_t";
    case DType::i64: return "std::int64_t";
    case DType::u8: return "std::uint8_t";
    case DType::u16: return "std::uint16_t";
    case DType::u32: return "std::uint32_t";
    case DType::u64: return "std::uint64_t";
    default: return "void";
    }
}

}  // namespace wasminfer::gen
