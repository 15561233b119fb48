#include "support/json_reader.hpp"

#include <cstdlib>

namespace wasminfer::gen {

namespace {

class Reader {
public:
    explicit Reader(std::string_view text) : text_{text} {}

    std::optional<JsonValue> whole()
    {
        auto read = value(0);
        skip_blanks();
        return at_ == text_.size() ? std::move(read) : std::nullopt;
    }

private:
    static constexpr int deepest = 100;

    void skip_blanks()
    {
        while (at_ < text_.size() && std::string_view{" \t\r\n"}.find(text_[at_]) != std::string_view::npos) {
            ++at_;
        }
    }

    bool take(std::string_view word)
    {
        skip_blanks();
        if (!text_.substr(at_).starts_with(word)) {
            return false;
        }
        at_ += word.size();
        return true;
    }

    std::optional<JsonValue> value(int depth)
    {
        if (depth > deepest) {
            return std::nullopt;
        }
        if (take("{")) {
            return object(depth);
        }
        if (take("[")) {
            return array(depth);
        }
        if (take("\"")) {
            auto read = string();
            return read ? std::optional{JsonValue{*std::move(read)}} : std::nullopt;
        }
        if (take("true")) {
            return JsonValue{true};
        }
        if (take("false")) {
            return JsonValue{false};
        }
        return take("null") ? std::optional{JsonValue{}} : number();
    }

    std::optional<JsonValue> object(int depth)
    {
        JsonValue::Object members;
        if (take("}")) {
            return JsonValue{std::move(members)};
        }
        do {
            auto key = take("\"") ? string() : std::nullopt;
            if (!key || !take(":")) {
                return std::nullopt;
            }
            auto member = value(depth + 1);
            if (!member) {
                return std::nullopt;
            }
            members.insert_or_assign(*std::move(key), *std::move(member));
        } while (take(","));
        return take("}") ? std::optional{JsonValue{std::move(members)}} : std::nullopt;
    }

    std::optional<JsonValue> array(int depth)
    {
        JsonValue::Array elements;
        if (take("]")) {
            return JsonValue{std::move(elements)};
        }
        do {
            auto element = value(depth + 1);
            if (!element) {
                return std::nullopt;
            }
            elements.push_back(*std::move(element));
        } while (take(","));
        return take("]") ? std::optional{JsonValue{std::move(elements)}} : std::nullopt;
    }

    /// Behind the opening quote.
    std::optional<std::string> string()
    {
        constexpr std::string_view escapes = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        std::string read;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') {
                return read;
            }
            if (c != '\\') {
                read += c;
                continue;
            }
            const char kind = at_ < text_.size() ? text_[at_++] : '\0';
            if (const auto which = escapes.find(kind); which != std::string_view::npos && kind != '\0') {
                read += meanings[which];
            } else if (kind == 'u' && text_.size() - at_ >= 4) {
                const std::string digits{text_.substr(at_, 4)};
                const long code = std::strtol(digits.c_str(), nullptr, 16);
                read += code > 0 && code < 0x80 ? static_cast<char>(code) : '?';
                at_ += 4;
            } else {
                return std::nullopt;
            }
        }
        return std::nullopt;
    }

    std::optional<JsonValue> number()
    {
        constexpr std::size_t longest = 64;
        skip_blanks();
        const std::string digits{text_.substr(at_, longest)};
        if (digits.empty() || digits.find_first_of("-0123456789") != 0) {
            return std::nullopt;
        }
        char* end = nullptr;
        const double read = std::strtod(digits.c_str(), &end);
        if (end == digits.c_str()) {
            return std::nullopt;
        }
        at_ += static_cast<std::size_t>(end - digits.c_str());
        return JsonValue{read};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<JsonValue> read_json(std::string_view text)
{
    return Reader{text}.whole();
}

}  // namespace wasminfer::gen
