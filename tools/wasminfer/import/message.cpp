#include "import/message.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace wasminfer::gen {

namespace {

/// Reads the outermost fields alone.
class WireReader {
public:
    explicit WireReader(std::span<const std::byte> bytes) : bytes_{bytes} {}

    bool done() const { return at_ == bytes_.size(); }
    std::size_t left() const { return bytes_.size() - at_; }

    std::optional<std::uint64_t> varint()
    {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64 && at_ < bytes_.size(); shift += 7) {
            const auto byte = std::to_integer<std::uint64_t>(bytes_[at_++]);
            number |= (byte & 0x7f) << shift;
            if (byte < 0x80) {
                return number;
            }
        }
        return std::nullopt;
    }

    bool skip(std::uint64_t count)
    {
        if (count > left()) {
            return false;
        }
        at_ += static_cast<std::size_t>(count);
        return true;
    }

private:
    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
};

bool starts_with(std::span<const std::byte> bytes, std::string_view prefix)
{
    return bytes.size() >= prefix.size() &&
           std::ranges::equal(bytes.first(prefix.size()), std::as_bytes(std::span{prefix}));
}

bool looks_like_text(std::span<const std::byte> bytes)
{
    return std::ranges::all_of(bytes.first(std::min<std::size_t>(bytes.size(), 512)), [](std::byte byte) {
        const auto c = std::to_integer<unsigned>(byte);
        return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\r' || c == '\t';
    });
}

/// "" where the outermost fields are whole.
std::string describe_damage(std::span<const std::byte> bytes)
{
    constexpr std::uint64_t most_fields = 100;  // Of ModelProto, with room for what it gets yet.
    WireReader reader{bytes};
    std::string otherwise = "is not an ONNX model";
    while (!reader.done()) {
        const std::uint64_t tag = reader.varint().value_or(0);
        const std::uint64_t number = tag >> 3;
        if (number == 0 || number > most_fields) {
            return otherwise;
        }
        bool whole = false;
        switch (tag & 7) {
        case 0: whole = reader.varint().has_value(); break;
        case 1: whole = reader.skip(8); break;
        case 5: whole = reader.skip(4); break;
        case 2: {
            const auto length = reader.varint();
            if (length && *length > reader.left() && number == onnx::ModelProto::kGraphFieldNumber) {
                return "is cut off: its graph has " + std::to_string(*length) + " bytes, of which " +
                       std::to_string(reader.left()) + " are there";
            }
            whole = length && reader.skip(*length);
            break;
        }
        default: return otherwise;
        }
        otherwise = "is cut off or damaged";
        if (!whole) {
            return otherwise;
        }
    }
    return {};
}

}  // namespace

bool parse_message(google::protobuf::MessageLite& message, std::span<const std::byte> bytes)
{
    const google::protobuf::LogSilencer silence;
    return bytes.size() <= most_message_bytes && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

ParseFailure explain_parse_failure(std::span<const std::byte> bytes)
{
    if (bytes.empty()) {
        return {"is empty", {}};
    }
    if (starts_with(bytes, "version https://git-lfs")) {
        return {"is a pointer of Git LFS, not the model itself", "fetch the model with 'git lfs pull'"};
    }
    if (starts_with(bytes, "PK\x03\x04")) {
        return {"is a zip archive, not an ONNX model",
                "unpack it; a PyTorch .pt file has to be exported to ONNX first"};
    }
    if (looks_like_text(bytes)) {
        return {"is a text file, not an ONNX model", {}};
    }
    std::string damage = describe_damage(bytes);
    return damage.empty() ? ParseFailure{"is not an ONNX model, or is damaged", {}}
                          : ParseFailure{std::move(damage), "was the file downloaded or copied to its end?"};
}

}  // namespace wasminfer::gen
