#include "emit/identifiers.hpp"

#include <algorithm>
#include <array>

namespace wasminfer::gen {

namespace {

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr auto keywords = std::to_array<std::string_view>({
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
    "final",
    "override",
    "import",
    "module",
    // Macros in lower case that compilers and C headers define, and namespaces that an identifier would hide.
    "assert",
    "errno",
    "linux",
    "unix",
    "i386",
    "stdin",
    "stdout",
    "stderr",
    "main",
    "offsetof",
    "setjmp",
    "std",
    "wasminfer",
    "signbit",
    "isnan",
    "isinf",
    "isfinite",
    "complex",
    "I",
});

/// Functions of C and POSIX that bear words, since a model may be called so. They are at global scope and come with the
/// standard library's headers, asked for or not.
constexpr auto global_functions = std::to_array<std::string_view>({
    "abort",    "abs",    "accept", "access", "acos",   "acosh",   "alarm",    "asin",   "asinh", "atan",   "atanh",
    "bind",     "cbrt",   "ceil",   "clock",  "close",  "connect", "cos",      "cosh",   "div",   "erf",    "exit",
    "exp",      "fabs",   "floor",  "fork",   "free",   "gamma",   "index",    "kill",   "link",  "listen", "log",
    "nice",     "open",   "pause",  "pipe",   "poll",   "pow",     "puts",     "raise",  "rand",  "random", "read",
    "remove",   "rename", "rindex", "round",  "select", "send",    "shutdown", "signal", "sin",   "sinh",   "sleep",
    "socket",   "sqrt",   "stat",   "sync",   "system", "tan",     "tanh",     "tgamma", "time",  "times",  "trunc",
    "truncate", "unlink", "wait",   "write",  "y0",     "y1",      "j0",       "j1",
});

/// C headers define macros in capitals, more than a list could hold.
bool looks_like_macro(std::string_view name)
{
    return name.size() >= 3 &&
           std::ranges::all_of(name, [](char c) { return !is_letter(c) || (c >= 'A' && c <= 'Z'); }) &&
           std::ranges::any_of(name, is_letter);
}

}  // namespace

std::string identifier(std::string_view name)
{
    constexpr std::size_t longest = 64;
    std::string clean;
    for (const char c : name.substr(0, 4 * longest)) {
        if (is_letter(c) || is_digit(c)) {
            clean += c;
        } else if (!clean.empty() && clean.back() != '_') {
            clean += '_';
        }
    }
    clean.resize(std::min(clean.size(), longest));
    while (!clean.empty() && clean.back() == '_') {
        clean.pop_back();
    }
    if (clean.empty() || is_digit(clean.front())) {
        clean = "v" + clean;
    }
    if (std::ranges::find(keywords, clean) != keywords.end() || looks_like_macro(clean)) {
        clean += '_';
    }
    return clean;
}

std::string namespace_identifier(std::string_view name)
{
    const std::string clean = identifier(name);
    return std::ranges::find(global_functions, clean) == global_functions.end() ? clean : clean + "_";
}

std::string Identifiers::make(std::string_view name, std::string_view suffix)
{
    std::string stem = identifier(name);
    if (!suffix.empty() && stem.back() == '_') {
        stem.pop_back();
    }
    std::string candidate = stem + std::string{suffix};
    // Of thousands with one name the last must not try all numbers.
    int& next = next_.try_emplace(candidate, 2).first->second;
    for (; !taken_.insert(candidate).second; ++next) {
        candidate = stem + "_" + std::to_string(next) + std::string{suffix};
    }
    return candidate;
}

std::string comment_text(std::string_view text, std::size_t longest)
{
    std::string clean;
    for (const char c : text.substr(0, longest)) {
        // A question mark may be part of a trigraph.
        clean += c >= 0x20 && c < 0x7f && c != '\\' && c != '?' ? c : '.';
    }
    return text.size() > longest ? clean + "..." : clean;
}

std::string string_literal(std::string_view text)
{
    std::string literal = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\' || c < 0x20 || c >= 0x7f || c == '?') {
            const auto byte = static_cast<unsigned char>(c);
            for (const int shift : {6, 3, 0}) {
                literal += shift == 6 ? "\\" : "";
                literal += static_cast<char>('0' + ((byte >> shift) & 7));
            }
        } else {
            literal += c;
        }
    }
    return literal + "\"";
}

}  // namespace wasminfer::gen
