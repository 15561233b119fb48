#include "module/squeeze.hpp"

#include <algorithm>
#include <stdexcept>

namespace wasminfer::gen {

namespace {

bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

class Squeezer {
public:
    Squeezer(std::string_view code, const std::map<std::string, std::string, std::less<>>& letters)
        : code_{code}, letters_{letters}
    {
    }

    std::string all()
    {
        while (at_ < code_.size()) {
            expression();
            append_rest_of_stray_brace();
        }
        return std::move(out_);
    }

private:
    char next() const { return at_ < code_.size() ? code_[at_] : '\n'; }
    char last() const { return out_.empty() ? '\n' : out_.back(); }

    /// Up to a brace that closes one before here, or the end.
    void expression()
    {
        for (int depth = 0; at_ < code_.size();) {
            const char c = code_[at_];
            if (c == '}' && depth == 0) {
                return;
            }
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c == '\'' || c == '"' || c == '`') {
                string(c);
            } else if (in_word(c)) {
                word();
            } else if (c == ' ') {
                blank();
            } else if (c == '/' && last() == '\n' && code_.substr(at_).starts_with("//")) {
                const auto end = std::min(code_.find('\n', at_), code_.size());
                out_.append(code_.substr(at_, end - at_)).append("\n");
                at_ = end;
            } else {
                ++at_;
                if (c != '\n' || std::string_view{"\n{[(,"}.find(last()) == std::string_view::npos) {
                    out_ += c;
                }
            }
        }
    }

    void append_rest_of_stray_brace()
    {
        if (at_ < code_.size()) {
            out_ += code_[at_++];
        }
    }

    void string(char quote)
    {
        out_ += code_[at_++];
        while (at_ < code_.size()) {
            const char c = code_[at_++];
            out_ += c;
            if (c == '\\') {
                out_ += next();
                ++at_;
            } else if (c == quote) {
                return;
            } else if (quote == '`' && c == '$' && next() == '{') {
                out_ += code_[at_++];
                expression();
            }
        }
    }

    void word()
    {
        const std::size_t start = at_;
        while (in_word(next())) {
            ++at_;
        }
        const std::string_view text = code_.substr(start, at_ - start);
        // "...list" spreads, "one.list" is a member.
        const bool member = out_.ends_with('.') && !out_.ends_with("...");
        const auto letter = letters_.find(text);
        if (!member && std::ranges::any_of(letters_, [&](const auto& pair) { return pair.second == text; })) {
            throw std::logic_error{"a template has '" + std::string{text} + "', which is to stand for another name"};
        }
        out_ += member || letter == letters_.end() ? text : std::string_view{letter->second};
    }

    void blank()
    {
        while (next() == ' ') {
            ++at_;
        }
        const char before = last();
        const char after = next();
        const bool signs = before == after && (after == '+' || after == '-');
        if (signs || (in_word(before) && (in_word(after) || after == '\'' || after == '"'))) {
            out_ += ' ';
        }
    }

    std::string_view code_;
    const std::map<std::string, std::string, std::less<>>& letters_;
    std::size_t at_ = 0;
    std::string out_;
};

}  // namespace

std::string squeeze(std::string_view code, const std::map<std::string, std::string, std::less<>>& letters)
{
    return Squeezer{code, letters}.all();
}

}  // namespace wasminfer::gen
