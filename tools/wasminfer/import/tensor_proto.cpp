#include "import/tensor_proto.hpp"

#include <bit>
#include <charconv>
#include <cstring>

namespace wasminfer::gen {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian and copied as it is");

namespace {

/// What wasm32 can address; a model with more could not run.
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 32;
/// A few bytes of a sparse tensor can ask for any amount of zeros.
constexpr std::uint64_t most_dense_bytes = std::uint64_t{1} << 28;
constexpr int most_dimensions = 64;

std::string dims_text(const google::protobuf::RepeatedField<std::int64_t>& dims)
{
    std::string text = "[";
    for (const auto extent : dims) {
        text += (text.size() > 1 ? "," : "") + std::to_string(extent);
    }
    return text + "]";
}

std::vector<std::int64_t> read_dims(const google::protobuf::RepeatedField<std::int64_t>& dims)
{
    if (dims.size() > most_dimensions) {
        throw TensorError{"has " + std::to_string(dims.size()) + " dimensions"};
    }
    // Extents of 0 count as 1 here, so that no product over a part of them overflows either.
    std::int64_t product = 1;
    for (const auto extent : dims) {
        if (extent < 0) {
            throw TensorError{"has the shape " + dims_text(dims) + ", with a negative extent"};
        }
        if (__builtin_mul_overflow(product, std::max<std::int64_t>(extent, 1), &product) || product > std::int64_t{1}
                                                                                                          << 40) {
            throw TensorError{"has the shape " + dims_text(dims) + ", more than any memory holds"};
        }
    }
    return {dims.begin(), dims.end()};
}

std::int64_t count_of(const std::vector<std::int64_t>& dims)
{
    std::int64_t count = 1;
    for (const auto extent : dims) {
        count *= extent;
    }
    return count;
}

DType read_dtype(std::int32_t number)
{
    const DType dtype = dtype_of_onnx(number);
    if (dtype == DType::undefined) {
        throw TensorError{"has the element type number " + std::to_string(number) + ", which is not known"};
    }
    return dtype;
}

std::uint64_t read_number(const std::string& key, const std::string& text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw TensorError{"its external data has the " + key + " '" + text + "', which is not a number"};
    }
    return number;
}

ExternalData read_external_entries(const onnx::TensorProto& proto)
{
    ExternalData data;
    for (const auto& entry : proto.external_data()) {
        if (entry.key() == "location") {
            data.location = entry.value();
        } else if (entry.key() == "offset") {
            data.offset = read_number("offset", entry.value());
        } else if (entry.key() == "length") {
            data.length = read_number("length", entry.value());
        }
    }
    return data;
}

void check_count(std::uint64_t got, std::uint64_t expected, const onnx::TensorProto& proto, const char* what)
{
    if (got != expected) {
        throw TensorError{"its shape " + dims_text(proto.dims()) + " needs " + std::to_string(expected) + " " + what +
                          ", and " + std::to_string(got) + " are there"};
    }
}

/// The elements of one of the typed lists, each in its stored type. Narrower types wrap, as in other readers: some
/// writers put -1 as 255 and others 255 as -1.
template <class Stored, class List>
std::vector<std::byte> copy_list(const List& list, const onnx::TensorProto& proto, std::uint64_t count)
{
    check_count(static_cast<std::uint64_t>(list.size()), count, proto, "elements");
    std::vector<std::byte> bytes(static_cast<std::size_t>(count) * sizeof(Stored));
    std::size_t at = 0;
    for (const auto element : list) {
        const auto stored = static_cast<Stored>(element);
        std::memcpy(bytes.data() + at, &stored, sizeof stored);
        at += sizeof stored;
    }
    return bytes;
}

std::vector<std::byte> copy_typed(DType dtype, const onnx::TensorProto& proto, std::uint64_t count)
{
    switch (dtype) {
    case DType::f32: return copy_list<float>(proto.float_data(), proto, count);
    case DType::f64: return copy_list<double>(proto.double_data(), proto, count);
    case DType::i64: return copy_list<std::int64_t>(proto.int64_data(), proto, count);
    case DType::u64: return copy_list<std::uint64_t>(proto.uint64_data(), proto, count);
    case DType::u32: return copy_list<std::uint32_t>(proto.uint64_data(), proto, count);
    case DType::i32: return copy_list<std::int32_t>(proto.int32_data(), proto, count);
    case DType::i16: return copy_list<std::int16_t>(proto.int32_data(), proto, count);
    case DType::f16:  // Bit patterns.
    case DType::u16: return copy_list<std::uint16_t>(proto.int32_data(), proto, count);
    case DType::i8: return copy_list<std::int8_t>(proto.int32_data(), proto, count);
    case DType::boolean: return copy_list<bool>(proto.int32_data(), proto, count);
    default: return copy_list<std::uint8_t>(proto.int32_data(), proto, count);
    }
}

}  // namespace

