#include "import/bound_value.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <wasminfer/core.hpp>

#include "import/tensor_io.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

namespace {

std::vector<std::string> words_of(const std::string& text)
{
    std::vector<std::string> words{""};
    for (const char c : text) {
        if (c == ',') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

template <class T>
std::optional<T> parsed(const std::string& word)
{
    T number{};
    const char* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    return error == std::errc{} && stop == end ? std::optional{number} : std::nullopt;
}

template <class T>
std::optional<T> element(const std::string& word)
{
    if constexpr (std::is_same_v<T, bool>) {
        const bool yes = word == "true" || word == "1";
        return yes || word == "false" || word == "0" ? std::optional{yes} : std::nullopt;
    } else if constexpr (is_half<T>) {
        const auto number = parsed<double>(word);
        return number ? std::optional{half{*number}} : std::nullopt;
    } else {
        return parsed<T>(word);
    }
}

template <class T>
Tensor tensor_of(const DeclaredInput& input, const std::vector<std::string>& words, std::vector<std::int64_t> shape)
{
    std::vector<std::byte> bytes;
    for (const auto& word : words) {
        const auto value = element<T>(word);
        if (!value) {
            throw Refused{"--bind " + input.name + ": '" + word + "' is not a number of type " +
                          std::string{name(input.dtype)}};
        }
        const auto raw = std::as_bytes(std::span{&*value, 1});
        bytes.insert(bytes.end(), raw.begin(), raw.end());
    }
    return {input.dtype, std::move(shape), std::move(bytes)};
}

/// The declared shape with the free extent, if there is one, as large as the elements want; nullopt where they don't fit.
std::optional<std::vector<std::int64_t>> shape_for(const DeclaredInput& input, std::int64_t count)
{
    if (!input.shape) {
        return count == 1 ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{count};
    }
    std::vector<std::int64_t> shape;
    std::int64_t known = 1;
    std::optional<std::size_t> open;
    for (const DeclaredDim& dim : *input.shape) {
        const bool free = !dim.value;
        if (free && open && count != 1) {
            return std::nullopt;
        }
        open = free ? std::optional{shape.size()} : open;
        shape.push_back(dim.value.value_or(1));
        known *= dim.value.value_or(1);
    }
    if (open && known > 0 && count % known == 0) {
        shape[*open] = count / known;
        known = count;
    }
    return known == count ? std::optional{shape} : std::nullopt;
}

Tensor parse_elements(const DeclaredInput& input, const std::string& text)
{
    const auto words = words_of(text);
    const auto shape = shape_for(input, static_cast<std::int64_t>(words.size()));
    if (!shape) {
        throw Refused{"--bind " + input.name + ": " + std::to_string(words.size()) +
                      " elements don't fill the input's declared shape; give a TensorProto file, " + input.name +
                      "=FILE.pb"};
    }
    switch (input.dtype) {
    case DType::f32: return tensor_of<float>(input, words, *shape);
    case DType::f16: return tensor_of<half>(input, words, *shape);
    case DType::f64: return tensor_of<double>(input, words, *shape);
    case DType::boolean: return tensor_of<bool>(input, words, *shape);
    case DType::i8: return tensor_of<std::int8_t>(input, words, *shape);
    case DType::i16: return tensor_of<std::int16_t>(input, words, *shape);
    case DType::i32: return tensor_of<std::int32_t>(input, words, *shape);
    case DType::i64: return tensor_of<std::int64_t>(input, words, *shape);
    case DType::u8: return tensor_of<std::uint8_t>(input, words, *shape);
    case DType::u16: return tensor_of<std::uint16_t>(input, words, *shape);
    case DType::u32: return tensor_of<std::uint32_t>(input, words, *shape);
    case DType::u64: return tensor_of<std::uint64_t>(input, words, *shape);
    default: throw Refused{"--bind " + input.name + ": the input has no numbers"};
    }
}

}  // namespace

Tensor read_bound_value(const ModelFace& face, const std::string& input, const std::string& text)
{
    if (text.ends_with(".pb")) {
        return read_tensor_file(text);
    }
    const auto declared = std::ranges::find(face.inputs, input, &DeclaredInput::name);
    if (declared == face.inputs.end()) {
        throw Refused{"--bind " + input + ": the model has no input of this name that asks for a value"};
    }
    return parse_elements(*declared, text);
}

}  // namespace wasminfer::gen
