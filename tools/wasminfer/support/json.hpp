#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wasminfer::gen {

/// A JSON string with its quotes, which is JavaScript too; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// Writes JSON, indented by two spaces. Members and elements are added between open() and close().
class JsonWriter {
public:
    JsonWriter& open_object(std::string_view key = {}) { return open(key, '{'); }
    JsonWriter& open_array(std::string_view key = {}) { return open(key, '['); }
    JsonWriter& close();
    JsonWriter& string(std::string_view key, std::string_view value);
    JsonWriter& number(std::string_view key, std::int64_t value);
    JsonWriter& number(std::string_view key, double value);
    JsonWriter& boolean(std::string_view key, bool value);

    const std::string& text() const { return text_; }

private:
    JsonWriter& open(std::string_view key, char bracket);
    void begin(std::string_view key);

    std::string text_;
    std::string brackets_;
    bool first_ = true;
};

}  // namespace wasminfer::gen