std::size_t TensorReader::take_bytes(std::int64_t count, DType dtype)
{
    const std::uint64_t bytes = static_cast<std::uint64_t>(count) * size_of(dtype);
    taken_ += bytes;
    if (bytes > most_bytes || taken_ > most_bytes) {
        throw TensorError{"the model's constants take more than 4 GiB, which WebAssembly can't address"};
    }
    return static_cast<std::size_t>(bytes);
}

Tensor TensorReader::read(const onnx::TensorProto& proto)
{
    const DType dtype = read_dtype(proto.data_type());
    auto dims = read_dims(proto.dims());
    if (proto.has_segment()) {
        throw TensorError{"is stored in segments, which is not supported", "re-save the model with the onnx package"};
    }
    if (size_of(dtype) == 0) {
        return {dtype, std::move(dims), {}};
    }
    const std::int64_t count = count_of(dims);
    const std::uint64_t size = static_cast<std::uint64_t>(count) * size_of(dtype);
    std::vector<std::byte> bytes;
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
        take_bytes(count, dtype);
        const ExternalData data = read_external_entries(proto);
        bytes = read_external_data(folder_, data, size);
        data_files_.insert(folder_ / data.location);
    } else if (!proto.raw_data().empty()) {
        check_count(proto.raw_data().size(), size, proto, "bytes");
        bytes.resize(take_bytes(count, dtype));
        std::memcpy(bytes.data(), proto.raw_data().data(), bytes.size());
    } else {
        bytes = copy_typed(dtype, proto, static_cast<std::uint64_t>(count));
        take_bytes(count, dtype);
    }
    if (dtype == DType::boolean) {
        for (auto& byte : bytes) {
            byte = byte == std::byte{0} ? std::byte{0} : std::byte{1};
        }
    }
    return {dtype, std::move(dims), std::move(bytes)};
}

Tensor TensorReader::read(const onnx::SparseTensorProto& proto)
{
    auto dims = read_dims(proto.dims());
    const Tensor values = read(proto.values());
    const std::size_t width = size_of(values.dtype());
    if (width == 0) {
        return {values.dtype(), std::move(dims), {}};
    }
    const Tensor indices = read(proto.indices());
    const auto rank = static_cast<std::int64_t>(dims.size());
    const bool linear = indices.rank() == 1;
    const bool fits = indices.dtype() == DType::i64 && values.rank() == 1 && (linear || indices.rank() == 2) &&
                      indices.shape()[0] == values.count() && (linear || indices.shape()[1] == rank);
    if (!fits) {
        throw TensorError{"is sparse, and its indices do not fit its values"};
    }
    const std::int64_t count = count_of(dims);
    if (static_cast<std::uint64_t>(count) * width > most_dense_bytes) {
        throw TensorError{"is sparse, and takes " + std::to_string(static_cast<std::uint64_t>(count) * width) +
                          " bytes with its zeros written out"};
    }
    std::vector<std::byte> bytes(take_bytes(count, values.dtype()));
    const auto positions = indices.to_ints();
    for (std::size_t i = 0; i < static_cast<std::size_t>(values.count()); ++i) {
        std::int64_t offset = linear ? positions[i] : 0;
        for (std::size_t axis = 0; !linear && axis < dims.size(); ++axis) {
            const std::int64_t position = positions[i * dims.size() + axis];
            if (position < 0 || position >= dims[axis]) {
                throw TensorError{"is sparse, and has an index outside its shape"};
            }
            offset = offset * dims[axis] + position;
        }
        if (offset < 0 || offset >= count) {
            throw TensorError{"is sparse, and has an index outside its shape"};
        }
        std::memcpy(bytes.data() + static_cast<std::size_t>(offset) * width, values.bytes().data() + i * width, width);
    }
    return {values.dtype(), std::move(dims), std::move(bytes)};
}

}  // namespace wasminfer::gen
