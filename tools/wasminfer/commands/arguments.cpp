#include "commands/arguments.hpp"

#include <algorithm>

namespace wasminfer::gen {

Arguments::Arguments(const std::vector<std::string>& words, const std::vector<Option>& options)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word.size() < 2 || word[0] != '-') {
            positional_.push_back(word);
            continue;
        }
        const auto equals = word.starts_with("--") ? word.find('=') : std::string::npos;
        const std::string key = word.substr(0, equals);
        const auto option = std::ranges::find(options, key, &Option::name);
        if (option == options.end()) {
            throw UsageError{"there is no option " + key};
        }
        auto& values = values_[key];
        if (!values.empty() && !option->repeats) {
            throw UsageError{key + " is given twice"};
        }
        if (!option->takes_value) {
            if (equals != std::string::npos) {
                throw UsageError{key + " takes no value"};
            }
            values.emplace_back();
        } else if (equals != std::string::npos) {
            values.push_back(word.substr(equals + 1));
        } else if (i + 1 < words.size()) {
            values.push_back(words[++i]);
        } else {
            throw UsageError{key + " lacks its value"};
        }
    }
}

std::string Arguments::value(const std::string& option, const std::string& fallback) const
{
    const auto it = values_.find(option);
    return it == values_.end() ? fallback : it->second.front();
}

std::vector<std::string> Arguments::values(const std::string& option) const
{
    const auto it = values_.find(option);
    return it == values_.end() ? std::vector<std::string>{} : it->second;
}

std::string Arguments::only(const std::string& what) const
{
    if (positional_.size() != 1) {
        throw UsageError{(positional_.empty() ? "names no " : "names more than one ") + what};
    }
    return positional_.front();
}

}  // namespace wasminfer::gen
