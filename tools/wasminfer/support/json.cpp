#include "support/json.hpp"

#include <array>
#include <cstdio>

namespace wasminfer::gen {

namespace {

/// Bytes of the character that starts the text, 0 where it is not UTF-8: names of a model may hold anything.
std::size_t utf8_bytes(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    const std::size_t bytes = lead < 0x80   ? 1
                              : lead < 0xc2 ? 0
                              : lead < 0xe0 ? 2
                              : lead < 0xf0 ? 3
                              : lead < 0xf5 ? 4
                                            : 0;
    if (bytes > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    // Forms that are too long, surrogates, and what lies beyond Unicode.
    const bool wrong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
                       (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f);
    return wrong ? 0 : bytes;
}

}  // namespace

std::string json_string(std::string_view text)
{
    std::string literal = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' || c == '\\') {
            literal += '\\';
            literal += c;
        } else if (const std::size_t bytes = utf8_bytes(text.substr(i)); bytes != 1) {
            literal += bytes == 0 ? "\\ufffd" : text.substr(i, bytes);
            i += bytes == 0 ? 0 : bytes - 1;
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

void JsonWriter::begin(std::string_view key)
{
    text_ += first_ ? "" : ",";
    if (!brackets_.empty()) {
        text_ += "\n" + std::string(2 * brackets_.size(), ' ');
    }
    if (!brackets_.empty() && brackets_.back() == '{') {
        text_ += json_string(key) + ": ";
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
    text_ += json_string(value);
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
