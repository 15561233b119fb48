#include "support/json_reader.hpp"

#include <google/protobuf/util/json_util.h>

namespace wasminfer::gen {

std::optional<google::protobuf::Struct> read_json(const std::string& text)
{
    google::protobuf::Struct object;
    return google::protobuf::util::JsonStringToMessage(text, &object).ok() ? std::optional{std::move(object)}
                                                                           : std::nullopt;
}

}  // namespace wasminfer::gen
