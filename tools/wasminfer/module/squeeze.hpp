#pragma once

#include <map>
#include <string>
#include <string_view>

namespace wasminfer::gen {

/// JavaScript without the blanks that it doesn't need, and with a letter in place of each of `letters`' names. Statements keep
/// their lines; strings and lines of comment stay what they are. Names are not told from keys: `letters` must hold none that is one, or
/// that a shorthand uses ({ name }); what follows a dot is no name. Knows no regular expressions and no comments behind code.
/// Throws std::logic_error where the code uses a letter itself.
std::string squeeze(std::string_view code, const std::map<std::string, std::string, std::less<>>& letters = {});

}  // namespace wasminfer::gen
