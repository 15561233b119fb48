#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace wasminfer::gen {

/// Makes C++ identifiers out of ONNX names, which may be any text at all: characters outside [A-Za-z0-9_] become one
/// underscore, keywords and macros get one behind, long names are cut, and what collides is numbered. The same names in
/// the same order give the same identifiers.
class Identifiers {
public:
    /// `reserved`: identifiers that are taken from the start.
    explicit Identifiers(std::set<std::string> reserved = {}) : taken_{std::move(reserved)} {}

    /// A fresh identifier for the name, ending in `suffix`.
    std::string make(std::string_view name, std::string_view suffix = "");

private:
    std::set<std::string> taken_;
    /// The first number that may be free, by the name without one.
    std::map<std::string, int> next_;
};

/// The name as an identifier, with no regard to others.
std::string identifier(std::string_view name);

/// The same for a namespace at global scope, where the C library's functions are: select becomes select_.
std::string namespace_identifier(std::string_view name);

/// Text that may stand in a // comment: one line, printable ASCII, dots for anything else, at most `longest` characters.
std::string comment_text(std::string_view text, std::size_t longest = 100);

/// A C++ string literal with its quotes.
std::string string_literal(std::string_view text);

}  // namespace wasminfer::gen
