#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "import/proto.hpp"

namespace wasminfer::gen {

/// protobuf counts bytes in an int.
inline constexpr std::uint64_t most_message_bytes = (std::uint64_t{1} << 31) - 1;

/// Parses, without protobuf's own messages on stderr. False where the bytes are not such a message; what was read until
/// then stays in it.
bool parse_message(google::protobuf::MessageLite& message, std::span<const std::byte> bytes);

/// Why these bytes are not a model, as a sentence without subject: "is a text file". protobuf itself gives no reason.
struct ParseFailure {
    std::string message;
    std::string advice;
};
ParseFailure explain_parse_failure(std::span<const std::byte> bytes);

}  // namespace wasminfer::gen
