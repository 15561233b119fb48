#include <array>

#include "import/proto.hpp"

namespace wasminfer::gen {

namespace {

/// By the number of TensorProto.DataType. From 17 on, ONNX 1.12 has no names for them.
constexpr std::array types{
    DType::undefined,  DType::f32,    DType::u8,         DType::i8,      DType::u16,  DType::i16,
    DType::i32,        DType::i64,    DType::string,     DType::boolean, DType::f16,  DType::f64,
    DType::u32,        DType::u64,    DType::c64,        DType::c128,    DType::bf16, DType::f8e4m3fn,
    DType::f8e4m3fnuz, DType::f8e5m2, DType::f8e5m2fnuz, DType::u4,      DType::i4,   DType::f4e2m1,
    DType::f8e8m0,     DType::u2,     DType::i2,
};

static_assert(types[onnx::TensorProto::BFLOAT16] == DType::bf16);
static_assert(types[22] == DType::i4 && types[26] == DType::i2);

}  // namespace

DType dtype_of_onnx(std::int32_t number)
{
    return number >= 0 && static_cast<std::size_t>(number) < types.size() ? types[static_cast<std::size_t>(number)]
                                                                          : DType::undefined;
}

std::int32_t onnx_of_dtype(DType type)
{
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (types[i] == type) {
            return static_cast<std::int32_t>(i);
        }
    }
    return 0;
}

}  // namespace wasminfer::gen
