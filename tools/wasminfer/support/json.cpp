#include "support/json.hpp"

#include <array>
#include <cstdio>

namespace wasminfer::gen {

namespace {

std::string quoted(std::string_view text)
{
    std::string literal = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            literal += '\\';
            literal += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            literal += escape.data();
        } else {
            literal += c;
        }
    }
    return literal + "\"";
}

}  // namespace

void JsonWriter::begin(std::string_view key)
{
    text_ += first_ ? "" : ",";
    if (!brackets_.empty()) {
        text_ += "\n" + std::string(2 * brackets_.size(), ' ');
    }
    if (!key.empty()) {
        text_ += quoted(key) + ": ";
    }
    first_ = false;
}

JsonWriter& JsonWriter::open(std::string_view key, char bracket)
{
    begin(key);
    text_ += bracket;
    brackets_ += bracket;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close()
{
    const char bracket = brackets_.back();
    brackets_.pop_back();
    if (!first_) {
        text_ += "\n" + std::string(2 * brackets_.size(), ' ');
    }
    text_ += bracket == '{' ? '}' : ']';
    text_ += brackets_.empty() ? "\n" : "";
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view key, std::string_view value)
{
    begin(key);
    text_ += quoted(value);
    return *this;
}

JsonWriter& JsonWriter::number(std::string_view key, std::int64_t value)
{
    begin(key);
    text_ += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::number(std::string_view key, double value)
{
    begin(key);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.9g", value);
    text_ += text.data();
    return *this;
}

JsonWriter& JsonWriter::boolean(std::string_view key, bool value)
{
    begin(key);
    text_ += value ? "true" : "false";
    return *this;
}

}  // namespace wasminfer::gen
