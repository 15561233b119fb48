#pragma once

#include <google/protobuf/struct.pb.h>

#include <optional>
#include <string>

namespace wasminfer::gen {

/// Reads a JSON text that is an object, with protobuf's own reader; nothing where it is none, or nested too deep for that.
std::optional<google::protobuf::Struct> read_json(const std::string& text);

}  // namespace wasminfer::gen
